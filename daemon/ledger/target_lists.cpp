// The lists of targets that sources gave: which one is in force, what vanished by it, and the one that stands refused.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <functional>
#include <utility>

#include "ledger/reader.hpp"
#include "ledger/verbs.hpp"

namespace garner {
namespace {

std::string json_of(const std::vector<std::string>& texts) {
    return boost::json::serialize(boost::json::array(texts.begin(), texts.end()));
}

std::vector<std::string> texts_of(const std::string& json) {
    std::vector<std::string> texts;
    boost::system::error_code broken;
    const boost::json::value value = boost::json::parse(json, broken);
    if (broken || !value.is_array()) return texts;
    for (const boost::json::value& text : value.get_array())
        if (text.is_string()) texts.emplace_back(text.get_string());
    return texts;
}

// Columns: id, name, tags, functions, stateless.
Target to_target(const Statement& row) {
    Target target{row.text(0), row.text(1)};
    target.traits = {texts_of(row.text(2)), texts_of(row.text(3)), row.integer(4) != 0};
    return target;
}

template <class Take>
Result<void> each_of(const Database& database, std::string_view sql, const std::string& source, Take take) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    statement->bind(1, source);
    while (true) {
        const auto row = statement->step();
        if (!row) return row.error();
        if (!*row) return {};
        take(std::as_const(*statement));
    }
}

Result<void> run_on(const Database& database, std::string_view sql, const std::string& source) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    return statement->bind(1, source).run();
}

constexpr std::string_view refused_of =
    "SELECT id, name, tags, functions, stateless FROM refused_targets WHERE source = ? ORDER BY place";

}  // namespace

Result<void> verbs::targets_seen(const Database& database, const std::string& source,
                                 const std::vector<Target>& targets, WallTime now, const std::string& fingerprint) {
    auto gone = database.prepare("UPDATE targets SET vanished_at = ?2 WHERE source = ?1 AND vanished_at IS NULL");
    if (!gone) return gone.error();
    if (auto done = gone->bind(1, source).bind(2, now).run(); !done) return done;
    for (const Target& target : targets) {
        auto statement = database.prepare(
            "INSERT INTO targets (source, id, name, first_seen, last_seen, tags, functions, stateless) "
            "VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET name = ?3, "
            "last_seen = max(last_seen, ?4), tags = ?5, functions = ?6, stateless = ?7, vanished_at = NULL");
        if (!statement) return statement.error();
        statement->bind(1, source).bind(2, target.id).bind(3, target.name).bind(4, now);
        statement->bind(5, json_of(target.traits.tags)).bind(6, json_of(target.traits.functions));
        auto done = statement->bind(7, std::int64_t{target.traits.stateless}).run();
        if (!done) return done;
    }
    auto list = database.prepare(
        "INSERT INTO target_lists (source, accepted_at, asked_at, fingerprint) VALUES (?1, ?2, ?2, ?3) "
        "ON CONFLICT DO UPDATE SET accepted_at = ?2, asked_at = ?2, fingerprint = ?3, refused_since = NULL, "
        "refused_why = ''");
    if (!list) return list.error();
    if (auto done = list->bind(1, source).bind(2, now).bind(3, fingerprint).run(); !done) return done;
    return run_on(database, "DELETE FROM refused_targets WHERE source = ?", source);
}

Result<void> verbs::list_refused(const Database& database, const std::string& source, const RefusedList& refused,
                                 WallTime now, const std::string& fingerprint) {
    auto list = database.prepare(
        "INSERT INTO target_lists (source, asked_at, fingerprint, refused_since, refused_why) VALUES (?1, ?2, ?3, ?4, "
        "?5) ON CONFLICT DO UPDATE SET asked_at = ?2, fingerprint = ?3, refused_since = ?4, refused_why = ?5");
    if (!list) return list.error();
    list->bind(1, source).bind(2, now).bind(3, fingerprint).bind(4, refused.since);
    if (auto done = list->bind(5, refused.why).run(); !done) return done;
    auto cleared = run_on(database, "DELETE FROM refused_targets WHERE source = ?", source);
    if (!cleared) return cleared;
    std::int64_t place = 0;
    for (const Target& target : refused.targets) {
        auto insert = database.prepare("INSERT INTO refused_targets VALUES (?, ?, ?, ?, ?, ?, ?)");
        if (!insert) return insert.error();
        insert->bind(1, source).bind(2, place++).bind(3, target.id).bind(4, target.name);
        insert->bind(5, json_of(target.traits.tags)).bind(6, json_of(target.traits.functions));
        if (auto done = insert->bind(7, std::int64_t{target.traits.stateless}).run(); !done) return done;
    }
    return {};
}

Result<void> verbs::list_confirmed(const Database& database, const std::string& source, WallTime now,
                                   std::vector<Target>& accepted) {
    const auto record = LedgerReader(database).target_list(source);
    if (!record) return record.error();
    if (!*record || !(*record)->refused)
        return Failure(FailureKind::rejected, "no list of source " + source + " stands refused");
    accepted = (*record)->refused->targets;
    const WallTime asked_at = (*record)->asked_at;
    auto seen = targets_seen(database, source, accepted, now, (*record)->fingerprint);
    if (!seen) return seen;
    // A person's word is not a look at the vendor's list.
    auto list = database.prepare("UPDATE target_lists SET asked_at = ?2 WHERE source = ?1");
    if (!list) return list.error();
    return list->bind(1, source).bind(2, asked_at).run();
}

Result<std::vector<Target>> LedgerReader::targets(const std::string& source) const {
    std::vector<Target> targets;
    auto done = each_of(database_,
                        "SELECT id, name, tags, functions, stateless FROM targets "
                        "WHERE source = ? AND vanished_at IS NULL ORDER BY name, id",
                        source, [&](const Statement& row) { targets.push_back(to_target(row)); });
    if (!done) return done.error();
    return targets;
}

Result<std::vector<KnownTarget>> LedgerReader::known_targets(const std::string& source) const {
    std::vector<KnownTarget> targets;
    auto done = each_of(database_,
                        "SELECT id, name, tags, functions, stateless, first_seen, last_seen, vanished_at FROM targets "
                        "WHERE source = ? ORDER BY name, id",
                        source, [&](const Statement& row) {
                            targets.push_back({to_target(row), row.time(5), row.time(6), row.optional_time(7)});
                        });
    if (!done) return done.error();
    return targets;
}

Result<std::optional<TargetListRecord>> LedgerReader::target_list(const std::string& source) const {
    std::optional<TargetListRecord> record;
    auto done = each_of(
        database_,
        "SELECT accepted_at, asked_at, fingerprint, refused_since, refused_why FROM target_lists WHERE source = ?",
        source, [&](const Statement& row) {
            record = TargetListRecord{row.optional_time(0), row.time(1), row.text(2), std::nullopt};
            if (!row.is_null(3)) record->refused = RefusedList{row.time(3), row.text(4)};
        });
    if (!done) return done.error();
    if (!record || !record->refused) return record;
    done = each_of(database_, refused_of, source,
                   [&](const Statement& row) { record->refused->targets.push_back(to_target(row)); });
    if (!done) return done.error();
    return record;
}

}  // namespace garner
