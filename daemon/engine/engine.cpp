#include "engine/engine.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <set>

#include "core/expiry.hpp"
#include "core/ids.hpp"
#include "core/selection.hpp"
#include "core/text.hpp"
#include "engine/clock_keeper.hpp"
#include "engine/closing.hpp"
#include "engine/context.hpp"
#include "engine/dated_client.hpp"
#include "engine/discovery_keeper.hpp"
#include "engine/leftover_keeper.hpp"
#include "engine/pruner.hpp"
#include "engine/run.hpp"
#include "engine/scheduler.hpp"
#include "engine/source.hpp"
#include "engine/store_keeper.hpp"
#include "platform/task_group.hpp"

namespace garner {

struct Engine::Parts {
    Parts(Doors doors, Ledger& ledger, std::shared_ptr<const Settings> settings_, RunObserver& observer)
        : context(std::move(doors), ledger, observer),
          settings(std::move(settings_)),
          tasks(context.doors.executor),
          scheduler(
              context, [this](const std::string& name) { return sources.contains(name) ? sources.at(name) : nullptr; },
              [this](const JobSettings& job, RunRecord run) { begin(job, std::move(run)); }),
          keeper(context,
                 [this](const std::string& name) { return sources.contains(name) ? sources.at(name) : nullptr; }),
          discovery(
              context, [this]() -> const Sources& { return sources; },
              [this](Task<> work) { tasks.spawn(std::move(work)); }),
          clock(context),
          pruner(context,
                 {[this] { return settings; },
                  [this](const std::string& name) { return stores.contains(name) ? stores.at(name) : nullptr; },
                  [this] { return clock.suspicion(); }}),
          store_keeper(context,
                       {[this] { return settings; },
                        [this](const std::string& name) { return stores.contains(name) ? stores.at(name) : nullptr; },
                        [this] { return clock.suspicion(); },
                        [this](const std::string& artifact) { return pruner.note_marks(artifact); }}) {}

    // What still waits at an event of the engine is owned by what it waits at.
    ~Parts() {
        context.leftovers_changed.drop_waiters();
        context.run_ended.drop_waiters();
        context.discovery_due.drop_waiters();
        context.prune_wanted.drop_waiters();
        pruner.drop_waiters();
        context.settings_changed.drop_waiters();
        for (const auto& [_, callback] : std::exchange(*context.callbacks, {})) callback->event.drop_waiters();
        for (const auto& [_, state] : source_states) state->drop_waiters();
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    using Sources = std::map<std::string, std::shared_ptr<Source>>;
    using Stores = std::map<std::string, std::shared_ptr<ArtifactStore>>;

    Task<Result<void>> know_installation();
    static Task<Result<void>> know_targets(const Sources& sources);
    Result<std::shared_ptr<Source>> source_of(const std::string& name) const;
    Task<Result<void>> recall_sources();
    Result<Sources> make_sources(const Settings& wanted);
    Stores make_stores(const Settings& wanted);
    void know_paused_jobs();
    Result<JobSettings> job_named(const std::string& name) const;
    void begin(const JobSettings& job, RunRecord run);
    Task<> perform(std::unique_ptr<Run> run);
    Task<> abandon(RunRecord run, std::string why);
    Task<Result<std::optional<ArtifactRecord>>> look_for_artifact(const RunRecord& run);
    Task<std::optional<ArtifactRecord>> settle_artifact(const RunRecord& run);
    Task<std::size_t> sweep_staging(const std::vector<RunRecord>& unfinished);
    Task<> schedule();
    Task<Result<void>> read_back(ArtifactRecord artifact);

    EngineContext context;
    std::shared_ptr<const Settings> settings;
    std::map<std::string, std::shared_ptr<SourceState>> source_states;
    Sources sources;
    Stores stores;
    std::vector<RunRecord> recovered;
    TaskGroup tasks;
    Scheduler scheduler;
    LeftoverKeeper keeper;
    DiscoveryKeeper discovery;
    ClockKeeper clock;
    Pruner pruner;
    StoreKeeper store_keeper;
    SteadyTime last_tick{};
};

Engine::Engine(Doors doors, Ledger& ledger, std::shared_ptr<const Settings> settings, RunObserver& observer)
    : parts_(std::make_unique<Parts>(std::move(doors), ledger, std::move(settings), observer)) {}

Engine::~Engine() = default;

// What vendors know this installation by: made at the first start, kept in the ledger.
Task<Result<void>> Engine::Parts::know_installation() {
    Installation fresh;
    fresh.device_id = context.doors.device_id;
    if (fresh.device_id.empty()) fresh.device_id = make_uuid(context.doors.random.next(), context.doors.random.next());
    fresh.callback_key = Secret(make_uuid(context.doors.random.next(), context.doors.random.next()));
    const auto known = co_await context.ledger.installation(fresh);
    if (!known) co_return known.error();
    context.installation = *known;
    co_return Result<void>();
}

Task<Result<void>> Engine::Parts::know_targets(const Sources& sources) {
    for (const auto& [name, source] : sources) {
        const auto known = co_await source->discovery().remember();
        if (!known) co_return known.error();
    }
    co_return Result<void>();
}

Result<std::shared_ptr<Source>> Engine::Parts::source_of(const std::string& name) const {
    const auto source = sources.find(name);
    if (source != sources.end()) return source->second;
    std::vector<std::string_view> names;
    for (const auto& [known, _] : sources) names.push_back(known);
    const std::string meant = near_miss(name, names);
    return Failure(FailureKind::rejected, "no source '" + printable(name, 80) + "' in the configuration" +
                                              (meant.empty() ? "" : ", did you mean '" + meant + "'?"));
}

Result<Engine::Parts::Sources> Engine::Parts::make_sources(const Settings& wanted) {
    Sources made;
    for (const auto& [name, source] : wanted.sources) {
        auto client = context.doors.network.client_for(name, source.http);
        if (!client) return client.error().during("source " + name);
        std::unique_ptr<HttpClient> dated = std::make_unique<DatedClient>(
            std::move(*client), [this, name = name](const HttpHead& head) { clock.heard(name, head); });
        auto& state = source_states[name];
        if (!state)
            state = std::make_shared<SourceState>(name, context.doors, context.ledger, context.observer,
                                                  source.max_concurrent_jobs);
        state->turns.set_capacity(source.max_concurrent_jobs);
        state->budget.set_limits(source.limits);
        auto fresh = std::make_shared<Source>(context.doors, context.ledger, context.observer, source, state,
                                              std::move(dated), context.installation.device_id);
        // A credential that was changed may be tried.
        std::erase_if(state->rejections, [&settings = source](const auto& standing) {
            return standing.first != login_fingerprint(settings, standing.second.account);
        });
        made[name] = std::move(fresh);
    }
    return made;
}

Engine::Parts::Stores Engine::Parts::make_stores(const Settings& wanted) {
    Stores made;
    for (const auto& [name, store] : wanted.stores) made[name] = make_local_store(store, context.doors.disk);
    return made;
}

Task<Result<void>> Engine::recover() {
    Parts& p = *parts_;
    const auto known = co_await p.know_installation();
    if (!known) co_return known.error();
    auto sources = p.make_sources(*p.settings);
    if (!sources) co_return sources.error();
    const auto remembered = co_await p.know_targets(*sources);
    if (!remembered) co_return remembered.error();
    const auto clock = co_await p.clock.remember();
    if (!clock) co_return clock.error();
    p.sources = std::move(*sources);
    p.context.callback_url = p.settings->web.callback_url;
    p.stores = p.make_stores(*p.settings);
    const auto in_use = co_await p.context.ledger.stores_in_use();
    if (!in_use) co_return in_use.error();
    for (const auto& [name, store] : p.stores) {
        // A store that cannot be written now may be later: its runs say so, the others go on.
        const auto ready = co_await store->prepare(in_use->contains(name));
        if (!ready) p.context.observer.store_failing(name, ready.error());
    }

    const auto rejections = co_await p.context.ledger.login_rejections();
    if (!rejections) co_return rejections.error();
    for (const LoginRejection& rejection : *rejections) {
        const auto source = p.sources.find(rejection.source);
        if (source == p.sources.end() ||
            login_fingerprint(source->second->settings(), rejection.account) != rejection.fingerprint)
            continue;
        SourceState::Rejection standing{Failure(FailureKind::rejected, rejection.why), rejection.account};
        standing.failure.login_rejected = true;
        source->second->state().rejections[rejection.fingerprint] = standing;
    }

    auto pauses = co_await p.context.ledger.pauses();
    if (!pauses) co_return pauses.error();
    p.context.pauses = std::move(*pauses);
    p.know_paused_jobs();
    const auto politeness = co_await p.recall_sources();
    if (!politeness) co_return politeness.error();

    auto cursors = co_await p.context.ledger.cursors();
    if (!cursors) co_return cursors.error();
    p.scheduler.remember(std::move(*cursors), p.context.doors.clock.wall_now());

    auto unfinished = co_await p.context.ledger.unfinished_runs();
    if (!unfinished) co_return unfinished.error();
    p.recovered = std::move(*unfinished);
    const auto leftovers = co_await p.context.ledger.leftovers("");
    if (!leftovers) co_return leftovers.error();
    order_by_expiry(p.recovered, *leftovers, p.settings->sources);
    // What has or may have something at the vendor holds its turn first: nobody starts a second one beside it.
    std::stable_partition(p.recovered.begin(), p.recovered.end(),
                          [](const RunRecord& run) { return !run.remote_job.empty() || run.start_sent; });
    for (const RunRecord& run : p.recovered) p.context.unfinished[run.id] = run;
    const std::size_t removed = co_await p.sweep_staging(p.recovered);
    p.context.observer.recovered(p.recovered.size(), removed);
    co_return Result<void>();
}

// What the vendors asked for, whether they could be reached, and what was sent to them, in earlier lives.
Task<Result<void>> Engine::Parts::recall_sources() {
    const auto standings = co_await context.ledger.source_standings();
    if (!standings) co_return standings.error();
    for (const SourceStanding& standing : *standings)
        if (const auto source = sources.find(standing.source); source != sources.end())
            source->second->state().recall(standing);
    for (const auto& [name, source] : sources) {
        const auto counts = co_await context.ledger.request_counts(name);
        if (!counts) co_return counts.error();
        source->state().budget.recall(*counts);
    }
    co_return Result<void>();
}

// Staged files that no unfinished run will go on with.
Task<std::size_t> Engine::Parts::sweep_staging(const std::vector<RunRecord>& unfinished) {
    std::set<std::string> wanted;
    for (const RunRecord& run : unfinished)
        if (run.download) wanted.insert(run.download->staged);
    std::size_t removed = 0;
    for (const auto& [name, store] : stores) {
        const auto staged = co_await store->staged_names();
        if (!staged) {
            context.observer.store_failing(name, staged.error());
            continue;
        }
        for (const std::string& file : *staged) {
            if (wanted.contains(file)) continue;
            const auto gone = co_await store->discard_staged(file);
            if (gone)
                ++removed;
            else
                context.observer.store_failing(name, gone.error());
        }
    }
    co_return removed;
}

Task<> Engine::run() {
    Parts& p = *parts_;
    for (const RunRecord& run : std::exchange(p.recovered, {})) {
        const auto job = p.settings->jobs.find(run.job);
        if (job == p.settings->jobs.end() || job->second.source != run.source) {
            p.tasks.spawn(p.abandon(run, "job " + run.job + " is no longer in the configuration with this source"));
            continue;
        }
        p.context.observer.run_resumed(run);
        p.begin(job->second, run);
    }
    p.tasks.spawn(p.schedule());
    p.tasks.spawn(p.keeper.keep());
    p.tasks.spawn(p.discovery.keep());
    p.tasks.spawn(p.clock.keep());
    p.tasks.spawn(p.pruner.keep());
    p.tasks.spawn(p.store_keeper.keep());
    co_await p.tasks.join();
}

Task<> Engine::Parts::schedule() {
    const std::function<void(Task<>)> spawn = [this](Task<> work) { tasks.spawn(std::move(work)); };
    for (;;) {
        const Duration sleep = co_await scheduler.tick(settings, spawn);
        last_tick = context.doors.clock.steady_now();
        co_await context.doors.clock.sleep_for(sleep);
    }
}

void Engine::Parts::begin(const JobSettings& job, RunRecord run) {
    const auto source = sources.find(job.source);
    const auto store = stores.find(job.store);
    if (source == sources.end() || store == stores.end()) {
        tasks.spawn(abandon(std::move(run), "its source or store left the configuration"));
        return;
    }
    auto one = std::make_unique<Run>(context, source->second, store->second, job, std::move(run));
    tasks.spawn(perform(std::move(one)));
}

Task<> Engine::Parts::perform(std::unique_ptr<Run> run) { co_await run->perform(); }

// What a run whose job is gone has in the ledger, or in a store: nobody knows which one its job named. Where there is
// none, what it may have left there is taken back. A failure says that it cannot be told now.
Task<Result<std::optional<ArtifactRecord>>> Engine::Parts::look_for_artifact(const RunRecord& run) {
    if (run.state == RunState::cleaning) {
        ArtifactFilter filter;
        filter.run = run.id;
        filter.where = Whereabouts::anywhere;
        const auto listed = co_await context.ledger.artifacts(filter);
        if (!listed) context.observer.ledger_failing(listed.error());
        if (!listed) co_return listed.error();
        if (!listed->empty()) co_return std::optional<ArtifactRecord>(listed->front());
    }
    const auto source = sources.find(run.source);
    if (run.state != RunState::publishing || source == sources.end() || !run.download)
        co_return std::optional<ArtifactRecord>();
    const std::string extension(extension_of(source->second->connector().format()));
    for (const auto& [name, store] : stores) {
        ArtifactRecord wanted;
        wanted.run = run.id;
        wanted.source = run.source;
        wanted.target = run.target;
        wanted.scheduled_at = run.scheduled_at;
        wanted.path = store->path_for(wanted, extension);
        auto manifest = co_await store->find_published(wanted.path);
        if (!manifest && manifest.error().kind != FailureKind::corrupt) {
            context.observer.store_failing(name, manifest.error());
            co_return manifest.error();
        }
        if (manifest && *manifest && (*manifest)->artifact.run == run.id) {
            ArtifactRecord found = (*manifest)->artifact;
            found.store = name;
            found.path = wanted.path;
            co_return std::optional<ArtifactRecord>(std::move(found));
        }
        auto cleared = co_await store->withdraw(wanted, run.download->staged);
        if (cleared) cleared = co_await store->discard_staged(run.download->staged);
        if (!cleared && cleared.error().kind != FailureKind::rejected) {
            context.observer.store_failing(name, cleared.error());
            co_return cleared.error();
        }
    }
    co_return std::optional<ArtifactRecord>();
}

Task<std::optional<ArtifactRecord>> Engine::Parts::settle_artifact(const RunRecord& run) {
    constexpr Duration pause{60'000};
    for (;;) {
        auto found = co_await look_for_artifact(run);
        if (found) co_return std::move(*found);
        co_await context.doors.clock.sleep_for(pause);
    }
}

// A run whose job left the configuration while the daemon was down cannot go on; what it has at the vendor stays
// listed. What it had stored already is a success all the same.
Task<> Engine::Parts::abandon(RunRecord run, std::string why) {
    const std::optional<ArtifactRecord> stored = co_await settle_artifact(run);
    const bool unlisted = stored && run.state == RunState::publishing;
    run.state = !stored                                ? RunState::failed
                : stored->verdict == Verdict::verified ? RunState::succeeded
                                                       : RunState::suspect;
    run.reason = why;
    run.ended_at = context.doors.clock.wall_now();
    RunUpdate update;
    update.state = run.state;
    update.reason = why;
    update.ended_at = run.ended_at;
    update.download = std::optional<DownloadProgress>();
    TimelineEntry entry{*run.ended_at, std::string(to_string(run.state)), why};
    update.timeline.push_back(std::move(entry));

    const auto source = sources.find(run.source);
    LeftoverRecord leftover = context.leftover_of(run, why);
    bool leaves = (!run.remote_job.empty() || run.start_sent) && run.leftover.empty();
    if (stored) {
        leaves = leaves && source != sources.end() && source->second->connector().needs_discard();
        leftover.fate = LeftoverFate::discard;
        leftover.next_try = leftover.since;
    }
    if (unlisted) {
        const std::function<Task<Result<void>>()> list = [&] {
            return context.ledger.artifact_stored(*stored, RunUpdate{});
        };
        co_await context.insist(list);
        run.artifact = stored->id;
        context.observer.artifact_stored(run, *stored);
    }
    const std::function<Task<Result<void>>()> write = [&] {
        return leaves ? context.ledger.leave_behind(leftover, run.id, update)
                      : context.ledger.update_run(run.id, update);
    };
    co_await context.insist(write);
    context.unfinished.erase(run.id);
    context.observer.run_ended(run);
    context.run_ended.notify_all();
    context.leftovers_changed.notify_all();
}

void Engine::stop() {
    Parts& p = *parts_;
    if (p.context.stopping) return;
    p.context.stopping = true;
    for (const auto& [_, state] : p.source_states) state->close();
    p.tasks.cancel();
    p.context.run_ended.notify_all();
}

Task<Result<void>> Engine::apply(std::shared_ptr<const Settings> wanted) {
    Parts& p = *parts_;
    auto sources = p.make_sources(*wanted);
    if (!sources) co_return sources.error();
    const auto remembered = co_await p.know_targets(*sources);
    if (!remembered) co_return remembered.error();
    auto stores = p.make_stores(*wanted);
    const auto in_use = co_await p.context.ledger.stores_in_use();
    if (!in_use) co_return in_use.error();
    for (const auto& [name, store] : stores) {
        const auto ready = co_await store->prepare(in_use->contains(name));
        if (!ready) p.context.observer.store_failing(name, ready.error());
    }
    p.sources = std::move(*sources);
    for (const auto& [_, source] : p.sources) source->state().gate.look_again();  // perhaps its address was wrong
    p.stores = std::move(stores);
    p.settings = std::move(wanted);
    p.know_paused_jobs();
    p.context.callback_url = p.settings->web.callback_url;
    p.context.leftovers_changed.notify_all();  // some source may have come back
    p.context.discovery_due.notify_all();      // or is another one
    p.context.want_prune();                    // perhaps by other rules
    p.context.settings_changed.notify_all();
    co_return Result<void>();
}

void Engine::Parts::know_paused_jobs() {
    context.paused_jobs.clear();
    for (const auto& [name, job] : settings->jobs)
        if (job.paused) context.paused_jobs.insert(name);
}

Result<JobSettings> Engine::Parts::job_named(const std::string& wanted) const {
    const auto job = settings->jobs.find(wanted);
    if (job != settings->jobs.end()) return job->second;
    std::vector<std::string_view> names;
    for (const auto& [name, _] : settings->jobs) names.push_back(name);
    const std::string meant = near_miss(wanted, names);
    return Failure(FailureKind::rejected, "no job '" + printable(wanted, 80) + "' in the configuration" +
                                              (meant.empty() ? "" : ", did you mean '" + meant + "'?"));
}

Task<Result<ManualRuns>> Engine::run_now(std::string job_name, std::string target) {
    Parts& p = *parts_;
    const auto job = p.job_named(job_name);
    if (!job) co_return job.error();
    const JobSettings settings = *job;
    auto runs = co_await p.scheduler.dispatch_by_hand(settings, target);
    if (!runs) co_return runs.error();
    co_return ManualRuns{std::move(*runs)};
}

Task<Result<RunRecord>> Engine::wait_for(std::string run) {
    Parts& p = *parts_;
    while (p.context.unfinished.contains(run) && !p.context.stopping) co_await p.context.run_ended.wait();
    auto record = co_await p.context.ledger.run(run);
    if (!record) co_return record.error();
    if (!*record) co_return Failure(FailureKind::rejected, "no run '" + printable(run, 40) + "'");
    if (!is_terminal((*record)->state))
        co_return Failure(FailureKind::transient, "the daemon stops; the run goes on with its next start");
    co_return **record;
}

Task<Result<Pause>> Engine::pause(std::string job_name, std::string who, std::string reason,
                                  std::optional<WallTime> until) {
    Parts& p = *parts_;
    const auto job = p.job_named(job_name);
    if (!job) co_return job.error();
    Pause pause;
    pause.since = p.context.doors.clock.wall_now();
    pause.until = until;
    pause.who = std::move(who);
    pause.reason = printable(reason, 500);
    if (until && *until <= pause.since)
        co_return Failure(FailureKind::rejected,
                          "--until " + format_rfc3339(*until) + " has passed; it is " + format_rfc3339(pause.since));
    // What an earlier pause has held back so far, this one goes on with.
    const auto before = p.context.pauses.find(job_name);
    if (before != p.context.pauses.end() && before->second.covers(pause.since)) pause.since = before->second.since;
    const auto written = co_await p.context.ledger.pause(job_name, pause);
    if (!written) co_return written.error();
    p.context.pauses[job_name] = pause;
    co_return pause;
}

Task<Result<void>> Engine::resume(std::string job_name) {
    Parts& p = *parts_;
    const auto job = p.job_named(job_name);
    if (!job) co_return job.error();
    const WallTime now = p.context.doors.clock.wall_now();
    const auto standing = p.context.pauses.find(job_name);
    if (standing == p.context.pauses.end() || !standing->second.covers(now))
        co_return Failure(FailureKind::rejected,
                          job->paused ? "job " + job_name +
                                            " is paused by the configuration: take `paused: true` out of "
                                            "it, and reload"
                                      : "job " + job_name + " is not paused");
    Pause over = standing->second;
    over.until = now;
    const auto written = co_await p.context.ledger.pause(job_name, over);
    if (!written) co_return written.error();
    p.context.pauses[job_name] = over;
    co_return Result<void>();
}

Task<Result<void>> Engine::forgive(std::string source_name) {
    Parts& p = *parts_;
    const auto source = p.source_of(source_name);
    if (!source) co_return source.error();
    const auto forgiven = co_await p.context.ledger.login_forgiven(source_name);
    if (!forgiven) co_return forgiven;
    const auto revived = co_await p.context.ledger.leftovers_revived(source_name, p.context.doors.clock.wall_now());
    if (!revived) co_return revived;
    (*source)->state().rejections.clear();
    SourceGate& gate = (*source)->state().gate;
    gate.forgive();
    if (const auto standing = gate.news()) {
        const auto remembered = co_await p.context.ledger.source_stands(*standing);
        if (!remembered) co_return remembered;
    }
    (*source)->discovery().expect_news();
    p.context.leftovers_changed.notify_all();
    p.context.discovery_due.notify_all();
    co_return Result<void>();
}

Task<Result<ListDiff>> Engine::accept_targets(std::string source_name, std::string who) {
    const auto source = parts_->source_of(source_name);
    if (!source) co_return source.error();
    co_return co_await (*source)->discovery().accept(std::move(who));
}

Task<Result<PruneOutcome>> Engine::prune(std::string who, bool confirmed) {
    co_return co_await parts_->pruner.prune(std::move(who), confirmed);
}

Task<Result<ArtifactRecord>> Engine::restore(std::string artifact, std::string who, std::string reason) {
    co_return co_await parts_->pruner.restore(std::move(artifact), std::move(who), std::move(reason));
}

namespace {

Failure not_noted(const std::string& what, const Failure& why) {
    return Failure(FailureKind::local, "it is " + what +
                                           ", and that could not be written beside it for a ledger that has to be "
                                           "rebuilt; the next start tries again: " +
                                           why.what);
}

}  // namespace

Task<Result<ArtifactRecord>> Engine::hold(std::string artifact, bool held, std::string who, std::string reason,
                                          std::optional<WallTime> until) {
    EngineContext& context = parts_->context;
    if (reason.empty()) co_return Failure(FailureKind::rejected, "a reason is needed: --reason");
    auto found = co_await context.ledger.artifact(artifact);
    if (!found) co_return found.error();
    if (!*found) co_return Failure(FailureKind::rejected, "there is no artifact '" + printable(artifact, 40) + "'");
    ArtifactRecord marked = **found;
    Hold hold;
    hold.held = held;
    hold.who = std::move(who);
    hold.reason = printable(reason, 500);
    hold.at = context.doors.clock.wall_now();
    hold.until = until;
    if (until && *until <= hold.at)
        co_return Failure(FailureKind::rejected,
                          "--until " + format_rfc3339(*until) + " has passed; it is " + format_rfc3339(hold.at));
    // Whatever ends in between, what is held in one of the two places is held.
    if (!held) {
        const auto freed = co_await parts_->pruner.note_marks(marked.id, Pruner::As::released);
        if (!freed) co_return freed.error();
    }
    const auto written = co_await context.ledger.hold(marked.id, hold);
    if (!written) co_return written.error();
    if (held) {
        const auto noted = co_await parts_->pruner.note_marks(marked.id);
        if (!noted) co_return not_noted("held", noted.error());
    } else {
        context.want_prune();
    }
    marked.held = held;
    marked.held_until = until;
    co_return marked;
}

// Whether the file is what was stored. That may take long, so that an end of the daemon ends it.
Task<Result<void>> Engine::Parts::read_back(ArtifactRecord artifact) {
    const auto found = stores.find(artifact.store);
    if (found == stores.end())
        co_return Failure(FailureKind::rejected,
                          "its store '" + artifact.store + "' is no longer in the configuration");
    const std::shared_ptr<ArtifactStore> store = found->second;  // a reload may take it away meanwhile
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    const auto read = co_await store->verify(artifact);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (!read) co_return read.error();
    co_return Result<void>();
}

Task<Result<ArtifactRecord>> Engine::accept(std::string artifact, std::string who, std::string reason) {
    EngineContext& context = parts_->context;
    if (trim_ascii(reason).empty()) co_return Failure(FailureKind::rejected, "a reason is needed: --reason");
    auto found = co_await context.ledger.artifact(artifact);
    if (!found) co_return found.error();
    if (!*found) co_return Failure(FailureKind::rejected, "there is no artifact '" + printable(artifact, 40) + "'");
    ArtifactRecord accepted = **found;
    if (accepted.place != ArtifactPlace::store)
        co_return Failure(FailureKind::rejected, "artifact " + accepted.id + " is not in its place in the store (" +
                                                     std::string(to_string(accepted.place)) + ")");
    if (accepted.verdict == Verdict::verified)
        co_return Failure(FailureKind::rejected, "artifact " + accepted.id + " is verified already");
    if (!accepted.damage.empty()) {
        const auto whole = co_await parts_->read_back(accepted);
        if (!whole)
            co_return Failure(FailureKind::rejected, "artifact " + accepted.id +
                                                         " is not what was stored: restore its file from a copy "
                                                         "first (" +
                                                         whole.error().what + ")");
    }
    Acceptance acceptance;
    acceptance.at = context.doors.clock.wall_now();
    acceptance.who = std::move(who);
    acceptance.reason = printable(reason, 500);
    const auto remembered = co_await context.ledger.accept(accepted.id, acceptance, accepted.damage);
    if (!remembered) co_return remembered.error();
    const auto noted = co_await parts_->pruner.note_marks(accepted.id);
    if (!noted) co_return not_noted("accepted", noted.error());
    accepted.damage.clear();
    accepted.verdict = Verdict::verified;
    accepted.acceptance = acceptance;
    co_return accepted;
}

Task<Result<ClosedSpan>> Engine::close_span(std::string job_name, std::string target, Window span, std::string who,
                                            std::string reason) {
    const auto job = parts_->job_named(job_name);
    if (!job) co_return job.error();
    const JobSettings settings = *job;
    ClosedSpan closed;
    closed.window = span;
    closed.who = std::move(who);
    closed.reason = printable(reason, 500);
    co_return co_await garner::close_span(parts_->context, settings, std::move(target), std::move(closed));
}

Task<Result<std::size_t>> Engine::reopen_spans(std::string job_name, std::string target, Window within) {
    const auto job = parts_->job_named(job_name);
    if (!job) co_return job.error();
    const JobSettings settings = *job;
    co_return co_await garner::reopen_spans(parts_->context, settings, std::move(target), within);
}

Task<std::vector<OnlineFinding>> Engine::check_online(std::set<std::string> stores_in_use) {
    Parts& p = *parts_;
    std::vector<OnlineFinding> findings;
    const auto add = [&](std::string subject, bool ok, std::string text) {
        OnlineFinding finding;
        finding.subject = std::move(subject);
        finding.ok = ok;
        finding.text = std::move(text);
        findings.push_back(std::move(finding));
    };
    const auto known = co_await p.know_installation();
    if (!known) {
        add("ledger", false, known.error().what);
        co_return findings;
    }
    auto sources = p.make_sources(*p.settings);
    if (!sources) {
        add("sources", false, sources.error().what);
        co_return findings;
    }
    std::map<std::string, std::vector<Target>> listed;
    for (const auto& [name, source] : *sources) {
        // One question each, no second try: a person is waiting, and a rejected login must not be repeated.
        const auto targets = co_await source->connector().list_targets();
        if (targets) {
            listed[name] = *targets;
            add("source " + name, true, "has " + std::to_string(targets->size()) + " targets");
        } else {
            add("source " + name, false, targets.error().what);
        }
    }
    std::set<std::pair<std::string, std::string>> asked;  // accounts, by source
    for (const auto& [name, job] : p.settings->jobs) {
        const auto targets = listed.find(job.source);
        if (targets == listed.end()) {
            add("job " + name, false, "its source " + job.source + " could not be asked");
            continue;
        }
        const Selection selection = select_targets(job.targets, targets->second);
        for (const Unresolved& missing : selection.unresolved)
            add("job " + name, false, "'" + printable(missing.word, 80) + "': " + missing.reason);
        const bool some = !selection.targets.empty();
        std::string text = some ? "takes " + std::to_string(selection.targets.size()) + " targets" : "takes no target";
        for (const Target& target : selection.stateless)
            text += (&target == &selection.stateless.front() ? "; left out since they hold no state: " : ", ") +
                    printable(target.name, 80);
        if (some || selection.unresolved.empty()) add("job " + name, some, text);
        Connector& connector = sources->at(job.source)->connector();
        for (const Target& target : selection.targets) {
            const std::string account = connector.account_of(target);
            if (!asked.emplace(job.source, account).second) continue;
            const std::string subject = "source " + job.source + (account.empty() ? "" : ", " + account);
            if (sources->at(job.source)->state().gate.is_held()) {
                add(subject, false, "not asked: the vendor wants to be left alone");
                continue;
            }
            const auto access = co_await connector.check_access(target);
            if (!access)
                add(subject, false, access.error().what);
            else if (!access->empty())
                add(subject, true, *access);
        }
    }
    for (const auto& [name, store] : p.make_stores(*p.settings)) {
        const auto ready = co_await store->prepare(stores_in_use.contains(name));
        if (!ready) {
            add("store " + name, false, ready.error().what);
            continue;
        }
        const auto space = co_await store->check_space(0);
        const auto free = co_await store->free_bytes();
        add("store " + name, space.has_value(),
            space ? "can be written; " + format_size(free ? *free : 0) + " free" : space.error().what);
    }
    co_return findings;
}

bool Engine::called_back(const std::string& run, const std::string& proof) {
    EngineContext& context = parts_->context;
    const auto callback = context.callbacks->find(run);
    if (callback == context.callbacks->end() || !same_text(proof, context.callback_proof(run))) return false;
    callback->second->came = true;
    callback->second->event.notify_all();
    return true;
}

std::vector<JobOutlook> Engine::outlook() const {
    std::vector<JobOutlook> all;
    const WallTime now = parts_->context.doors.clock.wall_now();
    for (const auto& [name, job] : parts_->settings->jobs) {
        JobOutlook one;
        one.job = name;
        one.next_run = parts_->scheduler.next_run(job);
        one.interval = job.schedule.interval_at(one.next_run.value_or(now), job.zone);
        one.pause = parts_->context.newest_pause(name);
        if (one.pause && !one.pause->covers(now)) one.pause.reset();
        if (job.paused) one.pause = pause_of_configuration(parts_->scheduler.counting_from(name));
        all.push_back(std::move(one));
    }
    return all;
}

std::map<std::pair<std::string, RunState>, std::size_t> Engine::in_progress() const {
    std::map<std::pair<std::string, RunState>, std::size_t> counts;
    for (const auto& [_, run] : parts_->context.unfinished) ++counts[{run.job, run.state}];
    return counts;
}

std::map<std::string, bool> Engine::source_up() const {
    std::map<std::string, bool> up;
    for (const auto& [name, source] : parts_->sources)
        if (source->state().up) up[name] = *source->state().up;
    return up;
}

std::map<std::string, double> Engine::throttled_seconds() const {
    std::map<std::string, double> seconds;
    for (const auto& [name, source] : parts_->sources) seconds[name] = source->state().gate.held_seconds();
    return seconds;
}

std::map<std::string, double> Engine::budget_wait_seconds() const {
    std::map<std::string, double> seconds;
    for (const auto& [name, source] : parts_->sources) seconds[name] = source->state().budget.waited_seconds();
    return seconds;
}

std::string Engine::clock_suspect() const { return parts_->clock.suspicion(); }

SteadyTime Engine::last_tick() const { return parts_->last_tick; }
std::shared_ptr<const Settings> Engine::settings() const { return parts_->settings; }

}  // namespace garner
