// Writes down what the engine tells, as text that a checker can search.
#pragma once

#include <string>

#include "engine/observer.hpp"
#include "sim/chance.hpp"

namespace garner::sim {

class TellingObserver final : public RunObserver {
public:
    TellingObserver(std::string& told, Trace& trace) : told_(told), trace_(trace) {}

    void run_queued(const RunRecord& run) override { tell("queued", run); }
    void run_state(const RunRecord& run) override { tell("state " + std::string(to_string(run.state)), run); }
    void run_resumed(const RunRecord& run) override { tell("resumed", run); }
    void request_retried(const RunRecord& run, const Failure& failure, Duration delay) override {
        tell("retry in " + format_duration(delay) + " after " + failure.what, run);
    }
    void attempt_failed(const RunRecord& run, const Failure& failure, std::optional<WallTime> next) override {
        tell("attempt failed (" + std::string(to_string(failure.kind)) + ")" +
                 (next ? ", again later: " : ", for good: ") + failure.what,
             run);
    }
    void artifact_stored(const RunRecord& run, const ArtifactRecord& artifact) override {
        tell("stored " + artifact.path, run);
    }
    void run_ended(const RunRecord& run) override {
        tell("ended " + std::string(to_string(run.state)) + " " + run.reason, run);
    }
    void unknown_vendor_state(const RunRecord& run, const std::string& word) override {
        tell("unknown state " + word, run);
    }
    void source_throttled(const std::string& source, Duration delay) override {
        line(source + " throttled for " + format_duration(delay));
    }
    void source_down(const std::string& source, const Failure& failure) override {
        line(source + " down: " + failure.what);
    }
    void source_up(const std::string& source) override { line(source + " up"); }
    void login_rejected(const std::string& source, const Failure& failure) override {
        line(source + " login rejected: " + failure.what);
    }
    void discovery_failed(const std::string& job, const Failure& failure) override {
        line(job + " discovery failed: " + failure.what);
    }
    void targets_listed(const std::string& source, std::size_t count) override {
        line(source + " lists " + std::to_string(count));
    }
    void leftover_kept(const LeftoverRecord& leftover) override { line("leftover kept: " + leftover.why); }
    void leftover_adopted(const LeftoverRecord&, const RunRecord& run) override { tell("leftover adopted", run); }
    void leftover_removed(const LeftoverRecord& leftover) override { line("leftover removed: " + leftover.remote_job); }
    void leftover_stays(const LeftoverRecord& leftover, const Failure& failure) override {
        line("leftover " + leftover.remote_job + " stays: " + failure.what);
    }
    void leftover_forgotten(const LeftoverRecord& leftover) override { line("leftover forgotten: " + leftover.why); }
    void targets_left_out(const std::string& job, const std::vector<Target>& targets) override {
        line(job + " leaves out " + std::to_string(targets.size()));
    }
    void recovered(std::size_t runs, std::size_t files) override {
        line("recovered " + std::to_string(runs) + " runs, removed " + std::to_string(files) + " files");
    }
    void ledger_failing(const Failure& failure) override { line("ledger failing: " + failure.what); }
    void ledger_working() override { line("ledger working"); }
    void store_failing(const std::string& store, const Failure& failure) override {
        line("store " + store + " failing: " + failure.what);
    }
    void scheduler_ticked(WallTime) override {}

private:
    void tell(const std::string& what, const RunRecord& run) { line(run.target.name + " " + run.id + ": " + what); }
    void line(const std::string& text) {
        trace_.note(text);
        told_ += text + "\n";
    }

    std::string& told_;
    Trace& trace_;
};

}  // namespace garner::sim
