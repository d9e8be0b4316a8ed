#include "command/table.hpp"

#include <algorithm>
#include <cstdint>
#include <ostream>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::size_t cell_bytes_max = 200;
/// Nothing stands behind the last column: a reason, whose end tells most, has the room that it needs.
constexpr std::size_t last_cell_bytes_max = 1'000;

bool is_combining(std::uint32_t c) {
    return (c >= 0x300 && c <= 0x36F) || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x20D0 && c <= 0x20FF) ||
           (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xFE20 && c <= 0xFE2F);
}

bool is_wide(std::uint32_t c) {
    return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
           (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

std::string_view escape_of(Tint tint) {
    switch (tint) {
        case Tint::good:
            return "\033[32m";
        case Tint::bad:
            return "\033[31m";
        case Tint::dim:
            return "\033[2m";
        case Tint::none:
            break;
    }
    return "";
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        std::uint32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (std::size_t i = 1; i < length && at + i < text.size(); ++i)
            c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
        width += is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
        at += length;
    }
    return width;
}

void Table::add(std::vector<Cell> row) {
    row.resize(header_.size(), Cell(""));
    for (Cell& cell : row)
        cell.text = printable(cell.text, &cell == &row.back() ? last_cell_bytes_max : cell_bytes_max);
    rows_.push_back(std::move(row));
}

void Table::drop_if_unused(std::string_view column) {
    const auto found = std::find(header_.begin(), header_.end(), column);
    if (found == header_.end()) return;
    const auto at = found - header_.begin();
    const auto is_used = [at](const std::vector<Cell>& row) { return row[static_cast<std::size_t>(at)].text != "-"; };
    if (std::any_of(rows_.begin(), rows_.end(), is_used)) return;
    header_.erase(found);
    for (std::vector<Cell>& row : rows_) row.erase(row.begin() + at);
}

void Table::print(std::ostream& out, bool colour) const {
    std::vector<std::size_t> widths;
    for (const std::string& title : header_) widths.push_back(display_width(title));
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));

    const auto print_cell = [&](const std::string& text, Tint tint, std::size_t column) {
        const bool last = column + 1 == widths.size();
        const bool tinted = colour && tint != Tint::none && !text.empty();
        if (tinted) out << escape_of(tint);
        out << text;
        if (tinted) out << "\033[0m";
        if (!last) out << std::string(widths[column] - display_width(text) + 2, ' ');
    };
    for (std::size_t i = 0; i < header_.size(); ++i) print_cell(header_[i], Tint::dim, i);
    out << '\n';
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) print_cell(row[i].text, row[i].tint, i);
        out << '\n';
    }
}

}  // namespace garner
