#include "sandbox/models/servitly_quota.hpp"

#include <chrono>

namespace garner::sandbox {
namespace {

constexpr Duration kGrace(250);  // as the fault layer's

}  // namespace

std::optional<Duration> ServitlyQuota::wait(const std::string& tenant, std::uint64_t per_minute, std::uint64_t per_hour,
                                            WallTime now) {
    using namespace std::chrono;
    Used& used = used_[tenant];
    const auto this_hour = floor<hours>(now);
    if (used.hour != this_hour.time_since_epoch().count()) {
        used.hour = this_hour.time_since_epoch().count();
        used.in_hour = 0;
    }
    while (!used.minute.empty() && used.minute.front() + minutes(1) <= now) used.minute.pop_front();
    if (per_hour > 0 && used.in_hour >= per_hour) return this_hour + hours(1) - now;
    if (used.minute.size() >= per_minute)
        return used.minute.empty() ? Duration(minutes(1)) : used.minute.front() + minutes(1) - now;
    used.minute.push_back(now);
    ++used.in_hour;
    return std::nullopt;
}

std::optional<Duration> ServitlyQuota::too_early(const std::string& tenant, WallTime now) const {
    const auto told = told_.find(tenant);
    if (told == told_.end() || now >= told->second.until || now < told->second.at + kGrace) return std::nullopt;
    return told->second.until - now;
}

}  // namespace garner::sandbox
