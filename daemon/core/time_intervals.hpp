// Spans of the calendar in which nothing new starts, in Alertmanager's words: times of day, weekdays, days of the
// month, months, years. What a newcomer gets wrong: an interval without a time of day covers whole days, and 24:00 is a
// time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

/// Both ends belong to it.
struct CalendarRange {
    int first = 0;
    int last = 0;
    friend bool operator==(const CalendarRange&, const CalendarRange&) = default;
};

/// Covers an instant when every list that is not empty has a range for it.
struct TimeInterval {
    std::vector<CalendarRange> times{};     ///< minutes of the day, 0 to 1440; of a time's end the minute is outside
    std::vector<CalendarRange> weekdays{};  ///< 0: Sunday
    std::vector<CalendarRange> days_of_month{};  ///< 1 to 31, or -1 (the last) to -31; also from one to the other
    std::vector<CalendarRange> months{};         ///< 1 to 12
    std::vector<CalendarRange> years{};
    std::optional<Zone> location{};  ///< whose calendar it is; nothing: that of the job
    friend bool operator==(const TimeInterval&, const TimeInterval&);
};

struct NamedIntervals {
    std::string name;
    std::vector<TimeInterval> intervals;  ///< covers what any of them covers
    friend bool operator==(const NamedIntervals&, const NamedIntervals&) = default;
};

/// Those of `blackout` that covers `t`; null when none does. `zone` stands in for intervals without a location.
const NamedIntervals* covering(const std::vector<NamedIntervals>& blackout, const Zone& zone, WallTime t);

/// The first instant at or after `t` that nothing covers; nothing when there is none within ten years.
std::optional<WallTime> first_uncovered(const std::vector<NamedIntervals>& blackout, const Zone& zone, WallTime t);

/// The first year (from 1970 on) in whose beginning ten years are covered without a gap, if there is one: such a
/// blackout never ends.
std::optional<int> year_without_end(const std::vector<NamedIntervals>& blackout, const Zone& zone);

}  // namespace garner
