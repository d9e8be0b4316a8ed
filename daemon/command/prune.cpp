// `garner prune`, `garner explain` and `garner restore-trash`. What would go is found out here, from the ledger and by
// the daemon's own functions, without a trace; what is to go is the daemon's to do.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <ostream>

#include "command/commands.hpp"
#include "command/control_client.hpp"
#include "command/reading.hpp"
#include "command/table.hpp"
#include "core/report_json.hpp"
#include "core/retention_words.hpp"
#include "core/text.hpp"
#include "ledger/piles.hpp"

namespace garner {
namespace {

namespace json = boost::json;

struct Explained {
    ArtifactRecord artifact;
    std::string action;  ///< keep, trash; of one in the trash: remove; gone
    std::string rule;
    std::optional<WallTime> until;
    std::string changes_when;  ///< of one that is kept
};

json::object explained_json(const Explained& one) {
    json::object object;
    object["artifact"] = one.artifact.id;
    object["action"] = one.action;
    object["rule"] = json_text(one.rule);
    object["until"] = json_time(one.until);
    object["job"] = one.artifact.job;
    object["target"] = json_text(one.artifact.target.id);
    object["target_name"] = json_text(one.artifact.target.name);
    object["scheduled_at"] = format_rfc3339(one.artifact.scheduled_at);
    object["size"] = one.artifact.size;
    object["changes_when"] = json_text_or_null(one.changes_when);
    return object;
}

// One that is not in its place: what was decided, and when.
Explained explain_away(const ArtifactRecord& artifact) {
    const Removal removal = artifact.removal.value_or(Removal());
    Explained one{artifact, "remove", removal.rule, removal.until, ""};
    if (artifact.place == ArtifactPlace::gone || artifact.place == ArtifactPlace::removing) {
        one.action = "gone";
        one.until.reset();
    } else if (artifact.place == ArtifactPlace::restoring) {
        one.action = "keep";
        one.until.reset();
        one.rule = "it is being taken out of the trash";
    } else if (artifact.held) {
        one.rule += "; held, so that it stays in the trash";
        one.until = artifact.held_until && removal.until ? std::max(artifact.held_until, removal.until)
                                                         : std::optional<WallTime>();
    }
    return one;
}

// What retention thinks now, as the daemon would find it.
class Thoughts {
public:
    static Result<Thoughts> read(const LedgerReader& reader, const Settings& settings, WallTime now) {
        Thoughts thoughts;
        auto outlook = read_retention(reader, settings);
        if (!outlook) return outlook.error();
        thoughts.outlook_ = std::move(*outlook);
        const auto clock = reader.clock();
        if (!clock) return clock.error();
        const bool suspect = clock->standing.has_value();
        thoughts.now_ = plan_pass(thoughts.outlook_, settings.deletion_budget, now, suspect, false);
        thoughts.confirmed_ = plan_pass(thoughts.outlook_, settings.deletion_budget, now, suspect, true);
        return thoughts;
    }

    const std::optional<PruneWait>& wait() const { return now_.wait; }

    /// `confirmed`: as if somebody had said `--confirm`.
    Explained explain(const ArtifactRecord& artifact, bool confirmed) const {
        if (artifact.place != ArtifactPlace::store) return explain_away(artifact);
        const PrunePass& pass = confirmed ? confirmed_ : now_;
        for (std::size_t i = 0; i < outlook_.piles.size(); ++i) {
            const RetentionPile& pile = outlook_.piles[i];
            if (pile.key != PileKey{artifact.job, artifact.source, artifact.target.id, artifact.store}) continue;
            for (std::size_t k = 0; k < pile.artifacts.size(); ++k)
                if (pile.artifacts[k].id == artifact.id) return decided(artifact, pile, pass, i, k);
        }
        const std::string why = "its job, with this source, or its store is not in the configuration: no rule holds";
        return Explained{artifact, "keep", why, std::nullopt, "the configuration has them again"};
    }

private:
    static Explained decided(const ArtifactRecord& artifact, const RetentionPile& pile, const PrunePass& pass,
                             std::size_t i, std::size_t k) {
        const RetentionPlan& plan = pass.plans[i];
        const RetentionDecision& decision = plan.decisions[k];
        const RuleInForce& by = pass.rules.at(artifact.job);
        Explained one;
        one.artifact = artifact;
        one.action = std::string(to_string(decision.action));
        one.rule = describe(decision, plan, pile.artifacts[k], by.rule, by.zone);
        one.until = decision.until;
        one.changes_when = let_go_when(decision, plan, pile.artifacts[k], by.rule);
        if (decision.action == RetentionAction::trash && !pass.removes)
            one.rule += "; it waits for garner prune --confirm";
        return one;
    }

    RetentionOutlook outlook_;
    PrunePass now_;
    PrunePass confirmed_;
};

CommandExit dry_run(const Invocation& call, const Settings& settings) {
    const auto database = open_ledger(call, settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto thoughts = Thoughts::read(reader, settings, call.now);
    if (!thoughts) return fail(call, thoughts.error().what, CommandExit::bad_news);
    std::vector<Explained> all;
    for (const Whereabouts where : {Whereabouts::store, Whereabouts::away}) {
        ArtifactFilter filter;
        filter.where = where;
        const auto artifacts = reader.artifacts(filter);
        if (!artifacts) return fail(call, artifacts.error().what, CommandExit::bad_news);
        for (const ArtifactRecord& artifact : *artifacts) all.push_back(thoughts->explain(artifact, true));
    }
    const CommandExit how = thoughts->wait() ? CommandExit::bad_news : CommandExit::fine;
    if (call.json) {
        print_json(call, json_list(all, explained_json));
    } else {
        Table table({"ARTIFACT", "JOB", "TARGET", "DUE", "SIZE", "ACTION", "UNTIL", "RULE"});
        std::size_t kept = 0;
        for (const Explained& one : all) {
            const ArtifactRecord& artifact = one.artifact;
            if (one.action == "keep") {
                ++kept;
                continue;
            }
            table.add({artifact.id, artifact.job,
                       artifact.target.name.empty() ? artifact.target.id : artifact.target.name,
                       local_time(settings, artifact.job, artifact.scheduled_at), format_size(artifact.size),
                       one.action, local_time(settings, artifact.job, one.until), one.rule});
        }
        if (!table.empty()) table.print(call.out, call.colour);
        call.out << (table.empty() ? "nothing goes; " : "") << kept << " are kept\n";
    }
    if (thoughts->wait()) return fail(call, describe(*thoughts->wait()), how);
    return how;
}

}  // namespace

CommandExit prune(const Invocation& call, const PruneOptions& options) {
    if (options.dry_run && options.confirm)
        return fail(call, "prune: --dry-run changes nothing, --confirm does: one of them", CommandExit::usage);
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    if (options.dry_run) return dry_run(call, *settings);
    json::object request;
    request["command"] = "prune";
    request["confirm"] = options.confirm;
    json::array list;
    const ControlAnswer answer = ask_daemon(*settings, request, [&](const json::object& line) {
        for (const auto& [key, action] : {std::pair("trashed", "trash"), std::pair("removed", "gone")}) {
            const json::value* found = line.if_contains(key);
            if (found == nullptr || !found->is_object()) continue;
            const json::object& artifact = found->get_object();
            json::object one;
            one["artifact"] = artifact.at("id");
            one["action"] = action;
            one["rule"] = artifact.at("removed_by");
            one["until"] = std::string_view(key) == "trashed" ? artifact.at("trash_until") : json::value();
            if (!call.json)
                call.out << artifact.at("id").get_string().c_str() << ": " << action << ": "
                         << (one["rule"].is_string() ? one["rule"].get_string().c_str() : "") << '\n';
            list.push_back(std::move(one));
        }
    });
    if (call.json) print_json(call, list);
    if (answer.exit == CommandExit::fine && !call.json && list.empty()) call.out << "nothing goes\n";
    return conclude(call, answer);
}

CommandExit explain_artifact(const Invocation& call, const std::string& id) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto artifact = find_artifact(reader, id);
    if (!artifact) return fail(call, artifact.error().what, CommandExit::usage);
    const auto thoughts = Thoughts::read(reader, *settings, call.now);
    if (!thoughts) return fail(call, thoughts.error().what, CommandExit::bad_news);
    const Explained one = thoughts->explain(*artifact, false);
    if (call.json) {
        print_json(call, explained_json(one));
        return CommandExit::fine;
    }
    const ArtifactRecord& about = one.artifact;
    const std::map<std::string, std::string> words{
        {"keep", "is kept"}, {"trash", "goes into the trash"}, {"remove", "is in the trash"}, {"gone", "is gone"}};
    call.out << "artifact " << about.id << ' ' << words.at(one.action) << '\n';
    call.out << "  of:    " << about.job << ", "
             << printable(about.target.name.empty() ? about.target.id : about.target.name, 80) << ", due "
             << local_time(*settings, about.job, about.scheduled_at) << ", " << to_string(about.verdict) << '\n';
    call.out << "  why:   " << printable(one.rule, 2000) << '\n';
    if (one.until) call.out << "  until: " << local_time(*settings, about.job, one.until) << '\n';
    if (!one.changes_when.empty()) call.out << "  goes:  once " << printable(one.changes_when, 2000) << '\n';
    return CommandExit::fine;
}

CommandExit restore_trash(const Invocation& call, const HoldOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    json::object request;
    request["command"] = "restore_trash";
    request["artifact"] = options.artifact;
    request["reason"] = options.reason;
    const auto [answer, artifact] = ask_daemon_for(*settings, request, "artifact");
    if (answer.exit != CommandExit::fine || !artifact.contains("id")) return conclude(call, answer);
    const std::string id(artifact.at("id").get_string());
    if (call.json)
        print_json(call, artifact);
    else
        call.out << "artifact " << id << " is back, and held: garner release " << id
                 << " gives it to the rules again\n";
    return CommandExit::fine;
}

}  // namespace garner
