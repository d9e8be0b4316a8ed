// Ids of runs and artifacts: 16 characters that sort by time, are unique without a counter (a rebuilt ledger keeps
// them), and can be read over the telephone.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace garner {

/// Ten characters of milliseconds since 1970, six of chance, in lower-case Crockford base 32 (no i, l, o, u).
std::string make_id(WallTime now, std::uint64_t chance);

/// A version 4 UUID of 122 of these bits, in lower case.
std::string make_uuid(std::uint64_t chance_1, std::uint64_t chance_2);

}  // namespace garner
