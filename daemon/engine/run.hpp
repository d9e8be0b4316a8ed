// One run, top to bottom: start, wait, download, publish, tidy up. A resumed run enters the same function with what the
// ledger remembers.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/records.hpp"
#include "core/settings.hpp"
#include "engine/context.hpp"
#include "engine/source.hpp"
#include "store/artifact_store.hpp"

namespace garner {

/// Of an attempt that stored something. Not inside Run: clang does not take a nested class with initializers as a
/// Result.
struct RunOutcome {
    Verdict verdict = Verdict::verified;
    std::string reason;
};

class Run {
public:
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    Run(EngineContext& context, std::shared_ptr<Source> source, std::shared_ptr<ArtifactStore> store, JobSettings job,
        RunRecord record);

    /// Until the run is terminal. When it is cancelled before, it leaves what can be resumed in the ledger and throws
    /// operation_aborted.
    Task<> perform();

private:
    using Outcome = RunOutcome;

    // The steps of an attempt. Each is in the ledger before the next one acts on it.
    Task<Result<Outcome>> attempt();
    Task<Result<std::string>> ensure_remote_job();
    Task<Result<Ready>> wait_until_ready(std::string remote_job);
    Task<Result<void>> download_into_store(std::string remote_job, Ready ready);
    Task<Result<ArtifactRecord>> publish();
    Task<> discard_at_vendor(std::string remote_job, Verdict verdict);
    Task<> give_up_remote_job(RunUpdate update, std::string why);

    // What an earlier life has left of these steps.
    Task<Result<std::optional<ArtifactRecord>>> published_before();
    Task<Result<bool>> downloaded_before();
    Task<std::optional<ArtifactRecord>> settle_publication();

    Task<Result<std::string>> start_once();
    Task<Result<std::string>> send_start();
    Task<> settle_lost_start(std::string why);
    Task<bool> adopt_leftover();
    bool is_taken_for_dead(const LeftoverRecord& leftover) const;
    Task<std::optional<LeftoverRecord>> running_leftover();
    Task<> wait_for_running_leftovers();
    Task<Duration> usual_duration();
    Task<> wait_out_lost_starts();
    Task<> leave_for_removal(LeftoverRecord leftover);
    Task<Result<Progress>> poll(const std::string& remote_job);
    Task<> wait_to_poll(Duration pace);
    SteadyTime when_remote_job_started() const;
    Task<> remember_ready(std::optional<WallTime> pending_at);
    Asking for_this_run(Repeat repeat = Repeat::harmless) const;
    ExportRequest export_request() const;
    Task<Result<void>> open_staged();
    Task<Result<HttpReply>> download_once(const Ready& ready, bool& began, std::string& page);

    Task<std::string> wait_for_turn();
    bool nothing_at_vendor() const;
    bool is_held_back() const;
    Task<> wait_out_blackout();
    Task<> let_blackout_pass();
    Task<> park();
    Task<> end(RunState state, std::string reason);
    Task<> drop_staged();
    Task<> fail(const Failure& failure);
    Task<> fail_unless_stored(const Failure& failure);
    Task<> succeed(Outcome outcome);
    Task<Outcome> list_artifact(const ArtifactRecord& artifact);
    void ended();

    /// Durable, then told. Waits while the ledger cannot be written.
    Task<> remember(RunUpdate update, std::string event = {}, std::string detail = {});
    void apply(const RunUpdate& update);
    Task<> to_state(RunState state, std::string event, std::string detail = {});
    Task<> leave_behind(const LeftoverRecord& leftover, const RunUpdate& update);
    Task<> settle_leftover(std::string id);
    ArtifactRecord artifact_so_far() const;
    void throw_if_interrupted() const;

    friend class ArtifactSink;

    EngineContext& context_;
    std::shared_ptr<Source> source_;
    std::shared_ptr<ArtifactStore> store_;
    JobSettings job_;
    RunRecord record_;
    Slots::Turn target_turn_;
    Slots::Turn turn_;
    SteadyTime deadline_{};
    std::optional<Outcome> stored_;  ///< the artifact is in the ledger: nothing fails the run any more
    std::unique_ptr<Probe> probe_;
    std::unique_ptr<StagedArtifact> staged_;
    std::weak_ptr<Callbacks> callbacks_;  ///< the engine may end before a run that never went on does
    std::weak_ptr<Callback> callback_;
    std::optional<Progress> answered_;  ///< what an adopted remote job's first poll said
    bool resumed_ = false;              ///< from an earlier life, in the middle of an attempt
    bool resumed_now_ = false;          ///< and that attempt has not gone on yet
};

}  // namespace garner
