// What `garner plan` tells of: every run of a span, as the scheduler would start it, and how it will go, as far as the
// ledger lets one say.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "command/plan_span.hpp"
#include "core/forecast.hpp"
#include "core/planned_start.hpp"
#include "core/records.hpp"
#include "core/settings.hpp"
#include "ledger/database.hpp"

namespace garner {

/// One target of one job.
struct PlanLane {
    const JobSettings* job = nullptr;
    Target target;            ///< without an id: a word of the configuration, while the vendor's list is not known
    std::string missing;      ///< the vendor does not list it: its runs fail at once, and this is why
    bool is_measured = true;  ///< else `takes` is a guess
    Duration takes{0};
};

struct PlannedRun {
    std::size_t lane = 0;
    PlannedStart start;
    std::optional<Window> window;
    std::string paused;  ///< why it does not start; empty: it does
    std::string id;      ///< of a run that is in the ledger already
    std::optional<WallTime> began;
    std::optional<Forecast> future;  ///< nothing for what never starts; `behind` is a place in Plan::runs
};

struct Plan {
    std::deque<PlanLane> lanes;
    std::vector<PlannedRun> runs;    ///< by the time at which they start, then job, then target; more than is shown
    std::vector<std::size_t> shown;  ///< places in `runs`: what was asked for
};

struct PlanFilter {
    std::string job;
    std::string target;  ///< name or id
};

/// `rejected` where the span has more runs than anybody reads.
Result<Plan> make_plan(const Settings&, const Database& ledger, const PlanSpan&, const PlanFilter&, WallTime now);

}  // namespace garner
