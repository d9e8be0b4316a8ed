#include "settings/assemble_intervals.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "settings/interval_words.hpp"

namespace garner {
namespace {

using Parse = Result<CalendarRange> (*)(std::string_view);

// The walk has refused what does not parse.
std::vector<CalendarRange> ranges_of(const Checked& keys, std::string_view key, Parse parse) {
    std::vector<CalendarRange> ranges;
    if (const Checked* list = keys.find(key))
        for (const Checked& word : list->parts) ranges.push_back(parse(word.text()).value());
    return ranges;
}

// Sorted, and joined where they touch.
std::vector<CalendarRange> joined(std::vector<CalendarRange> times) {
    std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<CalendarRange> all;
    for (const CalendarRange& time : times)
        if (!all.empty() && time.first <= all.back().last)
            all.back().last = std::max(all.back().last, time.last);
        else
            all.push_back(time);
    return all;
}

// Nothing when one of them is wrong.
std::optional<std::vector<CalendarRange>> times_of(const Checked& list, Report& report) {
    std::vector<CalendarRange> times;
    bool fine = true;
    for (const Checked& time : list.parts) {
        const Checked* start = time.find("start_time");
        const Checked* end = time.find("end_time");
        fine = fine && time.broken.empty() && start != nullptr && end != nullptr;
        if (start == nullptr || end == nullptr) continue;
        const int first = parse_time_of_day(start->text()).value();
        const int last = parse_time_of_day(end->text()).value();
        if (first < last) {
            times.push_back({first, last});
        } else {
            fine = false;
            report.error(end->place, end->path,
                         "must be later than start_time; a time over midnight is two: until 24:00, and from 00:00 "
                         "(of the next day)");
        }
    }
    if (!fine) return std::nullopt;
    return joined(std::move(times));
}

std::optional<TimeInterval> read_interval(const Checked& keys, Report& report) {
    TimeInterval interval;
    bool fine = keys.broken.empty();
    if (const Checked* list = keys.find("times")) {
        auto times = times_of(*list, report);
        fine = fine && times;
        interval.times = std::move(times).value_or(std::vector<CalendarRange>{});
    }
    interval.weekdays = ranges_of(keys, "weekdays", parse_weekdays);
    interval.days_of_month = ranges_of(keys, "days_of_month", parse_days_of_month);
    interval.months = ranges_of(keys, "months", parse_months);
    interval.years = ranges_of(keys, "years", parse_years);
    if (const Checked* location = keys.find("location")) interval.location = Zone::load(location->text()).value();
    if (!fine) return std::nullopt;
    return interval;
}

}  // namespace

std::map<std::string, NamedIntervals> assemble_intervals(const Checked& top, Report& report) {
    std::map<std::string, NamedIntervals> all;
    if (const Checked* section = top.find("time_intervals"))
        for (const Checked& keys : section->parts) {
            NamedIntervals named{keys.name, {}};
            for (const Checked& interval : keys.parts)
                if (auto read = read_interval(interval, report)) named.intervals.push_back(std::move(*read));
            if (named.intervals.size() == keys.parts.size()) all.emplace(keys.name, std::move(named));
        }
    return all;
}

}  // namespace garner
