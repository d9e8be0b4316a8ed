#include "core/overdue.hpp"

#include <algorithm>

namespace garner {

std::optional<WallTime> overdue_from(const JobSettings& job, std::optional<WallTime> last_success,
                                     std::optional<WallTime> first_seen) {
    if (job.schedule.empty() || (!last_success && !first_seen)) return std::nullopt;
    const WallTime due = last_success ? job.schedule.next_after(*last_success, job.zone) : *first_seen;
    return due + std::min(job.deadline, job.schedule.interval_at(due, job.zone)) + overdue_grace;
}

bool is_overdue(const JobSettings& job, std::optional<WallTime> last_success, std::optional<WallTime> first_seen,
                WallTime now) {
    const auto from = overdue_from(job, last_success, first_seen);
    return from && now >= *from;
}

}  // namespace garner
