#include "engine/scheduler.hpp"

#include <algorithm>

#include "core/selection.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr Duration longest_sleep{15'000};
// An instant that is later than this was not merely waited for: the machine slept, or the clock jumped.
constexpr Duration missed_after{120'000};
// A cursor further in the future than this was written under a clock that was set back since: it begins to count now.
// What had its run under the other clock does not get a second one (a run happens once); what had none is not waited
// out.
constexpr Duration future_max{60'000};
// Windows of one target that one instant begins with; a longer backlog goes on at the next instant.
constexpr std::size_t windows_max = 400;
// A window whose exports were suspect so often is not asked for again by itself: the vendor has nothing better.
constexpr int suspect_tries_max = 3;

}  // namespace

std::string schedule_fingerprint(const JobSettings& job) { return job.schedule.text() + " in " + job.zone.name(); }

Scheduler::Scheduler(EngineContext& context, SourceOf source_of, Begin begin)
    : context_(context),
      source_of_(std::move(source_of)),
      begin_(std::move(begin)),
      dispatching_(std::make_shared<std::set<std::string>>()) {}

void Scheduler::remember(std::map<std::string, ScheduleCursor> cursors, WallTime up_since) {
    cursors_ = std::move(cursors);
    up_since_ = up_since;
}

WallTime Scheduler::next_run(const JobSettings& job) const {
    const auto cursor = cursors_.find(job.name);
    const WallTime now = context_.doors.clock.wall_now();
    const bool counts = cursor != cursors_.end() && cursor->second.fingerprint == schedule_fingerprint(job);
    return job.schedule.next_after(counts ? std::min(cursor->second.dispatched_until, now) : now, job.zone);
}

Task<Duration> Scheduler::tick(std::shared_ptr<const Settings> settings, const std::function<void(Task<>)>& spawn) {
    const WallTime now = context_.doors.clock.wall_now();
    Duration sleep = longest_sleep;
    for (const auto& [name, job] : settings->jobs) {
        const std::string fingerprint = schedule_fingerprint(job);
        auto cursor = cursors_.find(name);
        if (cursor == cursors_.end() || cursor->second.fingerprint != fingerprint ||
            cursor->second.dispatched_until > now + future_max) {
            // New, edited, or written under a clock that was wrong: it begins to count now.
            const ScheduleCursor fresh{fingerprint, now};
            const auto written = co_await context_.ledger.set_cursor(name, fresh);
            if (!written) {
                context_.observer.ledger_failing(written.error());
                continue;
            }
            cursor = cursors_.insert_or_assign(name, fresh).first;
        }
        WallTime due = job.schedule.next_after(cursor->second.dispatched_until, job.zone);
        if (due > now) {
            sleep = std::min(sleep, due - now);
            continue;
        }
        if (!dispatching_->insert(name).second) continue;
        // Of the instants that were missed, the latest one is made up for (catch_up: latest).
        const bool missed = due <= up_since_ || now - due > missed_after;
        if (missed) due = job.schedule.last_between(cursor->second.dispatched_until, now, job.zone).value_or(due);
        const bool late = due <= up_since_ || now - due > missed_after;
        spawn(dispatch(job, due, late ? Trigger::catch_up : Trigger::schedule));
        sleep = Duration(0);
    }
    context_.observer.scheduler_ticked(now);
    co_return sleep.count() == 0 ? Duration(250) : sleep;
}

Task<> Scheduler::dispatch(JobSettings job, WallTime instant, Trigger trigger) {
    // The place in `dispatching_` is given back however this ends.
    struct Place {
        Place(std::shared_ptr<std::set<std::string>> set_, std::string name_)
            : set(std::move(set_)), name(std::move(name_)) {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { set->erase(name); }
        std::shared_ptr<std::set<std::string>> set;
        std::string name;
    };
    const Place place(dispatching_, job.name);

    const auto source = source_of_(job.source);
    if (!source) co_return;
    const SteadyTime deadline = context_.doors.clock.steady_now() + job.deadline;
    const auto listed = co_await source->list_targets(deadline);
    if (!listed) context_.observer.discovery_failed(job.name, listed.error());

    Dispatch dispatched;
    dispatched.job = job.name;
    dispatched.source = job.source;
    dispatched.scheduled_at = instant;
    dispatched.trigger = trigger;
    dispatched.now = context_.doors.clock.wall_now();
    dispatched.schedule_fingerprint = schedule_fingerprint(job);
    const Due due{job, instant, trigger, ""};
    auto runs = co_await plan_runs(due, listed);
    Result<std::set<std::string>> written = runs ? Failure() : runs.error();
    if (runs) {
        dispatched.runs = std::move(*runs);
        written = co_await context_.ledger.dispatch(dispatched);
    }
    if (!written) {
        // The instant stays due.
        context_.observer.ledger_failing(written.error());
        co_await context_.doors.clock.sleep_for(longest_sleep);
        co_return;
    }
    cursors_[job.name] = ScheduleCursor{dispatched.schedule_fingerprint, instant};
    std::erase_if(dispatched.runs, [&](const RunRecord& run) { return !written->contains(run.id); });
    begin_all(job, dispatched.runs);
}

Task<Result<std::vector<RunRecord>>> Scheduler::dispatch_by_hand(JobSettings job, std::string target) {
    const auto source = source_of_(job.source);
    if (!source) co_return Failure(FailureKind::rejected, "source " + job.source + " has left the configuration");
    source->state().listed_at.reset();  // a person may ask for a machine that was added a minute ago
    constexpr Duration patience{30'000};
    const SteadyTime deadline = context_.doors.clock.steady_now() + patience;
    const auto listed = co_await source->list_targets(deadline);
    Dispatch dispatched;
    dispatched.job = job.name;
    dispatched.source = job.source;
    dispatched.now = context_.doors.clock.wall_now();
    dispatched.scheduled_at = dispatched.now;
    dispatched.trigger = Trigger::manual;
    const Due due{job, dispatched.now, Trigger::manual, target};
    auto runs = co_await plan_runs(due, listed);
    if (!runs) co_return runs.error();
    dispatched.runs = std::move(*runs);
    if (dispatched.runs.empty()) {
        if (job.window)
            co_return Failure(FailureKind::rejected,
                              "job " + job.name + " owes no window" +
                                  (target.empty() ? "" : " of '" + printable(target, 80) + "', if it takes that") +
                                  "; the next one closes at " +
                                  format_rfc3339(next_closing(*job.window, job.zone, dispatched.now)));
        if (target.empty())
            co_return Failure(FailureKind::rejected, "job " + job.name + " takes none of the source's targets");
        co_return Failure(FailureKind::rejected, "job " + job.name + " has no target '" + printable(target, 80) + "'");
    }
    const auto written = co_await context_.ledger.dispatch(dispatched);
    if (!written) co_return written.error();
    std::erase_if(dispatched.runs, [&](const RunRecord& run) { return !written->contains(run.id); });
    begin_all(job, dispatched.runs);
    co_return dispatched.runs;
}

RunRecord Scheduler::make_run(const Due& due, Target target) const {
    RunRecord run;
    run.id = context_.new_id();
    run.job = due.job.name;
    run.source = due.job.source;
    run.target = std::move(target);
    run.scheduled_at = due.instant;
    run.trigger = due.trigger;
    run.queued_at = context_.doors.clock.wall_now();
    return run;
}

Task<Result<std::vector<RunRecord>>> Scheduler::plan_runs(const Due& due, const Result<std::vector<Target>>& listed) {
    std::vector<RunRecord> runs;
    const auto wanted = [&](const Target& target) {
        return due.only_target.empty() || target.id == due.only_target || target.name == due.only_target ||
               "id:" + target.id == due.only_target;
    };
    const auto end_at_once = [&](RunState state, Target target, std::string reason) {
        if (!wanted(target)) return;
        RunRecord run = make_run(due, std::move(target));
        run.state = state;
        run.reason = std::move(reason);
        run.ended_at = run.queued_at;
        runs.push_back(std::move(run));
    };
    if (!listed) {
        // Nobody knows the targets, but what is asked for did not happen: that is as loud as a failed run.
        for (const std::string& word : words_of(due.job.targets))
            end_at_once(RunState::failed, {word, word}, "no list of targets: " + listed.error().what);
        co_return runs;
    }
    const Selection selection = select_targets(due.job.targets, *listed);
    tell_of_left_out(due.job, selection.stateless);
    for (const Target& target : selection.targets) {
        if (!wanted(target)) continue;
        if (due.job.window) {
            const auto planned = co_await plan_windows(due, target, runs);
            if (!planned) co_return planned.error();
            continue;
        }
        const auto previous = std::find_if(
            context_.unfinished.begin(), context_.unfinished.end(),
            [&](const auto& entry) { return entry.second.job == due.job.name && entry.second.target.id == target.id; });
        if (previous != context_.unfinished.end()) {
            end_at_once(RunState::skipped, target,
                        "the run of " + format_rfc3339(previous->second.scheduled_at) + " (" + previous->first +
                            ") is still " + std::string(to_string(previous->second.state)));
            continue;
        }
        runs.push_back(make_run(due, target));
    }
    for (const Unresolved& missing : selection.unresolved)
        end_at_once(RunState::failed, {missing.word, missing.word}, missing.reason);
    co_return runs;
}

// One run for each window that is owed, oldest first. What an earlier run is going on with is not owed again.
Task<Result<void>> Scheduler::plan_windows(const Due& due, Target target, std::vector<RunRecord>& runs) {
    // A person who asks gets the suspect ones again, however often they were tried.
    const std::optional<int> suspect_max =
        due.trigger == Trigger::manual ? std::nullopt : std::optional(suspect_tries_max);
    auto covered = co_await context_.ledger.covered_windows(due.job.name, due.job.source, target.id, suspect_max);
    if (!covered) co_return covered.error();
    for (const auto& [id, run] : context_.unfinished)
        if (run.job == due.job.name && run.target.id == target.id && run.window) covered->push_back(*run.window);
    for (const Window& window : owed_windows(*due.job.window, due.job.zone, *covered, due.instant, windows_max)) {
        RunRecord run = make_run(due, target);
        run.window = window;
        runs.push_back(std::move(run));
    }
    co_return Result<void>();
}

void Scheduler::tell_of_left_out(const JobSettings& job, const std::vector<Target>& stateless) {
    std::vector<Target>& told = left_out_[job.name];
    if (told == stateless) return;
    told = stateless;
    if (!stateless.empty()) context_.observer.targets_left_out(job.name, stateless);
}

void Scheduler::begin_all(const JobSettings& job, const std::vector<RunRecord>& runs) {
    for (const RunRecord& run : runs) {
        if (is_terminal(run.state)) {
            context_.observer.run_ended(run);
            continue;
        }
        context_.unfinished[run.id] = run;
        context_.observer.run_queued(run);
        begin_(job, run);
    }
    context_.run_ended.notify_all();
}

}  // namespace garner
