// Hears everything that the engine tells and says nothing: for `check --online`, whose findings are its whole answer.
#pragma once

#include "engine/observer.hpp"

namespace garner {

class SilentObserver : public RunObserver {
public:
    void run_queued(const RunRecord&) override {}
    void run_state(const RunRecord&) override {}
    void run_resumed(const RunRecord&) override {}
    void request_retried(const RunRecord&, const Failure&, Duration) override {}
    void attempt_failed(const RunRecord&, const Failure&, std::optional<WallTime>) override {}
    void artifact_stored(const RunRecord&, const ArtifactRecord&) override {}
    void run_ended(const RunRecord&) override {}
    void unknown_vendor_state(const RunRecord&, const std::string&) override {}
    void source_throttled(const std::string&, Duration) override {}
    void source_down(const std::string&, const Failure&) override {}
    void source_up(const std::string&, const std::optional<Outage>&) override {}
    void budget_exhausted(const std::string&, std::string_view, Duration) override {}
    void login_rejected(const std::string&, const Failure&) override {}
    void discovery_failed(const std::string&, const Failure&) override {}
    void targets_listed(const std::string&, std::size_t) override {}
    void targets_first_listed(const std::string&, std::size_t) override {}
    void targets_changed(const std::string&, const ListDiff&) override {}
    void list_refused(const std::string&, const RefusedList&) override {}
    void list_accepted(const std::string&, std::size_t, const std::string&) override {}
    void list_not_refreshed(const std::string&, const Failure&) override {}
    void clock_jumped(Duration) override {}
    void clock_suspect(const std::string&) override {}
    void clock_trusted() override {}
    void artifact_trashed(const ArtifactRecord&) override {}
    void artifact_removed(const ArtifactRecord&) override {}
    void artifact_not_moved(const ArtifactRecord&, const Failure&) override {}
    void artifact_restored(const ArtifactRecord&, const std::string&) override {}
    void prune_waits(const PruneWait&) override {}
    void prune_goes_on(const std::string&) override {}
    void leftover_kept(const LeftoverRecord&) override {}
    void leftover_adopted(const LeftoverRecord&, const RunRecord&) override {}
    void leftover_removed(const LeftoverRecord&) override {}
    void leftover_stays(const LeftoverRecord&, const Failure&) override {}
    void leftover_forgotten(const LeftoverRecord&) override {}
    void targets_left_out(const std::string&, const std::vector<Target>&) override {}
    void recovered(std::size_t, std::size_t) override {}
    void ledger_failing(const Failure&) override {}
    void ledger_working() override {}
    void store_failing(const std::string&, const Failure&) override {}
    void artifact_damaged(const ArtifactRecord&, const Failure&) override {}
    void store_read(const StoreReading&) override {}
    void scheduler_ticked(WallTime) override {}
};

}  // namespace garner
