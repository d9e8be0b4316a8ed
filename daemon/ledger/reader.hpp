// Questions to the ledger, as plain functions of one connection: the daemon asks them, and so does the admin's command
// while the daemon is down.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock_watch.hpp"
#include "core/coverage.hpp"
#include "core/records.hpp"
#include "core/target_list.hpp"
#include "core/verify_pass.hpp"
#include "ledger/database.hpp"

namespace garner {

struct ScheduleCursor;
struct LoginRejection;
struct Installation;
struct SourceStanding;
struct RequestCounts;
struct RetentionPile;
struct PileKey;
struct RuleInForce;
struct PruneWait;

struct RunFilter {
    std::string job;     ///< empty: all
    std::string target;  ///< id or name; empty: all
    std::optional<RunState> state;
    std::optional<WallTime> since;  ///< scheduled_at not before
    std::size_t limit = 0;          ///< newest first; 0: no limit
};

/// Of all that were ever stored.
enum class Whereabouts {
    store,    ///< in their place
    away,     ///< in the trash, or on their way into it or out of it
    anywhere  ///< also those that are gone
};

struct ArtifactFilter {
    std::string job;
    std::string target;  ///< id or name
    std::string run;
    std::string store;
    Whereabouts where = Whereabouts::store;
    std::optional<Verdict> verdict;
    std::optional<WallTime> since;
    std::size_t limit = 0;
};

/// What is known of one target of one job, over all its runs.
struct TargetStatus {
    std::string job;
    std::string source;
    Target target;
    std::optional<WallTime> last_success;  ///< when the newest run ended that succeeded, or whose artifact was accepted
    std::optional<WallTime> last_attempt;  ///< when the newest run that was tried ended, or began when it still goes on
    std::optional<Verdict> verdict;        ///< of the newest artifact
    std::uint32_t consecutive_failures = 0;  ///< failed or suspect since the last success; skipped ones do not count
    std::optional<std::uint64_t> last_size;  ///< of the newest verified artifact
    std::optional<WallTime> first_seen;      ///< when the first run of this target was queued
    RunState last_state = RunState::queued;  ///< of the newest run
    std::string reason;                      ///< of the newest run that was tried
};

/// Everything that the metrics say of the past, in one consistent read.
struct LedgerTotals {
    std::vector<TargetStatus> targets;
    std::map<std::pair<std::string, RunState>, std::uint64_t> runs;  ///< (job, state) -> count, all states
    struct Durations {
        std::vector<std::uint64_t> counts;  ///< per bucket of run_duration_buckets, not cumulative, plus one for +Inf
        double sum_seconds = 0;
    };
    std::map<std::string, Durations> durations;                                 ///< per job, of succeeded runs
    std::map<std::pair<std::string, Verdict>, std::uint64_t> artifacts;         ///< (job, verdict)
    std::map<std::pair<std::string, std::string>, std::uint64_t> stored_bytes;  ///< (store, job)
    std::map<std::string, std::uint64_t> leftovers;                             ///< per source
    std::map<std::pair<std::string, std::string>, std::uint64_t> remote_jobs;   ///< (source, "running" | "leftover")
    struct Lists {
        std::uint64_t listed = 0;  ///< in force
        std::uint64_t vanished = 0;
        std::uint64_t refused = 0;            ///< in the list that stands refused
        bool stands_refused = false;          ///< there is one, be it empty
        std::optional<WallTime> accepted_at;  ///< the newest list that was believed
    };
    std::map<std::string, std::uint64_t> pruned;                               ///< by job: what rules have removed
    std::map<std::pair<std::string, std::string>, std::uint64_t> trash_bytes;  ///< (store, job)
    std::map<std::string, Lists> lists;                                        ///< per source that was ever listed
    std::map<std::string, std::uint64_t> damaged;                              ///< artifacts, per store that has any
    std::map<std::string, VerifyMemory> proofs;  ///< per store whose artifacts are read back by a schedule
};

/// Upper bounds in seconds of garner_run_duration_seconds.
inline constexpr double run_duration_buckets[] = {5, 15, 60, 300, 900, 3600, 14400, 28800, 86400};

/// An artifact and its place in the order in which a store's are read back.
struct ProvenArtifact {
    ArtifactRecord artifact;
    WallTime proven_at;  ///< when it was last known to be whole
    std::int64_t number = 0;
};

class LedgerReader {
public:
    explicit LedgerReader(const Database& database) : database_(database) {}

    Result<std::vector<RunRecord>> runs(const RunFilter&) const;  ///< newest scheduled instant first
    Result<std::vector<RunRecord>> unfinished_runs() const;       ///< oldest first
    /// By id, or by an unambiguous beginning or end of one of at least 4 characters.
    Result<std::optional<RunRecord>> run(const std::string& id) const;
    Result<std::vector<TimelineEntry>> timeline(const std::string& run) const;
    Result<std::vector<ArtifactRecord>> artifacts(const ArtifactFilter&) const;   ///< newest first
    Result<std::optional<ArtifactRecord>> artifact(const std::string& id) const;  ///< as run(); wherever it is
    /// What is in its place, by job, source, target and store; of one of them when it is named.
    Result<std::vector<RetentionPile>> piles(const PileKey* one = nullptr) const;
    Result<std::map<std::string, RuleInForce>> rules_in_force() const;  ///< by job
    Result<std::optional<PruneWait>> prune_wait() const;
    Result<std::vector<LeftoverRecord>> leftovers(const std::string& source) const;   ///< empty: of all sources
    Result<std::vector<Target>> targets(const std::string& source) const;             ///< of the list in force, by name
    Result<std::vector<KnownTarget>> known_targets(const std::string& source) const;  ///< ever listed, by name
    Result<std::optional<TargetListRecord>> target_list(const std::string& source) const;
    Result<ClockMemory> clock() const;
    Result<std::map<std::string, ScheduleCursor>> cursors() const;
    Result<std::map<std::string, Pause>> pauses() const;  ///< by job: the newest of each, over or not
    Result<std::vector<LoginRejection>> login_rejections() const;
    Result<std::vector<SourceStanding>> source_standings() const;  ///< of those that are not fine, by name
    Result<RequestCounts> request_counts(const std::string& source) const;
    Result<std::optional<Installation>> installation() const;
    Result<std::vector<Window>> covered_windows(const std::string& job, const std::string& source,
                                                const std::string& target_id,
                                                std::optional<int> suspect_max) const;  ///< as the ledger's verb
    /// Of one target of one job, but for what only the configuration and the schedule know.
    Result<CoverageFacts> coverage_facts(const std::string& job, const std::string& source,
                                         const std::string& target_id) const;
    Result<std::vector<std::uint64_t>> usual_sizes(const std::string& job, const std::string& source,
                                                   const std::string& target_id,
                                                   std::optional<Window> window) const;  ///< as the ledger's verb
    Result<std::vector<TargetStatus>> statuses() const;
    Result<LedgerTotals> totals() const;
    Result<std::optional<std::string>> last_manifest_sha256(const std::string& store, const std::string& source,
                                                            const std::string& target_id) const;
    /// Of the undamaged ones of the store that were last proven before then, the first so many behind `after`.
    Result<std::vector<ProvenArtifact>> unproven_artifacts(const std::string& store, WallTime before,
                                                           const std::optional<ProvenArtifact>& after,
                                                           std::size_t limit) const;
    Result<std::map<std::string, VerifyMemory>> store_proofs() const;
    Result<std::set<std::string>> stores_in_use() const;  ///< those that have artifacts
    /// Of which people said something, or which are damaged: what has marks beside it.
    Result<std::vector<ArtifactRecord>> marked_artifacts() const;
    Result<std::map<std::string, std::uint64_t>> damaged_artifacts() const;  ///< how many, by store
    /// Manifests that need not be in a store any more although others name them.
    Result<std::set<std::string>> manifests_gone() const;
    Result<std::vector<ObservedDuration>> durations(const std::string& job, const std::string& target_id,
                                                    std::size_t limit) const;  ///< as the ledger's verb
    /// Median of the last ten runs that succeeded, from the first attempt to the end; nothing without history.
    Result<std::optional<Duration>> usual_run(const std::string& job, const std::string& source,
                                              const std::string& target_id) const;
    Result<std::optional<Duration>> usual_duration(const std::string& job, const std::string& target_id) const;

private:
    const Database& database_;
};

}  // namespace garner
