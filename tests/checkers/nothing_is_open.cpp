// No run goes on, no partial file lies about, and what could be removed at a vendor is removed.
#include <set>

#include "checkers/evidence.hpp"

namespace garner::checkers {

Verdict nothing_is_open(const Evidence& evidence, Duration young_age) {
    std::set<std::string> young;
    for (const RunRecord& run : evidence.runs) {
        if (is_terminal(run.state)) continue;
        // A blackout may hold it back for longer, and says until when.
        const bool waits = run.state == RunState::queued && run.not_before && *run.not_before > evidence.now;
        if (!waits && evidence.now - run.queued_at.value_or(WallTime()) >= young_age)
            return "run " + run.id + " of " + run.job + " is still " + std::string(to_string(run.state));
        young.insert(".staging/" + run.id);
    }
    // Starts whose answer was lost cannot be removed.
    for (const LeftoverRecord& leftover : evidence.leftovers)
        if (leftover.fate == LeftoverFate::discard && leftover.next_try && *leftover.next_try <= evidence.now)
            return "remote job " + leftover.remote_job + " is still at its vendor: " + leftover.why;
    for (const auto& [path, file] : evidence.files)
        if (path.starts_with(".staging/") && !young.contains(path.substr(0, path.find('.', 9))))
            return "left in staging: " + path;
    return {};
}

}  // namespace garner::checkers
