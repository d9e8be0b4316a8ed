// What became of an artifact stands beside it as the ledger has it: a rebuilt ledger would know the same.
#include "checkers/evidence.hpp"
#include "store/artifact_store.hpp"

namespace garner::checkers {

Verdict marks_are_written(const Evidence& evidence) {
    std::vector<ArtifactRecord> all = evidence.artifacts;
    all.insert(all.end(), evidence.away.begin(), evidence.away.end());
    for (const ArtifactRecord& artifact : all) {
        if (artifact.store != evidence.store) continue;
        if (artifact.place != ArtifactPlace::store && artifact.place != ArtifactPlace::trash) continue;
        const auto marks = evidence.files.find(path_now(artifact) + ".marks.json");
        const std::string written = marks == evidence.files.end() ? std::string() : marks->second.text;
        if (written != marks_json(artifact))
            return path_now(artifact) + " has the marks '" + written + "', the ledger says '" + marks_json(artifact) +
                   "'";
    }
    return {};
}

}  // namespace garner::checkers
