// A table for people: columns aligned by what is seen, not by bytes. Every cell is made printable here, so a vendor's
// name cannot draw on the terminal.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace garner {

enum class Tint { none, good, bad, dim };

struct Cell {
    Cell(std::string text_, Tint tint_ = Tint::none) : text(std::move(text_)), tint(tint_) {}
    Cell(const char* text_) : text(text_) {}
    std::string text;
    Tint tint = Tint::none;
};

class Table {
public:
    explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

    void add(std::vector<Cell> row);
    /// Leaves a column out that has nothing but "-": what most plants never use takes no room.
    void drop_if_unused(std::string_view column);
    bool empty() const { return rows_.empty(); }
    void print(std::ostream&, bool colour) const;

private:
    std::vector<std::string> header_;
    std::vector<std::vector<Cell>> rows_;
};

/// Columns that a terminal needs for this UTF-8 text.
std::size_t display_width(std::string_view);

}  // namespace garner
