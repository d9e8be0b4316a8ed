// What a run leaves at the vendor, takes over from an earlier run, or removes there.
#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "engine/leftover_keeper.hpp"
#include "engine/run.hpp"

namespace garner {
namespace {

// A leftover that still runs is waited for rather than doubled; after this long it is taken for dead.
constexpr Duration leftover_lives{48 * 3'600'000LL};
// So long the vendor keeps its copy of an artifact that is suspect.
constexpr Duration second_look{7 * 24 * 3'600'000LL};

// Whether a run that fails so has something at the vendor that a later run should look for.
bool leaves_something(const RunRecord& record, FailureKind kind) {
    if (record.remote_job.empty()) return record.start_sent;
    if (kind == FailureKind::gone) return false;
    if (record.state < RunState::downloading || kind == FailureKind::local) return true;
    // It is finished but could not be fetched: worth one more try by the next run, not a try by each.
    return kind != FailureKind::corrupt && record.leftover.empty();
}

}  // namespace

Task<> Run::leave_behind(const LeftoverRecord& leftover, const RunUpdate& update) {
    const std::function<Task<Result<void>>()> leave = [&] {
        return context_.ledger.leave_behind(leftover, record_.id, update);
    };
    co_await context_.insist(leave);
    apply(update);
    context_.observer.leftover_kept(leftover);
    context_.leftovers_changed.notify_all();
}

// The remote job brings nothing any more. What it still has on the vendor's disk is listed before its id is forgotten.
Task<> Run::give_up_remote_job(RunUpdate update, std::string why) {
    const bool lies_there = source_->connector().needs_discard() && !record_.remote_job.empty();
    update.remote_job = "";
    if (!lies_there) {
        co_await remember(std::move(update));
        co_return;
    }
    LeftoverRecord leftover = context_.leftover_of(record_, "it brings nothing: " + why);
    leftover.fate = LeftoverFate::discard;
    leftover.next_try = leftover.since + source_->settings().poll.initial;
    co_await leave_behind(leftover, update);
}

Task<> Run::settle_leftover(std::string id) {
    if (id.empty()) co_return;
    const std::function<Task<Result<void>>()> settle = [&] { return context_.ledger.leftover_settled(id); };
    co_await context_.insist(settle);
}

// Nobody will fetch it any more.
Task<> Run::leave_for_removal(LeftoverRecord leftover) {
    leftover.fate = LeftoverFate::discard;
    leftover.tries = 0;
    leftover.next_try = context_.doors.clock.wall_now() + source_->settings().poll.initial;
    const std::function<Task<Result<void>>()> postpone = [&] { return context_.ledger.leftover_postponed(leftover); };
    co_await context_.insist(postpone);
    context_.leftovers_changed.notify_all();
}

bool Run::is_taken_for_dead(const LeftoverRecord& leftover) const {
    return context_.doors.clock.wall_now() - leftover.since > leftover_lives;
}

// Another job's remote job, or one for another window, that a run had to leave: while it still runs nothing is started
// beside it.
Task<std::optional<LeftoverRecord>> Run::running_leftover() {
    const auto leftovers = co_await context_.ledger.leftovers(record_.source);
    if (!leftovers) co_return std::nullopt;
    for (const LeftoverRecord& leftover : *leftovers) {
        if (leftover.target.id != record_.target.id || leftover.fate != LeftoverFate::adopt ||
            leftover.remote_job.empty() || is_taken_for_dead(leftover) || context_.ended_there.contains(leftover.id))
            continue;
        const auto progress = co_await poll(leftover.remote_job);
        if (progress && std::holds_alternative<Pending>(*progress)) co_return leftover;
        if (progress || progress.error().kind == FailureKind::gone) context_.ended_there.insert(leftover.id);
    }
    co_return std::nullopt;
}

Task<> Run::wait_for_running_leftovers() {
    Duration pace = source_->settings().poll.initial;
    std::string told;
    for (;;) {
        const auto running = co_await running_leftover();
        if (!running) co_return;
        if (told != running->id) {
            told = running->id;
            RunUpdate update;
            update.reason = "waits until remote job " + printable(running->remote_job, 80) + " of run " + running->run +
                            " has ended, which that run had to leave";
            const std::string detail = *update.reason;
            co_await remember(std::move(update), "waiting", detail);
        }
        co_await context_.doors.clock.sleep_for(pace);
        pace = std::min(pace + pace / 2, source_->settings().poll.max);
    }
}

// How long the vendor's jobs for this target take.
Task<Duration> Run::usual_duration() {
    const auto usual = co_await context_.ledger.usual_duration(record_.job, record_.target.id);
    const PollPace& pace = source_->settings().poll;
    if (!usual || !*usual) co_return pace.max;
    co_return std::max(**usual, pace.initial);
}

// A start of this target whose answer was lost, though another run's: for one usual duration nothing is started beside
// what it may have begun.
Task<> Run::wait_out_lost_starts() {
    const auto leftovers = co_await context_.ledger.leftovers(record_.source);
    if (!leftovers) co_return;
    const WallTime now = context_.doors.clock.wall_now();
    std::optional<WallTime> newest;
    for (const LeftoverRecord& leftover : *leftovers)
        if (leftover.target.id == record_.target.id && leftover.remote_job.empty() && leftover.run != record_.id)
            newest = std::max(newest.value_or(WallTime::min()), std::min(leftover.since, now));
    if (!newest) co_return;
    const Duration usual = co_await usual_duration();
    const WallTime until = *newest + usual;
    if (until <= now) co_return;
    RunUpdate update;
    update.reason =
        "waits until " + format_rfc3339(until) + ", since a start of another run may still have a remote job";
    const std::string detail = *update.reason;
    co_await remember(std::move(update), "waiting", detail);
    co_await context_.sleep_until_wall(until);
}

// A remote job that an earlier run of this target had to leave is as good as a new one.
Task<bool> Run::adopt_leftover() {
    const auto leftovers = co_await context_.ledger.leftovers(record_.source);
    if (!leftovers) co_return false;
    for (const LeftoverRecord& leftover : *leftovers) {
        if (leftover.job != record_.job || leftover.target.id != record_.target.id ||
            leftover.window != record_.window || leftover.fate != LeftoverFate::adopt || leftover.remote_job.empty())
            continue;
        const auto progress = co_await poll(leftover.remote_job);
        const bool refused =
            !progress && progress.error().kind == FailureKind::rejected && !progress.error().login_rejected;
        const bool stuck = progress && std::holds_alternative<Pending>(*progress) && is_taken_for_dead(leftover);
        const bool dead = stuck || (!progress && (refused || progress.error().kind == FailureKind::gone));
        // One that still runs cannot be removed: whoever keeps the leftovers asks after it.
        if (dead && !source_->connector().needs_discard())
            co_await settle_leftover(leftover.id);
        else if (dead && !stuck)
            co_await leave_for_removal(leftover);
        if (dead || !progress) continue;
        const auto before = co_await context_.ledger.run(leftover.run);
        RunUpdate update;
        if (before && *before) update.remote_started_at = (*before)->remote_started_at;
        update.remote_job = leftover.remote_job;
        update.leftover = leftover.id;
        update.state = RunState::exporting;
        const std::string detail = "remote job " + printable(leftover.remote_job, 80) + " of run " + leftover.run;
        co_await remember(std::move(update), "leftover_adopted", detail);
        context_.observer.leftover_adopted(leftover, record_);
        answered_ = *progress;
        co_return true;
    }
    co_return false;
}

Task<> Run::discard_at_vendor(std::string remote_job, Verdict verdict) {
    co_await settle_leftover(record_.leftover);
    if (remote_job.empty() || !source_->connector().needs_discard()) co_return;
    if (verdict == Verdict::suspect) {
        // The vendor's copy may be better than ours: there is time to look at it.
        LeftoverRecord leftover = context_.leftover_of(
            record_, "what was stored of it is suspect: the vendor's copy stays until the next try, for a second look");
        leftover.id = record_.artifact;  // after a crash right behind this it is the same one
        leftover.fate = LeftoverFate::discard;
        leftover.next_try = leftover.since + second_look;
        const RunUpdate nothing;
        co_await leave_behind(leftover, nothing);
        co_return;
    }
    const std::function<Task<Result<void>>()> question = [&] {
        return source_->connector().discard(record_.target, remote_job);
    };
    // The run need not wait for it, and its deadline is not about it: what cannot be removed now is removed later.
    constexpr Duration patience{10'000};
    Asking soon = for_this_run();
    soon.deadline = context_.doors.clock.steady_now() + patience;
    const auto discarded = co_await source_->ask<void>(soon, question);
    if (discarded) {
        RunUpdate nothing_else;
        const std::string detail = "remote job " + printable(remote_job, 80);
        co_await remember(std::move(nothing_else), "removed_at_vendor", detail);
        co_return;
    }
    LeftoverRecord leftover =
        context_.leftover_of(record_, "it is stored, but removing it at the vendor failed: " + discarded.error().what);
    leftover.id = record_.artifact;
    leftover.remote_job = remote_job;
    leftover.fate = LeftoverFate::discard;
    leftover.tries = 1;
    leftover.next_try = leftover.since + wait_before_removal(leftover.tries);
    const RunUpdate nothing;
    co_await leave_behind(leftover, nothing);
}

Task<> Run::fail(const Failure& failure) {
    co_await drop_staged();
    // An adopted leftover stays listed as long as it can still be fetched.
    const bool leaves = leaves_something(record_, failure.kind);
    const bool lies_there = !leaves && source_->connector().needs_discard() && !record_.remote_job.empty();
    if (!leaves) co_await settle_leftover(record_.leftover);
    if (!lies_there && (!leaves || !record_.leftover.empty())) {
        co_await end(RunState::failed, failure.what);
        co_return;
    }
    LeftoverRecord leftover = context_.leftover_of(
        record_, record_.remote_job.empty()
                     ? "a start whose answer was lost: it may have left a remote job whose id is not known"
                     : "its run failed: " + failure.what);
    if (lies_there) {
        leftover.fate = LeftoverFate::discard;
        leftover.next_try = leftover.since + source_->settings().poll.initial;
    }
    RunUpdate update;
    update.state = RunState::failed;
    update.reason = failure.what;
    update.ended_at = leftover.since;
    update.download = std::optional<DownloadProgress>();
    TimelineEntry entry{leftover.since, "failed", failure.what};
    update.timeline.push_back(std::move(entry));
    co_await leave_behind(leftover, update);
    ended();
}

}  // namespace garner
