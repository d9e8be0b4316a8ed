// From checked keys to time intervals: `time_intervals` and the blackouts that name them.
#pragma once

#include <map>
#include <string>

#include "core/settings.hpp"
#include "settings/walk.hpp"

namespace garner {

/// By name; what was refused is left out of them.
std::map<std::string, NamedIntervals> assemble_intervals(const Checked& top, Report&);

/// The job's blackout, of the names that are there; one that never ends is refused.
void assemble_blackout(const Checked& job_keys, const std::map<std::string, NamedIntervals>&, JobSettings&, Report&);

}  // namespace garner
