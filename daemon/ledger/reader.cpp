// Rows as records. Conditions are put together from fixed pieces; whatever a person typed is bound, never spliced in.
#include "ledger/reader.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "core/expectation.hpp"
#include "core/text.hpp"
#include "ledger/ledger.hpp"

namespace garner {
namespace {

constexpr std::string_view run_columns =
    "SELECT id, job, source, target_id, target_name, scheduled_at, window_start, window_end, trigger, state, reason, "
    "attempts, "
    "remote_job, start_sent, queued_at, started_at, ready_at, ended_at, not_before, staged, staged_offset, "
    "staged_total, "
    "staged_validator, artifact, leftover, remote_started_at, pending_at FROM runs ";

constexpr std::string_view leftover_columns =
    "SELECT id, run, job, source, target_id, target_name, remote_job, since, why, next_try, window_start, window_end, "
    "fate, tries, (SELECT coalesce(remote_started_at, started_at) FROM runs WHERE runs.id = leftovers.run) "
    "FROM leftovers ";

constexpr std::string_view artifact_columns =
    "SELECT id, run, job, source, target_id, target_name, scheduled_at, window_start, window_end, store, path, size, "
    "sha256, "
    "media_type, probe, verdict, reasons, held, stored_at, remote_job, manifest_sha256, held_until, place, removed_at, "
    "trash_until, removed_by, row_count, accepted_at, accepted_by, accepted_why, damage FROM artifacts ";
constexpr int artifact_column_count = 31;

std::optional<Window> window_at(const Statement& row, int start) {
    if (row.is_null(start) || row.is_null(start + 1)) return std::nullopt;
    return Window{row.time(start), row.time(start + 1)};
}

std::optional<DownloadProgress> download_at(const Statement& row, int first) {
    if (row.is_null(first)) return std::nullopt;
    DownloadProgress progress;
    progress.staged = row.text(first);
    progress.offset = static_cast<std::uint64_t>(row.integer(first + 1));
    if (!row.is_null(first + 2)) progress.total = static_cast<std::uint64_t>(row.integer(first + 2));
    progress.validator = row.text(first + 3);
    return progress;
}

RunRecord to_run(const Statement& row) {
    RunRecord run;
    run.id = row.text(0);
    run.job = row.text(1);
    run.source = row.text(2);
    run.target = Target{row.text(3), row.text(4)};
    run.scheduled_at = row.time(5);
    run.window = window_at(row, 6);
    run.trigger = parse_trigger(row.text(8)).value_or(Trigger::schedule);
    run.state = parse_run_state(row.text(9)).value_or(RunState::failed);
    run.reason = row.text(10);
    run.attempts = static_cast<std::uint32_t>(row.integer(11));
    run.remote_job = row.text(12);
    run.start_sent = row.integer(13) != 0;
    run.queued_at = row.optional_time(14);
    run.started_at = row.optional_time(15);
    run.ready_at = row.optional_time(16);
    run.ended_at = row.optional_time(17);
    run.not_before = row.optional_time(18);
    run.download = download_at(row, 19);
    run.artifact = row.text(23);
    run.leftover = row.text(24);
    run.remote_started_at = row.optional_time(25);
    run.pending_at = row.optional_time(26);
    return run;
}

ArtifactRecord to_artifact(const Statement& row) {
    ArtifactRecord a;
    a.id = row.text(0);
    a.run = row.text(1);
    a.job = row.text(2);
    a.source = row.text(3);
    a.target = Target{row.text(4), row.text(5)};
    a.scheduled_at = row.time(6);
    a.window = window_at(row, 7);
    a.store = row.text(9);
    a.path = row.text(10);
    a.size = static_cast<std::uint64_t>(row.integer(11));
    a.sha256 = row.text(12);
    a.media_type = row.text(13);
    a.probe = row.text(14);
    a.verdict = parse_verdict(row.text(15)).value_or(Verdict::suspect);
    const std::string reasons = row.text(16);
    for (std::size_t at = 0; at < reasons.size();) {
        const auto end = std::min(reasons.find('\n', at), reasons.size());
        a.reasons.push_back(reasons.substr(at, end - at));
        at = end + 1;
    }
    a.held = row.integer(17) != 0;
    a.stored_at = row.time(18);
    a.remote_job = row.text(19);
    a.manifest_sha256 = row.text(20);
    a.held_until = row.optional_time(21);
    a.place = parse_place(row.text(22)).value_or(ArtifactPlace::gone);
    if (a.place != ArtifactPlace::store && !row.is_null(23))
        a.removal = Removal{row.time(23), row.optional_time(24), row.text(25)};
    if (!row.is_null(26)) a.rows = static_cast<std::uint64_t>(row.integer(26));
    if (!row.is_null(27)) a.acceptance = Acceptance{row.time(27), row.text(28), row.text(29)};
    a.damage = row.text(30);
    return a;
}

LeftoverRecord to_leftover(const Statement& row) {
    LeftoverRecord left;
    left.id = row.text(0);
    left.run = row.text(1);
    left.job = row.text(2);
    left.source = row.text(3);
    left.target = Target{row.text(4), row.text(5)};
    left.remote_job = row.text(6);
    left.since = row.time(7);
    left.why = row.text(8);
    left.next_try = row.optional_time(9);
    left.window = window_at(row, 10);
    left.fate = parse_leftover_fate(row.text(12)).value_or(LeftoverFate::adopt);
    left.tries = static_cast<std::uint32_t>(row.integer(13));
    left.remote_started_at = row.optional_time(14);
    return left;
}

std::optional<Duration> median(std::vector<Duration> spans) {
    if (spans.empty()) return std::nullopt;
    const auto middle = spans.begin() + static_cast<std::ptrdiff_t>(spans.size() / 2);
    std::nth_element(spans.begin(), middle, spans.end());
    return *middle;
}

// A WHERE clause that grows, with the values that belong to its question marks.
class Conditions {
public:
    void equal(std::string_view column, std::string_view value) {
        if (value.empty()) return;
        add(std::string(column) + " = ?");
        values_.emplace_back(value);
    }
    void target(std::string_view value) {
        if (value.empty()) return;
        add("(target_id = ? OR target_name = ?)");
        values_.emplace_back(value);
        values_.emplace_back(value);
    }
    void where(Whereabouts where) {
        if (where == Whereabouts::store) add("place = 'store'");
        if (where == Whereabouts::away) add("place NOT IN ('store', 'gone')");
    }
    void since(std::optional<WallTime> since) {
        if (!since) return;
        add("scheduled_at >= " + std::to_string(to_unix_ms(*since)));
    }
    std::string newest_first(std::size_t limit) const {
        std::string text = text_ + " ORDER BY scheduled_at DESC, id DESC";
        if (limit > 0) text += " LIMIT " + std::to_string(limit);
        return text;
    }
    void bind(Statement& statement) const {
        int at = 1;
        for (const std::string& value : values_) statement.bind(at++, value);
    }

private:
    void add(std::string condition) { text_ += (text_.empty() ? "WHERE " : " AND ") + std::move(condition); }

    std::string text_;
    std::vector<std::string> values_;
};

template <class Row>
auto all_rows(Result<Statement> statement, const std::function<void(Statement&)>& bind, Row to_row)
    -> Result<std::vector<decltype(to_row(std::declval<const Statement&>()))>> {
    if (!statement) return statement.error();
    if (bind) bind(*statement);
    std::vector<decltype(to_row(std::declval<const Statement&>()))> rows;
    while (true) {
        const auto row = statement->step();
        if (!row) return row.error();
        if (!*row) return rows;
        rows.push_back(to_row(*statement));
    }
}

// An id as people give it: whole, or enough of either end. Nothing where none fits, `rejected` where several do.
template <class Row>
auto by_id(const Database& database, std::string_view columns, std::string_view what, const std::string& given,
           Row to_row) -> Result<std::optional<decltype(to_row(std::declval<const Statement&>()))>> {
    using Record = decltype(to_row(std::declval<const Statement&>()));
    const auto bind = [&](Statement& s) { s.bind(1, given); };
    auto exact = all_rows(database.prepare(std::string(columns) + "WHERE id = ?"), bind, to_row);
    if (!exact) return exact.error();
    if (!exact->empty()) return std::optional<Record>(std::move(exact->front()));
    constexpr std::size_t shortest = 4;
    if (given.size() < shortest) return std::optional<Record>();
    const std::string either_end =
        "WHERE substr(id, 1, length(?1)) = ?1 OR substr(id, -length(?1)) = ?1 ORDER BY id DESC LIMIT 4";
    auto near = all_rows(database.prepare(std::string(columns) + either_end), bind, to_row);
    if (!near) return near.error();
    if (near->empty()) return std::optional<Record>();
    if (near->size() == 1) return std::optional<Record>(std::move(near->front()));
    std::string ids;
    for (std::size_t i = 0; i < near->size() && i < 3; ++i) ids += (ids.empty() ? "" : ", ") + (*near)[i].id;
    if (near->size() > 3) ids += ", ...";
    return Failure(FailureKind::rejected,
                   "'" + printable(given, 40) + "' means more than one " + std::string(what) + ": " + ids);
}

}  // namespace

Result<std::vector<RunRecord>> LedgerReader::runs(const RunFilter& filter) const {
    Conditions conditions;
    conditions.equal("job", filter.job);
    conditions.target(filter.target);
    if (filter.state) conditions.equal("state", to_string(*filter.state));
    conditions.since(filter.since);
    const auto bind = [&](Statement& statement) { conditions.bind(statement); };
    return all_rows(database_.prepare(std::string(run_columns) + conditions.newest_first(filter.limit)), bind, to_run);
}

Result<std::vector<RunRecord>> LedgerReader::unfinished_runs() const {
    const std::string sql =
        std::string(run_columns) +
        "WHERE state NOT IN ('succeeded', 'suspect', 'failed', 'skipped') ORDER BY queued_at, scheduled_at, id";
    return all_rows(database_.prepare(sql), nullptr, to_run);
}

Result<std::optional<RunRecord>> LedgerReader::run(const std::string& id) const {
    return by_id(database_, run_columns, "run", id, to_run);
}

Result<std::vector<TimelineEntry>> LedgerReader::timeline(const std::string& run) const {
    const auto bind = [&](Statement& statement) { statement.bind(1, run); };
    const auto to_entry = [](const Statement& row) { return TimelineEntry{row.time(0), row.text(1), row.text(2)}; };
    return all_rows(database_.prepare("SELECT at, event, detail FROM timeline WHERE run = ? ORDER BY number"), bind,
                    to_entry);
}

Result<std::vector<ArtifactRecord>> LedgerReader::artifacts(const ArtifactFilter& filter) const {
    Conditions conditions;
    conditions.equal("run", filter.run);
    conditions.equal("job", filter.job);
    conditions.target(filter.target);
    conditions.equal("store", filter.store);
    conditions.where(filter.where);
    if (filter.verdict) conditions.equal("verdict", to_string(*filter.verdict));
    conditions.since(filter.since);
    const auto bind = [&](Statement& statement) { conditions.bind(statement); };
    return all_rows(database_.prepare(std::string(artifact_columns) + conditions.newest_first(filter.limit)), bind,
                    to_artifact);
}

Result<std::optional<ArtifactRecord>> LedgerReader::artifact(const std::string& id) const {
    return by_id(database_, artifact_columns, "artifact", id, to_artifact);
}

Result<std::vector<LeftoverRecord>> LedgerReader::leftovers(const std::string& source) const {
    const auto bind = [&](Statement& statement) { statement.bind(1, source); };
    return all_rows(
        database_.prepare(std::string(leftover_columns) + "WHERE ?1 = '' OR source = ?1 ORDER BY since, id"), bind,
        to_leftover);
}

Result<std::map<std::string, ScheduleCursor>> LedgerReader::cursors() const {
    const auto to_pair = [](const Statement& row) {
        return std::pair(row.text(0), ScheduleCursor{row.text(1), row.time(2), row.optional_time(3)});
    };
    auto rows = all_rows(database_.prepare("SELECT job, fingerprint, dispatched_until, counts_from FROM cursors"),
                         nullptr, to_pair);
    if (!rows) return rows.error();
    return std::map<std::string, ScheduleCursor>(rows->begin(), rows->end());
}

Result<std::map<std::string, Pause>> LedgerReader::pauses() const {
    const auto to_pair = [](const Statement& row) {
        return std::pair(row.text(0), Pause{row.time(1), row.optional_time(2), row.text(3), row.text(4)});
    };
    auto rows = all_rows(database_.prepare("SELECT job, since, until, who, reason FROM pauses"), nullptr, to_pair);
    if (!rows) return rows.error();
    return std::map<std::string, Pause>(rows->begin(), rows->end());
}

Result<std::vector<LoginRejection>> LedgerReader::login_rejections() const {
    const auto to_rejection = [](const Statement& row) {
        return LoginRejection{row.text(0), row.text(1), row.text(2), row.time(3), row.text(4)};
    };
    return all_rows(database_.prepare("SELECT source, account, fingerprint, at, why FROM login_rejections"), nullptr,
                    to_rejection);
}

Result<std::vector<SourceStanding>> LedgerReader::source_standings() const {
    const auto to_standing = [](const Statement& row) {
        return SourceStanding{row.text(0), row.optional_time(1), row.optional_time(2),
                              row.text(3), row.optional_time(4), row.text(5)};
    };
    return all_rows(database_.prepare("SELECT source, held_since, held_until, held_why, down_since, down_why "
                                      "FROM source_standings ORDER BY source"),
                    nullptr, to_standing);
}

Result<RequestCounts> LedgerReader::request_counts(const std::string& source) const {
    const auto bind = [&](Statement& statement) { statement.bind(1, source); };
    Duration ahead{0};  // of the last one
    const auto to_second = [&](const Statement& row) {
        ahead = Duration(row.integer(2));
        return std::pair(from_unix_ms((row.integer(0) + 1) * 1000), static_cast<std::uint64_t>(row.integer(1)));
    };
    const auto to_month = [](const Statement& row) {
        return std::pair(static_cast<int>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)));
    };
    auto seconds = all_rows(
        database_.prepare("SELECT second, count, wall_ahead FROM request_seconds WHERE source = ? ORDER BY second"),
        bind, to_second);
    if (!seconds) return seconds.error();
    for (auto& [second, count] : *seconds) second += ahead;
    auto months = all_rows(database_.prepare("SELECT month, count FROM request_months WHERE source = ? ORDER BY month"),
                           bind, to_month);
    if (!months) return months.error();
    return RequestCounts{std::move(*seconds), std::move(*months)};
}

Result<std::optional<Installation>> LedgerReader::installation() const {
    const auto to_installation = [](const Statement& row) { return Installation{row.text(0), Secret(row.text(1))}; };
    auto rows =
        all_rows(database_.prepare("SELECT device_id, callback_key FROM installation"), nullptr, to_installation);
    if (!rows) return rows.error();
    return rows->empty() ? std::optional<Installation>() : std::optional(std::move(rows->front()));
}

Result<ClockMemory> LedgerReader::clock() const {
    const auto to_memory = [](const Statement& row) {
        ClockMemory memory{row.time(0), std::nullopt};
        if (!row.is_null(1))
            memory.standing = ClockSuspicion{
                row.time(1), parse_clock_witness(row.text(2)).value_or(ClockWitness::ledger), row.text(3)};
        return memory;
    };
    auto rows =
        all_rows(database_.prepare("SELECT newest, suspect_since, witness, reason FROM clock"), nullptr, to_memory);
    if (!rows) return rows.error();
    return rows->empty() ? ClockMemory{} : std::move(rows->front());
}

Result<std::vector<Window>> LedgerReader::covered_windows(const std::string& job, const std::string& source,
                                                          const std::string& target_id,
                                                          std::optional<int> suspect_max) const {
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    const auto bind = [&](Statement& statement) {
        statement.bind(1, job).bind(2, source).bind(3, target_id).bind(4, suspect_max ? *suspect_max : never);
    };
    const auto to_window = [](const Statement& row) { return Window{row.time(0), row.time(1)}; };
    return all_rows(
        database_.prepare(
            "SELECT window_start AS at, window_end FROM artifacts WHERE job = ?1 AND source = ?2 AND target_id = ?3 "
            "AND window_start IS NOT NULL GROUP BY window_start, window_end "
            "HAVING sum(verdict = 'verified') > 0 OR count(*) >= ?4 "
            "UNION ALL SELECT start_at, end_at FROM closed_spans WHERE job = ?1 AND source = ?2 AND target_id = ?3 "
            "ORDER BY at"),
        bind, to_window);
}

// Half to double: a day of 23 hours and a month of 28 days compare with the others, a day does not with an hour.
Result<std::vector<std::uint64_t>> LedgerReader::usual_sizes(const std::string& job, const std::string& source,
                                                             const std::string& target_id,
                                                             std::optional<Window> window) const {
    const auto bind = [&](Statement& statement) {
        statement.bind(1, job).bind(2, source).bind(3, target_id);
        statement.bind(4, static_cast<std::int64_t>(sizes_learned_from));
        if (window) statement.bind(5, std::int64_t{(window->end - window->start).count()});
    };
    const auto to_size = [](const Statement& row) { return static_cast<std::uint64_t>(row.integer(0)); };
    return all_rows(
        database_.prepare("SELECT size FROM artifacts WHERE job = ?1 AND source = ?2 AND target_id = ?3 "
                          "AND verdict = 'verified' AND row_count IS NOT 0 AND (CASE WHEN ?5 IS NULL "
                          "THEN window_start IS NULL ELSE window_end - window_start BETWEEN ?5 / 2 AND ?5 * 2 END) "
                          "ORDER BY scheduled_at DESC, number DESC LIMIT ?4"),
        bind, to_size);
}

Result<std::optional<std::string>> LedgerReader::last_manifest_sha256(const std::string& store,
                                                                      const std::string& source,
                                                                      const std::string& target_id) const {
    auto statement = database_.prepare(
        "SELECT manifest_sha256 FROM artifacts WHERE store = ? AND source = ? AND target_id = ? ORDER BY number DESC "
        "LIMIT 1");
    if (!statement) return statement.error();
    const auto row = statement->bind(1, store).bind(2, source).bind(3, target_id).step();
    if (!row) return row.error();
    return *row ? std::optional(statement->text(0)) : std::nullopt;
}

Result<std::vector<ProvenArtifact>> LedgerReader::unproven_artifacts(const std::string& store, WallTime before,
                                                                     const std::optional<ProvenArtifact>& after,
                                                                     std::size_t limit) const {
    const std::string columns(artifact_columns.substr(0, artifact_columns.find(" FROM ")));
    const std::string sql = columns +
                            ", coalesce(proven_at, stored_at), number FROM artifacts WHERE store = ?1 AND damage = '' "
                            "AND place = 'store' "
                            "AND coalesce(proven_at, stored_at) < ?2 "
                            "AND (coalesce(proven_at, stored_at), number) > (?3, ?4) "
                            "ORDER BY coalesce(proven_at, stored_at), number LIMIT ?5";
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const auto bind = [&](Statement& statement) {
        statement.bind(1, store).bind(2, before);
        statement.bind(3, after ? static_cast<std::int64_t>(to_unix_ms(after->proven_at)) : least);
        statement.bind(4, after ? after->number : std::int64_t{0}).bind(5, static_cast<std::int64_t>(limit));
    };
    const auto to_proven = [](const Statement& row) {
        return ProvenArtifact{to_artifact(row), row.time(artifact_column_count),
                              row.integer(artifact_column_count + 1)};
    };
    return all_rows(database_.prepare(sql), bind, to_proven);
}

Result<std::map<std::string, VerifyMemory>> LedgerReader::store_proofs() const {
    const auto to_pair = [](const Statement& row) {
        return std::pair(row.text(0), VerifyMemory{row.time(1), row.optional_time(2),
                                                   static_cast<std::uint64_t>(row.integer(3)), row.text(4)});
    };
    auto rows = all_rows(database_.prepare("SELECT store, done_until, last_success, unread, trouble FROM store_proofs"),
                         nullptr, to_pair);
    if (!rows) return rows.error();
    return std::map<std::string, VerifyMemory>(rows->begin(), rows->end());
}

Result<std::set<std::string>> LedgerReader::stores_in_use() const {
    auto rows = all_rows(database_.prepare("SELECT DISTINCT store FROM artifact_counts WHERE count > 0"), nullptr,
                         [](const Statement& row) { return row.text(0); });
    if (!rows) return rows.error();
    return std::set<std::string>(rows->begin(), rows->end());
}

Result<std::vector<ArtifactRecord>> LedgerReader::marked_artifacts() const {
    return all_rows(database_.prepare(std::string(artifact_columns) +
                                      "WHERE (held <> 0 OR accepted_at IS NOT NULL OR damage <> '') "
                                      "AND place IN ('store', 'trash')"),
                    nullptr, to_artifact);
}

Result<std::map<std::string, std::uint64_t>> LedgerReader::damaged_artifacts() const {
    auto rows = all_rows(
        database_.prepare(
            "SELECT store, count(*) FROM artifacts WHERE damage <> '' AND place = 'store' GROUP BY store"),
        nullptr,
        [](const Statement& row) { return std::pair(row.text(0), static_cast<std::uint64_t>(row.integer(1))); });
    if (!rows) return rows.error();
    return std::map<std::string, std::uint64_t>(rows->begin(), rows->end());
}

Result<std::set<std::string>> LedgerReader::manifests_gone() const {
    auto rows = all_rows(database_.prepare("SELECT sha256 FROM manifests_gone UNION "
                                           "SELECT manifest_sha256 FROM artifacts WHERE place <> 'store'"),
                         nullptr, [](const Statement& row) { return row.text(0); });
    if (!rows) return rows.error();
    return std::set<std::string>(rows->begin(), rows->end());
}

Result<std::vector<ObservedDuration>> LedgerReader::durations(const std::string& job, const std::string& target_id,
                                                              std::size_t limit) const {
    const auto bind = [&](Statement& statement) {
        statement.bind(1, job).bind(2, target_id).bind(3, static_cast<std::int64_t>(limit));
    };
    // Clocks that were set may have made less than nothing of it.
    const auto to_duration = [](const Statement& row) {
        const std::int64_t ready = std::max<std::int64_t>(row.integer(1), 0);
        return ObservedDuration{Duration(std::clamp<std::int64_t>(row.integer(0), 0, ready)), Duration(ready)};
    };
    return all_rows(database_.prepare(
                        "SELECT coalesce(pending_at - coalesce(remote_started_at, started_at), 0), "
                        "ready_at - coalesce(remote_started_at, started_at) FROM runs WHERE job = ? AND target_id = ? "
                        "AND ready_at IS NOT NULL AND state IN ('succeeded', 'suspect') AND started_at IS NOT NULL "
                        "AND leftover = '' ORDER BY ended_at DESC LIMIT ?"),
                    bind, to_duration);
}

Result<std::optional<Duration>> LedgerReader::usual_duration(const std::string& job,
                                                             const std::string& target_id) const {
    const auto last = durations(job, target_id, 10);
    if (!last) return last.error();
    std::vector<Duration> spans;
    for (const ObservedDuration& seen : *last) spans.push_back(seen.ready);
    return median(std::move(spans));
}

Result<std::optional<Duration>> LedgerReader::usual_run(const std::string& job, const std::string& source,
                                                        const std::string& target_id) const {
    const auto bind = [&](Statement& statement) { statement.bind(1, job).bind(2, source).bind(3, target_id); };
    const auto to_span = [](const Statement& row) { return Duration(std::max<std::int64_t>(row.integer(0), 0)); };
    auto spans = all_rows(database_.prepare("SELECT ended_at - started_at FROM runs WHERE job = ? AND source = ? AND "
                                            "target_id = ? AND state = 'succeeded' AND started_at IS NOT NULL "
                                            "ORDER BY ended_at DESC LIMIT 10"),
                          bind, to_span);
    if (!spans) return spans.error();
    return median(std::move(*spans));
}

}  // namespace garner
