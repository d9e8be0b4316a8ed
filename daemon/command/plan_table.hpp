// A plan as a timetable for people, and in one sentence.
#pragma once

#include <iosfwd>
#include <string>

#include "command/plan_runs.hpp"

namespace garner {

/// Grouped by day; the targets of one job at one instant are one line, unless `each`. `zone` is that of the days.
void print_timetable(std::ostream&, const Plan&, const Zone& zone, bool each, bool colour);

/// "71 runs of 3 jobs; 2 will not make their deadline: nightly of Press 07, nightly of Press 08".
std::string summarize(const Plan&);

}  // namespace garner
