// Ids of runs and artifacts: 16 characters that sort by time, are unique without a counter (a rebuilt ledger keeps
// them), and can be read over the telephone.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace garner {

/// Ten characters of milliseconds since 1970, six of chance, in lower-case Crockford base 32 (no i, l, o, u).
std::string make_id(WallTime now, std::uint64_t chance);

}  // namespace garner
