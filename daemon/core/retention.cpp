#include "core/retention.hpp"

#include <algorithm>
#include <array>

#include "core/calendar_period.hpp"

namespace garner {
namespace {

// A keep_hourly, keep_daily... on its way from the newest artifact to the oldest.
struct PeriodRule {
    RetentionCause cause;
    CalendarPeriod period;
    std::uint32_t count;
    std::uint32_t used = 0;  // periods that have one
    std::int64_t last = 0;   // of them, the oldest

    RetentionReason judge(std::int64_t number) const {
        if (used > 0 && number == last) return {cause, false, 0};
        return {cause, used < count, used + 1};
    }
    void take(std::int64_t number) {
        if (used == count || (used > 0 && number == last)) return;
        last = number;
        ++used;
    }
};

// What the rules have given away so far. Artifacts come newest first; a suspect one is judged but takes nothing.
class Rules {
public:
    Rules(const RetentionRule& rule, const Zone& zone)
        : rule_(rule),
          zone_(zone),
          periods_{{{RetentionCause::keep_hourly, CalendarPeriod::hour, rule.keep_hourly},
                    {RetentionCause::keep_daily, CalendarPeriod::day, rule.keep_daily},
                    {RetentionCause::keep_weekly, CalendarPeriod::week, rule.keep_weekly},
                    {RetentionCause::keep_monthly, CalendarPeriod::month, rule.keep_monthly},
                    {RetentionCause::keep_yearly, CalendarPeriod::year, rule.keep_yearly}}} {}

    void judge(const RetainedArtifact& artifact, std::vector<RetentionReason>& reasons) {
        const bool counts = artifact.verdict == Verdict::verified;
        if (taken_ == 0) {
            reasons.push_back({counts ? RetentionCause::newest : RetentionCause::no_newer_verified, true, 1});
            if (!counts) return;
            newest_ = artifact.instant;
        }
        if (taken_ < rule_.min_good) reasons.push_back({RetentionCause::min_good, true, taken_ + 1});
        if (rule_.keep_last > 0) reasons.push_back({RetentionCause::keep_last, taken_ < rule_.keep_last, taken_ + 1});
        const absl::CivilSecond local = local_time_of(artifact.instant, zone_);
        for (PeriodRule& period : periods_) {
            if (period.count == 0) continue;
            const std::int64_t number = period_number(period.period, local);
            reasons.push_back(period.judge(number));
            if (counts) period.take(number);
        }
        if (rule_.keep_within > Duration(0))
            reasons.push_back({RetentionCause::keep_within, artifact.instant > newest_ - rule_.keep_within, 0});
        if (counts) ++taken_;
    }

private:
    const RetentionRule& rule_;
    const Zone& zone_;
    std::array<PeriodRule, 5> periods_;
    std::uint32_t taken_ = 0;  // verified ones
    WallTime newest_;
};

std::vector<std::size_t> newest_first(std::span<const RetainedArtifact> artifacts) {
    std::vector<std::size_t> order(artifacts.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto newer = [&](std::size_t a, std::size_t b) {
        const RetainedArtifact &one = artifacts[a], &other = artifacts[b];
        if (one.instant != other.instant) return one.instant > other.instant;
        if (one.stored_at != other.stored_at) return one.stored_at > other.stored_at;
        return one.id > other.id;
    };
    if (!std::is_sorted(order.begin(), order.end(), newer)) std::sort(order.begin(), order.end(), newer);
    return order;
}

bool is_held(const RetainedArtifact& artifact, WallTime now) {
    return artifact.held && (!artifact.held_until || now < *artifact.held_until);
}

std::vector<RetentionBlock> blocks_of(const RetentionRule& rule, const RetentionConditions& conditions) {
    std::vector<RetentionBlock> blocks;
    if (rule.empty()) blocks.push_back(RetentionBlock::empty_rule);
    if (!conditions.last_run_succeeded) blocks.push_back(RetentionBlock::last_run);
    if (conditions.clock_suspect) blocks.push_back(RetentionBlock::clock);
    if (!conditions.taken) blocks.push_back(RetentionBlock::departed);
    return blocks;
}

bool is_all_that_keeps(RetentionCause cause, const std::vector<RetentionReason>& reasons) {
    return std::all_of(reasons.begin(), reasons.end(),
                       [&](const RetentionReason& reason) { return reason.keeps == (reason.cause == cause); });
}

}  // namespace

std::string_view to_string(RetentionAction action) { return action == RetentionAction::keep ? "keep" : "trash"; }

WallTime retention_instant(const ArtifactRecord& artifact) {
    return artifact.window ? artifact.window->end - Duration(1) : artifact.scheduled_at;
}

RetainedArtifact retained(const ArtifactRecord& artifact) {
    RetainedArtifact result;
    result.id = artifact.id;
    result.instant = retention_instant(artifact);
    result.stored_at = artifact.stored_at;
    result.size = artifact.size;
    result.verdict = artifact.verdict;
    result.held = artifact.held;
    result.held_until = artifact.held_until;
    return result;
}

RetentionPlan plan_retention(std::span<const RetainedArtifact> artifacts, const RetentionRule& rule, const Zone& zone,
                             const RetentionConditions& conditions) {
    RetentionPlan plan;
    plan.blocks = blocks_of(rule, conditions);
    plan.decisions.resize(artifacts.size());
    Rules rules(rule, zone);
    for (const std::size_t index : newest_first(artifacts)) {
        const RetainedArtifact& artifact = artifacts[index];
        RetentionDecision& decision = plan.decisions[index];
        if (is_held(artifact, conditions.now)) decision.reasons.push_back({RetentionCause::hold, true, 0});
        if (artifact.instant > conditions.now)
            decision.reasons.push_back({RetentionCause::future, true, 0});
        else
            rules.judge(artifact, decision.reasons);
        std::stable_partition(decision.reasons.begin(), decision.reasons.end(),
                              [](const RetentionReason& reason) { return reason.keeps; });
        const bool kept = !decision.reasons.empty() && decision.reasons.front().keeps;
        if (!plan.blocks.empty()) continue;
        if (kept) {
            if (is_all_that_keeps(RetentionCause::hold, decision.reasons)) decision.until = artifact.held_until;
            continue;
        }
        decision.action = RetentionAction::trash;
        decision.until = conditions.now + rule.grace;
        ++plan.trash_count;
        plan.trash_bytes += artifact.size;
    }
    return plan;
}

BudgetVerdict within_budget(std::span<const RetentionPlan> plans, const DeletionBudget& budget) {
    BudgetVerdict verdict;
    for (const RetentionPlan& plan : plans) {
        verdict.of += plan.decisions.size();
        verdict.wanted += plan.trash_count;
    }
    verdict.allowed = std::max<std::size_t>(budget.count, verdict.of * budget.percent / 100);
    verdict.within = verdict.wanted <= verdict.allowed;
    return verdict;
}

}  // namespace garner
