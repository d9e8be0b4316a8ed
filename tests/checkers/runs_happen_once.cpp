// One run per (job, target, instant, window), and no remote job belongs to two.
#include <map>
#include <set>

#include "checkers/evidence.hpp"

namespace garner::checkers {

Verdict runs_happen_once(const Evidence& evidence) {
    std::set<std::string> seen;
    std::map<std::string, std::string> run_of;
    for (const RunRecord& run : evidence.runs) {
        const std::string identity = run.job + "|" + run.source + "|" + run.target.id + "|" +
                                     std::to_string(to_unix_ms(run.scheduled_at)) + "|" +
                                     (run.window ? std::to_string(to_unix_ms(run.window->start)) : "");
        if (!seen.insert(identity).second)
            return "two runs of " + run.job + ", " + run.target.name + " at " + format_rfc3339(run.scheduled_at);
        if (is_terminal(run.state) != run.ended_at.has_value())
            return "run " + run.id + " is " + std::string(to_string(run.state)) +
                   (run.ended_at ? " and has ended" : " and has not ended");
    }
    std::set<std::string> artifacts;
    std::vector<ArtifactRecord> all = evidence.artifacts;
    all.insert(all.end(), evidence.away.begin(), evidence.away.end());
    for (const ArtifactRecord& artifact : all) {
        if (!artifacts.insert(artifact.run).second) return "run " + artifact.run + " has two artifacts";
        if (artifact.remote_job.empty()) continue;
        const auto [other, fresh] = run_of.emplace(artifact.source + "|" + artifact.remote_job, artifact.run);
        if (!fresh)
            return "remote job " + artifact.remote_job + " was stored by run " + other->second + " and by run " +
                   artifact.run;
    }
    for (const RunRecord& run : evidence.runs)
        if ((run.state == RunState::succeeded || run.state == RunState::suspect) && !artifacts.contains(run.id))
            return "run " + run.id + " has " + std::string(to_string(run.state)) + " without an artifact";
    return {};
}

}  // namespace garner::checkers
