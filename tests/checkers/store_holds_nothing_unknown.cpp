// Where a manifest is, its artifact is whole. A file that the ledger does not list is one that an unfinished run is
// about to finish.
#include <set>

#include "checkers/evidence.hpp"
#include "store/artifact_store.hpp"

namespace garner::checkers {
namespace {

constexpr std::string_view manifest_ending = ".manifest.json";
constexpr std::string_view marks_ending = ".marks.json";

// "20261101T021500Z_<run>.csv"
std::string run_of(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const std::size_t begins = name.find('_') + 1;
    return name.substr(begins, name.find('.') - begins);
}

std::string without(const std::string& path, std::string_view ending) {
    return path.ends_with(ending) ? path.substr(0, path.size() - ending.size()) : path;
}

}  // namespace

Verdict store_holds_nothing_unknown(const Evidence& evidence) {
    std::set<std::string> listed;
    for (const ArtifactRecord& artifact : evidence.artifacts) listed.insert(artifact.path);
    std::set<std::string> in_trash;
    for (const ArtifactRecord& artifact : evidence.away) {
        const bool moving = artifact.place == ArtifactPlace::trashing || artifact.place == ArtifactPlace::restoring;
        if (moving) listed.insert(artifact.path);
        if (artifact.place != ArtifactPlace::gone) in_trash.insert(".trash/" + artifact.path);
    }
    std::set<std::string> unfinished;
    for (const RunRecord& run : evidence.runs)
        if (!is_terminal(run.state)) unfinished.insert(run.id);
    for (const auto& [path, file] : evidence.files) {
        if (path.starts_with(".trash/")) {
            const bool is_manifest = path.ends_with(manifest_ending);
            const std::string of = without(path, is_manifest ? manifest_ending : marks_ending);
            if (!in_trash.contains(of)) return path + " lies in the trash, and the ledger does not know of it there";
            if (is_manifest && !evidence.files.contains(of) && !evidence.files.contains(of.substr(7)))
                return path + " is there, its artifact is not";
            continue;
        }
        if (path.starts_with(".staging/")) continue;
        if (!path.ends_with(manifest_ending)) {
            const std::string of = without(path, marks_ending);
            if (!listed.contains(of) && !unfinished.contains(run_of(path)))
                return path + " lies in the store, and neither the ledger nor a run knows of it";
            continue;
        }
        const std::string artifact_path = path.substr(0, path.size() - manifest_ending.size());
        const auto read = parse_manifest(file.text);
        if (!read) return path + ": " + read.error().what;
        const auto artifact = evidence.files.find(artifact_path);
        if (artifact == evidence.files.end()) return path + " is there, its artifact is not";
        const bool is_rotten = evidence.rotten.contains(artifact_path);
        if (artifact->second.size != read->artifact.size ||
            (artifact->second.sha256 != read->artifact.sha256 && !is_rotten))
            return artifact_path + " is not what its manifest says";
    }
    return {};
}

}  // namespace garner::checkers
