// What the daemon knows of its own health: it listens to the engine, remembers what readiness and the watchdog ask for,
// and passes every word on. The process being alive is not in here: that is whether anything answers at all.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/observer.hpp"
#include "platform/clock.hpp"

namespace garner {

class Health : public RunObserver {
public:
    Health(Clock& clock, RunObserver& next) : clock_(clock), next_(next) {}

    /// Why the daemon cannot do its work now; empty when it can.
    std::string why_not_ready() const;
    /// The scheduler looked at what is due within the last 30 s.
    bool scheduler_ticks() const;
    std::optional<WallTime> last_tick() const { return last_tick_; }
    const std::map<std::string, std::string>& failing_stores() const { return failing_stores_; }

    void started() { started_ = true; }
    void stopping() { stopping_ = true; }
    /// A proof of the ledger or of a store, outside of any run.
    void ledger_proved(const Result<void>&);
    void store_proved(const std::string& store, const Result<void>&);
    /// Stores that the configuration no longer has do not count.
    void forget_store(const std::string& store) { failing_stores_.erase(store); }

    void run_queued(const RunRecord& run) override { next_.run_queued(run); }
    void run_state(const RunRecord& run) override { next_.run_state(run); }
    void run_resumed(const RunRecord& run) override { next_.run_resumed(run); }
    void request_retried(const RunRecord& run, const Failure& failure, Duration delay) override {
        next_.request_retried(run, failure, delay);
    }
    void attempt_failed(const RunRecord& run, const Failure& failure, std::optional<WallTime> next) override {
        next_.attempt_failed(run, failure, next);
    }
    void artifact_stored(const RunRecord&, const ArtifactRecord&) override;
    void run_ended(const RunRecord& run) override { next_.run_ended(run); }
    void unknown_vendor_state(const RunRecord& run, const std::string& word) override {
        next_.unknown_vendor_state(run, word);
    }
    void source_throttled(const std::string& source, Duration delay) override { next_.source_throttled(source, delay); }
    void source_down(const std::string& source, const Failure& failure) override { next_.source_down(source, failure); }
    void source_up(const std::string& source, const std::optional<Outage>& outage) override {
        next_.source_up(source, outage);
    }
    void budget_exhausted(const std::string& source, std::string_view limit, Duration wait) override {
        next_.budget_exhausted(source, limit, wait);
    }
    void login_rejected(const std::string& source, const Failure& failure) override {
        next_.login_rejected(source, failure);
    }
    void discovery_failed(const std::string& job, const Failure& failure) override {
        next_.discovery_failed(job, failure);
    }
    void targets_listed(const std::string& source, std::size_t count) override { next_.targets_listed(source, count); }
    void targets_first_listed(const std::string& source, std::size_t count) override {
        next_.targets_first_listed(source, count);
    }
    void targets_changed(const std::string& source, const ListDiff& diff) override {
        next_.targets_changed(source, diff);
    }
    void list_refused(const std::string& source, const RefusedList& refused) override {
        next_.list_refused(source, refused);
    }
    void list_accepted(const std::string& source, std::size_t count, const std::string& who) override {
        next_.list_accepted(source, count, who);
    }
    void list_not_refreshed(const std::string& source, const Failure& failure) override {
        next_.list_not_refreshed(source, failure);
    }
    void clock_jumped(Duration by) override { next_.clock_jumped(by); }
    void clock_suspect(const std::string& reason) override { next_.clock_suspect(reason); }
    void clock_trusted() override { next_.clock_trusted(); }
    void artifact_trashed(const ArtifactRecord& artifact) override { next_.artifact_trashed(artifact); }
    void artifact_removed(const ArtifactRecord& artifact) override { next_.artifact_removed(artifact); }
    void artifact_not_moved(const ArtifactRecord& artifact, const Failure& failure) override {
        next_.artifact_not_moved(artifact, failure);
    }
    void artifact_restored(const ArtifactRecord& artifact, const std::string& who) override {
        next_.artifact_restored(artifact, who);
    }
    void prune_waits(const PruneWait& wait) override { next_.prune_waits(wait); }
    void prune_goes_on(const std::string& who) override { next_.prune_goes_on(who); }
    void leftover_kept(const LeftoverRecord& leftover) override { next_.leftover_kept(leftover); }
    void leftover_adopted(const LeftoverRecord& leftover, const RunRecord& run) override {
        next_.leftover_adopted(leftover, run);
    }
    void leftover_removed(const LeftoverRecord& leftover) override { next_.leftover_removed(leftover); }
    void leftover_stays(const LeftoverRecord& leftover, const Failure& failure) override {
        next_.leftover_stays(leftover, failure);
    }
    void leftover_forgotten(const LeftoverRecord& leftover) override { next_.leftover_forgotten(leftover); }
    void targets_left_out(const std::string& job, const std::vector<Target>& targets) override {
        next_.targets_left_out(job, targets);
    }
    void recovered(std::size_t unfinished_runs, std::size_t removed_partial_files) override {
        next_.recovered(unfinished_runs, removed_partial_files);
    }
    void ledger_failing(const Failure&) override;
    void ledger_working() override;
    void artifact_damaged(const ArtifactRecord& artifact, const Failure& failure) override {
        next_.artifact_damaged(artifact, failure);
    }
    void store_read(const StoreReading& reading) override { next_.store_read(reading); }
    void store_failing(const std::string& store, const Failure&) override;
    void scheduler_ticked(WallTime) override;

private:
    Clock& clock_;
    RunObserver& next_;
    bool started_ = false;
    bool stopping_ = false;
    std::optional<WallTime> last_tick_;
    std::optional<SteadyTime> last_tick_steady_;
    std::string ledger_trouble_;
    std::map<std::string, std::string> failing_stores_;
};

}  // namespace garner
