// What retention decides about: piles, the artifacts of one target of a job in one store, and the rules that are in
// force. The daemon prunes by this, and `garner prune --dry-run` and `garner explain` say what that will be.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/retention.hpp"
#include "core/settings.hpp"
#include "ledger/reader.hpp"

namespace garner {

struct PileKey {
    std::string job;
    std::string source;
    std::string target_id;
    std::string store;
    friend bool operator==(const PileKey&, const PileKey&) = default;
};

struct RetentionPile {
    PileKey key;
    std::vector<RetainedArtifact> artifacts;  ///< in their place
    bool last_run_succeeded = false;          ///< the target's last one that ended; false where there is none
    bool taken = true;  ///< the job takes the target, and its source lists it (read_retention() finds that out)
};

/// What a job is pruned by. It is the configuration's, unless that would remove too much at once.
struct RuleInForce {
    RetentionRule rule;
    Zone zone;
    bool is(const RetentionRule& other, const Zone& its_zone) const {
        return rule == other && zone.name() == its_zone.name();
    }
};

/// What retention would do and does not, before a person says `garner prune --confirm`.
struct PruneWait {
    WallTime since;
    bool edited = false;  ///< rules of the configuration are not in force; else no rule is carried out at all
    BudgetVerdict verdict;
};

/// What is to go into the trash.
struct TrashOrder {
    PileKey pile;
    std::set<std::string> wanted;  ///< ids; whatever else the rule gives away stays
    RuleInForce by;
    WallTime now;
};

struct RetentionOutlook {
    std::vector<RetentionPile> piles;           ///< of the jobs and stores that are configured
    std::map<std::string, RuleInForce> rules;   ///< by configured job: in force; one that never was any keeps all
    std::map<std::string, RuleInForce> edited;  ///< those of the configuration that differ
    std::optional<PruneWait> wait;
};

Result<RetentionOutlook> read_retention(const LedgerReader&, const Settings&);

/// While the clock is trusted.
RetentionPlan plan_pile(const RetentionPile&, const RuleInForce&, WallTime now);

/// What a pass does.
struct PrunePass {
    std::map<std::string, RuleInForce> adopted;  ///< rules of the configuration that are in force from now on
    std::map<std::string, RuleInForce> rules;    ///< by which it decides
    std::vector<RetentionPlan> plans;            ///< of each pile
    std::optional<PruneWait> wait;               ///< what it does not do
    bool removes = false;                        ///< else what the plans give away stays
};

/// `confirmed`: a person wants it, however much it removes. New rules are judged by what they would remove if every
/// target's last run had succeeded.
PrunePass plan_pass(const RetentionOutlook&, const DeletionBudget&, WallTime now, bool clock_suspect, bool confirmed);

/// One sentence about what waits, with what to do.
std::string describe(const PruneWait&);

}  // namespace garner
