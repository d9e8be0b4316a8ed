// The state directory: 0750, so that members of the daemon's group may use the control socket and read the ledger.
#pragma once

#include <string>

#include "core/failure.hpp"

namespace garner {

/// Creates what is missing: the directory 0750, its parents 0755. One that is there stays as it is.
Result<void> make_state_directory(const std::string& path);

}  // namespace garner
