// How every target of every job stands: configuration and ledger put together, without I/O. `garner status`, the
// metrics, the status line and /api/v1/status all read this. A target that is configured and was never seen is in it:
// what did not happen must show.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "ledger/reader.hpp"

namespace garner {

/// Where a target's place in its job comes from.
enum class TargetStanding {
    selected,    ///< the job takes it
    unresolved,  ///< the job names it, and the vendor does not list it
    departed,    ///< it has runs, and the job (or the configuration) no longer takes it
};
std::string_view to_string(TargetStanding);

struct TargetReport {
    TargetStatus status;  ///< job, source, target and history; empty history when there was no run yet
    /// One printable word for people and metrics: the name, "name (id)" when two targets of the job share it.
    std::string label;
    TargetStanding standing = TargetStanding::selected;
    std::optional<WallTime> next_run;  ///< of selected and unresolved ones
    bool overdue = false;
    std::optional<Pause> pause;  ///< of its job, that holds now
};

/// What decides whether a job owes anything, beside its settings.
struct ScheduleHistory {
    std::map<std::string, Pause> pauses;            ///< by job: the newest of each, over or not
    std::map<std::string, WallTime> counting_from;  ///< by job: since when its schedule is as it is now
};

/// `known`: what the ledger has seen each source list. Sorted by job, then label. Labels of one job are unique.
std::vector<TargetReport> report_targets(const Settings&, const std::vector<TargetStatus>&,
                                         const std::map<std::string, std::vector<Target>>& known, WallTime now,
                                         const ScheduleHistory& schedules = {});

Result<ScheduleHistory> read_schedule_history(const LedgerReader&);

/// What the ledger has seen each configured source list.
Result<std::map<std::string, std::vector<Target>>> read_known_targets(const LedgerReader&, const Settings&);

/// Reads what report_targets() needs.
Result<std::vector<TargetReport>> read_target_reports(const LedgerReader&, const Settings&, WallTime now);

/// Nothing overdue, nothing failing.
bool all_well(const std::vector<TargetReport>&);

/// "3 targets: 2 fine, 1 overdue".
std::string summarize(const std::vector<TargetReport>&);

/// One entry of `targets` of `garner status --json`.
boost::json::object target_json(const TargetReport&);
/// All of `garner status --json`.
boost::json::object status_json(const std::vector<TargetReport>&);

}  // namespace garner
