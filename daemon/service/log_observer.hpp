// Every sentence that the daemon says about runs. The engine tells what happened; here it gets its words, its level and
// its stable event name.
#pragma once

#include <string>

#include "engine/observer.hpp"
#include "service/log.hpp"

namespace garner {

class LogObserver : public RunObserver {
public:
    explicit LogObserver(Log& log) : log_(log) {}

    void run_queued(const RunRecord&) override;
    void run_state(const RunRecord&) override;
    void run_resumed(const RunRecord&) override;
    void request_retried(const RunRecord&, const Failure&, Duration delay) override;
    void attempt_failed(const RunRecord&, const Failure&, std::optional<WallTime> next) override;
    void artifact_stored(const RunRecord&, const ArtifactRecord&) override;
    void run_ended(const RunRecord&) override;
    void unknown_vendor_state(const RunRecord&, const std::string& word) override;
    void source_throttled(const std::string& source, Duration delay) override;
    void source_down(const std::string& source, const Failure&) override;
    void source_up(const std::string& source, const std::optional<Outage>&) override;
    void budget_exhausted(const std::string& source, std::string_view limit, Duration wait) override;
    void login_rejected(const std::string& source, const Failure&) override;
    void discovery_failed(const std::string& job, const Failure&) override;
    void targets_listed(const std::string& source, std::size_t count) override;
    void targets_first_listed(const std::string& source, std::size_t count) override;
    void targets_changed(const std::string& source, const ListDiff&) override;
    void list_refused(const std::string& source, const RefusedList&) override;
    void list_accepted(const std::string& source, std::size_t count, const std::string& who) override;
    void list_not_refreshed(const std::string& source, const Failure&) override;
    void clock_jumped(Duration by) override;
    void clock_suspect(const std::string& reason) override;
    void clock_trusted() override;
    void artifact_trashed(const ArtifactRecord&) override;
    void artifact_removed(const ArtifactRecord&) override;
    void artifact_not_moved(const ArtifactRecord&, const Failure&) override;
    void artifact_restored(const ArtifactRecord&, const std::string& who) override;
    void prune_waits(const PruneWait&) override;
    void prune_goes_on(const std::string& who) override;
    void leftover_kept(const LeftoverRecord&) override;
    void leftover_adopted(const LeftoverRecord&, const RunRecord&) override;
    void leftover_removed(const LeftoverRecord&) override;
    void leftover_stays(const LeftoverRecord&, const Failure&) override;
    void leftover_forgotten(const LeftoverRecord&) override;
    void targets_left_out(const std::string& job, const std::vector<Target>&) override;
    void recovered(std::size_t unfinished_runs, std::size_t removed_partial_files) override;
    void ledger_failing(const Failure&) override;
    void ledger_working() override;
    void store_failing(const std::string& store, const Failure&) override;
    void artifact_damaged(const ArtifactRecord&, const Failure&) override;
    void store_read(const StoreReading&) override;
    void scheduler_ticked(WallTime) override {}

private:
    Log& log_;
};

}  // namespace garner
