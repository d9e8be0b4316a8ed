#include "core/planned_start.hpp"

#include <cstdint>

#include "core/stable_hash.hpp"

namespace garner {

Duration jitter_of(std::string_view job, std::string_view target_id, Duration max) {
    if (max.count() <= 0) return Duration(0);
    return Duration(static_cast<std::int64_t>(stable_hash({job, target_id}) % static_cast<std::uint64_t>(max.count())));
}

PlannedStart planned_start(const JobSettings& job, std::string_view target_id, WallTime instant) {
    PlannedStart planned;
    planned.instant = instant;
    planned.jitter = jitter_of(job.name, target_id, job.jitter);
    planned.at = instant + planned.jitter;
    if (const NamedIntervals* covers = covering(job.blackout, job.zone, planned.at)) {
        planned.blackout = covers->name;
        planned.at = first_uncovered(job.blackout, job.zone, planned.at).value_or(WallTime::max());
    }
    return planned;
}

}  // namespace garner
