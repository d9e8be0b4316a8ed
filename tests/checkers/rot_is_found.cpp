// What lies in its place and is not what was stored is known to be damaged, and counts as good no more.
#include "checkers/evidence.hpp"

namespace garner::checkers {

Verdict rot_is_found(const Evidence& evidence) {
    for (const ArtifactRecord& artifact : evidence.artifacts) {
        if (!evidence.rotten.contains(artifact.path)) continue;
        if (artifact.damage.empty()) return artifact.path + " has rotten, and nobody noticed";
        if (artifact.verdict != garner::Verdict::suspect) return artifact.path + " is damaged, and counts as good";
    }
    return {};
}

}  // namespace garner::checkers
