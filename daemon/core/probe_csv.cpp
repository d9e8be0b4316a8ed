#include "core/probe_csv.hpp"

#include <algorithm>
#include <cstring>

#include "core/probe_formats.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::size_t first_bytes_max = 256;

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

// Byte by byte is too slow for gigabytes: from quote to quote and line to line instead.
void CsvProbe::update(std::span<const std::byte> bytes) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    size_ += text.size();
    has_nul_ = has_nul_ || text.find('\0') != std::string_view::npos;
    while (!text.empty() && first_bytes_.size() < first_bytes_max) {
        first_bytes_ += text.front();
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
        at = stop;
        if (at < text.size()) take(text[at]);
    }
}

ProbeResult CsvProbe::finish() {
    if (field_bytes_ > 0 || columns_in_row_ > 0 || quoted_) end_row();
    ProbeResult result;
    if (size_ == 0) return {"empty", {"the file is empty"}};
    if (const std::string foreign = foreign_file(first_bytes_); !foreign.empty())
        return {foreign, {"it is " + foreign + ", not CSV" + how_it_begins(first_bytes_)}};
    const std::uint64_t rows = data_rows();
    result.summary = "csv: " + std::to_string(columns_) + (columns_ == 1 ? " column, " : " columns, ") +
                     std::to_string(rows) + (rows == 1 ? " row" : " rows");
    if (has_nul_) result.reasons.emplace_back("it has NUL bytes: not text");
    if (quoted_) result.reasons.emplace_back("a quoted field does not end: the file is cut off");
    if (uneven_row_ > 0)
        result.reasons.push_back("row " + std::to_string(uneven_row_) + " has " + std::to_string(uneven_columns_) +
                                 " columns, the header has " + std::to_string(columns_));
    if (rows == 0) result.reasons.emplace_back(no_row);
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
    if (c == '"' && (field_bytes_ == 0 || first_bytes_ == "\xEF\xBB\xBF\"")) {  // a byte order mark is no field
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

// The header decides which separator the file uses.
bool CsvProbe::is_separator(char c) {
    if (separator_ != '\0') return c == separator_;
    if (c != ',' && c != ';' && c != '\t') return false;
    separator_ = c;
    return true;
}

void CsvProbe::end_row() {
    const std::uint64_t columns = columns_in_row_ + 1;
    const bool blank = columns == 1 && field_bytes_ == 0;
    columns_in_row_ = 0;
    field_bytes_ = 0;
    after_quote_ = false;
    if (blank) return;
    ++rows_;
    if (rows_ == 1) {
        columns_ = columns;
    } else if (columns != columns_ && uneven_row_ == 0) {
        uneven_row_ = rows_;
        uneven_columns_ = columns;
    }
}

std::unique_ptr<Probe> make_csv_probe() { return std::make_unique<CsvProbe>(); }

}  // namespace garner
