// From checked keys to time intervals.
#pragma once

#include <map>
#include <string>

#include "core/time_intervals.hpp"
#include "settings/walk.hpp"

namespace garner {

/// By name. One with an error is left out: without the key that was refused it would cover too much.
std::map<std::string, NamedIntervals> assemble_intervals(const Checked& top, Report&);

}  // namespace garner
