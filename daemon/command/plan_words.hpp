// Of one planned run, in words: why it starts when it does, what it waits for, how it will go.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "command/plan_runs.hpp"

namespace garner {

/// What the schedule, the clock, jitter, blackouts and pauses made of the instant; empty where nothing did.
std::string decision_words(const Plan&, const PlannedRun&);

/// Which run or blackout it waits for; empty where it does not.
std::string waits_for_words(const Plan&, const PlannedRun&);

/// What will come of it beyond its end; empty where there is nothing to say.
std::string forecast_words(const Plan&, const PlannedRun&);

/// One entry of `garner plan --json`.
boost::json::object planned_run_json(const Plan&, const PlannedRun&);

bool misses_deadline(const PlannedRun&);

const std::string& name_of(const PlanLane&);

/// "02:15", with seconds where there are some.
std::string clock_in(WallTime, const Zone&);

/// Behind "; " where there is a text already.
void append(std::string& text, const std::string& more);

}  // namespace garner
