#include "core/cron_expression.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> macros{{{"@yearly", "0 0 1 1 *"},
                                                                               {"@annually", "0 0 1 1 *"},
                                                                               {"@monthly", "0 0 1 * *"},
                                                                               {"@weekly", "0 0 * * 0"},
                                                                               {"@daily", "0 0 * * *"},
                                                                               {"@midnight", "0 0 * * *"},
                                                                               {"@hourly", "0 * * * *"}}};

Failure refused(std::string text) { return Failure(FailureKind::rejected, std::move(text)); }

Failure no_macro(std::string_view text) {
    if (text == "@reboot")
        return refused("'@reboot' is no time; what was missed while garnerd was down is what catch_up is for");
    std::vector<std::string_view> known{"@every"};
    for (const auto& [name, _] : macros) known.push_back(name);
    const std::string lower = to_lower_ascii(text);
    const bool is_known = std::find(known.begin(), known.end(), lower) != known.end();
    const std::string meant = is_known ? lower : near_miss(lower, known);
    return refused("'" + printable(text, 40) + "' is no macro" +
                   (meant.empty() ? "; known are @yearly, @monthly, @weekly, @daily, @hourly and @every 30s"
                                  : ", did you mean '" + meant + "'?"));
}

absl::Time to_absl(WallTime t) { return absl::FromUnixMillis(to_unix_ms(t)); }
WallTime from_absl(absl::Time t) { return from_unix_ms(absl::ToUnixMillis(t)); }

// Positions of set bits; nothing below, or above, is -1.
int lowest_from(std::uint64_t bits, int from) {
    if (from > 63) return -1;
    bits = bits >> static_cast<unsigned>(from) << static_cast<unsigned>(from);
    return bits == 0 ? -1 : std::countr_zero(bits);
}
int highest_until(std::uint64_t bits, int until) {
    if (until < 0) return -1;
    if (until < 63) bits &= (std::uint64_t{2} << static_cast<unsigned>(until)) - 1;
    return bits == 0 ? -1 : 63 - std::countl_zero(bits);
}

// The last clock change at or before `t`. PrevTransition() looks at whole seconds, and only before them.
bool last_change(const absl::TimeZone& zone, absl::Time t, absl::TimeZone::CivilTransition& jump) {
    return zone.PrevTransition(t + absl::Seconds(1), &jump);
}

// When a fixed local time comes; nothing on a day that does not exist.
std::optional<absl::Time> instant_of(absl::CivilMinute c, const absl::TimeZone& zone) {
    const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(c));
    if (info.kind != absl::TimeZone::TimeInfo::SKIPPED) return info.pre;
    if (is_missing_day(absl::CivilDay(c), info.trans, zone)) return std::nullopt;
    return info.trans;
}

}  // namespace

bool is_missing_day(absl::CivilDay day, absl::Time gap_end, const absl::TimeZone& zone) {
    absl::TimeZone::CivilTransition jump;
    if (!zone.NextTransition(gap_end - absl::Nanoseconds(1), &jump)) return false;
    return jump.from <= absl::CivilSecond(day) && jump.to >= absl::CivilSecond(day + 1);
}

Result<CronExpression> CronExpression::parse(std::string_view given, std::string_view seed) {
    std::string_view text = trim_ascii(given);
    CronExpression cron;
    cron.text_ = std::string(text);
    if (text.empty()) return refused("an empty schedule");
    if (text.size() > 1000) return refused("a schedule of more than 1000 characters");
    if (text.starts_with("@every")) {
        const std::string_view span_text = trim_ascii(text.substr(6));
        const auto span =
            text.size() > 6 && (text[6] == ' ' || text[6] == '\t') ? parse_duration(span_text) : std::nullopt;
        if (!span || span->count() < 1000)
            return refused("'" + printable(text, 40) +
                           "': write `@every` and a duration of at least 1s, such as `@every 30s`");
        cron.kind_ = Kind::every;
        cron.every_ = *span;
        return cron;
    }
    if (text.front() == '@') {
        const auto* macro = std::find_if(macros.begin(), macros.end(), [&](const auto& m) { return m.first == text; });
        if (macro == macros.end()) return no_macro(text);
        text = macro->second;
    }
    const Result<CronFields> fields = parse_cron(text, seed);
    if (!fields) return fields.error();
    cron.cron_ = *fields;
    cron.kind_ = fields->is_wildcard ? Kind::wildcard : Kind::fixed;
    return cron;
}

std::uint32_t CronExpression::days_of(absl::CivilMonth month) const {
    if ((cron_.months >> static_cast<unsigned>(month.month()) & 1U) == 0) return 0;
    const absl::CivilDay first(month);
    const auto weekday = static_cast<std::size_t>((static_cast<int>(absl::GetWeekday(first)) + 1) % 7);
    const auto length = static_cast<std::size_t>(absl::CivilDay(month + 1) - first);
    return cron_.days[weekday][length - 28];
}

bool CronExpression::is_on(absl::CivilDay day) const {
    return (days_of(absl::CivilMonth(day)) >> static_cast<unsigned>(day.day()) & 1U) != 0;
}

absl::CivilDay CronExpression::day_from(absl::CivilDay from) const {
    absl::CivilMonth month(from);
    for (int first = from.day();; first = 1) {
        const int day = lowest_from(days_of(month), first);
        if (day > 0) return absl::CivilDay(month.year(), month.month(), day);
        const int in_year = lowest_from(cron_.months, month.month() + 1);
        month = in_year > 0 ? absl::CivilMonth(month.year(), in_year)
                            : absl::CivilMonth(month.year() + 1, lowest_from(cron_.months, 1));
    }
}

absl::CivilDay CronExpression::day_until(absl::CivilDay until) const {
    absl::CivilMonth month(until);
    for (int last = until.day();; last = 31) {
        const int day = highest_until(days_of(month), last);
        if (day > 0) return absl::CivilDay(month.year(), month.month(), day);
        const int in_year = highest_until(cron_.months, month.month() - 1);
        month = in_year > 0 ? absl::CivilMonth(month.year(), in_year)
                            : absl::CivilMonth(month.year() - 1, highest_until(cron_.months, 12));
    }
}

absl::CivilMinute CronExpression::local_from(absl::CivilMinute from) const {
    const absl::CivilDay today(from);
    if (is_on(today)) {
        int hour = lowest_from(cron_.hours, from.hour());
        int minute = lowest_from(cron_.minutes, hour == from.hour() ? from.minute() : 0);
        if (hour >= 0 && minute < 0) {
            hour = lowest_from(cron_.hours, hour + 1);
            minute = lowest_from(cron_.minutes, 0);
        }
        if (hour >= 0) return absl::CivilMinute(today) + 60 * hour + minute;
    }
    return absl::CivilMinute(day_from(today + 1)) + 60 * lowest_from(cron_.hours, 0) + lowest_from(cron_.minutes, 0);
}

absl::CivilMinute CronExpression::local_until(absl::CivilMinute until) const {
    const absl::CivilDay today(until);
    if (is_on(today)) {
        int hour = highest_until(cron_.hours, until.hour());
        int minute = highest_until(cron_.minutes, hour == until.hour() ? until.minute() : 59);
        if (hour >= 0 && minute < 0) {
            hour = highest_until(cron_.hours, hour - 1);
            minute = highest_until(cron_.minutes, 59);
        }
        if (hour >= 0) return absl::CivilMinute(today) + 60 * hour + minute;
    }
    return absl::CivilMinute(day_until(today - 1)) + 60 * highest_until(cron_.hours, 23) +
           highest_until(cron_.minutes, 59);
}

WallTime CronExpression::next_after(WallTime t, const Zone& in_zone) const {
    const absl::TimeZone& zone = in_zone.absl_zone();
    if (kind_ == Kind::every) {
        const std::int64_t ms = to_unix_ms(t);
        const std::int64_t past = (ms % every_.count() + every_.count()) % every_.count();
        return t + (every_ - Duration(past));
    }
    const absl::Time after = to_absl(t);
    if (kind_ == Kind::fixed)
        for (absl::CivilMinute c = local_from(absl::CivilMinute(zone.At(after).cs));; c = local_from(c + 1))
            if (const auto instant = instant_of(c, zone); instant && *instant > after) return from_absl(*instant);

    // From one clock change to the next the offset is the same.
    absl::Time at = absl::FromUnixSeconds(absl::ToUnixSeconds(after) + 1);  // whole seconds, strictly after
    for (;;) {
        const absl::CivilSecond local = zone.At(at).cs;
        absl::CivilMinute from(local);
        if (local.second() != 0) ++from;
        const absl::Time due = at + absl::Seconds(absl::CivilSecond(local_from(from)) - local);
        absl::TimeZone::CivilTransition jump;
        if (!zone.NextTransition(at, &jump)) return from_absl(due);
        const absl::Time change = at + absl::Seconds(jump.from - local);
        if (due < change) return from_absl(due);
        at = change;
    }
}

WallTime CronExpression::previous_before(WallTime t, const Zone& in_zone) const {
    const absl::TimeZone& zone = in_zone.absl_zone();
    if (kind_ == Kind::every) {
        const std::int64_t ms = to_unix_ms(t);
        const std::int64_t past = (ms % every_.count() + every_.count()) % every_.count();
        return t - (past == 0 ? every_ : Duration(past));
    }
    const absl::Time before = to_absl(t);
    absl::TimeZone::CivilTransition jump;
    if (kind_ == Kind::fixed) {
        // In a second pass, later local times have been there already: in the first.
        absl::CivilSecond latest = zone.At(before).cs;
        if (last_change(zone, before, jump)) latest = std::max(latest, jump.from);
        for (absl::CivilMinute c = local_until(absl::CivilMinute(latest));; c = local_until(c - 1))
            if (const auto instant = instant_of(c, zone); instant && *instant < before) return from_absl(*instant);
    }

    absl::Time at = absl::FromUnixSeconds(absl::ToUnixSeconds(before + absl::Milliseconds(999)) - 1);
    for (;;) {
        const absl::CivilSecond local = zone.At(at).cs;
        const absl::Time due = at + absl::Seconds(absl::CivilSecond(local_until(absl::CivilMinute(local))) - local);
        if (!last_change(zone, at, jump)) return from_absl(due);
        const absl::Time change = at + absl::Seconds(jump.to - local);
        if (due >= change) return from_absl(due);
        at = change - absl::Seconds(1);
    }
}

}  // namespace garner
