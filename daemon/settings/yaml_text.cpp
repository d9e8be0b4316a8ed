#include "settings/yaml_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace garner {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Bytes of the valid UTF-8 character that begins there; 0 where none does.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(at);
    const unsigned second = byte(at + 1);
    if (first < 0x80) return 1;
    std::size_t length = 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) length = 2;
    if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0) low = 0xA0;
        if (first == 0xED) high = 0x9F;  // no surrogates
    }
    if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0) low = 0x90;
        if (first == 0xF4) high = 0x8F;
    }
    if (length == 0 || second < low || second > high) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (at + i >= text.size() || !continues(text[at + i])) return 0;
    return length;
}

}  // namespace

YamlText::YamlText(const std::string& bytes, int file) : text_(bytes), file_(file), line_starts_{0} {
    if (text_.starts_with(byte_order_mark)) text_.erase(0, byte_order_mark.size());
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
        line_starts_.push_back(at + 1);
}

bool YamlText::is_clean(Report& report) const {
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) {
        report.error({file_, 1, 1}, "", "the file is UTF-16; save it as UTF-8");
        return false;
    }
    for (std::size_t at = 0; at < text_.size();) {
        const std::size_t length = character_length(text_, at);
        const auto byte = static_cast<unsigned char>(text_[at]);
        std::array<char, 96> message{};
        if (length == 0) {
            std::snprintf(message.data(), message.size(), "byte 0x%02X is not valid UTF-8; save the file as UTF-8",
                          byte);
        } else if (byte == 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')) {
            std::snprintf(message.data(), message.size(), "control character 0x%02X; the file must be plain text",
                          byte);
        } else {
            at += length;
            continue;
        }
        report.error(place(at), "", message.data());
        return false;
    }
    return true;
}

std::size_t YamlText::offset(int line, int column) const {
    if (line < 0) return 0;
    if (static_cast<std::size_t>(line) >= line_starts_.size()) return text_.size();
    return std::min(line_starts_[static_cast<std::size_t>(line)] + static_cast<std::size_t>(std::max(column, 0)),
                    text_.size());
}

Place YamlText::place(std::size_t offset) const {
    const std::size_t at = std::min(offset, text_.size());
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), at);
    const std::size_t start = *std::prev(next);
    const auto characters = [&](std::size_t from, std::size_t to) {
        return std::count_if(text_.begin() + static_cast<std::ptrdiff_t>(from),
                             text_.begin() + static_cast<std::ptrdiff_t>(to), [](char c) { return !continues(c); });
    };
    if (known_at_ < start || (next != line_starts_.end() && known_at_ >= *next)) {
        known_at_ = start;
        known_column_ = 0;
    }
    known_column_ += at >= known_at_ ? characters(known_at_, at) : -characters(at, known_at_);
    known_at_ = at;
    return {file_, static_cast<int>(next - line_starts_.begin()), static_cast<int>(known_column_) + 1};
}

std::string_view YamlText::line_at(std::size_t offset) const {
    const std::size_t at = std::min(offset, text_.size());
    const std::size_t start = *std::prev(std::upper_bound(line_starts_.begin(), line_starts_.end(), at));
    const std::size_t end = std::min(text_.find('\n', start), text_.size());
    return std::string_view(text_).substr(start, end - start);
}

}  // namespace garner
