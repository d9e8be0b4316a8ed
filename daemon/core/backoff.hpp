// How long to wait before the next try: capped exponential with full jitter, as a pure function of a drawn number.
#pragma once

#include <cstdint>

#include "core/failure.hpp"
#include "core/settings.hpp"

namespace garner {

/// Full jitter: uniform in (0, min(max, initial * 2^tries_so_far)], never less than a tenth of `initial`.
/// `tries_so_far` counts from 0; `chance` is any random 64-bit number.
Duration backoff_delay(const BackoffPolicy&, std::uint32_t tries_so_far, std::uint64_t chance);

/// What a failed request asks for: Retry-After when given (jitter only upward, up to a tenth), `throttled` for a bare
/// 429, else backoff_delay(). Retry-After beyond one day counts as one day.
Duration delay_after(const Failure&, const BackoffPolicy&, std::uint32_t tries_so_far, std::uint64_t chance);

}  // namespace garner
