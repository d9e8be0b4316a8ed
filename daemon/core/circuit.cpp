#include "core/circuit.hpp"

#include <algorithm>
#include <utility>

namespace garner {

bool Circuit::failed(SteadyTime now, const BackoffPolicy& policy, std::uint64_t chance) {
    const bool opens = !open_ && ++failures_ >= failures_max;
    if (opens) {
        open_ = true;
        probes_ = 0;
    }
    if (open_) next_probe_ = now + probe_delay(policy, probes_++, chance);
    return opens;
}

bool Circuit::answered() {
    failures_ = 0;
    return std::exchange(open_, false);
}

void Circuit::reopen(SteadyTime now) {
    open_ = true;
    probes_ = 0;
    next_probe_ = now;
}

Duration probe_delay(const BackoffPolicy& policy, std::uint32_t probes_so_far, std::uint64_t chance) {
    Duration whole = std::max(policy.initial, Duration(2));
    for (std::uint32_t i = 0; i < probes_so_far && whole < policy.max; ++i) whole *= 2;
    whole = std::max(std::min(whole, policy.max), Duration(2));
    const Duration half = whole / 2;
    return half + Duration(static_cast<std::int64_t>(chance % static_cast<std::uint64_t>((whole - half).count() + 1)));
}

Duration release_gap(std::size_t waiting) {
    constexpr Duration gap_max{100};
    constexpr Duration all_max{30'000};
    return std::min(gap_max, all_max / static_cast<std::int64_t>(std::max<std::size_t>(waiting, 1)));
}

}  // namespace garner
