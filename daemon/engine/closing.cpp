#include "engine/closing.hpp"

#include "core/text.hpp"

namespace garner {
namespace {

// By id, or by a name that means one target of the source's list.
Task<Result<std::string>> target_id_of(EngineContext& context, const JobSettings& job, const std::string& wanted) {
    const auto listed = co_await context.ledger.targets(job.source);
    if (!listed) co_return listed.error();
    std::string ids;
    std::string found;
    std::size_t count = 0;
    for (const Target& target : *listed) {
        if (target.id == wanted || "id:" + target.id == wanted) co_return target.id;
        if (target.name != wanted) continue;
        found = target.id;
        ids += (count++ == 0 ? "id:" : ", id:") + printable(target.id, 80);
    }
    if (count == 1) co_return found;
    const std::string name = "'" + printable(wanted, 80) + "'";
    if (count > 1) co_return Failure(FailureKind::rejected, name + " means more than one target: " + ids);
    co_return Failure(FailureKind::rejected,
                      "source " + job.source + " has no target " + name + "; garner targets lists what it has");
}

Result<void> check(const JobSettings& job, const Window& span) {
    if (!job.window)
        return Failure(FailureKind::rejected, "job " + job.name + " has no windows: nothing is owed of a span of time");
    if (span.end <= span.start)
        return Failure(FailureKind::rejected, "the span ends at " + format_rfc3339(span.end) +
                                                  ", which is not after its start " + format_rfc3339(span.start));
    return {};
}

}  // namespace

Task<Result<ClosedSpan>> close_span(EngineContext& context, JobSettings job, std::string target, ClosedSpan span) {
    if (const auto fine = check(job, span.window); !fine) co_return fine.error();
    if (span.reason.empty()) co_return Failure(FailureKind::rejected, "a reason is needed: --reason");
    span.at = context.doors.clock.wall_now();
    if (span.window.end > span.at)
        co_return Failure(FailureKind::rejected, "the span ends at " + format_rfc3339(span.window.end) +
                                                     ", and it is " + format_rfc3339(span.at) +
                                                     ": only what is over can be closed");
    const auto id = co_await target_id_of(context, job, target);
    if (!id) co_return id.error();
    const auto written = co_await context.ledger.close_span(job.name, job.source, *id, span);
    if (!written) co_return written.error();
    co_return span;
}

Task<Result<std::size_t>> reopen_spans(EngineContext& context, JobSettings job, std::string target, Window within) {
    if (const auto fine = check(job, within); !fine) co_return fine.error();
    const auto id = co_await target_id_of(context, job, target);
    if (!id) co_return id.error();
    const auto count = co_await context.ledger.reopen_spans(job.name, job.source, *id, within);
    if (count && *count == 0)
        co_return Failure(FailureKind::rejected, "no span of '" + printable(target, 80) + "' was closed between " +
                                                     format_rfc3339(within.start) + " and " +
                                                     format_rfc3339(within.end) + "; garner gaps --all shows them");
    co_return count;
}

}  // namespace garner
