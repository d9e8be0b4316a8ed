#include "core/probe_csv.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/csv_row.hpp"
#include "core/probe_formats.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::size_t first_bytes_max = 256;
constexpr std::size_t row_bytes_max = 64 * 1024;

// Eight bytes at a time; std::count is not vectorised at -O2.
std::uint64_t count_bytes(std::string_view text, char wanted) {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t low_bits = 0x7F7F7F7F7F7F7F7FU;
    const std::uint64_t pattern = ones * static_cast<unsigned char>(wanted);
    std::uint64_t count = 0;
    while (text.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        word ^= pattern;  // a wanted byte is zero now
        const std::uint64_t zeros = ~(((word & low_bits) + low_bits) | word | low_bits);
        count += ((zeros >> 7U) * ones) >> 56U;
        text.remove_prefix(sizeof word);
    }
    for (const char c : text) count += c == wanted ? 1U : 0U;
    return count;
}

}  // namespace

void CsvProbe::update(std::span<const std::byte> bytes) {
    size_ += bytes.size();
    update_text(text_.take({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

// Byte by byte is too slow for gigabytes: from quote to quote and line to line instead.
void CsvProbe::update_text(std::string_view text) {
    has_nul_ = has_nul_ || text.find('\0') != std::string_view::npos;
    while (!text.empty() && first_bytes_.size() < first_bytes_max) {
        first_bytes_ += text.front();
        remember(text.substr(0, 1));
        take(text.front());
        text.remove_prefix(1);
    }
    std::size_t quote = text.find('"');
    std::size_t line_end = text.find('\n');
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (quote < at) quote = text.find('"', at);
        if (line_end < at) line_end = text.find('\n', at);
        const std::size_t stop = std::min(quoted_ ? quote : std::min(quote, line_end), text.size());
        if (!quoted_) take_plain(text.substr(at, stop - at));
        remember(text.substr(at, stop + 1 - at));
        at = stop;
        if (at < text.size()) take(text[at]);
    }
}

ProbeResult CsvProbe::finish() {
    update_text(text_.end());
    if (field_bytes_ > 0 || columns_in_row_ > 0 || quoted_) end_row();
    ProbeResult result;
    if (size_ == 0) return {"empty", {"the file is empty"}};
    if (const std::string foreign = foreign_file(first_bytes_); !foreign.empty())
        return {foreign, {"it is " + foreign + ", not CSV" + how_it_begins(first_bytes_)}};
    if (rows_ == 0 && !text_.is_broken()) return {"csv without a header", {"there is not even a header"}};
    find_times();
    CsvContent content;
    content.rows = rows_ > 0 ? rows_ - 1 : 0;
    content.columns_min = content.columns_max = columns_;
    content.names = names_;
    if (content.rows == 0) content.no_row = "there is a header but no row";
    result.summary = "csv: " + std::to_string(columns_) + (columns_ == 1 ? " column, " : " columns, ") +
                     std::to_string(content.rows) + (content.rows == 1 ? " row" : " rows") +
                     (text_.is_utf16() ? ", UTF-16" : "");
    if (!time_from_.empty()) result.summary += ", from " + time_from_ + " to " + time_to_;
    if (has_nul_) result.reasons.emplace_back("it has NUL bytes: not text");
    if (text_.is_broken()) result.reasons.emplace_back("it is no whole UTF-16 text: half a character");
    if (quoted_) result.reasons.emplace_back("a quoted field does not end: the file is cut off");
    if (uneven_row_ > 0)
        result.reasons.push_back("row " + std::to_string(uneven_row_) + " has " + std::to_string(uneven_columns_) +
                                 " columns, the header has " + std::to_string(columns_));
    result.csv = std::move(content);
    return result;
}

void CsvProbe::take(char c) {
    if (quoted_) {
        if (c == '"') quoted_ = false, after_quote_ = true;
        return;
    }
    if (c == '"' && after_quote_) {  // a doubled quote inside a quoted field
        quoted_ = true;
        after_quote_ = false;
        return;
    }
    after_quote_ = false;
    if (c == '"' && field_bytes_ == 0) {
        quoted_ = true;
        field_bytes_ = 1;
    } else if (c == '\n') {
        end_row();
    } else if (c == '\r') {
        // part of the line's end
    } else if (is_separator(c)) {
        ++columns_in_row_;
        field_bytes_ = 0;
    } else {
        ++field_bytes_;
    }
}

// A stretch outside quotes with neither quote nor line end. Of a field's bytes only whether there are any counts.
void CsvProbe::take_plain(std::string_view stretch) {
    if (separator_ == '\0') {
        for (const char c : stretch) take(c);
        return;
    }
    if (stretch.empty()) return;
    after_quote_ = false;
    if (const std::uint64_t separators = count_bytes(stretch, separator_); separators > 0) {
        columns_in_row_ += separators;
        field_bytes_ = 0;
        stretch.remove_prefix(stretch.rfind(separator_) + 1);
    }
    if (stretch.find_first_not_of('\r') != std::string_view::npos) ++field_bytes_;
}

// Until the header has ended each of them may be the one.
bool CsvProbe::is_separator(char c) {
    if (separator_ != '\0') return c == separator_;
    const std::size_t which = candidates.find(c);
    if (which == std::string_view::npos) return false;
    if (rows_ > 0)
        separator_ = c;  // a header of one column does not tell
    else
        ++seen_in_header_[which];
    return true;
}

// A copy of a row's beginning, for its names or instants.
void CsvProbe::remember(std::string_view stretch) {
    if (row_.size() < row_bytes_max) row_ += stretch.substr(0, row_bytes_max - row_.size());
}

void CsvProbe::end_row() {
    const bool blank = columns_in_row_ == 0 && field_bytes_ == 0;
    const std::uint64_t columns = columns_in_row_ + 1;
    columns_in_row_ = 0;
    field_bytes_ = 0;
    after_quote_ = false;
    if (!blank) {
        ++rows_;
        if (rows_ == 1) {
            end_header();
        } else if (columns != columns_ && uneven_row_ == 0) {
            uneven_row_ = rows_;
            uneven_columns_ = columns;
        }
        if (rows_ == 2) first_row_ = row_;
        if (rows_ > 2) std::swap(last_row_, row_);
    }
    row_.clear();
}

// What stands in it most often separates: a unit such as "Temp;C" does not.
void CsvProbe::end_header() {
    const auto most = std::max_element(seen_in_header_.begin(), seen_in_header_.end());
    if (*most > 0) separator_ = candidates[static_cast<std::size_t>(most - seen_in_header_.begin())];
    columns_ = *most + 1;
    names_ = csv_cells(row_, separator_);
    for (std::string& name : names_) name = std::string(trim_ascii(name));
}

// Of the first column that has an instant in the first row and in the last one. Some files have the newest row first.
void CsvProbe::find_times() {
    if (rows_ < 2) return;
    const std::vector<std::string> first = csv_cells(first_row_, separator_);
    const std::vector<std::string> last = rows_ > 2 ? csv_cells(last_row_, separator_) : first;
    for (std::size_t i = 0; i < std::min({names_.size(), first.size(), last.size()}); ++i) {
        time_from_ = time_in_cell(first[i], names_[i]);
        time_to_ = time_in_cell(last[i], names_[i]);
        if (!time_from_.empty() && !time_to_.empty()) break;
        time_from_.clear();
        time_to_.clear();
    }
    if (time_to_ < time_from_) std::swap(time_from_, time_to_);
}

std::unique_ptr<Probe> make_csv_probe() { return std::make_unique<CsvProbe>(); }

}  // namespace garner
