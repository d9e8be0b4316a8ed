#include "core/backoff.hpp"

#include <algorithm>

namespace garner {
namespace {

Duration uniform(Duration low, Duration high, std::uint64_t chance) {
    if (high <= low) return low;
    const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
    return low + Duration(static_cast<std::int64_t>(chance % span));
}

}  // namespace

Duration backoff_delay(const BackoffPolicy& policy, std::uint32_t tries_so_far, std::uint64_t chance) {
    const Duration initial = std::max(policy.initial, Duration(1));
    Duration ceiling = initial;
    for (std::uint32_t i = 0; i < tries_so_far && ceiling < policy.max; ++i) ceiling *= 2;
    ceiling = std::max(initial, std::min(ceiling, policy.max));
    return uniform(std::max(initial / 10, Duration(1)), ceiling, chance);
}

Duration delay_after(const Failure& failure, const BackoffPolicy& policy, std::uint32_t tries_so_far,
                     std::uint64_t chance) {
    constexpr Duration longest{86'400'000};
    if (failure.retry_after) {
        const Duration asked = std::clamp(*failure.retry_after, Duration(0), longest);
        if (asked.count() > 0) return uniform(asked, asked + asked / 10, chance);
    }
    if (failure.throttled) return uniform(policy.throttled, policy.throttled + policy.throttled / 10, chance);
    return backoff_delay(policy, tries_so_far, chance);
}

}  // namespace garner
