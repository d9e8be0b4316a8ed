// From checked keys to time intervals.
#pragma once

#include <map>
#include <string>

#include "core/time_intervals.hpp"
#include "settings/walk.hpp"

namespace garner {

/// By name; what was refused is left out of them.
std::map<std::string, NamedIntervals> assemble_intervals(const Checked& top, Report&);

}  // namespace garner
