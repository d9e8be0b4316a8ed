#include "engine/scheduler.hpp"

#include <algorithm>

#include "core/planned_start.hpp"
#include "core/selection.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr Duration longest_sleep{15'000};
// A cursor further in the future than this was written under a clock that was set back since: it begins to count now.
// What had its run under the other clock does not get a second one (a run happens once); what had none is not waited
// out.
constexpr Duration future_max{60'000};

}  // namespace

std::string schedule_fingerprint(const JobSettings& job) {
    return job.schedule.text() + " in " + job.zone.name() + (job.paused ? ", paused" : "");
}

Scheduler::Scheduler(EngineContext& context, SourceOf source_of, Begin begin)
    : context_(context),
      source_of_(std::move(source_of)),
      begin_(std::move(begin)),
      dispatching_(std::make_shared<std::set<std::string>>()) {}

void Scheduler::remember(std::map<std::string, ScheduleCursor> cursors, WallTime up_since) {
    cursors_ = std::move(cursors);
    up_since_ = up_since;
}

std::optional<WallTime> Scheduler::next_run(const JobSettings& job) const {
    const auto cursor = cursors_.find(job.name);
    const WallTime now = context_.doors.clock.wall_now();
    const bool counts = cursor != cursors_.end() && cursor->second.fingerprint == schedule_fingerprint(job);
    const WallTime next =
        job.schedule.next_after(counts ? std::min(cursor->second.dispatched_until, now) : now, job.zone);
    const std::optional<Pause> pause = context_.newest_pause(job.name);
    if (!pause || !pause->covers(next)) return next;
    if (!pause->until) return std::nullopt;
    return job.schedule.next_after(*pause->until - Duration(1), job.zone);
}

std::optional<WallTime> Scheduler::counting_from(const std::string& job) const {
    const auto cursor = cursors_.find(job);
    return cursor == cursors_.end() ? std::nullopt : cursor->second.counts_from;
}

Task<Duration> Scheduler::tick(std::shared_ptr<const Settings> settings, const std::function<void(Task<>)>& spawn) {
    const WallTime now = context_.doors.clock.wall_now();
    Duration sleep = longest_sleep;
    for (const auto& [name, job] : settings->jobs) {
        const bool counts = co_await begins_to_count(job, now);
        if (!counts) continue;
        const WallTime done = cursors_.at(name).dispatched_until;
        const WallTime next = job.schedule.next_after(done, job.zone);
        if (next > now) {
            sleep = std::min(sleep, next - now);
            continue;
        }
        if (!dispatching_->insert(name).second) continue;
        spawn(dispatch(job, decide_due(job, context_.newest_pause(name), done, now, up_since_)));
        sleep = Duration(0);
    }
    context_.observer.scheduler_ticked(now);
    co_return sleep.count() == 0 ? Duration(250) : sleep;
}

// A job that is new, edited, or whose cursor was written under a clock that was wrong, begins to count now. False: that
// could not be written.
Task<bool> Scheduler::begins_to_count(const JobSettings& job, WallTime now) {
    const std::string fingerprint = schedule_fingerprint(job);
    const auto cursor = cursors_.find(job.name);
    if (cursor != cursors_.end() && cursor->second.fingerprint == fingerprint &&
        cursor->second.dispatched_until <= now + future_max)
        co_return true;
    const ScheduleCursor fresh{fingerprint, now, now};
    const auto written = co_await context_.ledger.set_cursor(job.name, fresh);
    if (!written) {
        context_.observer.ledger_failing(written.error());
        co_return false;
    }
    cursors_.insert_or_assign(job.name, fresh);
    co_return true;
}

Task<> Scheduler::dispatch(JobSettings job, std::vector<DueInstant> instants) {
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
    // Where nothing starts, the vendor need not be asked.
    const bool starts =
        std::any_of(instants.begin(), instants.end(), [](const DueInstant& one) { return one.skipped.empty(); });
    Result<std::vector<Target>> listed = Failure();
    if (starts) {
        const SteadyTime deadline = context_.doors.clock.steady_now() + job.deadline;
        listed = co_await source->list_targets(deadline);
        if (!listed) context_.observer.discovery_failed(job.name, listed.error());
    } else {
        listed = co_await context_.ledger.targets(job.source);
        if (!listed) {
            context_.observer.ledger_failing(listed.error());
            co_await context_.doors.clock.sleep_for(longest_sleep);
            co_return;
        }
    }

    Dispatch dispatched;
    dispatched.job = job.name;
    dispatched.dispatched_until = instants.back().instant;
    dispatched.now = context_.doors.clock.wall_now();
    dispatched.schedule_fingerprint = schedule_fingerprint(job);
    Result<void> planned;
    for (const DueInstant& one : instants) {
        const Due due{.job = job,
                      .instant = one.instant,
                      .trigger = one.missed ? Trigger::catch_up : Trigger::schedule,
                      .skipped = one.skipped,
                      .queue = job.concurrency_policy == ConcurrencyPolicy::queue ||
                               (one.missed && job.catch_up == CatchUp::all)};
        planned = co_await plan_runs(due, listed, dispatched.runs);
        if (!planned) break;
    }
    Result<std::set<std::string>> written = Failure();
    if (planned)
        written = co_await context_.ledger.dispatch(dispatched);
    else
        written = planned.error();
    if (!written) {
        // The instants stay due.
        context_.observer.ledger_failing(written.error());
        co_await context_.doors.clock.sleep_for(longest_sleep);
        co_return;
    }
    ScheduleCursor& cursor = cursors_[job.name];
    // A reload may have put another schedule in this one's place meanwhile.
    if (cursor.fingerprint == dispatched.schedule_fingerprint)
        cursor.dispatched_until = std::max(cursor.dispatched_until, dispatched.dispatched_until);
    std::erase_if(dispatched.runs, [&](const RunRecord& run) { return !written->contains(run.id); });
    begin_all(job, dispatched.runs);
}

Task<Result<std::vector<RunRecord>>> Scheduler::dispatch_by_hand(JobSettings job, std::string target) {
    const auto source = source_of_(job.source);
    if (!source) co_return Failure(FailureKind::rejected, "source " + job.source + " has left the configuration");
    source->discovery().expect_news();  // a person may ask for a machine that was added a minute ago
    constexpr Duration patience{30'000};
    const SteadyTime deadline = context_.doors.clock.steady_now() + patience;
    const auto listed = co_await source->list_targets(deadline);
    Dispatch dispatched;
    dispatched.job = job.name;
    dispatched.now = context_.doors.clock.wall_now();
    const Due due{.job = job, .instant = dispatched.now, .trigger = Trigger::manual, .only_target = target};
    const auto planned = co_await plan_runs(due, listed, dispatched.runs);
    if (!planned) co_return planned.error();
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
    if (due.trigger == Trigger::manual) return run;  // a person means now
    const PlannedStart planned = planned_start(due.job, run.target.id, due.instant, *run.queued_at);
    if (planned.at <= *run.queued_at) return run;
    run.not_before = planned.at;
    run.reason = describe(planned);
    return run;
}

RunRecord Scheduler::make_ended_run(const Due& due, Target target, RunState state, std::string reason) const {
    RunRecord run = make_run(due, std::move(target));
    run.not_before.reset();
    run.state = state;
    run.reason = std::move(reason);
    run.ended_at = run.queued_at;
    return run;
}

// One of this job's target that is still going, or is about to.
const RunRecord* Scheduler::previous_run(const JobSettings& job, const Target& target,
                                         const std::vector<RunRecord>& planned) const {
    for (const auto& [id, run] : context_.unfinished)
        if (run.job == job.name && run.target.id == target.id) return &run;
    for (const RunRecord& run : planned)
        if (run.target.id == target.id && !is_terminal(run.state)) return &run;
    return nullptr;
}

Task<Result<void>> Scheduler::plan_runs(const Due& due, const Result<std::vector<Target>>& listed,
                                        std::vector<RunRecord>& runs) {
    const auto wanted = [&](const Target& target) {
        return due.only_target.empty() || target.id == due.only_target || target.name == due.only_target ||
               "id:" + target.id == due.only_target;
    };
    const auto end_at_once = [&](RunState state, Target target, std::string reason) {
        if (wanted(target)) runs.push_back(make_ended_run(due, std::move(target), state, std::move(reason)));
    };
    const bool skipped = !due.skipped.empty();
    if (!listed) {
        // Nobody knows the targets, but what is asked for did not happen: that is as loud as a failed run.
        const RunState state = skipped ? RunState::skipped : RunState::failed;
        for (const std::string& word : words_of(due.job.targets))
            end_at_once(state, {word, word}, skipped ? due.skipped : "no list of targets: " + listed.error().what);
        co_return Result<void>();
    }
    const auto source = source_of_(due.job.source);
    SourcesByName sources;
    std::vector<LeftoverRecord> leftovers;
    if (source && !skipped && export_lifetime(source->settings().type)) {
        sources[due.job.source] = source->settings();
        auto waiting = co_await context_.ledger.leftovers(due.job.source);
        if (!waiting) co_return waiting.error();
        leftovers = std::move(*waiting);
    }
    const Selection selection = select_targets(due.job.targets, *listed);
    if (!skipped) tell_of_left_out(due.job, selection.stateless);
    for (const Target& target : selection.targets) {
        if (!wanted(target)) continue;
        if (skipped) {
            end_at_once(RunState::skipped, target, due.skipped);
            continue;
        }
        if (due.job.window) {
            const auto planned = co_await plan_windows(due, target, leftovers, sources, runs);
            if (!planned) co_return planned.error();
            continue;
        }
        const RunRecord* previous = due.queue ? nullptr : previous_run(due.job, target, runs);
        if (previous != nullptr) {
            end_at_once(RunState::skipped, target,
                        "the run of " + format_rfc3339(previous->scheduled_at) + " (" + previous->id + ") is still " +
                            std::string(to_string(previous->state)));
            continue;
        }
        RunRecord run = make_run(due, target);
        if (run.not_before == WallTime::max())
            end_at_once(RunState::skipped, target, run.reason);
        else
            runs.push_back(std::move(run));
    }
    for (const Unresolved& missing : selection.unresolved) {
        const std::string& why = skipped ? due.skipped : missing.reason;
        end_at_once(skipped ? RunState::skipped : RunState::failed, {missing.word, missing.word}, why);
    }
    order_by_expiry(runs, leftovers, sources);
    co_return Result<void>();
}

// One run for each window that is owed: those that have an export at the vendor before it disappears there, then the
// oldest first. What an earlier run is going on with is not owed again.
Task<Result<void>> Scheduler::plan_windows(const Due& due, Target target, const std::vector<LeftoverRecord>& leftovers,
                                           const SourcesByName& sources, std::vector<RunRecord>& runs) {
    // A person who asks gets the suspect ones again, however often they were tried.
    const std::optional<int> suspect_max =
        due.trigger == Trigger::manual ? std::nullopt : std::optional(suspect_tries_max);
    auto covered = co_await context_.ledger.covered_windows(due.job.name, due.job.source, target.id, suspect_max);
    if (!covered) co_return covered.error();
    for (const auto& [id, run] : context_.unfinished)
        if (run.job == due.job.name && run.target.id == target.id && run.window) covered->push_back(*run.window);
    for (const RunRecord& run : runs)
        if (run.target.id == target.id && run.window) covered->push_back(*run.window);
    std::vector<Window> wanted = adoptable_windows(due.job, target.id, leftovers, *covered, due.instant, sources);
    wanted.resize(std::min(wanted.size(), windows_per_instant_max));
    covered->insert(covered->end(), wanted.begin(), wanted.end());
    const std::size_t room = windows_per_instant_max - wanted.size();
    const auto owed = owed_windows(*due.job.window, due.job.zone, *covered, due.instant, room);
    wanted.insert(wanted.end(), owed.begin(), owed.end());
    for (const Window& window : wanted) {
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
