// One row of CSV, taken apart: the header's names, and the instants in other rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace garner {

/// Cells without their quotes, as UTF-8. `separator` NUL: the row is one cell. A line's end may stand behind it.
std::vector<std::string> csv_cells(std::string_view row, char separator);

/// The instant in a cell, as it is written: "2026-11-01T10:11:12.000Z", "2026-11-01 10:11"; 10 or 13 digits (seconds or
/// milliseconds since 1970) under a name that speaks of time become RFC 3339. Empty: there is none.
std::string time_in_cell(std::string_view cell, std::string_view column);

}  // namespace garner
