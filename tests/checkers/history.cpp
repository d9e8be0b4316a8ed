#include "checkers/history.hpp"

namespace garner::checkers {

Verdict History::add(const Evidence& evidence) {
    Verdict lost;
    const auto complain = [&](std::string what) {
        if (lost.empty()) lost = std::move(what);
    };
    std::map<std::string, ArtifactRecord> artifacts;
    for (const ArtifactRecord& artifact : evidence.artifacts) artifacts[artifact.id] = artifact;
    std::map<std::string, ArtifactRecord> away;
    for (const ArtifactRecord& artifact : evidence.away) away[artifact.id] = artifact;
    for (const auto& [id, before] : artifacts_) {
        const auto now = artifacts.find(id);
        if (now == artifacts.end() && away.contains(id)) {
            const ArtifactRecord& gone = away.at(id);  // its hold may have got an end since
            if (before.held && !before.held_until && !(gone.held && gone.held_until))
                complain("artifact " + id + " was held, and retention removed it");
        } else if (now == artifacts.end())
            complain("artifact " + id + " at " + before.path + " was listed, and is no more");
        else if (now->second.sha256 != before.sha256 || now->second.path != before.path)
            complain("artifact " + id + " at " + before.path + " is another one now");
        else if (before.held && !now->second.held)
            complain("artifact " + id + " at " + before.path + " was held, and is no more");
        else if (before.acceptance && now->second.acceptance != before.acceptance)
            complain("artifact " + id + " at " + before.path + " was accepted, and is no more");
    }
    std::map<std::string, RunState> outcomes;
    for (const RunRecord& run : evidence.runs)
        if (is_terminal(run.state)) outcomes[run.id] = run.state;
    for (const auto& [id, before] : outcomes_) {
        const auto now = outcomes.find(id);
        if (now == outcomes.end() || now->second != before)
            complain("run " + id + " had " + std::string(to_string(before)) + ", and is " +
                     (now == outcomes.end() ? "unfinished or gone" : std::string(to_string(now->second))) + " now");
    }
    artifacts_ = std::move(artifacts);
    outcomes_ = std::move(outcomes);
    return lost;
}

}  // namespace garner::checkers
