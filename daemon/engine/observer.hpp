// What the engine tells the world. The engine never logs: `service/` turns these into log lines, metrics and live
// output, so every sentence that the daemon can say lives there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "core/records.hpp"
#include "core/target_list.hpp"
#include "ledger/piles.hpp"

namespace garner {

/// A source could not be reached.
struct Outage {
    Duration lasted{0};
    std::uint64_t spared = 0;  ///< questions that waited instead of being asked
};

/// What a scheduled reading of a store found.
struct StoreReading {
    std::string store;
    std::size_t whole = 0;
    std::size_t damaged = 0;
    std::size_t unread = 0;            ///< could not be read; they are read again the next time
    std::optional<Failure> trouble{};  ///< of the first that could not be read
};

class RunObserver {
public:
    virtual ~RunObserver() = default;

    virtual void run_queued(const RunRecord&) = 0;
    /// A state of PRODUCT.md section 5 was reached, durably. Terminal ones come through run_ended().
    virtual void run_state(const RunRecord&) = 0;
    virtual void run_resumed(const RunRecord&) = 0;
    /// A request of a run failed and is tried again after `delay`.
    virtual void request_retried(const RunRecord&, const Failure&, Duration delay) = 0;
    /// An attempt failed; another one follows at `next` (or none: run_ended() follows).
    virtual void attempt_failed(const RunRecord&, const Failure&, std::optional<WallTime> next) = 0;
    virtual void artifact_stored(const RunRecord&, const ArtifactRecord&) = 0;
    virtual void run_ended(const RunRecord&) = 0;

    virtual void unknown_vendor_state(const RunRecord&, const std::string& word) = 0;
    /// The vendor throttled: nothing is sent to the source for `delay`.
    virtual void source_throttled(const std::string& source, Duration delay) = 0;
    /// Five requests in a row could not reach the source: from now on one probe at a time goes to it.
    virtual void source_down(const std::string& source, const Failure&) = 0;
    /// The source answers: for the first time in this life, or again after an outage.
    virtual void source_up(const std::string& source, const std::optional<Outage>&) = 0;
    /// Requests wait for the source's budget, for long; told once until none waits so long any more.
    virtual void budget_exhausted(const std::string& source, std::string_view limit, Duration wait) = 0;
    virtual void login_rejected(const std::string& source, const Failure&) = 0;
    virtual void discovery_failed(const std::string& job, const Failure&) = 0;
    virtual void targets_listed(const std::string& source, std::size_t count) = 0;
    /// The first list of a source: no news of so many appearances.
    virtual void targets_first_listed(const std::string& source, std::size_t count) = 0;
    virtual void targets_changed(const std::string& source, const ListDiff&) = 0;
    /// Told once, until the source gives a list that is believed or a person confirms it.
    virtual void list_refused(const std::string& source, const RefusedList&) = 0;
    /// `who` confirmed the list that stood refused; empty: the source gave one that is believed.
    virtual void list_accepted(const std::string& source, std::size_t count, const std::string& who) = 0;
    /// A look at the list failed, the first one in a row.
    virtual void list_not_refreshed(const std::string& source, const Failure&) = 0;
    /// The wall clock jumped ahead, or (negative) back, or the machine slept.
    virtual void clock_jumped(Duration by) = 0;
    virtual void clock_suspect(const std::string& reason) = 0;
    virtual void clock_trusted() = 0;
    /// Retention decided that it goes: it is in the store's trash.
    virtual void artifact_trashed(const ArtifactRecord&) = 0;
    /// Its time in the trash is over: it is gone for good.
    virtual void artifact_removed(const ArtifactRecord&) = 0;
    /// Its files could not be moved or removed, as the ledger says that they are to be; tried again. Told once.
    virtual void artifact_not_moved(const ArtifactRecord&, const Failure&) = 0;
    virtual void artifact_restored(const ArtifactRecord&, const std::string& who) = 0;
    /// Retention would remove more than may go in one pass: told once, until somebody confirms it or it no longer does.
    virtual void prune_waits(const PruneWait&) = 0;
    /// `who` confirmed it; empty: it is no longer too much.
    virtual void prune_goes_on(const std::string& who) = 0;
    virtual void leftover_kept(const LeftoverRecord&) = 0;
    virtual void leftover_adopted(const LeftoverRecord&, const RunRecord&) = 0;
    /// What was left at a vendor is removed there.
    virtual void leftover_removed(const LeftoverRecord&) = 0;
    /// Removing it failed; its next_try says when it is tried again, if ever.
    virtual void leftover_stays(const LeftoverRecord&, const Failure&) = 0;
    /// Nothing more can be done about it, and it is no longer listed.
    virtual void leftover_forgotten(const LeftoverRecord&) = 0;
    /// Targets that a job does not take because they hold no state; told when they change.
    virtual void targets_left_out(const std::string& job, const std::vector<Target>&) = 0;
    virtual void recovered(std::size_t unfinished_runs, std::size_t removed_partial_files) = 0;
    /// The ledger could not commit: nothing new starts until it can again.
    virtual void ledger_failing(const Failure&) = 0;
    virtual void ledger_working() = 0;
    virtual void store_failing(const std::string& store, const Failure&) = 0;
    /// An artifact is not what was stored any more, and never counts as good again.
    virtual void artifact_damaged(const ArtifactRecord&, const Failure&) = 0;
    virtual void store_read(const StoreReading&) = 0;
    virtual void scheduler_ticked(WallTime) = 0;
};

}  // namespace garner
