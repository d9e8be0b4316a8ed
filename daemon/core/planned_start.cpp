#include "core/planned_start.hpp"

#include <algorithm>
#include <cstdint>

#include "core/stable_hash.hpp"

namespace garner {

Duration jitter_of(std::string_view job, std::string_view target_id, Duration max) {
    if (max.count() <= 0) return Duration(0);
    const Duration jitter(
        static_cast<std::int64_t>(stable_hash({job, target_id}) % static_cast<std::uint64_t>(max.count())));
    return max >= std::chrono::seconds(1) ? std::chrono::floor<std::chrono::seconds>(jitter) : jitter;
}

PlannedStart planned_start(const JobSettings& job, std::string_view target_id, WallTime instant, WallTime not_before) {
    PlannedStart planned;
    planned.instant = instant;
    planned.jitter = jitter_of(job.name, target_id, job.jitter);
    planned.at = std::max(instant + planned.jitter, not_before);
    if (const NamedIntervals* covers = covering(job.blackout, job.zone, planned.at)) {
        planned.blackout = covers->name;
        planned.at = first_uncovered(job.blackout, job.zone, planned.at).value_or(WallTime::max());
    }
    return planned;
}

std::string describe(const PlannedStart& planned) {
    std::string why;
    if (planned.jitter.count() > 0) why = "jitter of " + format_duration(planned.jitter);
    if (!planned.blackout.empty()) why += (why.empty() ? "" : ", ") + ("blackout '" + planned.blackout + "'");
    if (why.empty() || planned.at == planned.instant) return "";
    return (planned.at == WallTime::max() ? "never begins: " : "begins at " + format_rfc3339(planned.at) + ": ") + why;
}

}  // namespace garner
