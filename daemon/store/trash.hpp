// Into the trash of a store, out of it, and away. What was interrupted is simply done again.
#pragma once

#include <string>

#include "platform/disk.hpp"
#include "store/publish.hpp"

namespace garner {

/// `path`: of an artifact, relative to the store. The manifest leaves first: where it is, the artifact is whole.
Task<Result<void>> move_to_trash(Disk&, const StorePaths&, std::string path);

/// The file comes first, the manifest last. `corrupt` where the file is in neither place.
Task<Result<void>> move_from_trash(Disk&, const StorePaths&, std::string path);

/// Removes it from the trash for good.
Task<Result<void>> remove_from_trash(Disk&, const StorePaths&, std::string path);

}  // namespace garner
