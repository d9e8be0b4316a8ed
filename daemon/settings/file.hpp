// Reads a small file that an admin named. Never blocks on a FIFO, never takes more than its bound.
#pragma once

#include <cstddef>
#include <string>

#include "core/failure.hpp"

namespace garner {

struct SmallFile {
    std::string bytes;
    unsigned mode = 0;  ///< permission bits of the file that was opened, symbolic links followed
};

/// Fails with FailureKind::local and a text such as "cannot be read: Permission denied".
Result<SmallFile> read_small_file(const std::string& path, std::size_t bytes_max);

}  // namespace garner
