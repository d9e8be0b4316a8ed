// A target's artifacts carried forward by its job's schedule and its retention: what will be there, and until when.
// What a newcomer gets wrong: it is a forecast of a good time. Every run succeeds, no gap is filled, no new artifact is
// held or suspect, and each new one is as large as the last ones usually were.
#pragma once

#include <absl/time/civil_time.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/retention.hpp"
#include "core/settings.hpp"

namespace garner {

/// How it stands at the end of a month, in the job's zone, or at the end of the span.
struct RetentionMonth {
    absl::CivilMonth month;
    std::size_t kept = 0;
    std::uint64_t kept_bytes = 0;
    std::size_t in_trash = 0;
    std::uint64_t trash_bytes = 0;
    std::optional<WallTime> oldest;  ///< of those that are kept
};

struct RetentionForecast {
    std::vector<RetentionMonth> months;
    /// For each of today's artifacts: when it goes to the trash, to a day; nothing: it is still there at the end.
    std::vector<std::optional<WallTime>> trashed_at;
    std::vector<WallTime> kept_instants;  ///< at the end, oldest first
    std::uint64_t usual_bytes = 0;        ///< of a new artifact: the median of the last ten verified ones
};

/// Plays (`now`, `until`) forward, with a pass after each due instant but at most one a day, and one at the end of each
/// month and of the span. `artifacts`: as for plan_retention(). The clock is trusted and the last run has succeeded.
RetentionForecast simulate_retention(std::span<const RetainedArtifact> artifacts, const RetentionRule&,
                                     const JobSettings&, WallTime now, WallTime until);

}  // namespace garner
