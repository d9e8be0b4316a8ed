// Every remote job that we started belongs to a run or is listed as a leftover. A backup that a finished run has stored
// is still on its appliance only when it is listed.
#include <map>
#include <set>

#include "checkers/evidence.hpp"

namespace garner::checkers {
namespace {

// A day less: clocks are set forward in some worlds.
constexpr Duration lost_starts_are_listed{13 * 24 * 3'600'000LL};

}  // namespace

Verdict remote_jobs_are_known(const Evidence& evidence) {
    std::set<std::string> known;
    std::set<std::string> in_hand;
    std::map<std::string, std::size_t> unnamed;
    for (const RunRecord& run : evidence.runs) {
        const std::string id = run.source + "|" + run.remote_job;
        if (!run.remote_job.empty()) known.insert(id);
        if (!run.remote_job.empty() && !is_terminal(run.state)) in_hand.insert(id);
        if (run.start_sent && run.remote_job.empty()) ++unnamed[run.source + "|" + run.target.id];
    }
    for (const LeftoverRecord& leftover : evidence.leftovers) {
        if (leftover.remote_job.empty()) {
            ++unnamed[leftover.source + "|" + leftover.target.id];
            continue;
        }
        known.insert(leftover.source + "|" + leftover.remote_job);
        in_hand.insert(leftover.source + "|" + leftover.remote_job);
    }
    for (const RemoteJob& job : evidence.remote_jobs) {
        const std::string id = job.source + "|" + job.id;
        if (job.lies_there ? in_hand.contains(id) : known.contains(id)) continue;
        if (job.brings_nothing) continue;
        if (job.answer_lost && evidence.now - job.started > lost_starts_are_listed) continue;
        // An id that never reached us is covered by a leftover or an open question for its target.
        std::size_t& open = unnamed[job.source + "|" + job.target_id];
        if (open == 0)
            return "nobody knows of remote job " + job.id + " of " + job.target_id +
                   (job.lies_there ? ", which lies at the vendor" : "");
        --open;
    }
    return {};
}

}  // namespace garner::checkers
