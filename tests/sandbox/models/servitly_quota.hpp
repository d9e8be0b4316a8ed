// How often a tenant's key may ask: a window of one minute that slides, and a quota per clock hour that is used up
// until the next one. A request that is refused does not count.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/time.hpp"

namespace garner::sandbox {

class ServitlyQuota {
public:
    /// Counts the request, or says how long the key must wait. `per_hour` 0: no quota.
    std::optional<Duration> wait(const std::string& tenant, std::uint64_t per_minute, std::uint64_t per_hour,
                                 WallTime now);

    /// The client was told to wait until then; how much too early `now` is. Requests that were on their way are
    /// forgiven.
    void told(const std::string& tenant, WallTime now, WallTime until) { told_[tenant] = {now, until}; }
    std::optional<Duration> too_early(const std::string& tenant, WallTime now) const;

    void client_lost_memory() { told_.clear(); }
    void reset() { *this = {}; }

private:
    struct Used {
        std::deque<WallTime> minute;
        std::int64_t hour = 0;
        std::uint64_t in_hour = 0;
    };
    struct Told {
        WallTime at;
        WallTime until;
    };

    std::map<std::string, Used> used_;
    std::map<std::string, Told> told_;
};

}  // namespace garner::sandbox
