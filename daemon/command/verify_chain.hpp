// The manifests in the stores against the ledger and against each other. The ledger knows each by its hash; the chain
// alone is left to tell once a ledger was rebuilt from them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "ledger/reader.hpp"
#include "store/catalogue.hpp"

namespace garner {

struct CheckedManifest {
    std::string store;
    std::string path;      ///< of the artifact or of the manifest, whichever it is about
    std::string artifact;  ///< id; empty where it is not known
    std::string job;
    std::string trouble;  ///< empty: as it should be
};

struct ChainReport {
    std::vector<CheckedManifest> manifests;  ///< all that are there, and those that should be
    std::size_t chains = 0;                  ///< one a target and store
};

using ReadCatalogue = std::function<Result<Catalogue>(const StoreSettings&)>;

/// Works beside a running daemon: what is stored meanwhile is not taken for trouble.
Result<ChainReport> verify_chain(const Settings&, const LedgerReader&, const ReadCatalogue&);

}  // namespace garner
