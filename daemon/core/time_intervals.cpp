#include "core/time_intervals.hpp"

namespace garner {

const NamedIntervals* covering(const std::vector<NamedIntervals>&, const Zone&, WallTime) { return nullptr; }

std::optional<WallTime> first_uncovered(const std::vector<NamedIntervals>&, const Zone&, WallTime t) { return t; }

}  // namespace garner
