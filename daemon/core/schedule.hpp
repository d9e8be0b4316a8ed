// When a job is due: one cron expression or several, as pure functions of an instant and a zone.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cron_expression.hpp"
#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

/// Due when any of its expressions is, once.
class Schedule {
public:
    Schedule() = default;
    explicit Schedule(std::vector<CronExpression> expressions) : expressions_(std::move(expressions)) {}

    /// The first due instant strictly after `t`. The schedule must not be empty.
    WallTime next_after(WallTime t, const Zone&) const;

    /// The last due instant strictly before `t`; nothing when the schedule is empty.
    std::optional<WallTime> previous_before(WallTime t, const Zone&) const;

    /// The last due instant in (`after`, `until`], if any: what is due after a time off is found by it, newest first.
    std::optional<WallTime> last_between(WallTime after, WallTime until, const Zone&) const;

    /// The span between the two next due instants after `t`: what an alert rule measures a run's age against.
    Duration interval_at(WallTime t, const Zone&) const;

    /// What the clock has to do with a due instant, in words: "02:30 does not exist on 2026-03-29 in Europe/Berlin:
    /// starts at the first valid time after it, 03:00". Empty where it has nothing to do with it.
    std::string decision(WallTime instant, const Zone&) const;

    /// The expressions as written, joined by "; ".
    std::string text() const;
    bool empty() const { return expressions_.empty(); }

private:
    std::vector<CronExpression> expressions_;
};

}  // namespace garner
