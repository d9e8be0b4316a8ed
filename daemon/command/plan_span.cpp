#include "command/plan_span.hpp"

#include "command/reading.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

Failure refused(std::string what) { return Failure(FailureKind::rejected, std::move(what)); }

}  // namespace

Result<PlanSpan> parse_span(const std::string& from, const std::string& until, const std::string& length,
                            const Zone& zone, WallTime now) {
    if (!until.empty() && !length.empty()) return refused("--until and --for say the same thing: write one of them");
    PlanSpan span{now, now};
    if (!from.empty()) {
        const auto moment = parse_moment(from, zone, now);
        if (!moment) return moment.error().during("--from");
        span.from = *moment;
    }
    if (!until.empty()) {
        const auto moment = parse_moment(until, zone, now);
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
