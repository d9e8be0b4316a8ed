#include "ledger/ledger.hpp"

#include <utility>

#include "ledger/verbs.hpp"

namespace garner {

Ledger::Ledger(Database& database, Worker& worker, asio::any_io_executor executor)
    : commits_(database, worker, std::move(executor)) {}

namespace {

// What a verb found out, once it is durable.
template <class T>
Task<Result<T>> written_with(Task<Result<void>> write, std::shared_ptr<T> found) {
    const auto written = co_await std::move(write);
    if (!written) co_return written.error();
    co_return *found;
}

}  // namespace

// The verbs are ordinary functions that return the waiting part: so what they are given is copied before they return.

Task<Result<std::set<std::string>>> Ledger::dispatch(const Dispatch& due) {
    auto began = std::make_shared<std::set<std::string>>();
    GroupCommit::Verb verb = [due, began](const Database& database) { return verbs::dispatch(database, due, *began); };
    return written_with(commits_.write(std::move(verb)), std::move(began));
}

Task<Result<void>> Ledger::set_cursor(const std::string& job, const ScheduleCursor& cursor) {
    GroupCommit::Verb verb = [job, cursor](const Database& database) {
        return verbs::set_cursor(database, job, cursor);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::pause(const std::string& job, const Pause& pause) {
    GroupCommit::Verb verb = [job, pause](const Database& database) { return verbs::pause(database, job, pause); };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::update_run(const std::string& run, const RunUpdate& update) {
    GroupCommit::Verb verb = [run, update](const Database& database) {
        return verbs::update_run(database, run, update);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::targets_seen(const std::string& source, const std::vector<Target>& targets, WallTime now,
                                        const std::string& fingerprint) {
    GroupCommit::Verb verb = [source, targets, now, fingerprint](const Database& database) {
        return verbs::targets_seen(database, source, targets, now, fingerprint);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::list_refused(const std::string& source, const RefusedList& refused, WallTime now,
                                        const std::string& fingerprint) {
    GroupCommit::Verb verb = [source, refused, now, fingerprint](const Database& database) {
        return verbs::list_refused(database, source, refused, now, fingerprint);
    };
    return commits_.write(std::move(verb));
}

Task<Result<std::vector<Target>>> Ledger::list_confirmed(const std::string& source, WallTime now) {
    auto accepted = std::make_shared<std::vector<Target>>();
    GroupCommit::Verb verb = [source, now, accepted](const Database& database) {
        return verbs::list_confirmed(database, source, now, *accepted);
    };
    return written_with(commits_.write(std::move(verb)), std::move(accepted));
}

Task<Result<void>> Ledger::artifact_stored(const ArtifactRecord& artifact, const RunUpdate& update) {
    GroupCommit::Verb verb = [artifact, update](const Database& database) {
        return verbs::artifact_stored(database, artifact, update);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::hold(const std::string& artifact, const Hold& hold) {
    GroupCommit::Verb verb = [artifact, hold](const Database& database) {
        return verbs::hold(database, artifact, hold);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::accept(const std::string& artifact, const Acceptance& acceptance,
                                  const std::string& damage) {
    GroupCommit::Verb verb = [artifact, acceptance, damage](const Database& database) {
        return verbs::accept(database, artifact, acceptance, damage);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::close_span(const std::string& job, const std::string& source, const std::string& target_id,
                                      const ClosedSpan& span) {
    GroupCommit::Verb verb = [job, source, target_id, span](const Database& database) {
        return verbs::close_span(database, job, source, target_id, span);
    };
    return commits_.write(std::move(verb));
}

Task<Result<std::size_t>> Ledger::reopen_spans(const std::string& job, const std::string& source,
                                               const std::string& target_id, const Window& within) {
    auto count = std::make_shared<std::size_t>(0);
    GroupCommit::Verb verb = [job, source, target_id, within, count](const Database& database) {
        return verbs::reopen_spans(database, job, source, target_id, within, *count);
    };
    return written_with(commits_.write(std::move(verb)), std::move(count));
}

Task<Result<std::vector<ArtifactRecord>>> Ledger::trash(const TrashOrder& order) {
    auto marked = std::make_shared<std::vector<ArtifactRecord>>();
    GroupCommit::Verb verb = [order, marked](const Database& database) {
        return verbs::trash(database, order, *marked);
    };
    return written_with(commits_.write(std::move(verb)), std::move(marked));
}

Task<Result<void>> Ledger::moved(const std::vector<ArtifactRecord>& artifacts, WallTime now) {
    GroupCommit::Verb verb = [artifacts, now](const Database& database) {
        return verbs::moved(database, artifacts, now);
    };
    return commits_.write(std::move(verb));
}

Task<Result<std::vector<ArtifactRecord>>> Ledger::remove_from_trash(const std::vector<std::string>& artifacts,
                                                                    WallTime now) {
    auto marked = std::make_shared<std::vector<ArtifactRecord>>();
    GroupCommit::Verb verb = [artifacts, now, marked](const Database& database) {
        return verbs::remove_from_trash(database, artifacts, now, *marked);
    };
    return written_with(commits_.write(std::move(verb)), std::move(marked));
}

Task<Result<ArtifactRecord>> Ledger::restore(const std::string& artifact, const Hold& hold) {
    auto marked = std::make_shared<ArtifactRecord>();
    GroupCommit::Verb verb = [artifact, hold, marked](const Database& database) {
        return verbs::restore(database, artifact, hold, *marked);
    };
    return written_with(commits_.write(std::move(verb)), std::move(marked));
}

Task<Result<void>> Ledger::rules_adopted(const std::map<std::string, RuleInForce>& rules) {
    GroupCommit::Verb verb = [rules](const Database& database) { return verbs::rules_adopted(database, rules); };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::prune_waits(const std::optional<PruneWait>& wait) {
    GroupCommit::Verb verb = [wait](const Database& database) { return verbs::prune_waits(database, wait); };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::leave_behind(const LeftoverRecord& leftover, const std::string& run,
                                        const RunUpdate& update) {
    GroupCommit::Verb verb = [leftover, run, update](const Database& database) {
        return verbs::leave_behind(database, leftover, run, update);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::artifact_proven(const std::string& artifact, WallTime now) {
    GroupCommit::Verb verb = [artifact, now](const Database& database) {
        return verbs::artifact_proven(database, artifact, now);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::artifact_damaged(const std::string& artifact, const std::string& damage, WallTime now) {
    GroupCommit::Verb verb = [artifact, damage, now](const Database& database) {
        return verbs::artifact_damaged(database, artifact, damage, now);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::unprove_after(const std::string& store, WallTime now) {
    GroupCommit::Verb verb = [store, now](const Database& database) {
        return verbs::unprove_after(database, store, now);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::store_proven(const std::string& store, const VerifyMemory& memory) {
    GroupCommit::Verb verb = [store, memory](const Database& database) {
        return verbs::store_proven(database, store, memory);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::leftover_settled(const std::string& leftover) {
    GroupCommit::Verb verb = [leftover](const Database& database) {
        return verbs::leftover_settled(database, leftover);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::leftover_postponed(const LeftoverRecord& leftover) {
    GroupCommit::Verb verb = [leftover](const Database& database) {
        return verbs::leftover_postponed(database, leftover);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::leftovers_revived(const std::string& source, WallTime now) {
    GroupCommit::Verb verb = [source, now](const Database& database) {
        return verbs::leftovers_revived(database, source, now);
    };
    return commits_.write(std::move(verb));
}

Task<Result<Installation>> Ledger::installation(const Installation& fresh) {
    auto known = std::make_shared<Installation>();
    GroupCommit::Verb verb = [fresh, known](const Database& database) {
        return verbs::installation(database, fresh, *known);
    };
    return written_with(commits_.write(std::move(verb)), std::move(known));
}

Task<Result<void>> Ledger::login_rejected(const LoginRejection& rejection) {
    GroupCommit::Verb verb = [rejection](const Database& database) {
        return verbs::login_rejected(database, rejection);
    };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::login_forgiven(const std::string& source) {
    GroupCommit::Verb verb = [source](const Database& database) { return verbs::login_forgiven(database, source); };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::source_stands(const SourceStanding& standing) {
    GroupCommit::Verb verb = [standing](const Database& database) { return verbs::source_stands(database, standing); };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::request_left(const RequestLeft& request) {
    GroupCommit::Verb verb = [request](const Database& database) { return verbs::request_left(database, request); };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::heartbeat(WallTime now) {
    GroupCommit::Verb verb = [now](const Database& database) { return verbs::heartbeat(database, now); };
    return commits_.write(std::move(verb));
}

Task<Result<void>> Ledger::clock_judged(const ClockMemory& memory) {
    GroupCommit::Verb verb = [memory](const Database& database) { return verbs::clock_judged(database, memory); };
    return commits_.write(std::move(verb));
}

template <class T>
Task<Result<T>> Ledger::ask(std::function<Result<T>(const LedgerReader&)> question) {
    const auto answer = std::make_shared<std::optional<Result<T>>>();
    GroupCommit::Verb look = [question = std::move(question), answer](const Database& database) -> Result<void> {
        const LedgerReader reader(database);
        answer->emplace(question(reader));
        return {};
    };
    auto waiting = commits_.ask(std::move(look));
    const Result<void> asked = co_await std::move(waiting);
    if (!asked) co_return asked.error();
    co_return std::move(**answer);
}

Task<Result<std::vector<ProvenArtifact>>> Ledger::unproven_artifacts(const std::string& store, WallTime before,
                                                                     const std::optional<ProvenArtifact>& after,
                                                                     std::size_t limit) {
    std::function<Result<std::vector<ProvenArtifact>>(const LedgerReader&)> question =
        [store, before, after, limit](const LedgerReader& reader) {
            return reader.unproven_artifacts(store, before, after, limit);
        };
    return ask(std::move(question));
}

Task<Result<std::map<std::string, VerifyMemory>>> Ledger::store_proofs() {
    std::function<Result<std::map<std::string, VerifyMemory>>(const LedgerReader&)> question =
        [](const LedgerReader& reader) { return reader.store_proofs(); };
    return ask(std::move(question));
}

Task<Result<std::set<std::string>>> Ledger::stores_in_use() {
    std::function<Result<std::set<std::string>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.stores_in_use();
    };
    return ask(std::move(question));
}

Task<Result<std::vector<ArtifactRecord>>> Ledger::marked_artifacts() {
    std::function<Result<std::vector<ArtifactRecord>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.marked_artifacts();
    };
    return ask(std::move(question));
}

Task<Result<std::vector<RunRecord>>> Ledger::unfinished_runs() {
    std::function<Result<std::vector<RunRecord>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.unfinished_runs();
    };
    return ask(std::move(question));
}

Task<Result<std::map<std::string, ScheduleCursor>>> Ledger::cursors() {
    std::function<Result<std::map<std::string, ScheduleCursor>>(const LedgerReader&)> question =
        [](const LedgerReader& reader) { return reader.cursors(); };
    return ask(std::move(question));
}

Task<Result<std::map<std::string, Pause>>> Ledger::pauses() {
    std::function<Result<std::map<std::string, Pause>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.pauses();
    };
    return ask(std::move(question));
}

Task<Result<std::vector<Target>>> Ledger::targets(const std::string& source) {
    std::function<Result<std::vector<Target>>(const LedgerReader&)> question = [source](const LedgerReader& reader) {
        return reader.targets(source);
    };
    return ask(std::move(question));
}

Task<Result<std::optional<TargetListRecord>>> Ledger::target_list(const std::string& source) {
    std::function<Result<std::optional<TargetListRecord>>(const LedgerReader&)> question =
        [source](const LedgerReader& reader) { return reader.target_list(source); };
    return ask(std::move(question));
}

Task<Result<ClockMemory>> Ledger::clock() {
    std::function<Result<ClockMemory>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.clock();
    };
    return ask(std::move(question));
}

Task<Result<std::optional<RunRecord>>> Ledger::run(const std::string& id) {
    std::function<Result<std::optional<RunRecord>>(const LedgerReader&)> question = [id](const LedgerReader& reader) {
        return reader.run(id);
    };
    return ask(std::move(question));
}

Task<Result<std::vector<LeftoverRecord>>> Ledger::leftovers(const std::string& source) {
    std::function<Result<std::vector<LeftoverRecord>>(const LedgerReader&)> question =
        [source](const LedgerReader& reader) { return reader.leftovers(source); };
    return ask(std::move(question));
}

Task<Result<std::vector<LoginRejection>>> Ledger::login_rejections() {
    std::function<Result<std::vector<LoginRejection>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.login_rejections();
    };
    return ask(std::move(question));
}

Task<Result<std::vector<SourceStanding>>> Ledger::source_standings() {
    std::function<Result<std::vector<SourceStanding>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.source_standings();
    };
    return ask(std::move(question));
}

Task<Result<RequestCounts>> Ledger::request_counts(const std::string& source) {
    std::function<Result<RequestCounts>(const LedgerReader&)> question = [source](const LedgerReader& reader) {
        return reader.request_counts(source);
    };
    return ask(std::move(question));
}

Task<Result<std::vector<ArtifactRecord>>> Ledger::artifacts(ArtifactFilter filter) {
    std::function<Result<std::vector<ArtifactRecord>>(const LedgerReader&)> question =
        [filter = std::move(filter)](const LedgerReader& reader) { return reader.artifacts(filter); };
    return ask(std::move(question));
}

Task<Result<RetentionOutlook>> Ledger::retention_outlook(std::shared_ptr<const Settings> settings) {
    std::function<Result<RetentionOutlook>(const LedgerReader&)> question =
        [settings = std::move(settings)](const LedgerReader& reader) { return read_retention(reader, *settings); };
    return ask(std::move(question));
}

Task<Result<std::optional<ArtifactRecord>>> Ledger::artifact(const std::string& id) {
    std::function<Result<std::optional<ArtifactRecord>>(const LedgerReader&)> question =
        [id](const LedgerReader& reader) { return reader.artifact(id); };
    return ask(std::move(question));
}

Task<Result<std::vector<Window>>> Ledger::covered_windows(const std::string& job, const std::string& source,
                                                          const std::string& target_id,
                                                          std::optional<int> suspect_max) {
    std::function<Result<std::vector<Window>>(const LedgerReader&)> question =
        [job, source, target_id, suspect_max](const LedgerReader& reader) {
            return reader.covered_windows(job, source, target_id, suspect_max);
        };
    return ask(std::move(question));
}

Task<Result<std::vector<std::uint64_t>>> Ledger::usual_sizes(const std::string& job, const std::string& source,
                                                             const std::string& target_id,
                                                             std::optional<Window> window) {
    std::function<Result<std::vector<std::uint64_t>>(const LedgerReader&)> question =
        [job, source, target_id, window](const LedgerReader& reader) {
            return reader.usual_sizes(job, source, target_id, window);
        };
    return ask(std::move(question));
}

Task<Result<std::optional<std::string>>> Ledger::last_manifest_sha256(const std::string& store,
                                                                      const std::string& source,
                                                                      const std::string& target_id) {
    std::function<Result<std::optional<std::string>>(const LedgerReader&)> question =
        [store, source, target_id](const LedgerReader& reader) {
            return reader.last_manifest_sha256(store, source, target_id);
        };
    return ask(std::move(question));
}

Task<Result<std::vector<ObservedDuration>>> Ledger::durations(const std::string& job, const std::string& target_id,
                                                              std::size_t limit) {
    std::function<Result<std::vector<ObservedDuration>>(const LedgerReader&)> question =
        [job, target_id, limit](const LedgerReader& reader) { return reader.durations(job, target_id, limit); };
    return ask(std::move(question));
}

Task<Result<std::optional<Duration>>> Ledger::usual_duration(const std::string& job, const std::string& target_id) {
    std::function<Result<std::optional<Duration>>(const LedgerReader&)> question =
        [job, target_id](const LedgerReader& reader) { return reader.usual_duration(job, target_id); };
    return ask(std::move(question));
}

}  // namespace garner
