#include "core/schedule.hpp"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
    std::string_view name;
    int min;
    int max;
    std::span<const std::string_view> names;
    int first_name;
};

const std::array<Field, 5> fields{{{"minute", 0, 59, {}, 0},
                                   {"hour", 0, 23, {}, 0},
                                   {"day of month", 1, 31, {}, 0},
                                   {"month", 1, 12, month_names, 1},
                                   {"day of week", 0, 7, weekday_names, 0}}};

Failure refused(std::string text) { return Failure(FailureKind::rejected, std::move(text)); }

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> parts = split(text, " \t");
    std::erase_if(parts, [](std::string_view part) { return part.empty(); });
    return parts;
}

Result<int> parse_number(const Field& field, std::string_view text) {
    const std::string lower = to_lower_ascii(text);
    for (std::size_t i = 0; i < field.names.size(); ++i)
        if (field.names[i] == lower) return field.first_name + static_cast<int>(i);
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string shown = "'" + printable(text, 40) + "'";
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || text.front() == '-')
        return refused(std::string(field.name) + ": " + shown + " is neither a number" +
                       (field.names.empty() ? "" : " nor a name"));
    if (number < field.min || number > field.max)
        return refused(std::string(field.name) + ": " + shown + " is outside " + std::to_string(field.min) + "-" +
                       std::to_string(field.max));
    return number;
}

// One item of a list: `*`, `5`, `1-5`, `*/15`, `10-40/5`.
Result<void> parse_item(const Field& field, std::string_view item, std::bitset<64>& set) {
    if (item.empty()) return refused(std::string(field.name) + ": an empty place in the list");
    const std::size_t slash = item.find('/');
    const std::string_view base = item.substr(0, slash);
    int low = field.min;
    int high = field.max;
    const bool star = base == "*";
    const std::size_t dash = base.find('-');
    if (!star && dash == std::string_view::npos) {
        if (slash != std::string_view::npos)
            return refused(std::string(field.name) + ": '" + printable(item, 40) +
                           "': a step needs a range or `*` before the `/`");
        const auto number = parse_number(field, base);
        if (!number) return number.error();
        low = high = *number;
    } else if (!star) {
        const auto from = parse_number(field, base.substr(0, dash));
        if (!from) return from.error();
        const auto to = parse_number(field, base.substr(dash + 1));
        if (!to) return to.error();
        if (*from > *to)
            return refused(std::string(field.name) + ": the range '" + printable(base, 40) +
                           "' runs backwards; write it as two ranges");
        low = *from;
        high = *to;
    }
    int step = 1;
    if (slash != std::string_view::npos) {
        const std::string_view text = item.substr(slash + 1);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
        if (text.empty() || error != std::errc{} || end != text.data() + text.size() || step < 1 || step > field.max)
            return refused(std::string(field.name) + ": the step '" + printable(text, 40) +
                           "' is not a number from 1 to " + std::to_string(field.max));
    }
    // A star in the day of week means 0-6: 7 is only another word for Sunday.
    if (star && field.max == 7) high = 6;
    for (int value = low; value <= high; value += step) set.set(static_cast<std::size_t>(value));
    return {};
}

Result<std::bitset<64>> parse_field(const Field& field, std::string_view text) {
    if (text.find_first_of("LWlw#~?") != std::string_view::npos) {
        const bool name = !field.names.empty() && text.find_first_of("#~?") == std::string_view::npos &&
                          text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz,-") ==
                              std::string_view::npos &&
                          to_lower_ascii(text) != "l";
        if (!name)
            return refused(std::string(field.name) + ": '" + printable(text, 40) +
                           "': L, W, #, ~ and ? are not supported by this version yet");
    }
    std::bitset<64> set;
    for (std::string_view item : split(text, ",")) {
        const auto ok = parse_item(field, item, set);
        if (!ok) return ok.error();
    }
    return set;
}

absl::Time to_absl(WallTime t) { return absl::FromUnixMillis(to_unix_ms(t)); }
WallTime from_absl(absl::Time t) { return from_unix_ms(absl::ToUnixMillis(t)); }

int weekday_of(absl::CivilDay day) {
    return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;
}  // absl counts from Monday

// Whether the gap that swallowed local time `c` swallowed its whole calendar day.
bool whole_day_missing(absl::CivilSecond c, absl::Time transition, const absl::TimeZone& zone) {
    absl::TimeZone::CivilTransition jump;
    if (!zone.NextTransition(transition - absl::Seconds(1), &jump)) return false;
    const absl::CivilDay day(c);
    return jump.from <= absl::CivilSecond(day) && jump.to >= absl::CivilSecond(day + 1);
}

}  // namespace

Result<CronExpression> CronExpression::parse(std::string_view given) {
    const std::string_view trimmed = trim_ascii(given);
    CronExpression cron;
    cron.text_ = std::string(trimmed);
    if (trimmed.empty()) return refused("an empty schedule");
    if (trimmed.size() > 1000) return refused("a schedule of more than 1000 characters");

    std::string_view text = trimmed;
    if (text.front() == '@') {
        if (text.starts_with("@every")) {
            const auto parts = words(text);
            const auto span = parts.size() == 2 && parts[0] == "@every" ? parse_duration(parts[1]) : std::nullopt;
            if (!span || span->count() < 1000)
                return refused("'" + printable(text, 40) +
                               "': write `@every` and a duration of at least 1s, such as `@every 30s`");
            cron.every_ = *span;
            return cron;
        }
        constexpr std::array<std::pair<std::string_view, std::string_view>, 7> macros{{{"@yearly", "0 0 1 1 *"},
                                                                                       {"@annually", "0 0 1 1 *"},
                                                                                       {"@monthly", "0 0 1 * *"},
                                                                                       {"@weekly", "0 0 * * 0"},
                                                                                       {"@daily", "0 0 * * *"},
                                                                                       {"@midnight", "0 0 * * *"},
                                                                                       {"@hourly", "0 * * * *"}}};
        const auto* macro = std::find_if(macros.begin(), macros.end(), [&](const auto& m) { return m.first == text; });
        if (macro == macros.end()) {
            std::vector<std::string_view> known{"@every"};
            for (const auto& [name, _] : macros) known.push_back(name);
            const std::string meant = near_miss(text, known);
            return refused("'" + printable(text, 40) + "' is no macro" +
                           (meant.empty() ? "; known are @yearly, @monthly, @weekly, @daily, @hourly and @every 30s"
                                          : ", did you mean '" + meant + "'?"));
        }
        text = macro->second;
    }

    const auto parts = words(text);
    if (parts.size() != 5)
        return refused("'" + printable(trimmed, 60) + "' has " + std::to_string(parts.size()) +
                       " fields; a schedule has five: minute, hour, day of month, month, day of week");
    std::array<std::bitset<64>, 5> sets;
    for (std::size_t i = 0; i < 5; ++i) {
        const auto set = parse_field(fields[i], parts[i]);
        if (!set) return set.error();
        sets[i] = *set;
    }
    for (std::size_t i = 0; i < 60; ++i) cron.minutes_[i] = sets[0][i];
    for (std::size_t i = 0; i < 24; ++i) cron.hours_[i] = sets[1][i];
    for (std::size_t i = 1; i < 32; ++i) cron.days_[i] = sets[2][i];
    for (std::size_t i = 1; i < 13; ++i) cron.months_[i] = sets[3][i];
    for (std::size_t i = 0; i < 8; ++i)
        if (sets[4][i]) cron.weekdays_.set(i % 7);
    cron.day_is_star_ = parts[2].front() == '*';
    cron.weekday_is_star_ = parts[4].front() == '*';
    cron.wildcard_ = parts[0].front() == '*' || parts[1].front() == '*';

    // The calendar repeats every 400 years: a day that is in none of them never comes.
    bool comes = false;
    for (absl::CivilDay day(2000, 1, 1); !comes && day < absl::CivilDay(2400, 1, 1); ++day)
        comes = cron.matches_day(day.month(), day.day(), weekday_of(day));
    if (!comes) return refused("'" + printable(trimmed, 60) + "' never comes: no year has such a day");
    return cron;
}

bool CronExpression::matches_day(int month, int day, int weekday) const {
    if (!months_[static_cast<std::size_t>(month)]) return false;
    const bool by_day = days_[static_cast<std::size_t>(day)];
    const bool by_weekday = weekdays_[static_cast<std::size_t>(weekday)];
    return day_is_star_ || weekday_is_star_ ? by_day && by_weekday : by_day || by_weekday;
}

absl::CivilMinute CronExpression::next_local(absl::CivilMinute from) const {
    for (absl::CivilMinute c = from;;) {
        const absl::CivilDay day(c);
        if (!months_[static_cast<std::size_t>(c.month())]) {
            c = absl::CivilMinute(absl::CivilMonth(c) + 1);
            continue;
        }
        if (matches_day(c.month(), c.day(), weekday_of(day)))
            for (int hour = c.hour(), minute = c.minute(); hour < 24; ++hour, minute = 0) {
                if (!hours_[static_cast<std::size_t>(hour)]) continue;
                for (; minute < 60; ++minute)
                    if (minutes_[static_cast<std::size_t>(minute)])
                        return absl::CivilMinute(day.year(), day.month(), day.day(), hour, minute);
            }
        c = absl::CivilMinute(day + 1);
    }
}

WallTime CronExpression::next_after(WallTime t, const Zone& zone) const {
    if (every_.count() > 0) {
        const std::int64_t every = every_.count();
        const std::int64_t ms = to_unix_ms(t);
        const std::int64_t floor = ms / every - (ms % every < 0 ? 1 : 0);
        return from_unix_ms((floor + 1) * every);
    }
    return wildcard_ ? next_wildcard(t, zone.absl_zone()) : next_fixed(t, zone.absl_zone());
}

// Every real instant whose local time matches: segment by segment of constant offset.
WallTime CronExpression::next_wildcard(WallTime t, const absl::TimeZone& zone) const {
    absl::Time at = absl::FromUnixSeconds(absl::ToUnixSeconds(to_absl(t)) + 1);  // whole seconds, strictly after t
    for (;;) {
        const auto info = zone.At(at);
        absl::CivilMinute from(info.cs);
        if (absl::CivilSecond(from) < info.cs) ++from;
        const absl::CivilSecond due(next_local(from));
        const absl::Time candidate = at + absl::Seconds(due - info.cs);
        absl::TimeZone::CivilTransition jump;
        if (!zone.NextTransition(at, &jump)) return from_absl(candidate);
        // The instant of the jump, counted in the offset that holds until then.
        const absl::Time jump_at = at + absl::Seconds(jump.from - info.cs);
        if (candidate < jump_at) return from_absl(candidate);
        at = jump_at;
    }
}

// Each local time once: in a gap at its end, in a fold at the first pass.
WallTime CronExpression::next_fixed(WallTime t, const absl::TimeZone& zone) const {
    const absl::Time after = to_absl(t);
    absl::CivilMinute c(zone.At(after).cs);
    for (;; ++c) {
        c = next_local(c);
        const absl::CivilSecond local(c);
        const auto info = zone.At(local);
        const bool skipped = info.kind == absl::TimeZone::TimeInfo::SKIPPED;
        if (skipped && whole_day_missing(local, info.trans, zone)) continue;
        const absl::Time instant = skipped ? info.trans : info.pre;
        if (instant > after) return from_absl(instant);
    }
}

WallTime Schedule::next_after(WallTime t, const Zone& zone) const {
    WallTime earliest = WallTime::max();
    for (const CronExpression& expression : expressions_) earliest = std::min(earliest, expression.next_after(t, zone));
    return earliest;
}

std::optional<WallTime> Schedule::last_between(WallTime after, WallTime until, const Zone& zone) const {
    // From the end backwards in growing steps: a daily job that was down for a year is not walked through day by day,
    // and
    // `@every 1s` not second by second.
    for (Duration span(60'000);; span *= 4) {
        const bool whole = until - after <= span;
        WallTime at = whole ? after : until - span;
        std::optional<WallTime> last;
        for (WallTime next = next_after(at, zone); next <= until; next = next_after(next, zone)) last = next;
        if (last || whole) return last;
    }
}

Duration Schedule::interval_at(WallTime t, const Zone& zone) const {
    const WallTime first = next_after(t, zone);
    return next_after(first, zone) - first;
}

std::string Schedule::text() const {
    std::string text;
    for (const CronExpression& expression : expressions_) text += (text.empty() ? "" : "; ") + expression.text();
    return text;
}

}  // namespace garner
