#include "core/time_intervals.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>

namespace garner {
namespace {

bool within_any(const std::vector<CalendarRange>& ranges, std::int64_t value) {
    return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [value](const CalendarRange& range) {
               return range.first <= value && value <= range.last;
           });
}

int days_in_month(absl::CivilDay day) { return (absl::CivilDay(absl::CivilMonth(day) + 1) - 1).day(); }

// Days of the month may be counted from the end, and a range from one way of counting to the other.
bool on_day_of_month(const std::vector<CalendarRange>& ranges, absl::CivilDay day) {
    if (ranges.empty()) return true;
    const int length = days_in_month(day);
    const auto counted = [length](int n) { return n < 0 ? length + n + 1 : n; };
    return std::any_of(ranges.begin(), ranges.end(), [&](const CalendarRange& range) {
        return counted(range.first) <= day.day() && day.day() <= counted(range.last);
    });
}

bool on_day(const TimeInterval& interval, absl::CivilDay day) {
    const int weekday = (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;  // absl counts from Monday
    return within_any(interval.years, day.year()) && within_any(interval.months, day.month()) &&
           within_any(interval.weekdays, weekday) && on_day_of_month(interval.days_of_month, day);
}

// The minute of the day at which the time that `minute` lies in is over; nothing when it lies in none.
std::optional<int> end_of_time(const TimeInterval& interval, int minute) {
    if (interval.times.empty()) return 24 * 60;
    std::optional<int> end;
    for (const CalendarRange& time : interval.times)
        if (time.first <= minute && minute < time.last) end = std::max(end.value_or(0), time.last);
    return end;
}

// How many days from `day` on the interval covers as a whole; some of them, where they are many.
int whole_days(const TimeInterval& interval, absl::CivilDay day) {
    constexpr int days_max = 366;
    if (end_of_time(interval, 0) != 24 * 60) return 0;
    int days = 0;
    while (days < days_max && on_day(interval, day + days)) ++days;
    return days;
}

const absl::TimeZone& zone_of(const TimeInterval& interval, const Zone& job_zone) {
    return interval.location ? interval.location->absl_zone() : job_zone.absl_zone();
}

bool covers(const TimeInterval& interval, const Zone& job_zone, absl::Time t) {
    const absl::CivilSecond local = zone_of(interval, job_zone).At(t).cs;
    return end_of_time(interval, local.hour() * 60 + local.minute()) && on_day(interval, absl::CivilDay(local));
}

// Until when the interval surely covers on from `t`: to the end of its times, or to where the clock is changed,
// whatever comes first. Nothing when it does not cover `t`.
std::optional<absl::Time> covers_until(const TimeInterval& interval, const Zone& job_zone, absl::Time t) {
    if (!covers(interval, job_zone, t)) return std::nullopt;
    const absl::TimeZone& zone = zone_of(interval, job_zone);
    const absl::CivilSecond local = zone.At(t).cs;
    const absl::CivilDay day(local);
    const int minute = end_of_time(interval, local.hour() * 60 + local.minute()).value_or(0);
    absl::CivilSecond end = absl::CivilSecond(day) + 60 * minute;
    if (minute == 24 * 60) end = absl::CivilSecond(day + 1 + whole_days(interval, day + 1));
    const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(t));
    absl::Time until = second + absl::Seconds(end - local);
    absl::TimeZone::CivilTransition jump;
    if (zone.NextTransition(t, &jump)) until = std::min(until, second + absl::Seconds(jump.from - local));
    return until;
}

// The furthest that any of them surely covers.
std::optional<absl::Time> covered_until(const std::vector<NamedIntervals>& blackout, const Zone& zone, absl::Time t) {
    std::optional<absl::Time> furthest;
    for (const NamedIntervals& named : blackout)
        for (const TimeInterval& interval : named.intervals)
            if (const auto until = covers_until(interval, zone, t))
                furthest = std::max(furthest.value_or(*until), *until);
    return furthest;
}

}  // namespace

bool operator==(const TimeInterval& a, const TimeInterval& b) {
    const auto location = [](const TimeInterval& i) { return i.location ? i.location->name() : std::string(); };
    return a.times == b.times && a.weekdays == b.weekdays && a.days_of_month == b.days_of_month &&
           a.months == b.months && a.years == b.years && location(a) == location(b);
}

const NamedIntervals* covering(const std::vector<NamedIntervals>& blackout, const Zone& zone, WallTime t) {
    const absl::Time at = absl::FromUnixMillis(to_unix_ms(t));
    const auto found = std::find_if(blackout.begin(), blackout.end(), [&](const NamedIntervals& named) {
        return std::any_of(named.intervals.begin(), named.intervals.end(),
                           [&](const TimeInterval& interval) { return covers(interval, zone, at); });
    });
    return found == blackout.end() ? nullptr : &*found;
}

std::optional<WallTime> first_uncovered(const std::vector<NamedIntervals>& blackout, const Zone& zone, WallTime t) {
    absl::Time at = absl::FromUnixMillis(to_unix_ms(t));
    const absl::Time given_up = at + absl::Hours(24 * 3653);
    while (const auto until = covered_until(blackout, zone, at)) {
        at = *until;
        if (at > given_up) return std::nullopt;
    }
    return from_unix_ms(absl::ToUnixMillis(at));
}

std::optional<int> year_without_end(const std::vector<NamedIntervals>& blackout, const Zone& zone) {
    // What is covered differs from one year to the next only where a range of years begins or ends.
    std::vector<int> years{1970};
    for (const NamedIntervals& named : blackout)
        for (const TimeInterval& interval : named.intervals)
            for (const CalendarRange& range : interval.years) {
                years.push_back(range.first);
                years.push_back(range.last + 1);
            }
    std::sort(years.begin(), years.end());
    years.erase(std::unique(years.begin(), years.end()), years.end());
    for (const int year : years) {
        // Two days later it is that year in every zone.
        const absl::Time begin = absl::FromCivil(absl::CivilDay(year, 1, 3), absl::UTCTimeZone());
        if (!first_uncovered(blackout, zone, from_unix_ms(absl::ToUnixMillis(begin)))) return year;
    }
    return std::nullopt;
}

}  // namespace garner
