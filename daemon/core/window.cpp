#include "core/window.hpp"

#include <absl/time/time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace garner {
namespace {

constexpr Duration hour = std::chrono::hours(1);

absl::Time to_absl(WallTime t) { return absl::FromUnixMillis(to_unix_ms(t)); }
WallTime from_absl(absl::Time t) { return from_unix_ms(absl::ToUnixMillis(t)); }

absl::CivilSecond at_time_of(absl::CivilSecond time, absl::CivilDay day) {
    return absl::CivilSecond(day.year(), day.month(), day.day(), time.hour(), time.minute(), time.second());
}

// When a local time is: the first pass of a repeated one, the end of a gap for a skipped one; on a calendar day that
// does not exist at all (Apia, 2011-12-30), the same time of the next day, so that such a day is an empty window.
WallTime instant_of(absl::CivilSecond local, const absl::TimeZone& zone) {
    for (;;) {
        const auto info = zone.At(local);
        if (info.kind != absl::TimeZone::TimeInfo::SKIPPED) return from_absl(info.pre);
        const absl::CivilDay before(zone.At(info.trans - absl::Seconds(1)).cs);
        const absl::CivilDay after(zone.At(info.trans).cs);
        const absl::CivilDay day(local);
        if (day <= before || day >= after) return from_absl(info.trans);
        local = at_time_of(local, day + 1);
    }
}

// `start` so many months later, on its day of the month or the month's last.
absl::CivilSecond months_after(absl::CivilSecond start, std::int64_t months) {
    const absl::CivilMonth month = absl::CivilMonth(start) + months;
    const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
    return at_time_of(start, absl::CivilDay(month) + (std::min(start.day(), last.day()) - 1));
}

// Where the windows of a rule meet: boundary 0 is the first one's start.
class Grid {
public:
    Grid(const WindowRule& rule, const absl::TimeZone& zone)
        : rule_(rule), zone_(zone), first_(instant_of(rule.start, zone)) {}

    WallTime boundary(std::int64_t n) const {
        switch (rule_.length) {
            case WindowLength::hour:
                return first_ + n * hour;
            case WindowLength::day:
                return instant_of(at_time_of(rule_.start, absl::CivilDay(rule_.start) + n), zone_);
            case WindowLength::week:
                return instant_of(at_time_of(rule_.start, absl::CivilDay(rule_.start) + 7 * n), zone_);
            case WindowLength::month:
                break;
        }
        return instant_of(months_after(rule_.start, n), zone_);
    }

    Window ending_after(WallTime t) const {
        std::int64_t n = t < first_ ? 0 : number_not_after(t);
        for (Window window{boundary(n), boundary(n + 1)};; window = {window.end, boundary(++n + 1)})
            if (window.end > t && window.end > window.start) return window;
    }

private:
    // The number of a window that is not later than the one that ends after `t`: two fewer than the calendar says,
    // since a zone moves local time by up to a day.
    std::int64_t number_not_after(WallTime t) const {
        if (rule_.length == WindowLength::hour) return (t - first_) / hour;
        const absl::CivilSecond local = zone_.At(to_absl(t)).cs;
        const std::int64_t days = absl::CivilDay(local) - absl::CivilDay(rule_.start);
        const std::int64_t months = absl::CivilMonth(local) - absl::CivilMonth(rule_.start);
        const std::int64_t count = rule_.length == WindowLength::day    ? days
                                   : rule_.length == WindowLength::week ? days / 7
                                                                        : months;
        return std::max<std::int64_t>(count - 2, 0);
    }

    const WindowRule& rule_;
    const absl::TimeZone& zone_;
    WallTime first_;
};

}  // namespace

std::string_view to_string(WindowLength length) {
    switch (length) {
        case WindowLength::hour:
            return "1h";
        case WindowLength::day:
            return "1d";
        case WindowLength::week:
            return "1w";
        case WindowLength::month:
            break;
    }
    return "1mo";
}

std::optional<WindowLength> parse_window_length(std::string_view text) {
    for (const auto length : {WindowLength::hour, WindowLength::day, WindowLength::week, WindowLength::month})
        if (text == to_string(length)) return length;
    return std::nullopt;
}

Window window_ending_after(const WindowRule& rule, const Zone& zone, WallTime t) {
    return Grid(rule, zone.absl_zone()).ending_after(t);
}

std::vector<Window> owed_windows(const WindowRule& rule, const Zone& zone, const std::vector<Window>& covered,
                                 WallTime now, std::size_t count_max) {
    std::vector<Window> there = covered;
    std::erase_if(there, [](const Window& span) { return span.end <= span.start; });
    std::sort(there.begin(), there.end(), [](const Window& a, const Window& b) { return a.start < b.start; });
    const Grid grid(rule, zone.absl_zone());
    std::vector<Window> owed;
    auto next = there.begin();
    WallTime at = grid.boundary(0);  // nothing before it is owed any more
    if (rule.available_for) at = std::max(at, grid.ending_after(now - *rule.available_for).start);
    while (owed.size() < count_max) {
        for (; next != there.end() && next->start <= at; ++next) at = std::max(at, next->end);
        const Window window = grid.ending_after(at);
        if (window.end > now - rule.settle_delay) break;
        Window part{std::max(at, window.start), window.end};
        if (next != there.end()) part.end = std::min(part.end, next->start);
        if (is_offered(rule, part, now)) owed.push_back(part);
        at = part.end;
    }
    return owed;
}

bool is_offered(const WindowRule& rule, const Window& window, WallTime now) {
    return !rule.available_for || window.end > now - *rule.available_for;
}

WallTime next_closing(const WindowRule& rule, const Zone& zone, WallTime t) {
    return window_ending_after(rule, zone, t - rule.settle_delay).end + rule.settle_delay;
}

}  // namespace garner
