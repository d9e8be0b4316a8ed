#include "core/expectation.hpp"

#include <algorithm>
#include <cstdio>

#include "core/text.hpp"

namespace garner {
namespace {

using Reasons = std::vector<std::string>;

constexpr std::size_t names_shown_max = 300;

std::string counted(std::uint64_t n, const std::string& word) {
    return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
}

std::string factor(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

void judge_size(std::uint64_t size, const Expectation& expect, Reasons& reasons) {
    if (size < expect.min_size && !(size == 0 && !reasons.empty()))  // an empty file is called that already
        reasons.push_back("it has " + counted(size, "byte") + ", less than expect.min_size (" +
                          std::to_string(expect.min_size) + ")");
    if (expect.max_size && size > *expect.max_size)
        reasons.push_back("it has " + counted(size, "byte") + ", more than expect.max_size (" +
                          std::to_string(*expect.max_size) + ")");
}

void judge_ratio(std::uint64_t size, std::vector<std::uint64_t> sizes, const Expectation& expect, bool may_be_small,
                 Reasons& reasons) {
    if (size == 0 || sizes.size() < sizes_needed) return;
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    if (*middle == 0) return;
    const double ratio = static_cast<double>(size) / static_cast<double>(*middle);
    const bool too_small = ratio < expect.ratio_min && !may_be_small;
    if (!too_small && ratio <= expect.ratio_max) return;
    reasons.push_back("it has " + counted(size, "byte") + ", " + factor(ratio) + " times the usual " +
                      std::to_string(*middle) + "; expect.ratio is " + factor(expect.ratio_min) + " to " +
                      factor(expect.ratio_max));
}

void judge_rows(const CsvContent& csv, const Expectation& expect, Reasons& reasons) {
    if (csv.rows == 0 && expect.allow_empty) return;
    if (!csv.no_row.empty()) reasons.push_back(csv.no_row);
    if (csv.rows > 0 && csv.rows < expect.min_rows)
        reasons.push_back("it has " + counted(csv.rows, "row") + ", less than expect.min_rows (" +
                          std::to_string(expect.min_rows) + ")");
}

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return printable(text, names_shown_max);
}

void judge_columns(const CsvContent& csv, const Expectation& expect, Reasons& reasons) {
    if (csv.columns_max == 0) return;  // there is no file that could have any
    const auto& count = expect.column_count;
    if (count && (csv.columns_min != *count || csv.columns_max != *count))
        reasons.push_back("it has " +
                          (csv.columns_min == csv.columns_max ? "" : std::to_string(csv.columns_min) + " to ") +
                          counted(csv.columns_max, "column") + ", expect.columns is " + std::to_string(*count));
    Reasons missing;
    for (const std::string& name : expect.columns)
        if (std::find(csv.names.begin(), csv.names.end(), name) == csv.names.end()) missing.push_back(name);
    if (!missing.empty())
        reasons.push_back("it has not all of expect.columns: " + list_of(missing) + " is missing" +
                          (csv.names.empty() ? "" : "; there is: " + list_of(csv.names)));
}

}  // namespace

std::vector<std::string> reasons_to_doubt(std::uint64_t size, const ProbeResult& probe,
                                          std::vector<std::uint64_t> sizes, const Expectation& expect) {
    Reasons reasons = probe.reasons;
    judge_size(size, expect, reasons);
    if (probe.csv) {
        judge_rows(*probe.csv, expect, reasons);
        judge_columns(*probe.csv, expect, reasons);
    }
    // Last: what is in the file says more than its size.
    const bool empty_as_allowed = expect.allow_empty && probe.csv && probe.csv->rows == 0;
    judge_ratio(size, std::move(sizes), expect, empty_as_allowed, reasons);
    return reasons;
}

}  // namespace garner
