// Nothing was removed that a rule keeps, nothing that is held; what is in the trash is whole there, and what is gone is
// gone from the ledger's point of view only when no file is left.
#include <map>
#include <tuple>

#include "checkers/evidence.hpp"
#include "core/retention_words.hpp"

namespace garner::checkers {
namespace {

using Pile = std::vector<const ArtifactRecord*>;

Verdict lies_as_said(const Evidence& evidence, const ArtifactRecord& artifact) {
    const std::string said =
        artifact.path + ", which the ledger calls '" + std::string(to_string(artifact.place)) + "'";
    const auto in_trash = evidence.files.find(".trash/" + artifact.path);
    const bool in_store = evidence.files.contains(artifact.path);
    switch (artifact.place) {
        case ArtifactPlace::trash:
            if (in_store) return said + ", is still in the store";
            if (in_trash == evidence.files.end()) return said + ", is not in the trash";
            if (in_trash->second.sha256 != artifact.sha256 && !evidence.rotten.contains(artifact.path))
                return said + ", is damaged there";
            if (!evidence.files.contains(".trash/" + artifact.path + ".manifest.json"))
                return said + ", has no manifest there";
            return {};
        case ArtifactPlace::trashing:
        case ArtifactPlace::restoring:
            return in_store || in_trash != evidence.files.end() ? Verdict() : said + ", is nowhere";
        case ArtifactPlace::gone:
            return in_store || in_trash != evidence.files.end() ? said + ", is still there" : Verdict();
        case ArtifactPlace::removing:
        case ArtifactPlace::store:
            break;
    }
    return {};
}

// Newer artifacts only make a rule keep less of the older ones: so what was removed at its time would be removed now,
// were it still there.
Verdict nothing_kept_is_gone(const Pile& pile, const RuleInForce& by) {
    std::vector<RetainedArtifact> all;
    RetentionConditions conditions;
    conditions.now = WallTime::max() - by.rule.grace - Duration(1);  // nothing is dated in the future
    for (const ArtifactRecord* artifact : pile) {
        all.push_back(retained(*artifact));
        all.back().held = false;
        // It counted until it was damaged, and older ones went meanwhile.
        if (!artifact->damage.empty()) all.back().verdict = garner::Verdict::verified;
    }
    const RetentionPlan plan = plan_retention(all, by.rule, by.zone, conditions);
    for (std::size_t i = 0; i < pile.size(); ++i)
        if (pile[i]->place != ArtifactPlace::store && pile[i]->place != ArtifactPlace::restoring &&
            plan.decisions[i].action == RetentionAction::keep)
            return pile[i]->path + " was removed (" + pile[i]->removal.value_or(Removal()).rule + "), and is kept by " +
                   describe(plan.decisions[i], plan, all[i], by.rule, by.zone);
    return {};
}

}  // namespace

Verdict retention_keeps_its_promises(const Evidence& evidence) {
    std::map<std::tuple<std::string, std::string, std::string, std::string>, Pile> piles;
    for (const auto* artifacts : {&evidence.artifacts, &evidence.away})
        for (const ArtifactRecord& artifact : *artifacts)
            piles[{artifact.job, artifact.source, artifact.target.id, artifact.store}].push_back(&artifact);
    for (const ArtifactRecord& artifact : evidence.away) {
        if (artifact.store == evidence.store)
            if (Verdict wrong = lies_as_said(evidence, artifact); !wrong.empty()) return wrong;
        const bool leaves = artifact.place == ArtifactPlace::removing || artifact.place == ArtifactPlace::gone;
        if (leaves && artifact.held && !artifact.held_until) return artifact.path + " is held, and gone";
        if (!artifact.removal || artifact.removal->rule.empty()) return artifact.path + " was removed by no rule";
    }
    for (const auto& [key, pile] : piles) {
        const auto rule = evidence.rules.find(std::get<0>(key));
        if (rule == evidence.rules.end()) {
            for (const ArtifactRecord* artifact : pile)
                if (artifact->place != ArtifactPlace::store)
                    return artifact->path + " was removed, and its job has no rule";
            continue;
        }
        if (Verdict wrong = nothing_kept_is_gone(pile, rule->second); !wrong.empty()) return wrong;
    }
    return {};
}

}  // namespace garner::checkers
