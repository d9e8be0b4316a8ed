// Reads the tree that the tests were built from. What is built is not part of it.
#include "tidy_test/source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace garner::tidy {

namespace {

const std::filesystem::path root = GARNER_SOURCE_DIR;

// Where the string, character or raw string that begins at `i` ends, one past its last quote.
std::size_t end_of_literal(std::string_view text, std::size_t i) {
    const char quote = text[i];
    if (quote == '"' && i > 0 && text[i - 1] == 'R') {
        const std::size_t open = text.find('(', i);
        const std::string close = ")" + std::string(text.substr(i + 1, open - i - 1)) + "\"";
        const std::size_t end = text.find(close, open);
        return end == std::string_view::npos ? text.size() : end + close.size();
    }
    for (++i; i < text.size() && text[i] != quote && text[i] != '\n'; ++i) {
        if (text[i] == '\\') ++i;
    }
    return std::min(i + 1, text.size());
}

bool is_digit_separator(std::string_view text, std::size_t i) {
    return text[i] == '\'' && i > 0 && i + 1 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i - 1])) &&
           std::isxdigit(static_cast<unsigned char>(text[i + 1]));
}

}  // namespace

std::string read_file(const std::string& path_from_root) {
    std::ifstream in(root / path_from_root, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path_from_root);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool exists_in_tree(const std::string& path_from_root) { return std::filesystem::exists(root / path_from_root); }

std::vector<SourceFile> files_in(std::string_view folder, const std::vector<std::string>& endings) {
    std::vector<SourceFile> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
        const std::string path = entry.path().lexically_relative(root).generic_string();
        const auto fits = [&](const std::string& ending) { return path.ends_with(ending); };
        if (!entry.is_regular_file() || std::none_of(endings.begin(), endings.end(), fits)) continue;
        SourceFile file{path, read_file(path), {}};
        file.code = blank_comments_and_strings(file.text);
        files.push_back(std::move(file));
    }
    std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return files;
}

std::string blank_comments_and_strings(std::string_view text) {
    std::string code(text);
    const auto blank = [&](std::size_t from, std::size_t to) {
        for (; from < to; ++from) {
            if (code[from] != '\n') code[from] = ' ';
        }
    };
    for (std::size_t i = 0; i < text.size();) {
        if (text.substr(i, 2) == "//") {
            const std::size_t end = std::min(text.find('\n', i), text.size());
            blank(i, end);
            i = end;
        } else if (text.substr(i, 2) == "/*") {
            const std::size_t close = text.find("*/", i + 2);
            const std::size_t end = close == std::string_view::npos ? text.size() : close + 2;
            blank(i, end);
            i = end;
        } else if ((text[i] == '"' || text[i] == '\'') && !is_digit_separator(text, i)) {
            const std::size_t end = end_of_literal(text, i);
            if (end > i + 2) blank(i + 1, end - 1);
            i = end;
        } else {
            ++i;
        }
    }
    return code;
}

std::size_t line_of(std::string_view text, std::size_t position) {
    return 1 + static_cast<std::size_t>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
}

std::string where(const SourceFile& file, std::size_t position) {
    return file.path + ":" + std::to_string(line_of(file.text, position));
}

std::string listed(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) text += finding.text() + "\n";
    return text;
}

}  // namespace garner::tidy
