// What a store says of itself: every manifest in it, read where it lies. This is all that a new ledger needs, so
// nothing here asks the old one.
#pragma once

#include <string>
#include <vector>

#include "core/manifest_chain.hpp"
#include "store/artifact_store.hpp"

namespace garner {

/// Something in a store that is not as it should be.
struct StoreTrouble {
    std::string store;
    std::string path;  ///< relative to the store
    std::string what;
};

struct Catalogue {
    /// `store` and `path` are where it lies. A file of another size than was stored is `suspect` and damaged here,
    /// whatever its manifest says; one that is missing is not among them.
    std::vector<Manifest> manifests;
    /// Of what lies in the trash: `path` is where it was. `restoring` is one that was caught between the two.
    std::vector<Manifest> trashed;
    /// Manifests that cannot be read, and files that none belongs to.
    std::vector<StoreTrouble> troubles;
};

/// `local` where the store itself cannot be read, or where it looks like one whose disk is not mounted. Staging is not
/// looked at.
Task<Result<Catalogue>> read_catalogue(Disk& disk, const StoreSettings& store);

/// Its place in its chain.
ChainLink link_of(const Manifest&);

}  // namespace garner
