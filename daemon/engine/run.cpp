// The steps around the download are in run_download.cpp, what is left at vendors in run_leftovers.cpp.
#include "engine/run.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "core/poll_pace.hpp"
#include "core/text.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

constexpr int polls_without_file_max = 10;
constexpr int looks_until_gone = 3;

}  // namespace

Run::Run(EngineContext& context, std::shared_ptr<Source> source, std::shared_ptr<ArtifactStore> store, JobSettings job,
         RunRecord record)
    : context_(context),
      source_(std::move(source)),
      store_(std::move(store)),
      job_(std::move(job)),
      record_(std::move(record)),
      probe_(make_probe(source_->connector().format())),
      resumed_(record_.started_at.has_value() && !record_.not_before),
      resumed_now_(resumed_) {
    const auto callback = std::make_shared<Callback>(context_.doors.executor);
    (*context_.callbacks)[record_.id] = callback;
    callbacks_ = context_.callbacks;
    callback_ = callback;
}

Run::~Run() {
    if (const auto callbacks = callbacks_.lock()) callbacks->erase(record_.id);
}

Asking Run::for_this_run(Repeat repeat) const {
    return Asking{&record_, source_->connector().account_of(record_.target), deadline_, repeat};
}

Task<> Run::perform() {
    // Jitter and blackouts are waited out before anybody's turn is taken.
    if (nothing_at_vendor() && !record_.started_at && record_.not_before)
        co_await context_.sleep_until_wall(*record_.not_before);
    const std::string turn_key = source_->connector().turn_key(record_.target);
    target_turn_ = co_await context_.target_turns(turn_key).acquire();
    for (;;) {
        const std::string given_up = co_await wait_for_turn();
        if (!given_up.empty()) {
            co_await end(RunState::skipped, given_up);
            co_return;
        }
        std::optional<Result<Outcome>> outcome;
        std::exception_ptr interrupted;
        try {
            outcome = co_await within(context_.doors.clock, deadline_, attempt());
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted) throw;
            interrupted = std::current_exception();
        }
        if (interrupted) {
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            co_await park();
            std::rethrow_exception(interrupted);
        }
        if (stored_) outcome.emplace(*stored_);
        if (!outcome) {
            const Failure late(FailureKind::transient, "not finished within the deadline of " +
                                                           format_duration(job_.deadline) + " (state " +
                                                           std::string(to_string(record_.state)) + ")");
            co_await fail_unless_stored(late);
            co_return;
        }
        if (*outcome) {
            const Outcome good = **outcome;
            co_await succeed(good);
            co_return;
        }

        const Failure failure = outcome->error();
        // Bytes that came are gone on with; a file without any, or of a remote job that is no more, is not.
        if (!record_.download || failure.kind == FailureKind::gone) co_await drop_staged();
        staged_.reset();
        if (failure.kind == FailureKind::local && record_.state >= RunState::downloading)
            context_.observer.store_failing(job_.store, failure);
        const WallTime next = context_.doors.clock.wall_now() + job_.retry_wait;
        const bool in_time = context_.doors.clock.steady_now() + job_.retry_wait < deadline_;
        const bool again = failure.kind != FailureKind::rejected && record_.attempts <= job_.retries && in_time;
        context_.observer.attempt_failed(record_, failure, again ? std::optional(next) : std::nullopt);
        if (!again) {
            co_await fail_unless_stored(failure);
            co_return;
        }
        RunUpdate update;
        update.not_before = next;
        update.reason = failure.what;
        TimelineEntry entry{context_.doors.clock.wall_now(), "attempt_failed",
                            failure.what + "; next attempt in " + format_duration(job_.retry_wait)};
        update.timeline.push_back(std::move(entry));
        if (failure.kind == FailureKind::gone) {
            co_await settle_leftover(record_.leftover);
            update.leftover = "";
            update.download = std::optional<DownloadProgress>();
            co_await give_up_remote_job(std::move(update), failure.what);
        } else {
            co_await remember(std::move(update));
        }
        // Nothing of ours runs at the vendor: somebody else may use the turn meanwhile.
        if (nothing_at_vendor()) turn_.end();
    }
}

bool Run::nothing_at_vendor() const { return record_.remote_job.empty() && !record_.start_sent; }

// Whether a blackout keeps it from beginning now: not what is at the vendor already, nor what a person asked for.
bool Run::is_held_back() const {
    return nothing_at_vendor() && record_.trigger != Trigger::manual &&
           covering(job_.blackout, job_.zone, context_.doors.clock.wall_now()) != nullptr;
}

Task<> Run::wait_out_blackout() {
    while (is_held_back()) {
        const WallTime now = context_.doors.clock.wall_now();
        const std::string name = covering(job_.blackout, job_.zone, now)->name;
        // One that never ends is refused where it is configured.
        const WallTime end = first_uncovered(job_.blackout, job_.zone, now).value_or(now + std::chrono::hours(24));
        if (record_.not_before != end) {
            RunUpdate waits;
            waits.not_before = end;
            waits.reason = "waits until " + format_rfc3339(end) + ": blackout '" + name + "'";
            const std::string why = *waits.reason;
            co_await remember(std::move(waits), "blackout", why);
        }
        co_await context_.sleep_until_wall(end);
    }
}

// In the middle of an attempt, whose deadline goes on: others may have the turn meanwhile.
Task<> Run::let_blackout_pass() {
    while (is_held_back()) {
        turn_.end();
        co_await wait_out_blackout();
        turn_ = co_await source_->state().turns.acquire(job_.name);
    }
    RunUpdate waited;
    waited.not_before = std::optional<WallTime>();
    co_await remember(std::move(waited));
}

// Until the next attempt may begin. When it may not begin at all any more: why.
Task<std::string> Run::wait_for_turn() {
    do {
        if (!turn_ && record_.not_before && record_.remote_job.empty())
            co_await context_.sleep_until_wall(*record_.not_before);
        if (!turn_) co_await wait_out_blackout();
        if (!turn_) turn_ = co_await source_->state().turns.acquire(job_.name);
        if (record_.not_before) co_await context_.sleep_until_wall(*record_.not_before);
        if (is_held_back()) turn_.end();
    } while (!turn_);
    if (!record_.started_at && nothing_at_vendor() && record_.trigger != Trigger::manual) {
        const auto pause = context_.newest_pause(record_.job);
        if (pause && pause->covers(context_.doors.clock.wall_now())) co_return describe(*pause);
    }

    // A restart in the middle of an attempt does not use one up.
    const bool goes_on = std::exchange(resumed_now_, false);
    RunUpdate update;
    update.attempts = record_.attempts + (goes_on ? 0 : 1);
    update.not_before = std::optional<WallTime>();
    if (!record_.started_at) {
        update.started_at = context_.doors.clock.wall_now();
        update.state = RunState::starting;
        update.reason = "";
    }
    const std::string which = "attempt " + std::to_string(*update.attempts);
    co_await remember(std::move(update), goes_on ? "resumed" : "attempt", which);
    const Duration spent = std::max(context_.doors.clock.wall_now() - *record_.started_at, Duration(0));
    deadline_ = context_.doors.clock.steady_now() + std::max(job_.deadline - spent, Duration(0));
    // What is here wholly is stored, however long this daemon was down.
    constexpr Duration storing{300'000};
    if (record_.state >= RunState::verifying)
        deadline_ = std::max(deadline_, context_.doors.clock.steady_now() + storing);
    co_return std::string();
}

Task<Result<Run::Outcome>> Run::attempt() {
    auto published = co_await published_before();
    if (!published) co_return published.error();
    if (*published) co_return co_await list_artifact(**published);

    const auto downloaded_already = co_await downloaded_before();
    if (!downloaded_already) co_return downloaded_already.error();
    if (!*downloaded_already) {
        // What could not be stored is not asked for.
        const auto there = co_await store_->check_there();
        if (!there) co_return there.error();
        auto job = co_await ensure_remote_job();
        if (!job) co_return job.error();

        auto ready = co_await wait_until_ready(*job);
        if (!ready) co_return ready.error();

        auto downloaded = co_await download_into_store(*job, *ready);
        if (!downloaded) co_return downloaded.error();
    }
    auto artifact = co_await publish();
    if (!artifact) co_return artifact.error();
    co_return co_await list_artifact(*artifact);
}

// Only now does it exist.
Task<Run::Outcome> Run::list_artifact(const ArtifactRecord& artifact) {
    RunUpdate update;
    update.state = RunState::cleaning;
    const std::function<Task<Result<void>>()> store = [&] { return context_.ledger.artifact_stored(artifact, update); };
    co_await context_.insist(store);
    apply(update);
    record_.artifact = artifact.id;
    context_.observer.artifact_stored(record_, artifact);

    Outcome outcome;
    outcome.verdict = artifact.verdict;
    for (const std::string& reason : artifact.reasons) outcome.reason += (outcome.reason.empty() ? "" : "; ") + reason;
    stored_ = outcome;
    co_return outcome;
}

Task<> Run::succeed(Outcome outcome) {
    co_await discard_at_vendor(record_.remote_job, outcome.verdict);
    co_await end(outcome.verdict == Verdict::verified ? RunState::succeeded : RunState::suspect, outcome.reason);
}

Task<> Run::fail_unless_stored(const Failure& failure) {
    const auto stored = co_await settle_publication();
    if (!stored) {
        co_await fail(failure);
        co_return;
    }
    const Outcome outcome = co_await list_artifact(*stored);
    co_await succeed(outcome);
}

Task<Result<std::string>> Run::ensure_remote_job() {
    if (!record_.remote_job.empty()) co_return record_.remote_job;
    if (record_.start_sent) co_await settle_lost_start("the answer to the start was lost before a restart");
    if (record_.not_before) {
        co_await context_.sleep_until_wall(*record_.not_before);
        RunUpdate waited;
        waited.not_before = std::optional<WallTime>();
        co_await remember(std::move(waited));
    }
    if (co_await adopt_leftover()) co_return record_.remote_job;
    co_await wait_for_running_leftovers();
    co_await wait_out_lost_starts();

    auto started = co_await start_once();
    if (!started && started.error().kind == FailureKind::uncertain) {
        co_await settle_lost_start(started.error().what);
        co_await context_.sleep_until_wall(record_.not_before.value_or(WallTime{}));
        started = co_await start_once();
    }
    co_return started;
}

// One start, retried only while it is certain that nothing was started.
Task<Result<std::string>> Run::start_once() {
    RunUpdate asking;
    asking.state = RunState::starting;
    asking.not_before = std::optional<WallTime>();
    co_await remember(std::move(asking));

    const std::function<Task<Result<void>>()> preparation = [this] {
        return source_->connector().prepare_start(record_.target);
    };
    const Asking before = for_this_run();
    const auto prepared = co_await source_->ask<void>(before, preparation);
    if (!prepared) co_return prepared.error();

    const std::function<Task<Result<std::string>>()> question = [this] { return send_start(); };
    const Asking once = for_this_run(Repeat::never);
    for (std::uint32_t tries = 0;; ++tries) {
        if (is_held_back()) co_await let_blackout_pass();
        auto started = co_await source_->ask<std::string>(once, question);
        if (started || started.error().kind != FailureKind::busy) co_return started;
        // Somebody else's turn: nothing of ours runs there, so another target may use the source's.
        const PollPace& pace = source_->settings().poll;
        const Duration usual =
            delay_after(started.error(), source_->settings().backoff, tries, context_.doors.random.next());
        const Duration wait = std::clamp(usual, pace.initial, pace.max);
        if (context_.doors.clock.steady_now() + wait >= deadline_) co_return started;
        context_.observer.request_retried(record_, started.error(), wait);
        turn_.end();
        co_await context_.doors.clock.sleep_for(wait);
        turn_ = co_await source_->state().turns.acquire(job_.name);
    }
}

// The name is of this one start: what a vendor shows in its list leads back to the run, and a lost start and its repeat
// can be told apart.
ExportRequest Run::export_request() const {
    ExportRequest request;
    request.window = record_.window;
    request.options = job_.options;
    request.name = "garner " + job_.name + " " + format_rfc3339(record_.scheduled_at) + " " + record_.id + "." +
                   std::to_string(context_.doors.random.next() % 1'000'000);
    if (!context_.callback_url.empty())
        request.notify_url =
            context_.callback_url + "/callback/" + record_.id + "/" + context_.callback_proof(record_.id);
    return request;
}

// From the moment the request may leave until its answer is in the ledger, nothing interrupts: an id that was received
// is never lost to a stop or a deadline.
Task<Result<std::string>> Run::send_start() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    RunUpdate sent;
    sent.start_sent = true;
    co_await remember(std::move(sent));
    const ExportRequest request = export_request();
    auto id = co_await source_->connector().start(record_.target, request);
    RunUpdate answered;
    if (id) {
        answered.remote_job = *id;
        answered.start_sent = false;
        answered.state = RunState::exporting;
        answered.remote_started_at = context_.doors.clock.wall_now();
        const std::string detail = "the vendor's id is " + printable(*id, 80) +
                                   (source_->connector().keeps_name() ? ", our name for it: " + request.name : "");
        co_await remember(std::move(answered), "remote_job_started", detail);
    } else if (id.error().kind != FailureKind::uncertain) {
        answered.start_sent = false;
        co_await remember(std::move(answered), "start_failed", id.error().what);
    }
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    throw_if_interrupted();
    co_return id;
}

// A start whose answer was lost: it may run at the vendor, under an id that nobody knows. It is listed as a possible
// leftover, and one usual duration is waited out, so that two never run side by side.
Task<> Run::settle_lost_start(std::string why) {
    const Duration wait = co_await usual_duration();
    const LeftoverRecord leftover = context_.leftover_of(
        record_, "a start whose answer was lost: it may have left a remote job whose id is not known (" + why + ")");
    RunUpdate update;
    update.start_sent = false;
    update.not_before = leftover.since + wait;
    update.reason = why + "; waiting " + format_duration(wait) + " before one more start";
    TimelineEntry entry{leftover.since, "start_uncertain", *update.reason};
    update.timeline.push_back(std::move(entry));
    co_await leave_behind(leftover, update);
}

// That a remote job is unknown is believed at the third look: one 404 may be a proxy's, or of a copy of the vendor's
// data that lags behind, and whoever believes it starts a second job beside the first.
Task<Result<Progress>> Run::poll(const std::string& remote_job) {
    const std::function<Task<Result<Progress>>()> question = [&] {
        return source_->connector().poll(record_.target, remote_job);
    };
    const Asking again = for_this_run();
    for (int looks = 1;; ++looks) {
        auto progress = co_await source_->ask<Progress>(again, question);
        const bool unknown =
            !progress && progress.error().kind == FailureKind::gone && progress.error().http_status == 404;
        if (!unknown || looks == looks_until_gone) co_return progress;
        co_await context_.doors.clock.sleep_for(source_->settings().poll.initial);
    }
}

namespace {

Task<bool> called_back(Callback* callback) {
    while (!callback->came) co_await callback->event.wait();
    callback->came = false;
    co_return true;
}

}  // namespace

// A call from outside only ends the wait, and never before the configured pace: whoever calls often does not make us
// ask often.
Task<> Run::wait_to_poll(Duration pace) {
    const SteadyTime until = context_.doors.clock.steady_now() + pace;
    co_await context_.doors.clock.sleep_for(std::min(pace, source_->settings().poll.initial));
    Callback* const callback = callback_.lock().get();  // the engine keeps it longer than the run
    if (callback == nullptr) co_return;
    co_await within(context_.doors.clock, until, called_back(callback));
}

// A wait is measured by the clock that never jumps; only what came before this life is not.
SteadyTime Run::when_remote_job_started() const {
    const Duration ran = context_.doors.clock.wall_now() - record_.remote_started_at.value_or(*record_.started_at);
    return context_.doors.clock.steady_now() - std::max(ran, Duration(0));
}

Task<> Run::remember_ready(std::optional<WallTime> pending_at) {
    RunUpdate update;
    update.state = RunState::downloading;
    // What is asked for again, since its address was too old, does not count; what was started again does.
    if (!record_.ready_at || record_.remote_started_at > record_.ready_at) {
        update.pending_at = pending_at;
        update.ready_at = context_.doors.clock.wall_now();
    }
    co_await remember(std::move(update), "ready");
}

Task<Result<Ready>> Run::wait_until_ready(std::string remote_job) {
    if (record_.state != RunState::exporting) co_await to_state(RunState::exporting, "");
    SteadyTime began = when_remote_job_started();
    const auto history = co_await context_.ledger.durations(record_.job, record_.target.id, durations_learned_from);
    std::vector<ObservedDuration> durations;
    if (history) durations = *history;
    int without_file = 0;
    std::string last_word;
    std::optional<WallTime> pending_at;
    // A remote job that this process has just started is not ready yet; one that is remembered may be.
    bool at_once = resumed_ || record_.attempts > 1 || answered_;
    for (;;) {
        if (!at_once) {
            const SteadyTime now = context_.doors.clock.steady_now();
            const Duration wait = wait_before_look(durations, source_->settings().poll, now - began, deadline_ - now);
            co_await wait_to_poll(wait);
        }
        at_once = false;
        Result<Progress> progress = Failure();
        if (answered_)
            progress = *std::exchange(answered_, std::nullopt);
        else
            progress = co_await poll(remote_job);
        if (!progress) co_return progress.error();
        if (auto* ready = std::get_if<Ready>(&*progress)) {
            co_await remember_ready(pending_at);
            co_return std::move(*ready);
        }
        const Pending pending = std::get<Pending>(*progress);
        if (pending.without_file && without_file == 0) {
            // It has ended: how long others took says nothing of when its file comes.
            durations.clear();
            began = context_.doors.clock.steady_now();
        } else if (!pending.without_file) {
            pending_at = context_.doors.clock.wall_now();
        }
        if (!pending.known && pending.vendor_state != last_word)
            context_.observer.unknown_vendor_state(record_, pending.vendor_state);
        last_word = pending.vendor_state;
        if (pending.without_file && ++without_file >= polls_without_file_max)
            co_return Failure(FailureKind::gone, "the vendor calls the remote job complete but offered no file in " +
                                                     std::to_string(without_file) + " polls");
    }
}

// The engine stops: what was downloaded so far is made durable, so that the next life goes on from here.
Task<> Run::park() {
    if (!staged_ || record_.state != RunState::downloading || !record_.download) co_return;
    const auto synced = co_await staged_->checkpoint();
    if (!synced) co_return;  // the earlier checkpoint stands
    RunUpdate update;
    DownloadProgress progress = *record_.download;
    progress.offset = staged_->size();
    update.download = progress;
    const std::string detail = "at " + std::to_string(progress.offset) + " bytes";
    co_await remember(std::move(update), "parked", detail);
}

Task<> Run::drop_staged() {
    if (!staged_ && !record_.download) co_return;
    const std::string name = staged_ ? staged_->name() : record_.download->staged;
    staged_.reset();
    const auto removed = co_await store_->discard_staged(name);
    if (!removed) context_.observer.store_failing(job_.store, removed.error());
}

Task<> Run::end(RunState state, std::string reason) {
    RunUpdate update;
    update.state = state;
    update.reason = reason;
    update.ended_at = context_.doors.clock.wall_now();
    update.download = std::optional<DownloadProgress>();
    const std::string event(to_string(state));
    co_await remember(std::move(update), event, reason);
    ended();
    if (state == RunState::succeeded) context_.want_prune();
}

void Run::ended() {
    context_.unfinished.erase(record_.id);
    context_.observer.run_ended(record_);
    context_.run_ended.notify_all();
}

Task<> Run::to_state(RunState state, std::string event, std::string detail) {
    RunUpdate update;
    update.state = state;
    co_await remember(std::move(update), std::move(event), std::move(detail));
}

Task<> Run::remember(RunUpdate update, std::string event, std::string detail) {
    if (!event.empty()) {
        TimelineEntry entry{context_.doors.clock.wall_now(), std::move(event), std::move(detail)};
        update.timeline.push_back(std::move(entry));
    }
    const std::function<Task<Result<void>>()> write = [&] { return context_.ledger.update_run(record_.id, update); };
    co_await context_.insist(write);
    apply(update);
}

void Run::apply(const RunUpdate& update) {
    const RunState before = record_.state;
    if (update.state) record_.state = *update.state;
    if (update.reason) record_.reason = *update.reason;
    if (update.attempts) record_.attempts = *update.attempts;
    if (update.remote_job) record_.remote_job = *update.remote_job;
    if (update.start_sent) record_.start_sent = *update.start_sent;
    if (update.started_at) record_.started_at = update.started_at;
    if (update.remote_started_at) record_.remote_started_at = update.remote_started_at;
    if (update.pending_at) record_.pending_at = update.pending_at;
    if (update.ready_at) record_.ready_at = update.ready_at;
    if (update.ended_at) record_.ended_at = update.ended_at;
    if (update.not_before) record_.not_before = *update.not_before;
    if (update.download) record_.download = *update.download;
    if (update.leftover) record_.leftover = *update.leftover;
    if (is_terminal(record_.state)) return;
    context_.unfinished[record_.id] = record_;
    if (record_.state != before) context_.observer.run_state(record_);
}

void Run::throw_if_interrupted() const {
    if (context_.stopping || context_.doors.clock.steady_now() >= deadline_)
        throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace garner
