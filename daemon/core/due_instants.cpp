#include "core/due_instants.hpp"

#include <algorithm>

namespace garner {
namespace {

// The newest instants of (after, until], newest first, and whether there are more before them.
struct Newest {
    std::vector<WallTime> instants;
    bool more = false;
};

Newest newest_instants(const JobSettings& job, WallTime after, WallTime until, std::size_t count_max) {
    Newest newest;
    for (auto at = job.schedule.last_between(after, until, job.zone); at;
         at = job.schedule.last_between(after, *at - Duration(1), job.zone)) {
        if (newest.instants.size() == count_max) {
            newest.more = true;
            break;
        }
        newest.instants.push_back(*at);
    }
    return newest;
}

// Why a missed instant is not made up for; `made_up` were, all of them newer.
std::string reason_of_missed(const JobSettings& job, WallTime instant, WallTime now, std::size_t made_up) {
    const std::string missed = "missed: garnerd did not run, or the machine slept";
    if (job.starting_deadline && now - instant > *job.starting_deadline)
        return missed + "; " + format_duration(std::chrono::floor<std::chrono::seconds>(now - instant)) +
               " late is more than the starting_deadline of " + format_duration(*job.starting_deadline);
    if (job.catch_up == CatchUp::none) return missed + "; catch_up is none";
    if (job.catch_up == CatchUp::latest && made_up > 0) return missed + "; catch_up makes up for the latest one only";
    if (made_up >= caught_up_max)
        return missed + "; catch_up makes up for no more than " + std::to_string(caught_up_max) + " instants";
    return "";
}

}  // namespace

std::vector<DueInstant> decide_due(const JobSettings& job, const std::optional<Pause>& pause, WallTime after,
                                   WallTime now, WallTime up_since) {
    const Newest newest = newest_instants(job, after, now, caught_up_max + skips_told_max);
    std::vector<DueInstant> due;  // newest first, until the end
    std::size_t made_up = 0;
    std::size_t skips = 0;
    bool untold = newest.more;
    for (const WallTime instant : newest.instants) {
        DueInstant one;
        one.instant = instant;
        one.missed = instant <= up_since || now - instant > missed_after;
        // A newer instant asks for every window that is owed: nothing of this one's is skipped.
        if (job.window && one.missed && made_up > 0) continue;
        if (pause && pause->covers(instant))
            one.skipped = describe(*pause);
        else if (one.missed)
            one.skipped = reason_of_missed(job, instant, now, made_up);
        if (one.skipped.empty()) {
            if (one.missed) ++made_up;
        } else if (++skips > skips_told_max) {
            untold = true;
            continue;
        }
        due.push_back(std::move(one));
    }
    if (untold) {
        const auto oldest =
            std::find_if(due.rbegin(), due.rend(), [](const DueInstant& one) { return !one.skipped.empty(); });
        if (oldest != due.rend())
            oldest->skipped += "; so was every other instant before it, back to " + format_rfc3339(after);
    }
    std::reverse(due.begin(), due.end());
    return due;
}

}  // namespace garner
