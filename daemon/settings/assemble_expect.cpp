#include "settings/assemble_expect.hpp"

#include <charconv>
#include <string>
#include <utility>

#include "settings/words.hpp"

namespace garner {
namespace {

double factor_of(const std::string& text) {
    double factor = 0;
    std::from_chars(text.data(), text.data() + text.size(), factor);
    return factor;
}

void read_ratio(const Checked& section, Expectation& expect, Report& report) {
    const Checked* ratio = section.find("ratio");
    if (ratio == nullptr) return;
    if (ratio->parts.size() != 2) {
        report.error(ratio->place, ratio->path, "takes two numbers, the least and the most, such as [0.1, 10]");
        return;
    }
    expect.ratio_min = factor_of(ratio->parts[0].text());
    expect.ratio_max = factor_of(ratio->parts[1].text());
    if (expect.ratio_min > 1 || expect.ratio_max < 1)
        report.error(
            ratio->place, ratio->path,
            "would refuse an artifact of the usual size: the first number is at most 1, the second at least 1");
}

void read_sizes(const Checked& section, Expectation& expect, Report& report) {
    section.read("min_size", expect.min_size);
    if (const Checked* most = section.find("max_size")) {
        expect.max_size = std::get<std::uint64_t>(most->value);
        if (*expect.max_size < expect.min_size)
            report.error(most->place, most->path, "is less than min_size: every artifact would be suspect");
    }
}

// `columns: 9` is how many; everything else is names.
void read_columns(const Checked& section, Expectation& expect, Report& report) {
    const Checked* columns = section.find("columns");
    if (columns == nullptr) return;
    expect.columns = columns->texts();
    if (expect.columns.size() != 1) return;
    const auto count = parse_whole(expect.columns.front());
    if (!count) return;
    expect.columns.clear();
    expect.column_count = *count;
    if (*count == 0) report.error(columns->place, columns->path, "must be at least 1: CSV has a column");
}

}  // namespace

void assemble_expect(const Checked& keys, const SourceSettings& source, JobSettings& job, Report& report) {
    const Checked* section = keys.find("expect");
    if (section == nullptr) return;
    read_sizes(*section, job.expect, report);
    read_ratio(*section, job.expect, report);
    if (source.type == SourceType::appgate) {
        for (const char* key : {"min_rows", "allow_empty", "columns"})
            if (const Checked* found = section->find(key))
                report.error(found->key_place, found->path,
                             "has no effect on backups of appliances, which have no rows");
        return;
    }
    section->read("min_rows", job.expect.min_rows);
    section->read("allow_empty", job.expect.allow_empty);
    read_columns(*section, job.expect, report);
}

}  // namespace garner
