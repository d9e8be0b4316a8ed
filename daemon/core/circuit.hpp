// Whether a source is worth asking: after five failures in a row to reach it the circuit is open, and only one probe at
// a time is let through, at a pace that slows down, until one is answered.
#pragma once

#include <cstdint>
#include <optional>

#include "core/settings.hpp"
#include "core/time.hpp"

namespace garner {

class Circuit {
public:
    static constexpr std::uint32_t failures_max = 5;

    bool is_open() const { return open_; }
    /// While it is open: before then no probe.
    SteadyTime next_probe() const { return next_probe_; }

    /// What was asked could not reach the source; `chance` is any random number. True when that opens it.
    bool failed(SteadyTime now, const BackoffPolicy&, std::uint64_t chance);
    /// The source answered. True when that closes it.
    bool answered();
    /// It was open when an earlier life ended: a probe may go at once.
    void reopen(SteadyTime now);
    /// Whoever asks next may be the probe: a person wants to know.
    void probe_at_once(SteadyTime now) { next_probe_ = now; }

private:
    bool open_ = false;
    std::uint32_t failures_ = 0;
    std::uint32_t probes_ = 0;
    SteadyTime next_probe_{};
};

/// From half to the whole of min(max, initial * 2^probes_so_far).
Duration probe_delay(const BackoffPolicy&, std::uint32_t probes_so_far, std::uint64_t chance);

/// How long those that waited wait for each other when the way is free again: 100 ms, and all of them 30 s at most.
Duration release_gap(std::size_t waiting);

}  // namespace garner
