// What status and metrics ask: a few index look-ups per target and the triggers' counters, never a walk over all rows.
#include <algorithm>
#include <iterator>
#include <utility>

#include "ledger/reader.hpp"

namespace garner {
namespace {

// One moment for all questions inside. A savepoint, because such moments nest.
class Snapshot {
public:
    explicit Snapshot(const Database& database) : database_(database), begun_(database.execute("SAVEPOINT snapshot")) {}
    ~Snapshot() {
        // Nothing was written, so there is nothing that could fail to be kept.
        if (begun_) static_cast<void>(database_.execute("RELEASE snapshot"));
    }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    const Result<void>& begun() const { return begun_; }

private:
    const Database& database_;
    Result<void> begun_;
};

struct Series {
    std::string job;
    std::string source;
    std::string target_id;
};

// The series behind `last` in the index's order: one step of a skip scan.
Result<std::optional<Series>> next_series(const Database& database, const Series& last) {
    auto statement = database.prepare(
        "SELECT job, source, target_id FROM runs INDEXED BY runs_by_first_seen WHERE (job, source, target_id) > (?, ?, "
        "?) "
        "ORDER BY job, source, target_id LIMIT 1");
    if (!statement) return statement.error();
    const auto row = statement->bind(1, last.job).bind(2, last.source).bind(3, last.target_id).step();
    if (!row) return row.error();
    if (!*row) return std::optional<Series>();
    return std::optional(Series{statement->text(0), statement->text(1), statement->text(2)});
}

// The first row of a question about one series, handed to `take`.
template <class Take>
Result<void> first_row(const Database& database, std::string_view sql, const Series& series, Take take) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    const auto row = statement->bind(1, series.job).bind(2, series.source).bind(3, series.target_id).step();
    if (!row) return row.error();
    if (*row) take(std::as_const(*statement));
    return {};
}

Result<TargetStatus> status_of(const Database& database, const Series& series) {
    TargetStatus status;
    status.job = series.job;
    status.source = series.source;
    status.target.id = series.target_id;
    auto done = first_row(
        database,
        "SELECT queued_at FROM runs WHERE job = ? AND source = ? AND target_id = ? ORDER BY queued_at LIMIT 1", series,
        [&](const Statement& row) { status.first_seen = row.optional_time(0); });
    if (!done) return done.error();
    done = first_row(database,
                     "SELECT target_name, state FROM runs WHERE job = ? AND source = ? AND target_id = ? "
                     "ORDER BY queued_at DESC, scheduled_at DESC, id DESC LIMIT 1",
                     series, [&](const Statement& row) {
                         status.target.name = row.text(0);
                         status.last_state = parse_run_state(row.text(1)).value_or(RunState::queued);
                     });
    if (!done) return done.error();
    done = first_row(database,
                     "SELECT coalesce(ended_at, started_at), iif(accepted_at IS NULL, reason, '') FROM runs WHERE job "
                     "= ? AND source = ? AND target_id = ? "
                     "AND state <> 'skipped' AND coalesce(ended_at, started_at) IS NOT NULL "
                     "ORDER BY coalesce(ended_at, started_at) DESC LIMIT 1",
                     series, [&](const Statement& row) {
                         status.last_attempt = row.optional_time(0);
                         status.reason = row.text(1);
                     });
    if (!done) return done.error();
    done = first_row(
        database,
        "SELECT max(ended_at) FROM (SELECT max(ended_at) AS ended_at FROM runs WHERE job = ?1 AND source = ?2 "
        "AND target_id = ?3 AND state = 'succeeded' UNION ALL SELECT max(ended_at) FROM runs "
        "WHERE job = ?1 AND source = ?2 AND target_id = ?3 AND accepted_at IS NOT NULL)",
        series, [&](const Statement& row) { status.last_success = row.optional_time(0); });
    if (!done) return done.error();
    done = first_row(
        database,
        "SELECT count(*) FROM runs WHERE job = ?1 AND source = ?2 AND target_id = ?3 AND state IN ('failed', "
        "'suspect') "
        "AND ended_at > max(coalesce((SELECT max(ended_at) FROM runs WHERE job = ?1 AND source = ?2 AND target_id = ?3 "
        "AND state = 'succeeded'), -1), coalesce((SELECT max(ended_at) FROM runs WHERE job = ?1 AND source = ?2 "
        "AND target_id = ?3 AND accepted_at IS NOT NULL), -1))",
        series,
        [&](const Statement& row) { status.consecutive_failures = static_cast<std::uint32_t>(row.integer(0)); });
    if (!done) return done.error();
    done = first_row(database,
                     "SELECT verdict FROM artifacts WHERE job = ? AND source = ? AND target_id = ? "
                     "ORDER BY scheduled_at DESC, number DESC LIMIT 1",
                     series, [&](const Statement& row) { status.verdict = parse_verdict(row.text(0)); });
    if (!done) return done.error();
    done =
        first_row(database,
                  "SELECT size FROM artifacts WHERE job = ? AND source = ? AND target_id = ? AND verdict = 'verified' "
                  "ORDER BY scheduled_at DESC, number DESC LIMIT 1",
                  series, [&](const Statement& row) { status.last_size = static_cast<std::uint64_t>(row.integer(0)); });
    if (!done) return done.error();
    return status;
}

// Every row of a question without parameters.
template <class Take>
Result<void> each_row(const Database& database, std::string_view sql, Take take) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    while (true) {
        const auto row = statement->step();
        if (!row) return row.error();
        if (!*row) return {};
        take(std::as_const(*statement));
    }
}

std::uint64_t count_at(const Statement& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

void add_duration(LedgerTotals::Durations& durations, std::int64_t seconds_max, std::uint64_t count,
                  std::int64_t sum_ms) {
    constexpr std::size_t buckets = std::size(run_duration_buckets);
    durations.counts.resize(buckets + 1);
    const auto* const found =
        std::find(std::begin(run_duration_buckets), std::end(run_duration_buckets), static_cast<double>(seconds_max));
    durations.counts[static_cast<std::size_t>(found - std::begin(run_duration_buckets))] += count;
    durations.sum_seconds += static_cast<double>(sum_ms) / 1000.0;
}

}  // namespace

Result<std::vector<TargetStatus>> LedgerReader::statuses() const {
    const Snapshot snapshot(database_);
    if (!snapshot.begun()) return snapshot.begun().error();
    std::vector<TargetStatus> statuses;
    Series last;  // before every series: a job has a name
    while (true) {
        auto series = next_series(database_, last);
        if (!series) return series.error();
        if (!*series) return statuses;
        auto status = status_of(database_, **series);
        if (!status) return status.error();
        statuses.push_back(std::move(*status));
        last = std::move(**series);
    }
}

Result<LedgerTotals> LedgerReader::totals() const {
    const Snapshot snapshot(database_);
    if (!snapshot.begun()) return snapshot.begun().error();
    LedgerTotals totals;
    auto targets = statuses();
    if (!targets) return targets.error();
    totals.targets = std::move(*targets);
    auto done =
        each_row(database_, "SELECT job, state, count FROM run_counts WHERE count > 0", [&](const Statement& row) {
            if (const auto state = parse_run_state(row.text(1))) totals.runs[{row.text(0), *state}] = count_at(row, 2);
        });
    if (!done) return done.error();
    done = each_row(database_, "SELECT job, seconds_max, count, sum_ms FROM run_durations", [&](const Statement& row) {
        add_duration(totals.durations[row.text(0)], row.integer(1), count_at(row, 2), row.integer(3));
    });
    if (!done) return done.error();
    done =
        each_row(database_, "SELECT store, job, verdict, count, bytes FROM artifact_counts", [&](const Statement& row) {
            if (const auto verdict = parse_verdict(row.text(2)))
                totals.artifacts[{row.text(1), *verdict}] += count_at(row, 3);
            totals.stored_bytes[{row.text(0), row.text(1)}] += count_at(row, 4);
        });
    if (!done) return done.error();
    done = each_row(database_, "SELECT job, count FROM pruned_counts",
                    [&](const Statement& row) { totals.pruned[row.text(0)] = count_at(row, 1); });
    if (!done) return done.error();
    done =
        each_row(database_,
                 "SELECT store, job, sum(size) FROM artifacts WHERE place NOT IN ('store', 'gone') GROUP BY store, job",
                 [&](const Statement& row) {
                     totals.trash_bytes[{row.text(0), row.text(1)}] = count_at(row, 2);
                 });
    if (!done) return done.error();
    done = each_row(database_, "SELECT source, count(*), sum(remote_job <> '') FROM leftovers GROUP BY source",
                    [&](const Statement& row) {
                        totals.leftovers[row.text(0)] = count_at(row, 1);
                        if (count_at(row, 2) > 0) totals.remote_jobs[{row.text(0), "leftover"}] = count_at(row, 2);
                    });
    if (!done) return done.error();
    done =
        each_row(database_,
                 "SELECT source, count(*) FROM runs WHERE state NOT IN ('succeeded', 'suspect', 'failed', 'skipped') "
                 "AND remote_job <> '' GROUP BY source",
                 [&](const Statement& row) {
                     totals.remote_jobs[{row.text(0), "running"}] = count_at(row, 1);
                 });
    if (!done) return done.error();
    done = each_row(
        database_, "SELECT source, sum(vanished_at IS NULL), sum(vanished_at IS NOT NULL) FROM targets GROUP BY source",
        [&](const Statement& row) {
            totals.lists[row.text(0)].listed = count_at(row, 1);
            totals.lists[row.text(0)].vanished = count_at(row, 2);
        });
    if (!done) return done.error();
    done = each_row(database_,
                    "SELECT source, accepted_at, refused_since IS NOT NULL, (SELECT count(*) FROM refused_targets "
                    "WHERE refused_targets.source = target_lists.source) FROM target_lists",
                    [&](const Statement& row) {
                        LedgerTotals::Lists& lists = totals.lists[row.text(0)];
                        lists.accepted_at = row.optional_time(1);
                        lists.stands_refused = row.integer(2) != 0;
                        lists.refused = count_at(row, 3);
                    });
    if (!done) return done.error();
    auto damaged = damaged_artifacts();
    if (!damaged) return damaged.error();
    totals.damaged = std::move(*damaged);
    auto proofs = store_proofs();
    if (!proofs) return proofs.error();
    totals.proofs = std::move(*proofs);
    return totals;
}

}  // namespace garner
