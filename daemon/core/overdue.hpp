// When a target is late, as one pure function: the metric, the alert and `garner status` must never disagree.
#pragma once

#include <optional>

#include "core/settings.hpp"
#include "core/time.hpp"

namespace garner {

/// What a due instant is given beyond its run's own time, before a missing success is called overdue.
inline constexpr Duration overdue_grace{600'000};

/// The instant from which the target counts as overdue if nothing succeeds until then: the first due instant after the
/// last success (without one: `first_seen`), for a job with windows the first one at or after the first closing of a
/// window after the last success (without one: of the very first window, if that is later), plus the job's deadline or
/// the time until the next due instant, whichever is shorter, plus overdue_grace. Nothing when the target was never
/// seen: then nobody knows since when it is owed. Jitter and blackouts move a due instant as they move its run.
/// `counts_from`: the schedule was added, edited or un-paused then, and nothing from before is owed.
std::optional<WallTime> overdue_from(const JobSettings&, std::optional<WallTime> last_success,
                                     std::optional<WallTime> first_seen,
                                     std::optional<WallTime> counts_from = std::nullopt);

bool is_overdue(const JobSettings&, std::optional<WallTime> last_success, std::optional<WallTime> first_seen,
                WallTime now, std::optional<WallTime> counts_from = std::nullopt);

}  // namespace garner
