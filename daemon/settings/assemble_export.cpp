#include "settings/assemble_export.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "settings/words.hpp"

namespace garner {
namespace {

// Each owed window is an artifact and a row of the ledger; more than these are a typo in `start`, not a plan.
constexpr std::int64_t windows_max = 1'000'000;

std::int64_t windows_until_end(const WindowRule& rule) {
    const absl::CivilSecond end(window_year_end);
    switch (rule.length) {
        case WindowLength::hour:
            return absl::CivilHour(end) - absl::CivilHour(rule.start);
        case WindowLength::day:
            return absl::CivilDay(end) - absl::CivilDay(rule.start);
        case WindowLength::week:
            return (absl::CivilDay(end) - absl::CivilDay(rule.start)) / 7;
        case WindowLength::month:
            return absl::CivilMonth(end) - absl::CivilMonth(rule.start);
    }
    return 0;
}

std::optional<WindowRule> read_window(const Checked& section, Report& report) {
    const Checked* window = section.find("window");
    const Checked* start = section.find("start");
    const Checked* delay = section.find("settle_delay");
    const Checked* available = section.find("available_for");
    const auto is_there = [&](const char* key) { return section.find(key) != nullptr || section.is_broken(key); };
    if (window != nullptr && !is_there("start"))
        report.error(section.key_place, section.path + ".start",
                     "is missing: the local time at which the first window begins, such as 2026-01-01");
    if (start != nullptr && !is_there("window"))
        report.error(section.key_place, section.path + ".window",
                     "is missing: start is where windows begin; say how long one is (1h, 1d, 1w or 1mo)");
    for (const Checked* key : {delay, available})
        if (key != nullptr && !is_there("window") && !is_there("start"))
            report.error(key->key_place, key->path, "has no effect without window and start");
    if (window == nullptr || start == nullptr) return std::nullopt;
    const auto length = parse_window_length(window->text());
    const auto first = parse_local_time(start->text());
    if (!length || !first) return std::nullopt;
    WindowRule rule;
    rule.length = *length;
    rule.start = *first;
    if (delay != nullptr) rule.settle_delay = std::get<Duration>(delay->value);
    if (available != nullptr) rule.available_for = std::get<Duration>(available->value);
    if (rule.available_for && *rule.available_for <= rule.settle_delay)
        report.error(available->place, available->path,
                     "must be longer than settle_delay (" + format_duration(rule.settle_delay) +
                         "): else every window is lost before it is due");
    if (windows_until_end(rule) > windows_max)
        report.error(start->place, start->path,
                     "would make more than a million windows of " + window->text() + " by the year " +
                         std::to_string(window_year_end) + "; begin later, or take a longer window such as 1d");
    return rule;
}

QualifiedMetric read_metric(const Checked& keys, Report& report) {
    QualifiedMetric metric;
    keys.read("metric_id", metric.metric_id);
    keys.read("product_model_id", metric.product_model_id);
    keys.read("product_model_part_id", metric.product_model_part_id);
    keys.read("thing_definition_id", metric.thing_definition_id);
    const bool has_model = !metric.product_model_id.empty() || !metric.product_model_part_id.empty();
    if (const Checked* definition = keys.find("thing_definition_id"); definition != nullptr && has_model)
        report.error(definition->key_place, definition->path,
                     "stands instead of product_model_id and product_model_part_id; keep one of the two");
    return metric;
}

}  // namespace

void assemble_export(const Checked& keys, JobSettings& job, Report& report) {
    ServitlyExport options;
    if (const Checked* section = keys.find("export")) {
        job.window = read_window(*section, report);
        section->read("thing_file_name", options.thing_file_name);
        section->read("hash_thing_file_name", options.hash_thing_file_name);
        section->read("customer_id", options.customer_id);
        section->read("location_id", options.location_id);
        section->read("thing_id", options.thing_id);
        section->read("include_unit", options.include_unit);
        section->read("timestamp_format", options.timestamp_format);
        section->read("extra", options.extra);
        if (const Checked* metrics = section->find("metrics"))
            for (const Checked& metric : metrics->parts) options.metrics.push_back(read_metric(metric, report));
    }
    job.options = std::move(options);
}

}  // namespace garner
