// From checked keys to when a job runs, and what becomes of instants at which it cannot.
#pragma once

#include <map>
#include <string>

#include "core/settings.hpp"
#include "settings/walk.hpp"

namespace garner {

/// Its `schedule`; `name` is what `~` stands for something of its own for.
Schedule schedule_of(const Checked& keys, const std::string& name);

/// The job has its name and zone already. A blackout that never ends is refused.
void assemble_schedule(const Checked& keys, const std::map<std::string, NamedIntervals>&, JobSettings&, Report&);

}  // namespace garner
