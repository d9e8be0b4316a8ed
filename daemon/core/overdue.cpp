#include "core/overdue.hpp"

#include <algorithm>

namespace garner {
namespace {

// The first instant from which a success is owed. With windows there is nothing to fetch before one has closed, so that
// a monthly window under a daily schedule is due once a month.
WallTime due_after(const JobSettings& job, std::optional<WallTime> last_success, WallTime first_seen) {
    if (!job.window) return last_success ? job.schedule.next_after(*last_success, job.zone) : first_seen;
    const WallTime first_end = window_ending_after(*job.window, job.zone, WallTime::min()).end;
    const WallTime closing =
        last_success ? next_closing(*job.window, job.zone, *last_success) : first_end + job.window->settle_delay;
    if (!last_success && closing <= first_seen) return first_seen;
    return job.schedule.next_after(closing - Duration(1), job.zone);
}

}  // namespace

std::optional<WallTime> overdue_from(const JobSettings& job, std::optional<WallTime> last_success,
                                     std::optional<WallTime> first_seen, std::optional<WallTime> counts_from) {
    if (job.schedule.empty() || (!last_success && !first_seen)) return std::nullopt;
    WallTime due = due_after(job, last_success, first_seen.value_or(WallTime()));
    if (counts_from && due < *counts_from) due = job.schedule.next_after(*counts_from, job.zone);
    const WallTime begins = first_uncovered(job.blackout, job.zone, due + job.jitter).value_or(due + job.jitter);
    return begins + std::min(job.deadline, job.schedule.interval_at(due, job.zone)) + overdue_grace;
}

bool is_overdue(const JobSettings& job, std::optional<WallTime> last_success, std::optional<WallTime> first_seen,
                WallTime now, std::optional<WallTime> counts_from) {
    const auto from = overdue_from(job, last_success, first_seen, counts_from);
    return from && now >= *from;
}

}  // namespace garner
