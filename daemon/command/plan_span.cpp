#include "command/plan_span.hpp"

#include "core/local_time.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

Failure refused(std::string what) { return Failure(FailureKind::rejected, std::move(what)); }

}  // namespace

Result<WallTime> parse_moment(const std::string& text, const Zone& zone) {
    if (const auto instant = parse_rfc3339(text)) return *instant;
    if (const auto local = parse_local(text, zone)) return *local;
    return refused("'" + printable(text, 60) + "' is no time: write a day as 2026-03-28, a local time as " +
                   "2026-03-28T01:30 or an instant as 2026-03-28T00:30:00Z");
}

Result<PlanSpan> parse_span(const std::string& from, const std::string& until, const std::string& length,
                            const Zone& zone, WallTime now) {
    if (!until.empty() && !length.empty()) return refused("--until and --for say the same thing: write one of them");
    PlanSpan span{now, now};
    if (!from.empty()) {
        const auto moment = parse_moment(from, zone);
        if (!moment) return moment.error().during("--from");
        span.from = *moment;
    }
    if (!until.empty()) {
        const auto moment = parse_moment(until, zone);
        if (!moment) return moment.error().during("--until");
        span.until = *moment;
        if (span.until <= span.from)
            return refused("--until " + printable(until, 60) + " is not after " + zone.format(span.from));
        return span;
    }
    const auto lasts = parse_duration(length.empty() ? "7d" : length);
    if (!lasts || lasts->count() == 0)
        return refused("--for '" + printable(length, 60) + "' is no span of time: write one as 7d or 12h");
    span.until = span.from + *lasts;
    return span;
}

}  // namespace garner
