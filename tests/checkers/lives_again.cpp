// Once trouble has ended, every target succeeds within one interval, nothing stays open, nothing lies about.
#include <set>

#include "checkers/evidence.hpp"

namespace garner::checkers {

Verdict lives_again(const Evidence& evidence, std::size_t targets, WallTime since) {
    constexpr Duration enough{3'600'000};
    std::set<std::string> young;
    for (const RunRecord& run : evidence.runs) {
        if (is_terminal(run.state)) continue;
        if (evidence.now - run.queued_at.value_or(WallTime()) > enough)
            return "run " + run.id + " of " + run.job + " is still " + std::string(to_string(run.state));
        young.insert(".staging/" + run.id);
    }
    if (evidence.statuses.size() < targets)
        return "only " + std::to_string(evidence.statuses.size()) + " of " + std::to_string(targets) +
               " targets have a status";
    for (const TargetStatus& status : evidence.statuses)
        if (!status.last_success || *status.last_success < since)
            return status.job + ", " + status.target.name + " has not succeeded since: " + status.reason;
    // What could be removed is removed; starts whose answer was lost cannot be.
    for (const LeftoverRecord& leftover : evidence.leftovers)
        if (leftover.fate == LeftoverFate::discard && leftover.next_try && *leftover.next_try <= evidence.now)
            return "remote job " + leftover.remote_job + " is still at its vendor: " + leftover.why;
    for (const auto& [path, file] : evidence.files)
        if (path.starts_with(".staging/") && !young.contains(path.substr(0, path.find('.', 9))))
            return "left in staging: " + path;
    return {};
}

}  // namespace garner::checkers
