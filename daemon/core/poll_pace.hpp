// When to ask a vendor again whether a remote job is ready: a pure function of how long this target's jobs took before.
// What a newcomer gets wrong: nobody sees a job end. It was pending at one look and ready at the next, and whoever
// takes the second one for the end looks later and later.
#pragma once

#include <cstddef>
#include <vector>

#include "core/records.hpp"
#include "core/settings.hpp"
#include "core/time.hpp"

namespace garner {

/// So many of the newest are worth knowing.
inline constexpr std::size_t durations_learned_from = 20;

/// How long to wait until the next look at a job that has been running for `elapsed` and has `left` until its deadline.
///
/// The first look comes where a sixth of the earlier jobs had ended. From there on the next one comes when a job like
/// the earlier ones that still run would on average have lain finished for half of `pace.initial`: soon where many end,
/// late where few do, and a second mode of long jobs gets looks of its own. A look costs a request and a late one costs
/// lateness; this makes the sum of both small whatever the durations look like.
///
/// Around that: never less than `pace.initial`. Never more than `pace.max`, nor than a fifth of the time it has run,
/// once a quarter of the earlier jobs had ended; before, six times `pace.max`, so that one that ends far too early is
/// found. Longer than all earlier ones, or without any: geometric from `initial` to `max`, each wait half as long
/// again. Never more than half of what is left, so that a deadline is not slept through.
Duration wait_before_look(const std::vector<ObservedDuration>& newest_first, const PollPace& pace, Duration elapsed,
                          Duration left);

}  // namespace garner
