// What becomes of each instant that is due: it starts, or it does not and the reason is kept. Instants that were missed
// are made up for by `catch_up`. What a newcomer gets wrong: a daemon that was down for a year owes a decision on every
// instant of that year, and must not walk through them all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/records.hpp"
#include "core/settings.hpp"

namespace garner {

struct DueInstant {
    WallTime instant;
    bool missed = false;    ///< nobody was there when it came: the daemon was down, the machine slept, the clock jumped
    std::string skipped{};  ///< why nothing starts; empty: it starts
};

/// An instant that comes later to a decision than this was missed.
inline constexpr Duration missed_after{120'000};
/// So many missed instants of one job are made up for by `catch_up: all`, the newest.
inline constexpr std::size_t caught_up_max = 1'000;
/// So many skips of one decision are told one by one, the newest; the oldest of them speaks for those before it.
inline constexpr std::size_t skips_told_max = 50;

/// Windows of one target that one instant begins with; a longer backlog goes on at the next instant.
inline constexpr std::size_t windows_per_instant_max = 400;
/// A window whose exports were suspect so often is not asked for again by itself: the vendor has nothing better.
inline constexpr int suspect_tries_max = 3;

/// What is due in (`after`, `now`], oldest first. `up_since`: what came before this daemon did was missed. `pause`: the
/// newest one of the job, over or not.
std::vector<DueInstant> decide_due(const JobSettings& job, const std::optional<Pause>& pause, WallTime after,
                                   WallTime now, WallTime up_since);

}  // namespace garner
