// When a due instant may really begin: jitter, then blackouts. The scheduler starts by it and `garner plan` prints it.
// What a newcomer gets wrong: jitter is no dice. It is a hash of job and target, the same in every life of the daemon.
#pragma once

#include <string>
#include <string_view>

#include "core/settings.hpp"
#include "core/time.hpp"

namespace garner {

struct PlannedStart {
    WallTime instant;      ///< due, as the schedule says
    WallTime at;           ///< nothing begins before: never earlier than `instant`
    Duration jitter{0};    ///< of this target
    std::string blackout;  ///< name of the time interval that moved it last; empty: none did
};

/// In [0, max), by a stable hash of job and target; whole seconds.
Duration jitter_of(std::string_view job, std::string_view target_id, Duration max);

/// `not_before`: the clock's time, for an instant that is long gone: what is caught up does not begin inside a blackout
/// either.
PlannedStart planned_start(const JobSettings& job, std::string_view target_id, WallTime instant,
                           WallTime not_before = WallTime::min());

/// What holds it back, for people: "begins at 2026-11-02T22:00:00Z: jitter of 3m12s, blackout 'production'"; empty when
/// nothing does.
std::string describe(const PlannedStart&);

}  // namespace garner
