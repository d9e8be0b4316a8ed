// A new ledger from what the stores say of themselves. It grows beside the old one and takes its place at the end, in
// one rename: whatever ends it before leaves the old one as it was.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/records.hpp"
#include "ledger/database.hpp"

namespace garner {

/// An artifact, and what its manifest tells of its run.
struct RebuiltArtifact {
    ArtifactRecord artifact;
    std::optional<WallTime> started_at;
};

struct Rebuild {
    std::vector<RebuiltArtifact> artifacts;  ///< of each target the oldest first: the next manifest names the last one
    /// Hashes of manifests that others name as the one before them and that are in no store any more.
    std::vector<std::string> gone;
    WallTime now;
};

struct RebuiltLedger {
    std::string kept;  ///< where the old ledger is now; empty: there was none
    std::size_t artifacts = 0;
    std::size_t held = 0;  ///< of them
    struct Refused {
        ArtifactRecord artifact;
        std::string why;
    };
    std::vector<Refused> refused;  ///< two of one id or one run: the second of them
};

/// Whoever calls it holds the StateLock. The new file gets the owner of its directory when root calls.
Result<RebuiltLedger> rebuild_ledger(const std::string& path, const Rebuild&);

}  // namespace garner
