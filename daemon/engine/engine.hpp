// The work: schedule -> run -> ledger, and recovery. Built from the doors and the settings; lives on one loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "engine/observer.hpp"
#include "engine/pruner.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "store/artifact_store.hpp"

namespace garner {

/// What a manual `garner run JOB` started.
struct ManualRuns {
    std::vector<RunRecord> runs;  ///< queued, or failed at once
};

/// What `garner check --online` found for one thing.
struct OnlineFinding {
    std::string subject;  ///< "source press-shop", "job machine-activity", "store archive"
    bool ok = true;
    std::string text;
};

/// Where each job's schedule stands, for metrics and `garner status`.
struct JobOutlook {
    std::string job;
    std::optional<WallTime> next_run;  ///< nothing: it is paused without an end
    Duration interval{0};
    std::optional<Pause> pause;  ///< that holds now
};

class Engine {
public:
    /// Does nothing yet. `settings` is shared: runs in flight keep the settings that they started with.
    Engine(Doors, Ledger&, std::shared_ptr<const Settings>, RunObserver&);
    ~Engine();

    /// Makes the clients and opens the stores; then brings the ledger and the stores in accord. `local` or `rejected`
    /// when that cannot be.
    Task<Result<void>> recover();

    /// Schedules and performs until stop(): returns when every run is parked where the ledger can take it up again.
    Task<> run();

    /// Nothing new starts; waits and downloads end where they are. Idempotent.
    void stop();

    /// All or nothing: the clients of new or changed sources are made first. Runs in flight go on with the old
    /// settings.
    Task<Result<void>> apply(std::shared_ptr<const Settings>);

    /// Runs a job now, by hand; `target` (name or id) limits it to one. Failures say what is wrong with the request.
    Task<Result<ManualRuns>> run_now(std::string job, std::string target);

    /// Waits until the run is terminal; its record then.
    Task<Result<RunRecord>> wait_for(std::string run);

    /// The job's schedule starts nothing before `until`, or before it is resumed; what has begun goes on. Durable; a
    /// pause of before is replaced. `rejected` when there is no such job, or `until` has passed.
    Task<Result<Pause>> pause(std::string job, std::string who, std::string reason, std::optional<WallTime> until);

    /// Ends the job's pause; what it held back was skipped, not missed. `rejected` when it is not paused by a person.
    Task<Result<void>> resume(std::string job);

    /// Forgets that the source's login was rejected and that it wants to be left alone, and lets one request try at
    /// once whether it can be reached. `rejected` when there is no such source.
    Task<Result<void>> forgive(std::string source);

    /// The source's list that stands refused is in force from now on, since `who` says so; what changes by it.
    /// `rejected` when there is no such source, or nothing stands refused.
    Task<Result<ListDiff>> accept_targets(std::string source, std::string who);

    /// Nothing is owed any more of that span of a target (id, or a name that means one) of a job with windows; what was
    /// written down. `rejected` when there is no such job or target, no reason is given, or the span is not over.
    Task<Result<ClosedSpan>> close_span(std::string job, std::string target, Window span, std::string who,
                                        std::string reason);

    /// What was closed within the span is owed again; how many spans. `rejected` when there was none.
    Task<Result<std::size_t>> reopen_spans(std::string job, std::string target, Window within);

    /// Marks an artifact (id, or an unambiguous part of one) as held, or takes the mark away; what it is then.
    /// `until`: the mark holds so long. `rejected` when there is no such artifact, no reason is given, or it has
    /// passed.
    Task<Result<ArtifactRecord>> hold(std::string artifact, bool held, std::string who, std::string reason,
                                      std::optional<WallTime> until = std::nullopt);

    /// Carries retention out now; `confirmed`: however much that removes.
    Task<Result<PruneOutcome>> prune(std::string who, bool confirmed);

    /// Takes an artifact out of the trash, and holds it. `rejected` when it is not there.
    Task<Result<ArtifactRecord>> restore(std::string artifact, std::string who, std::string reason);

    /// A suspect artifact (id, or an unambiguous part of one) is verified from now on: in the ledger, then beside
    /// it. One that was damaged is read back first. `rejected` when there is no such artifact, it is verified already
    /// or not what was stored, or no reason is given.
    Task<Result<ArtifactRecord>> accept(std::string artifact, std::string who, std::string reason);

    /// A vendor called the address that it was told for this run: the run looks now instead of later, and believes
    /// nothing but what it sees. False when there is no such run or the proof is wrong.
    bool called_back(const std::string& run, const std::string& proof);

    /// Lists targets, tries logins and proves stores, as `garner check --online` does. Needs no recover().
    /// Of `stores_in_use` no directory is made: ArtifactStore::prepare().
    Task<std::vector<OnlineFinding>> check_online(std::set<std::string> stores_in_use);

    std::vector<JobOutlook> outlook() const;
    /// Runs by state that are in this process now, per job.
    std::map<std::pair<std::string, RunState>, std::size_t> in_progress() const;
    /// False while a source cannot be reached, after five failures in a row; absent: it was not asked yet.
    std::map<std::string, bool> source_up() const;
    /// Seconds that requests waited because a vendor asked for it, per source.
    std::map<std::string, double> throttled_seconds() const;
    /// Why the wall clock cannot be trusted; empty: it can. Nothing is pruned meanwhile.
    std::string clock_suspect() const;
    /// Seconds that requests waited for the source's own budget.
    std::map<std::string, double> budget_wait_seconds() const;
    SteadyTime last_tick() const;
    std::shared_ptr<const Settings> settings() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace garner
