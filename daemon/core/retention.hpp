// Which artifacts of a target stay in a store and which go, with the reasons: the only place that decides it.
// What a newcomer gets wrong: nothing here counts elapsed time. A rule keeps the newest so many periods that have an
// artifact, so that a month of failures removes nothing; `now` only tells what is dated in the future.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.hpp"
#include "core/retention_rule.hpp"
#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

/// An artifact as retention sees it.
struct RetainedArtifact {
    std::string id;
    WallTime instant;    ///< retention_instant()
    WallTime stored_at;  ///< of two of one instant, the one that was stored later is the newer
    std::uint64_t size = 0;
    Verdict verdict = Verdict::verified;
    bool held = false;
    std::optional<WallTime> held_until{};  ///< nothing: until it is released
};

/// The instant that an artifact stands for: the last millisecond of its window, so that the export of a day belongs to
/// that day however late it was fetched; without a window, when it was due.
WallTime retention_instant(const ArtifactRecord&);
RetainedArtifact retained(const ArtifactRecord&);

/// What is known about the target and the clock when a plan is made.
struct RetentionConditions {
    WallTime now;
    bool last_run_succeeded = true;  ///< the target's last finished run; a suspect artifact is no success
    bool clock_suspect = false;
    bool taken = true;  ///< the job takes the target, and the vendor lists it
};

/// Why nothing of a target is removed, whatever the rules say.
enum class RetentionBlock { empty_rule, last_run, clock, departed };

enum class RetentionCause {
    hold,               ///< a person's mark
    future,             ///< dated after now: a clock was wrong, and nobody knows how old it is
    newest,             ///< the newest verified one
    min_good,           ///< among the newest verified ones
    no_newer_verified,  ///< suspect, and no verified one came after it: it may be all that there is
    keep_last,
    keep_hourly,
    keep_daily,
    keep_weekly,
    keep_monthly,
    keep_yearly,
    keep_within,
};

/// What one rule or floor says of one artifact.
struct RetentionReason {
    RetentionCause cause = RetentionCause::hold;
    bool keeps = true;
    /// Counted from the newest, 1. Of a rule that does not keep it: 0 where a newer one stands for its period, else
    /// more than the rule's count.
    std::uint32_t place = 0;
    friend bool operator==(const RetentionReason&, const RetentionReason&) = default;
};

enum class RetentionAction { keep, trash };
std::string_view to_string(RetentionAction);

struct RetentionDecision {
    RetentionAction action = RetentionAction::keep;
    /// Kept: first what keeps it, floors before rules; a block may be the only thing. Trash: why each rule does not
    /// keep it. Of a suspect one the rules speak as if it were accepted.
    std::vector<RetentionReason> reasons;
    /// Trash: when it is gone for good. Kept: when a hold ends that is all that keeps it. Else nothing: what it waits
    /// for is artifacts, not time (let_go_when(), and simulate_retention() for when they come).
    std::optional<WallTime> until;
};

struct RetentionPlan {
    std::vector<RetentionDecision> decisions;  ///< one for each artifact, in the same order
    std::vector<RetentionBlock> blocks;        ///< any: everything is kept
    std::size_t trash_count = 0;
    std::uint64_t trash_bytes = 0;
};

/// `artifacts`: all of one target of a job in one store, in any order, without those in the trash. Verified ones count
/// and are kept by the rule in the zone, by restic's meaning. Suspect ones never count; one goes when a newer verified
/// one is there and no rule would keep it if it were accepted today. What is dated in the future never counts and never
/// goes.
RetentionPlan plan_retention(std::span<const RetainedArtifact> artifacts, const RetentionRule&, const Zone&,
                             const RetentionConditions&);

/// What a pass over many targets would remove, against what it may.
struct BudgetVerdict {
    bool within = true;  ///< else the pass removes nothing and asks
    std::size_t wanted = 0;
    std::size_t allowed = 0;
    std::size_t of = 0;
};
BudgetVerdict within_budget(std::span<const RetentionPlan>, const DeletionBudget&);

}  // namespace garner
