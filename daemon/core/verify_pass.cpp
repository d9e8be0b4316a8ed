#include "core/verify_pass.hpp"

namespace garner {

std::optional<WallTime> owed_pass(const VerifySettings& settings, const Zone& zone, WallTime done_until, WallTime now) {
    return settings.schedule.last_between(done_until, now, zone);
}

WallTime outdated_before(const VerifySettings& settings, WallTime due) { return due - settings.outdated_after; }

Duration pause_after(const VerifySettings& settings, std::uint64_t bytes) {
    if (settings.bandwidth == 0) return Duration(0);
    // In two steps: bytes * 1000 is beyond 64 bits for what fits on a disk.
    const std::uint64_t seconds = bytes / settings.bandwidth;
    const std::uint64_t rest = bytes % settings.bandwidth;
    return Duration(static_cast<std::int64_t>(seconds * 1000 + rest * 1000 / settings.bandwidth));
}

}  // namespace garner
