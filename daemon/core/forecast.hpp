// When planned runs will begin and end, what they wait for and which of them will not make it: the engine's rules for
// turns, played forward with usual durations instead of real ones.
// What a newcomer gets wrong: a deadline counts from a run's first attempt, not from when it was due. Waiting for a
// turn costs nothing of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "core/time.hpp"

namespace garner {

/// A target of a job.
struct ForecastLane {
    const JobSettings* job = nullptr;
    std::string turn;   ///< lanes that share one have one run at a time, whatever their jobs
    Duration takes{0};  ///< a run of it, from its first attempt to its end
};

struct ForecastRun {
    std::size_t lane = 0;
    WallTime due;
    WallTime at;                      ///< it does not begin before
    std::optional<WallTime> began{};  ///< it has its turns already
};

enum class WaitsFor { nothing, target, slot, blackout };

struct Forecast {
    WallTime begin = WallTime::max();  ///< max: never
    WallTime end = WallTime::max();    ///< at the latest when its deadline is over
    WaitsFor waits_for = WaitsFor::nothing;
    std::optional<std::size_t> behind{};           ///< the run whose end it waits for, or that it is skipped for
    const NamedIntervals* waits_out = nullptr;     ///< of waits_for blackout
    const NamedIntervals* runs_into = nullptr;     ///< begins while this run is going
    std::optional<WallTime> blackout_begins_at{};  ///< of runs_into
    bool skipped = false;                          ///< its target's previous run is not over when it is due
    bool misses_deadline = false;
};

/// One for each of `runs`, which may be in any order. Of runs that come at the same time the earlier in `runs` is
/// first. `slots`: max_concurrent_jobs by source. Nothing that waits begins before `now`.
std::vector<Forecast> forecast(const std::map<std::string, std::uint32_t>& slots,
                               const std::vector<ForecastLane>& lanes, const std::vector<ForecastRun>& runs,
                               WallTime now);

}  // namespace garner
