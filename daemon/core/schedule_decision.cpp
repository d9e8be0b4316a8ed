// What a clock change makes of a due instant, told to people.
#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "core/schedule.hpp"

namespace garner {
namespace {

using Kind = CronExpression::Kind;

std::string clock_time(absl::CivilMinute c) { return absl::FormatCivilTime(c).substr(11); }
std::string date(absl::CivilMinute c) { return absl::FormatCivilTime(absl::CivilDay(c)); }

// "02:10", "02:10 and 02:20", "02:10, 02:20 and 58 more"
std::string listed(const std::vector<absl::CivilMinute>& times) {
    constexpr std::size_t shown_max = 4;
    const bool all = times.size() <= shown_max;
    const std::size_t shown = all ? times.size() - 1 : shown_max - 1;
    std::string text = clock_time(times.front());
    for (std::size_t i = 1; i < shown; ++i) text += ", " + clock_time(times[i]);
    if (times.size() == 1) return text;
    return text + " and " + (all ? clock_time(times.back()) : std::to_string(times.size() - shown) + " more");
}

// The local times of fixed-time expressions that the gap before `instant` swallowed.
std::vector<absl::CivilMinute> swallowed(const std::vector<CronExpression>& expressions,
                                         const absl::TimeZone::CivilTransition& jump, absl::Time instant,
                                         const absl::TimeZone& zone) {
    std::vector<absl::CivilMinute> times;
    absl::CivilMinute from(jump.from);
    if (jump.from.second() != 0) ++from;
    for (const CronExpression& expression : expressions) {
        if (expression.kind() != Kind::fixed) continue;
        for (absl::CivilMinute c = expression.local_from(from); absl::CivilSecond(c) < jump.to;
             c = expression.local_from(c + 1))
            if (!is_missing_day(absl::CivilDay(c), instant, zone)) times.push_back(c);
    }
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    return times;
}

}  // namespace

std::string Schedule::decision(WallTime t, const Zone& in_zone) const {
    const absl::TimeZone& zone = in_zone.absl_zone();
    const absl::Time instant = absl::FromUnixMillis(to_unix_ms(t));
    const absl::CivilSecond local = zone.At(instant).cs;
    const absl::CivilMinute c(local);
    const auto matches = [&](Kind kind) {
        return local.second() == 0 &&
               std::any_of(expressions_.begin(), expressions_.end(), [&](const auto& expression) {
                   return expression.kind() == kind && expression.local_from(c) == c;
               });
    };

    const absl::TimeZone::TimeInfo info = zone.At(local);
    if (info.kind == absl::TimeZone::TimeInfo::REPEATED) {
        const std::string where = " on " + date(c) + " in " + in_zone.name();
        const bool is_first = instant < info.trans;
        if (matches(Kind::wildcard))
            return is_first ? clock_time(c) + " comes twice" + where + ": the first pass, the second runs too"
                            : "second pass of " + clock_time(c) + where + ": the clock was set back";
        if (is_first && matches(Kind::fixed)) return clock_time(c) + " comes twice" + where + ": the first pass";
        return "";
    }

    // Whether the clock was set forward at this very instant; PrevTransition() looks only before.
    absl::TimeZone::CivilTransition jump;
    if (!zone.PrevTransition(instant + absl::Seconds(1), &jump) || jump.to != local || jump.from > jump.to) return "";
    std::vector<absl::CivilMinute> times = swallowed(expressions_, jump, instant, zone);
    if (times.empty()) return "";
    const bool is_one = times.size() == 1;
    std::string text = listed(times) + (is_one ? " does" : " do") + " not exist on " + date(times.front()) + " in " +
                       in_zone.name() + ": " + (is_one ? "starts" : "run once,") + " at the first valid time after " +
                       (is_one ? "it, " : "them, ") + clock_time(c);
    if (matches(Kind::fixed) || matches(Kind::wildcard)) {
        times.push_back(c);
        text += "; " + listed(times) + " fall together: runs once";
    }
    return text;
}

}  // namespace garner
