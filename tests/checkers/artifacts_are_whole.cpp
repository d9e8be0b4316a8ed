// Every artifact in the ledger is in its store with that size and digest, its manifest says the same, and what is
// called verified is what the vendor gave.
#include <map>

#include "checkers/evidence.hpp"
#include "store/artifact_store.hpp"

namespace garner::checkers {

Verdict artifacts_are_whole(const Evidence& evidence) {
    std::map<std::string, const RemoteJob*> given;
    for (const RemoteJob& job : evidence.remote_jobs) given[job.source + "|" + job.id] = &job;
    for (const ArtifactRecord& artifact : evidence.artifacts) {
        if (artifact.store != evidence.store) continue;
        const auto file = evidence.files.find(artifact.path);
        if (file == evidence.files.end()) return "the ledger lists " + artifact.path + ", the store has no such file";
        const bool is_rotten = evidence.rotten.contains(artifact.path);
        if (!artifact.damage.empty() && !is_rotten) return artifact.path + " is called damaged, and is whole";
        if (file->second.size != artifact.size || (file->second.sha256 != artifact.sha256 && !is_rotten))
            return artifact.path + " is not what the ledger recorded";
        const auto manifest = evidence.files.find(artifact.path + ".manifest.json");
        if (manifest == evidence.files.end()) return artifact.path + " has no manifest";
        const auto read = parse_manifest(manifest->second.text);
        if (!read) return artifact.path + ": " + read.error().what;
        if (read->artifact.sha256 != artifact.sha256 || read->artifact.id != artifact.id ||
            read->artifact.run != artifact.run)
            return artifact.path + ": its manifest is of another artifact";
        if (const auto marks = evidence.files.find(artifact.path + ".marks.json"); marks != evidence.files.end()) {
            ArtifactRecord marked = read->artifact;
            if (const auto applied = apply_marks(marks->second.text, marked); !applied)
                return artifact.path + ": " + applied.error().what;
            if (marked.acceptance && !artifact.acceptance)
                return artifact.path + " was accepted, say its marks, and the ledger does not";
        }
        const auto job = given.find(artifact.source + "|" + artifact.remote_job);
        if (artifact.verdict == garner::Verdict::verified && !artifact.acceptance && job != given.end() &&
            !job->second->sha256.empty() && job->second->sha256 != artifact.sha256)
            return artifact.path + " is called verified, and is not what the vendor gave";
    }
    return {};
}

}  // namespace garner::checkers
