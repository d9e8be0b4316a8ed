// What is archived of a target's time, what a person closed of it, and what is being fetched.
#include "ledger/reader.hpp"
#include "ledger/verbs.hpp"

namespace garner {
namespace {

// Every row of a question about one target of one job.
template <class Take>
Result<void> each_row(const Database& database, std::string_view sql, const std::string& job, const std::string& source,
                      const std::string& target_id, Take take) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    statement->bind(1, job).bind(2, source).bind(3, target_id);
    while (true) {
        const auto row = statement->step();
        if (!row) return row.error();
        if (!*row) return {};
        take(std::as_const(*statement));
    }
}

}  // namespace

Result<CoverageFacts> LedgerReader::coverage_facts(const std::string& job, const std::string& source,
                                                   const std::string& target_id) const {
    CoverageFacts facts;
    auto done = each_row(database_,
                         "SELECT window_start, window_end, sum(verdict = 'verified') FROM artifacts WHERE job = ? AND "
                         "source = ? AND target_id = ? AND window_start IS NOT NULL GROUP BY window_start, window_end",
                         job, source, target_id, [&](const Statement& row) {
                             std::vector<Window>& kind = row.integer(2) > 0 ? facts.archived : facts.suspect;
                             kind.push_back({row.time(0), row.time(1)});
                         });
    if (!done) return done.error();
    done = each_row(database_,
                    "SELECT start_at, end_at, who, reason, at FROM closed_spans WHERE job = ? AND source = ? AND "
                    "target_id = ? ORDER BY number",
                    job, source, target_id, [&](const Statement& row) {
                        facts.closed.push_back({{row.time(0), row.time(1)}, row.text(2), row.text(3), row.time(4)});
                    });
    if (!done) return done.error();
    done = each_row(database_,
                    "SELECT window_start, window_end FROM runs INDEXED BY runs_unfinished WHERE "
                    "state NOT IN ('succeeded', 'suspect', 'failed', 'skipped') AND job = ? AND source = ? AND "
                    "target_id = ? AND window_start IS NOT NULL",
                    job, source, target_id, [&](const Statement& row) {
                        facts.filling.push_back({row.time(0), row.time(1)});
                    });
    if (!done) return done.error();
    return facts;
}

namespace verbs {

Result<void> close_span(const Database& database, const std::string& job, const std::string& source,
                        const std::string& target_id, const ClosedSpan& span) {
    auto insert = database.prepare(
        "INSERT INTO closed_spans (job, source, target_id, start_at, end_at, who, reason, at) VALUES (?, ?, ?, ?, ?, "
        "?, ?, ?)");
    if (!insert) return insert.error();
    insert->bind(1, job).bind(2, source).bind(3, target_id).bind(4, span.window.start).bind(5, span.window.end);
    return insert->bind(6, span.who).bind(7, span.reason).bind(8, span.at).run();
}

Result<void> reopen_spans(const Database& database, const std::string& job, const std::string& source,
                          const std::string& target_id, const Window& within, std::size_t& count) {
    auto remove = database.prepare(
        "DELETE FROM closed_spans WHERE job = ? AND source = ? AND target_id = ? AND start_at >= ? AND end_at <= ?");
    if (!remove) return remove.error();
    remove->bind(1, job).bind(2, source).bind(3, target_id).bind(4, within.start).bind(5, within.end);
    auto done = remove->run();
    count = done ? static_cast<std::size_t>(sqlite3_changes(database.handle())) : 0;
    return done;
}

}  // namespace verbs
}  // namespace garner
