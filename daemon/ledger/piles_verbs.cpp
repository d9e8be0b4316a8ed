// What retention changes in the ledger. What is decided stands here before a file moves, and again when it has moved:
// between the two, the next start finishes it.
#include "core/retention_words.hpp"
#include "ledger/verbs.hpp"

namespace garner::verbs {
namespace {

Result<std::optional<ArtifactRecord>> known(const Database& database, const std::string& id) {
    auto artifact = LedgerReader(database).artifact(id);
    if (!artifact) return artifact.error();
    if (*artifact && (*artifact)->id != id) artifact->reset();  // part of an id is none here
    return artifact;
}

Result<void> put(const Database& database, const std::string& artifact, ArtifactPlace place) {
    auto statement = database.prepare("UPDATE artifacts SET place = ? WHERE id = ?");
    if (!statement) return statement.error();
    return statement->bind(1, to_string(place)).bind(2, artifact).run();
}

bool is_held(const ArtifactRecord& artifact, WallTime now) {
    return artifact.held && (!artifact.held_until || now < *artifact.held_until);
}

std::string in_trash(const Removal& removal) {
    return removal.rule + (removal.until ? "; in the trash until " + format_rfc3339(*removal.until) : "");
}

}  // namespace

Result<void> trash(const Database& database, const TrashOrder& order, std::vector<ArtifactRecord>& marked) {
    marked.clear();
    const auto piles = LedgerReader(database).piles(&order.pile);
    if (!piles) return piles.error();
    if (piles->empty()) return {};
    const RetentionPile& pile = piles->front();
    const RetentionPlan plan = plan_pile(pile, order.by, order.now);
    for (std::size_t i = 0; i < plan.decisions.size(); ++i) {
        const RetentionDecision& decision = plan.decisions[i];
        const RetainedArtifact& one = pile.artifacts[i];
        if (decision.action != RetentionAction::trash || !order.wanted.contains(one.id)) continue;
        Removal removal;
        removal.since = order.now;
        removal.until = decision.until;
        removal.rule = describe(decision, plan, one, order.by.rule, order.by.zone);
        auto mark = database.prepare(
            "UPDATE artifacts SET place = 'trashing', removed_at = ?, trash_until = ?, removed_by = ? WHERE id = ?");
        if (!mark) return mark.error();
        mark->bind(1, removal.since).bind(2, removal.until).bind(3, removal.rule).bind(4, one.id);
        if (auto done = mark->run(); !done) return done;
        auto artifact = known(database, one.id);
        if (!artifact) return artifact.error();
        if (!*artifact) return Failure(FailureKind::local, "ledger: there is no artifact " + one.id);
        auto noted = append_timeline(database, (*artifact)->run, {{order.now, "trashed", in_trash(removal)}});
        if (!noted) return noted;
        marked.push_back(std::move(**artifact));
    }
    return {};
}

Result<void> moved(const Database& database, const std::vector<ArtifactRecord>& artifacts, WallTime now) {
    for (const ArtifactRecord& artifact : artifacts) {
        const auto before = known(database, artifact.id);
        if (!before) return before.error();
        if (!*before) return Failure(FailureKind::local, "ledger: there is no artifact " + artifact.id);
        Result<void> done;
        switch ((*before)->place) {
            case ArtifactPlace::trashing:
                done = put(database, artifact.id, ArtifactPlace::trash);
                break;
            case ArtifactPlace::restoring:
                done = put(database, artifact.id, ArtifactPlace::store);
                break;
            case ArtifactPlace::removing:
                done = put(database, artifact.id, ArtifactPlace::gone);
                if (done)
                    done =
                        append_timeline(database, (*before)->run, {{now, "removed", "its time in the trash is over"}});
                break;
            case ArtifactPlace::store:
            case ArtifactPlace::trash:
            case ArtifactPlace::gone:
                break;
        }
        if (!done) return done;
    }
    return {};
}

Result<void> remove_from_trash(const Database& database, const std::vector<std::string>& artifacts, WallTime now,
                               std::vector<ArtifactRecord>& marked) {
    marked.clear();
    for (const std::string& id : artifacts) {
        auto artifact = known(database, id);
        if (!artifact) return artifact.error();
        const bool due = *artifact && (*artifact)->place == ArtifactPlace::trash && (*artifact)->removal &&
                         (*artifact)->removal->until && *(*artifact)->removal->until <= now &&
                         !is_held(**artifact, now);
        if (!due) continue;
        if (auto done = put(database, id, ArtifactPlace::removing); !done) return done;
        (*artifact)->place = ArtifactPlace::removing;
        marked.push_back(std::move(**artifact));
    }
    return {};
}

Result<void> restore(const Database& database, const std::string& artifact, const Hold& hold_it,
                     ArtifactRecord& marked) {
    const auto before = known(database, artifact);
    if (!before) return before.error();
    if (!*before) return Failure(FailureKind::rejected, "there is no artifact " + artifact);
    if ((*before)->place != ArtifactPlace::trash)
        return Failure(FailureKind::rejected,
                       "artifact " + artifact + " is not in the trash: " +
                           ((*before)->place == ArtifactPlace::gone || (*before)->place == ArtifactPlace::removing
                                ? "it is gone for good"
                            : (*before)->place == ArtifactPlace::trashing ? "it is on its way there, try again"
                                                                          : "it is in its store"));
    if (auto done = put(database, artifact, ArtifactPlace::restoring); !done) return done;
    auto done =
        append_timeline(database, (*before)->run, {{hold_it.at, "restored", "from the trash, by " + hold_it.who}});
    if (!done) return done;
    if (done = hold(database, artifact, hold_it); !done) return done;
    auto after = known(database, artifact);
    if (!after) return after.error();
    marked = std::move(**after);
    return {};
}

Result<void> rules_adopted(const Database& database, const std::map<std::string, RuleInForce>& rules) {
    for (const auto& [job, by] : rules) {
        auto statement =
            database.prepare("INSERT OR REPLACE INTO rules_in_force VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        if (!statement) return statement.error();
        statement->bind(1, job).bind(2, by.zone.name());
        int at = 3;
        for (const std::uint32_t count : {by.rule.keep_last, by.rule.keep_hourly, by.rule.keep_daily,
                                          by.rule.keep_weekly, by.rule.keep_monthly, by.rule.keep_yearly})
            statement->bind(at++, std::int64_t{count});
        statement->bind(9, static_cast<std::int64_t>(by.rule.keep_within.count()));
        statement->bind(10, std::int64_t{by.rule.min_good});
        statement->bind(11, static_cast<std::int64_t>(by.rule.grace.count()));
        if (auto done = statement->run(); !done) return done;
    }
    return {};
}

Result<void> prune_waits(const Database& database, const std::optional<PruneWait>& wait) {
    if (!wait) return database.execute("DELETE FROM prune_wait");
    auto statement = database.prepare("INSERT OR REPLACE INTO prune_wait VALUES (1, ?, ?, ?, ?, ?)");
    if (!statement) return statement.error();
    statement->bind(1, wait->since).bind(2, std::int64_t{wait->edited});
    statement->bind(3, static_cast<std::int64_t>(wait->verdict.wanted));
    statement->bind(4, static_cast<std::int64_t>(wait->verdict.allowed));
    return statement->bind(5, static_cast<std::int64_t>(wait->verdict.of)).run();
}

}  // namespace garner::verbs
