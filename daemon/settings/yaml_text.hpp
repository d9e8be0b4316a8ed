// The raw text behind a YAML tree: where its lines are, and whether it is text at all. yaml-cpp counts columns in bytes
// from 0; people count characters from 1.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "settings/report.hpp"

namespace garner {

class YamlText {
public:
    YamlText(const std::string& bytes, int file);

    /// Why the bytes cannot be read as YAML (UTF-16, a broken character, NUL, control characters), in the report.
    bool is_clean(Report&) const;

    const std::string& text() const { return text_; }
    int file() const { return file_; }

    /// From yaml-cpp's line and column to a byte, and from a byte to a place; positions past the end become the end.
    std::size_t offset(int line, int column) const;
    Place place(std::size_t offset) const;
    std::string_view line_at(std::size_t offset) const;

private:
    std::string text_;  // without a byte order mark
    int file_;
    std::vector<std::size_t> line_starts_;
    mutable std::size_t known_at_ = 0;  // the last byte that place() was asked for, and the characters before it in
    mutable std::ptrdiff_t known_column_ = 0;  // its line: places come in order, and a line may have millions of them
};

}  // namespace garner
