#include "core/planned_start.hpp"

#include <cstdint>

namespace garner {
namespace {

// FNV-1a, and a finish that spreads names which differ in their last letter (that of SplitMix64).
std::uint64_t stable_hash(std::string_view job, std::string_view target) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&](std::string_view text) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    };
    add(job);
    add(std::string_view("\0", 1));
    add(target);
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
    return hash ^ (hash >> 31U);
}

}  // namespace

Duration jitter_of(std::string_view job, std::string_view target_id, Duration max) {
    if (max.count() <= 0) return Duration(0);
    return Duration(static_cast<std::int64_t>(stable_hash(job, target_id) % static_cast<std::uint64_t>(max.count())));
}

PlannedStart planned_start(const JobSettings& job, std::string_view target_id, WallTime instant) {
    PlannedStart planned;
    planned.instant = instant;
    planned.jitter = jitter_of(job.name, target_id, job.jitter);
    planned.at = instant + planned.jitter;
    if (const NamedIntervals* covers = covering(job.blackout, job.zone, planned.at)) {
        planned.blackout = covers->name;
        planned.at = first_uncovered(job.blackout, job.zone, planned.at).value_or(WallTime::max());
    }
    return planned;
}

}  // namespace garner
