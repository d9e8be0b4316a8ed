#include "core/schedule.hpp"

#include <algorithm>

namespace garner {

WallTime Schedule::next_after(WallTime t, const Zone& zone) const {
    WallTime earliest = WallTime::max();
    for (const CronExpression& expression : expressions_) earliest = std::min(earliest, expression.next_after(t, zone));
    return earliest;
}

std::optional<WallTime> Schedule::previous_before(WallTime t, const Zone& zone) const {
    std::optional<WallTime> latest;
    for (const CronExpression& expression : expressions_) {
        const WallTime previous = expression.previous_before(t, zone);
        latest = std::max(latest.value_or(previous), previous);
    }
    return latest;
}

std::optional<WallTime> Schedule::last_between(WallTime after, WallTime until, const Zone& zone) const {
    const std::optional<WallTime> last = previous_before(until + Duration(1), zone);
    return last && *last > after ? last : std::nullopt;
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
