#include "core/csv_row.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/text.hpp"
#include "core/time.hpp"

namespace garner {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `#` stands for a digit, `T` for a T or a space.
bool begins_like(std::string_view text, std::string_view pattern) {
    if (text.size() < pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = text[i];
        const bool fits = pattern[i] == '#'   ? is_digit(c)
                          : pattern[i] == 'T' ? c == 'T' || c == ' ' || c == 't'
                                              : c == pattern[i];
        if (!fits) return false;
    }
    return true;
}

}  // namespace

std::vector<std::string> csv_cells(std::string_view row, char separator) {
    while (row.ends_with('\r') || row.ends_with('\n')) row.remove_suffix(1);
    std::vector<std::string> cells;
    std::string cell;
    bool quoted = false;
    bool begun = false;  // something of the cell was there
    for (std::size_t i = 0; i < row.size(); ++i) {
        const char c = row[i];
        if (quoted) {
            if (c != '"') {
                cell += c;
            } else if (i + 1 < row.size() && row[i + 1] == '"') {
                cell += row[++i];
            } else {
                quoted = false;
            }
        } else if (c == '"' && !begun) {
            quoted = begun = true;
        } else if (separator != '\0' && c == separator) {
            cells.push_back(utf8_or_latin1(cell));
            cell.clear();
            begun = false;
        } else {
            cell += c;
            begun = true;
        }
    }
    cells.push_back(utf8_or_latin1(cell));
    return cells;
}

std::string time_in_cell(std::string_view cell, std::string_view column) {
    constexpr std::size_t longest = 40;
    cell = trim_ascii(cell);
    if (cell.size() <= longest && begins_like(cell, "####-##-##T##:##")) return printable(cell, longest);
    const bool digits = (cell.size() == 10 || cell.size() == 13) && std::all_of(cell.begin(), cell.end(), is_digit);
    const std::string name = to_lower_ascii(column);
    const bool is_time = name.find("time") != std::string::npos || name.find("date") != std::string::npos;
    if (!digits || !is_time) return {};
    std::int64_t number = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), number);
    return format_rfc3339(from_unix_ms(cell.size() == 10 ? number * 1000 : number));
}

}  // namespace garner
