// The durable memory of garner: runs, remote jobs, artifacts, targets. Every step is here, durably, before the next one
// acts on it. One writer (a Worker) commits in groups: all verbs that are waiting go into one transaction, each in a
// savepoint of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/coverage.hpp"
#include "core/records.hpp"
#include "core/secret.hpp"
#include "ledger/database.hpp"
#include "ledger/group_commit.hpp"
#include "ledger/piles.hpp"
#include "ledger/reader.hpp"
#include "platform/task.hpp"
#include "platform/worker.hpp"

namespace garner {

/// Due instants of a job, turned into runs. Runs and the job's cursor are written in one transaction: what is due is
/// dispatched wholly or not at all.
struct Dispatch {
    std::string job;
    WallTime dispatched_until;  ///< the newest of the instants
    WallTime now;
    std::vector<RunRecord> runs;       ///< queued, skipped or failed; ids already made
    std::string schedule_fingerprint;  ///< empty for manual runs, which do not move the cursor
};

/// Where a job's schedule stands.
struct ScheduleCursor {
    std::string
        fingerprint;  ///< of expressions and zone: when it differs from the configuration's, the cursor does not count
    WallTime dispatched_until;              ///< every instant up to here is dispatched, skipped or was never due
    std::optional<WallTime> counts_from{};  ///< since when this schedule is the job's: before, nothing was owed by it
};

/// What a change of a run's state carries. Only what is set changes.
struct RunUpdate {
    std::optional<RunState> state;
    std::optional<std::string> reason;
    std::optional<std::uint32_t> attempts;
    std::optional<std::string> remote_job;
    std::optional<bool> start_sent;
    std::optional<WallTime> started_at;
    std::optional<WallTime> remote_started_at;
    std::optional<WallTime> pending_at;
    std::optional<WallTime> ready_at;
    std::optional<WallTime> ended_at;
    std::optional<std::optional<WallTime>> not_before;
    std::optional<std::optional<DownloadProgress>> download;
    std::optional<std::string> leftover;
    std::vector<TimelineEntry> timeline;  ///< appended
};

/// A mark on an artifact that no retention rule passes, set or taken away.
struct Hold {
    bool held = true;
    std::string who;  ///< "uid 0"
    std::string reason;
    WallTime at;
    std::optional<WallTime> until{};  ///< the mark holds so long; nothing: until it is released
};

/// A rejected login: not tried again while the credential's fingerprint is the same.
struct LoginRejection {
    std::string source;
    std::string account;  ///< of a source with several; else empty
    std::string fingerprint;
    WallTime at;
    std::string why;
};

/// What stands between us and a source. It is fine when neither is set.
struct SourceStanding {
    std::string source;
    std::optional<WallTime> held_since{};  ///< the vendor asked to be left alone, then
    std::optional<WallTime> held_until{};
    std::string held_why{};
    std::optional<WallTime> down_since{};  ///< it cannot be reached
    std::string down_why{};
};

/// A request that leaves.
struct RequestLeft {
    std::string source;
    WallTime at;             ///< by a clock that began as the wall clock and that nobody sets
    Duration wall_ahead{0};  ///< of that clock
    int month = 0;           ///< that it is counted for: year * 12 + month - 1
};

/// What left towards a source: so many requests in that second, and in the months around.
struct RequestCounts {
    std::vector<std::pair<WallTime, std::uint64_t>>
        seconds;                                        ///< each by its end, as the wall clock was at the last one
    std::vector<std::pair<int, std::uint64_t>> months;  ///< year * 12 + month - 1
};

/// What this installation calls itself towards vendors; made once, kept for good.
struct Installation {
    std::string device_id;  ///< a UUID
    Secret callback_key;    ///< what the paths of callbacks are derived from
};

class Ledger {
public:
    /// `database` is open for writing and outlives the ledger; `worker` is the ledger's own.
    Ledger(Database& database, Worker& worker, asio::any_io_executor executor);

    // Each verb returns once it is durable; a failure is `local` and nothing of that verb was written. Arguments are
    // copied at the call. A verb that was called is not cancelled: a cancelled coroutine sees its result first.

    /// Runs and cursor in one step; the ids of the runs that began. A run whose (job, target, instant, window) exists
    /// already is left as it is and not among them: a run happens once.
    Task<Result<std::set<std::string>>> dispatch(const Dispatch&);
    Task<Result<void>> set_cursor(const std::string& job, const ScheduleCursor&);
    /// Replaces the job's pause; one whose `until` has come is over, and stays as what was.
    Task<Result<void>> pause(const std::string& job, const Pause&);
    Task<Result<void>> update_run(const std::string& run, const RunUpdate&);
    /// This list is in force from now on: what is not in it has vanished, and stays known. `fingerprint`:
    /// list_fingerprint() of the settings that it was asked with.
    Task<Result<void>> targets_seen(const std::string& source, const std::vector<Target>&, WallTime now,
                                    const std::string& fingerprint = {});
    /// The source gave this list, and it is not believed; the one in force stays.
    Task<Result<void>> list_refused(const std::string& source, const RefusedList&, WallTime now,
                                    const std::string& fingerprint);
    /// What stands refused is in force from now on; what it is. `rejected` when nothing stands refused.
    Task<Result<std::vector<Target>>> list_confirmed(const std::string& source, WallTime now);
    /// The artifact exists from here on; the run points to it and carries `update`. An artifact that is there already
    /// (the same id, of the same run) is left as it is, and the update is made all the same.
    Task<Result<void>> artifact_stored(const ArtifactRecord&, const RunUpdate& update);
    /// The artifact (by its whole id) is held or no more, and the timeline of its run says who wanted that and why.
    Task<Result<void>> hold(const std::string& artifact, const Hold&);
    /// Nothing is owed of that span any more.
    Task<Result<void>> close_span(const std::string& job, const std::string& source, const std::string& target_id,
                                  const ClosedSpan&);
    /// What was closed within the span is owed again; how many spans that were.
    Task<Result<std::size_t>> reopen_spans(const std::string& job, const std::string& source,
                                           const std::string& target_id, const Window&);
    /// What the rule does not keep of the pile is on its way into the trash from here on: decided anew on what is
    /// there now, and of that only what is wanted. Those that are.
    Task<Result<std::vector<ArtifactRecord>>> trash(const TrashOrder&);
    /// What was on its way is there: in the trash, in its place again, or gone.
    Task<Result<void>> moved(const std::vector<ArtifactRecord>&, WallTime now);
    /// Of these (whole ids) those whose grace is over and that nobody holds are being removed from here on.
    Task<Result<std::vector<ArtifactRecord>>> remove_from_trash(const std::vector<std::string>& artifacts,
                                                                WallTime now);
    /// The artifact (by its whole id) is on its way back, and held, or the same rule would remove it again. `rejected`
    /// where it is not in the trash.
    Task<Result<ArtifactRecord>> restore(const std::string& artifact, const Hold&);
    /// Replaces what these jobs are pruned by.
    Task<Result<void>> rules_adopted(const std::map<std::string, RuleInForce>&);
    /// Replaces what waits for a person's word; nothing: nothing does.
    Task<Result<void>> prune_waits(const std::optional<PruneWait>&);
    /// The artifact (by its whole id) is verified from now on, since somebody says so; so is what its run brought. The
    /// timeline of that run says who and why. `rejected` where it is verified already. `damage`: what
    /// was known of it when whoever calls read it back whole; it is forgotten, and where another is known now that is
    /// `rejected`.
    Task<Result<void>> accept(const std::string& artifact, const Acceptance&, const std::string& damage = {});
    /// It was read back and is whole.
    Task<Result<void>> artifact_proven(const std::string& artifact, WallTime now);
    /// It is not what was stored any more: suspect until accept(), and the timeline of its run says why.
    Task<Result<void>> artifact_damaged(const std::string& artifact, const std::string& damage, WallTime now);
    /// What was proven later than now was not: a clock was ahead.
    Task<Result<void>> unprove_after(const std::string& store, WallTime now);
    Task<Result<void>> store_proven(const std::string& store, const VerifyMemory&);
    /// The run fails and leaves a remote job (or an unknown one) behind, in one step.
    Task<Result<void>> leave_behind(const LeftoverRecord&, const std::string& run, const RunUpdate& update);
    Task<Result<void>> leftover_settled(const std::string& leftover);
    /// A try to remove it failed, or another fate was decided: fate, tries, next try and the reason are replaced.
    Task<Result<void>> leftover_postponed(const LeftoverRecord&);
    /// What could not be removed is due at `now`, also where that was given up; what is merely kept for a while is not.
    Task<Result<void>> leftovers_revived(const std::string& source, WallTime now);
    Task<Result<void>> login_rejected(const LoginRejection&);
    Task<Result<void>> login_forgiven(const std::string& source);
    /// Replaces what was known; a standing that is fine is forgotten.
    Task<Result<void>> source_stands(const SourceStanding&);
    Task<Result<void>> request_left(const RequestLeft&);
    /// The installation as it is known; `fresh` from now on where none is.
    Task<Result<Installation>> installation(const Installation& fresh);
    /// Proves that a commit still works: for readiness and the watchdog.
    Task<Result<void>> heartbeat(WallTime now);
    Task<Result<void>> clock_judged(const ClockMemory&);

    /// Questions to the newest committed state, answered on the writer's thread so that a verb that returned is seen.
    Task<Result<std::vector<RunRecord>>> unfinished_runs();
    Task<Result<std::map<std::string, ScheduleCursor>>> cursors();
    Task<Result<std::map<std::string, Pause>>> pauses();
    /// The targets of the source's list that is in force, by name.
    Task<Result<std::vector<Target>>> targets(const std::string& source);
    /// Nothing where the source was never listed.
    Task<Result<std::optional<TargetListRecord>>> target_list(const std::string& source);
    Task<Result<ClockMemory>> clock();
    Task<Result<std::vector<ProvenArtifact>>> unproven_artifacts(const std::string& store, WallTime before,
                                                                 const std::optional<ProvenArtifact>& after,
                                                                 std::size_t limit);
    /// By store whose artifacts are read back by a schedule.
    Task<Result<std::map<std::string, VerifyMemory>>> store_proofs();
    Task<Result<std::set<std::string>>> stores_in_use();  ///< those that have artifacts
    /// Of which people said something, or which are damaged: what has marks beside it.
    Task<Result<std::vector<ArtifactRecord>>> marked_artifacts();
    Task<Result<std::optional<RunRecord>>> run(const std::string& id);
    Task<Result<std::vector<LeftoverRecord>>> leftovers(const std::string& source);
    Task<Result<std::vector<LoginRejection>>> login_rejections();
    Task<Result<std::vector<SourceStanding>>> source_standings();
    Task<Result<RequestCounts>> request_counts(const std::string& source);
    Task<Result<std::vector<ArtifactRecord>>> artifacts(ArtifactFilter filter);
    Task<Result<RetentionOutlook>> retention_outlook(std::shared_ptr<const Settings>);
    /// By id, or by an unambiguous beginning or end of one of at least 4 characters.
    Task<Result<std::optional<ArtifactRecord>>> artifact(const std::string& id);
    /// The spans of time that need no further export of this job's target: verified ones, those that a person closed,
    /// and, where `suspect_max` is given, those that were suspect so often.
    Task<Result<std::vector<Window>>> covered_windows(const std::string& job, const std::string& source,
                                                      const std::string& target_id, std::optional<int> suspect_max);
    /// Sizes of the last verified artifacts of this job's target that are not without rows, newest first; of those
    /// whose window is about as long as `window`.
    Task<Result<std::vector<std::uint64_t>>> usual_sizes(const std::string& job, const std::string& source,
                                                         const std::string& target_id, std::optional<Window> window);
    /// Of the target's newest artifact in the store: what the next manifest names as the previous one.
    Task<Result<std::optional<std::string>>> last_manifest_sha256(const std::string& store, const std::string& source,
                                                                  const std::string& target_id);
    /// How long the remote jobs of this job's target took, newest first. Runs that took over an earlier run's remote
    /// job do not count.
    Task<Result<std::vector<ObservedDuration>>> durations(const std::string& job, const std::string& target_id,
                                                          std::size_t limit);
    /// Median of the last ten of them; nothing without history.
    Task<Result<std::optional<Duration>>> usual_duration(const std::string& job, const std::string& target_id);

private:
    template <class T>
    Task<Result<T>> ask(std::function<Result<T>(const LedgerReader&)> question);

    GroupCommit commits_;
};

}  // namespace garner
