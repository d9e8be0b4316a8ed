// In which order the manifests of one target in one store were written, and where that chain is broken: each names the
// hash of the bytes of the one before it, so nobody can edit or remove one without a trace.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace garner {

struct ChainLink {
    std::string path;  ///< where the artifact is
    std::string sha256;
    std::optional<std::string> previous;  ///< nothing: it says that it is the first
    WallTime stored_at;
};

struct ChainBreak {
    std::size_t link = 0;  ///< whose previous one is not as it says
    std::string what;
    std::string missing;  ///< the hash that nothing here has; empty where that is not the matter
};

struct Chain {
    std::vector<std::size_t> order;  ///< every link once, the oldest first
    std::vector<ChainBreak> breaks;
};

/// `gone`: hashes of manifests that need not be there. Where the chain is broken, `stored_at` orders what it left.
Chain follow_chain(const std::vector<ChainLink>& links, const std::set<std::string>& gone);

}  // namespace garner
