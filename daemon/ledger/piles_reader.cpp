// The ledger's questions about retention.
#include <utility>

#include "ledger/piles.hpp"

namespace garner {
namespace {

constexpr std::string_view pile_columns =
    "SELECT id, scheduled_at, window_start, window_end, stored_at, size, verdict, held, held_until, job, source, "
    "target_id, store FROM artifacts WHERE place = 'store' ";

RetainedArtifact to_retained(const Statement& row) {
    ArtifactRecord artifact;
    artifact.id = row.text(0);
    artifact.scheduled_at = row.time(1);
    if (!row.is_null(2) && !row.is_null(3)) artifact.window = Window{row.time(2), row.time(3)};
    artifact.stored_at = row.time(4);
    artifact.size = static_cast<std::uint64_t>(row.integer(5));
    artifact.verdict = parse_verdict(row.text(6)).value_or(Verdict::suspect);
    artifact.held = row.integer(7) != 0;
    artifact.held_until = row.optional_time(8);
    return retained(artifact);
}

// Skipped runs were none, and one whose artifact a person accepted succeeded. Where two ended at one instant, the worse
// one counts.
Result<bool> last_run_succeeded(const Database& database, const PileKey& key) {
    auto statement = database.prepare(
        "SELECT max(coalesce((SELECT max(ended_at) FROM runs WHERE job = ?1 AND source = ?2 AND target_id = ?3 "
        "AND state = 'succeeded'), -1), coalesce((SELECT max(ended_at) FROM runs WHERE job = ?1 AND source = ?2 "
        "AND target_id = ?3 AND accepted_at IS NOT NULL), -1)) > coalesce((SELECT max(ended_at) FROM runs "
        "WHERE job = ?1 AND source = ?2 AND target_id = ?3 AND state IN ('failed', 'suspect') "
        "AND accepted_at IS NULL), -1)");
    if (!statement) return statement.error();
    statement->bind(1, key.job).bind(2, key.source).bind(3, key.target_id);
    const auto row = statement->step();
    if (!row) return row.error();
    return *row && statement->integer(0) != 0;
}

std::uint32_t count_at(const Statement& row, int column) { return static_cast<std::uint32_t>(row.integer(column)); }

}  // namespace

Result<std::vector<RetentionPile>> LedgerReader::piles(const PileKey* one) const {
    auto statement = database_.prepare(
        std::string(pile_columns) + (one != nullptr ? "AND job = ?1 AND source = ?2 AND target_id = ?3 AND store = ?4"
                                                    : "ORDER BY job, source, target_id, scheduled_at, store"));
    if (!statement) return statement.error();
    if (one != nullptr) statement->bind(1, one->job).bind(2, one->source).bind(3, one->target_id).bind(4, one->store);
    std::map<std::string, RetentionPile> of_target;  // by store
    std::vector<RetentionPile> piles;
    const auto finish_target = [&]() -> Result<void> {
        if (of_target.empty()) return {};
        const auto succeeded = last_run_succeeded(database_, of_target.begin()->second.key);
        if (!succeeded) return succeeded.error();
        for (auto& [_, pile] : of_target) {
            pile.last_run_succeeded = *succeeded;
            piles.push_back(std::move(pile));
        }
        of_target.clear();
        return {};
    };
    while (true) {
        const auto row = statement->step();
        if (!row) return row.error();
        if (!*row) break;
        PileKey key{statement->text(9), statement->text(10), statement->text(11), statement->text(12)};
        if (!of_target.empty()) {
            const PileKey& before = of_target.begin()->second.key;
            if (before.job != key.job || before.source != key.source || before.target_id != key.target_id)
                if (auto done = finish_target(); !done) return done.error();
        }
        RetentionPile& pile = of_target[key.store];
        pile.key = std::move(key);
        pile.artifacts.push_back(to_retained(*statement));
    }
    if (auto done = finish_target(); !done) return done.error();
    return piles;
}

Result<std::map<std::string, RuleInForce>> LedgerReader::rules_in_force() const {
    auto statement = database_.prepare(
        "SELECT job, zone, keep_last, keep_hourly, keep_daily, keep_weekly, keep_monthly, keep_yearly, keep_within, "
        "min_good, grace FROM rules_in_force");
    if (!statement) return statement.error();
    std::map<std::string, RuleInForce> rules;
    while (true) {
        const auto row = statement->step();
        if (!row) return row.error();
        if (!*row) return rules;
        auto zone = Zone::load(statement->text(1));
        if (!zone) continue;  // of another machine's zones: as if there had been none, so that nothing goes by it
        RuleInForce& by = rules[statement->text(0)];
        by.zone = std::move(*zone);
        by.rule.keep_last = count_at(*statement, 2);
        by.rule.keep_hourly = count_at(*statement, 3);
        by.rule.keep_daily = count_at(*statement, 4);
        by.rule.keep_weekly = count_at(*statement, 5);
        by.rule.keep_monthly = count_at(*statement, 6);
        by.rule.keep_yearly = count_at(*statement, 7);
        by.rule.keep_within = Duration(statement->integer(8));
        by.rule.min_good = count_at(*statement, 9);
        by.rule.grace = Duration(statement->integer(10));
    }
}

Result<std::optional<PruneWait>> LedgerReader::prune_wait() const {
    auto statement = database_.prepare("SELECT since, edited, wanted, allowed, of FROM prune_wait");
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return std::optional<PruneWait>();
    PruneWait wait;
    wait.since = statement->time(0);
    wait.edited = statement->integer(1) != 0;
    wait.verdict.within = false;
    wait.verdict.wanted = static_cast<std::size_t>(statement->integer(2));
    wait.verdict.allowed = static_cast<std::size_t>(statement->integer(3));
    wait.verdict.of = static_cast<std::size_t>(statement->integer(4));
    return std::optional<PruneWait>(wait);
}

}  // namespace garner
