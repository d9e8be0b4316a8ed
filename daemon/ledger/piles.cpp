#include "ledger/piles.hpp"

#include <set>
#include <utility>

#include "core/retention_words.hpp"
#include "core/selection.hpp"

namespace garner {

Result<RetentionOutlook> read_retention(const LedgerReader& reader, const Settings& settings) {
    RetentionOutlook outlook;
    auto piles = reader.piles();
    if (!piles) return piles.error();
    const auto rules = reader.rules_in_force();
    if (!rules) return rules.error();
    std::map<std::string, std::set<std::string>> taken;  // ids of targets, by job
    for (const auto& [name, job] : settings.jobs) {
        const auto listed = reader.targets(job.source);
        if (!listed) return listed.error();
        for (const Target& target : select_targets(job.targets, *listed).targets) taken[name].insert(target.id);
        const auto known = rules->find(name);
        RuleInForce in_force = known == rules->end() ? RuleInForce{RetentionRule(), job.zone} : known->second;
        if (!in_force.is(job.retention, job.zone)) outlook.edited[name] = RuleInForce{job.retention, job.zone};
        outlook.rules[name] = std::move(in_force);
    }
    for (RetentionPile& pile : *piles) {
        const auto job = settings.jobs.find(pile.key.job);
        if (job == settings.jobs.end() || job->second.source != pile.key.source ||
            !settings.stores.contains(pile.key.store))
            continue;
        pile.taken = taken[pile.key.job].contains(pile.key.target_id);
        outlook.piles.push_back(std::move(pile));
    }
    auto wait = reader.prune_wait();
    if (!wait) return wait.error();
    outlook.wait = std::move(*wait);
    return outlook;
}

RetentionPlan plan_pile(const RetentionPile& pile, const RuleInForce& by, WallTime now) {
    RetentionConditions conditions;
    conditions.now = now;
    conditions.last_run_succeeded = pile.last_run_succeeded;
    conditions.taken = pile.taken;
    return plan_retention(pile.artifacts, by.rule, by.zone, conditions);
}

namespace {

std::vector<RetentionPlan> plan_all(const std::vector<RetentionPile>& piles,
                                    const std::map<std::string, RuleInForce>& rules, WallTime now, bool clock_suspect,
                                    bool as_if_succeeded) {
    std::vector<RetentionPlan> plans;
    plans.reserve(piles.size());
    for (const RetentionPile& pile : piles) {
        RetentionConditions conditions;
        conditions.now = now;
        conditions.last_run_succeeded = pile.last_run_succeeded || as_if_succeeded;
        conditions.clock_suspect = clock_suspect;
        conditions.taken = pile.taken || as_if_succeeded;
        const RuleInForce& by = rules.at(pile.key.job);
        plans.push_back(plan_retention(pile.artifacts, by.rule, by.zone, conditions));
    }
    return plans;
}

}  // namespace

PrunePass plan_pass(const RetentionOutlook& outlook, const DeletionBudget& budget, WallTime now, bool clock_suspect,
                    bool confirmed) {
    PrunePass pass;
    pass.rules = outlook.rules;
    if (!outlook.edited.empty()) {
        std::map<std::string, RuleInForce> rules = outlook.rules;
        for (const auto& [job, rule] : outlook.edited) rules[job] = rule;
        const BudgetVerdict verdict = within_budget(plan_all(outlook.piles, rules, now, false, true), budget);
        if (verdict.within || confirmed) {
            pass.adopted = outlook.edited;
            pass.rules = std::move(rules);
        } else {
            pass.wait = PruneWait{now, true, verdict};
        }
    }
    pass.plans = plan_all(outlook.piles, pass.rules, now, clock_suspect, false);
    const BudgetVerdict verdict = within_budget(pass.plans, budget);
    pass.removes = verdict.within || confirmed;
    if (!pass.removes && !pass.wait) pass.wait = PruneWait{now, false, verdict};
    // Since when it waits, not since this pass.
    if (pass.wait && outlook.wait && pass.wait->edited == outlook.wait->edited) pass.wait->since = outlook.wait->since;
    return pass;
}

std::string describe(const PruneWait& wait) {
    return (wait.edited ? "the configuration's rules of retention are not in force: the next pass "
                        : "retention is stopped: the next pass ") +
           describe(wait.verdict) +
           ". garner prune --dry-run shows them; garner prune --confirm lets them go, or change the rules";
}

}  // namespace garner
