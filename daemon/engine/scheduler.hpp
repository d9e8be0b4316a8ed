// Turns due instants into runs: durably, each instant once, wholly or not at all. It only decides what begins; `Run`
// does the rest.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/due_instants.hpp"
#include "core/expiry.hpp"
#include "core/settings.hpp"
#include "engine/context.hpp"
#include "engine/source.hpp"

namespace garner {

class Scheduler {
public:
    /// The source of that name; null when a reload has just taken it away.
    using SourceOf = std::function<std::shared_ptr<Source>(const std::string& name)>;
    using Begin = std::function<void(const JobSettings&, RunRecord)>;

    /// `begin` is called with each queued run, after it is durable.
    Scheduler(EngineContext& context, SourceOf source_of, Begin begin);

    /// What the ledger remembers of each job's schedule, and since when this daemon is up: what was due before was
    /// missed.
    void remember(std::map<std::string, ScheduleCursor> cursors, WallTime up_since);

    /// Looks at every job; returns how long nothing can be due (at most 15 s, since wall clocks jump). Work that needs
    /// the vendor goes to `spawn`.
    Task<Duration> tick(std::shared_ptr<const Settings> settings, const std::function<void(Task<>)>& spawn);

    /// All targets of a job, or the one that is named, at once and by hand.
    Task<Result<std::vector<RunRecord>>> dispatch_by_hand(JobSettings job, std::string target);

    /// The next due instant of a job, as it stands; nothing while it is paused without an end.
    std::optional<WallTime> next_run(const JobSettings& job) const;

    /// Since when the job's schedule is as it is now, as far as the ledger knows.
    std::optional<WallTime> counting_from(const std::string& job) const;

private:
    /// What one due instant of a job begins with.
    struct Due {
        const JobSettings& job;
        WallTime instant;
        Trigger trigger;
        std::string only_target{};  ///< id or name; empty: all
        std::string skipped{};      ///< why nothing starts
        bool queue = false;         ///< behind a run of the target that is still going, instead of skipping it
    };
    Task<bool> begins_to_count(const JobSettings& job, WallTime now);
    Task<> dispatch(JobSettings job, std::vector<DueInstant> instants);
    Task<Result<void>> plan_runs(const Due& due, const Result<std::vector<Target>>& listed,
                                 std::vector<RunRecord>& runs);
    Task<Result<void>> plan_windows(const Due& due, Target target, const std::vector<LeftoverRecord>& leftovers,
                                    const SourcesByName& sources, std::vector<RunRecord>& runs);
    RunRecord make_run(const Due& due, Target target) const;
    RunRecord make_ended_run(const Due& due, Target target, RunState state, std::string reason) const;
    const RunRecord* previous_run(const JobSettings& job, const Target& target,
                                  const std::vector<RunRecord>& planned) const;
    void tell_of_left_out(const JobSettings& job, const std::vector<Target>& stateless);
    void begin_all(const JobSettings& job, const std::vector<RunRecord>& runs);

    EngineContext& context_;
    SourceOf source_of_;
    Begin begin_;
    std::map<std::string, ScheduleCursor> cursors_;
    std::map<std::string, std::vector<Target>> left_out_;  ///< per job, as last told
    std::shared_ptr<std::set<std::string>> dispatching_;   ///< jobs whose targets are being looked up
    WallTime up_since_{};
};

/// Identifies expressions, zone and pause of the configuration: when it changes, instants of before were not missed.
std::string schedule_fingerprint(const JobSettings& job);

}  // namespace garner
