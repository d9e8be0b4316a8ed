#include "core/retention_words.hpp"

#include <array>

#include "core/calendar_period.hpp"
#include "core/local_time.hpp"

namespace garner {
namespace {

struct Words {
    std::string_view name;
    std::uint32_t RetentionRule::*count = nullptr;
    std::string_view noun{};  // of what it counts, where that is periods
    CalendarPeriod period = CalendarPeriod::hour;
};

// In the order of RetentionCause.
constexpr std::array<Words, 12> all_words{{
    {"hold"},
    {"future"},
    {"newest"},
    {"min_good", &RetentionRule::min_good},
    {"suspect"},
    {"keep_last", &RetentionRule::keep_last},
    {"keep_hourly", &RetentionRule::keep_hourly, "hour", CalendarPeriod::hour},
    {"keep_daily", &RetentionRule::keep_daily, "day", CalendarPeriod::day},
    {"keep_weekly", &RetentionRule::keep_weekly, "week", CalendarPeriod::week},
    {"keep_monthly", &RetentionRule::keep_monthly, "month", CalendarPeriod::month},
    {"keep_yearly", &RetentionRule::keep_yearly, "year", CalendarPeriod::year},
    {"keep_within"},
}};
static_assert(all_words.size() == static_cast<std::size_t>(RetentionCause::keep_within) + 1);

constexpr const Words& words_of(RetentionCause cause) { return all_words[static_cast<std::size_t>(cause)]; }

std::uint32_t count_of(RetentionCause cause, const RetentionRule& rule) {
    const Words& words = words_of(cause);
    return words.count ? rule.*words.count : 0;
}

// "1 day", "12 days".
std::string counted(std::uint32_t count, std::string_view between, std::string_view noun) {
    return std::to_string(count) + std::string(between) + std::string(noun) + (count == 1 ? "" : "s");
}

std::string of_period(const RetentionReason& reason, const Words& words, const RetainedArtifact& artifact,
                      std::uint32_t count, const Zone& zone) {
    if (!reason.keeps && reason.place > 0)
        return counted(count, " newer ", words.noun) + (count == 1 ? " has one" : " have one");
    const std::string where = period_name(words.period, local_time_of(artifact.instant, zone)) + " in " + zone.name();
    if (!reason.keeps) return "a newer one is there for " + where;
    return "the last of " + where + ", " + std::to_string(reason.place) + " of " + std::to_string(count);
}

std::string fact(const RetentionReason& reason, const RetainedArtifact& artifact, const RetentionRule& rule,
                 const Zone& zone) {
    const std::uint32_t count = count_of(reason.cause, rule);
    const Words& words = words_of(reason.cause);
    if (!words.noun.empty()) return of_period(reason, words, artifact, count, zone);
    switch (reason.cause) {
        case RetentionCause::hold:
            return "marked by a person" +
                   (artifact.held_until ? " until " + format_rfc3339_in(*artifact.held_until, zone) : "");
        case RetentionCause::future:
            return "dated " + format_rfc3339_in(artifact.instant, zone) + ", after now";
        case RetentionCause::newest:
            return "the newest verified one";
        case RetentionCause::min_good:
            return "one of the " + std::to_string(count) + " newest verified ones";
        case RetentionCause::no_newer_verified:
            return "no newer verified one is there";
        case RetentionCause::keep_last:
            if (!reason.keeps) return counted(count, " newer ", "one") + (count == 1 ? " is there" : " are there");
            return std::to_string(reason.place) + " of " + std::to_string(count);
        default:
            return (reason.keeps ? "less than " : "not less than ") + format_duration(rule.keep_within) +
                   " older than the newest verified one";
    }
}

std::string let_go_when(const RetentionReason& reason, const RetainedArtifact& artifact, const RetentionRule& rule) {
    const std::uint32_t more = count_of(reason.cause, rule) - reason.place + 1;
    const Words& words = words_of(reason.cause);
    if (!words.noun.empty()) {
        const std::string periods =
            counted(more, " more ", words.noun) + (more == 1 ? " has" : " have") + " a verified one";
        if (reason.place > 1) return periods;
        return "a later verified one of the same " + std::string(words.noun) + " is there or " + periods;
    }
    switch (reason.cause) {
        case RetentionCause::hold:
            return artifact.held_until ? "the hold has ended" : "the hold is released";
        case RetentionCause::future:
            return "its date has come";
        case RetentionCause::newest:
            return "a newer verified one is there";
        case RetentionCause::no_newer_verified:
            return "a newer verified one is there and no rule would keep it if it were accepted";
        case RetentionCause::keep_within:
            return "a verified one is there that is " + format_duration(rule.keep_within) + " newer";
        default:
            return counted(more, " newer verified ", "one") + (more == 1 ? " has come" : " have come");
    }
}

std::string_view let_go_when(RetentionBlock block) {
    switch (block) {
        case RetentionBlock::empty_rule:
            return "the rule says what to keep";
        case RetentionBlock::last_run:
            return "a run of its target has succeeded";
        case RetentionBlock::departed:
            return "its target is taken again";
        case RetentionBlock::clock:
            break;
    }
    return "the clock can be trusted";
}

void append(std::string& text, std::string_view separator, std::string_view more) {
    if (!text.empty()) text += separator;
    text += more;
}

}  // namespace

std::string_view to_string(RetentionCause cause) { return words_of(cause).name; }

std::string_view describe(RetentionBlock block) {
    switch (block) {
        case RetentionBlock::empty_rule:
            return "its rule is empty";
        case RetentionBlock::last_run:
            return "its last run did not succeed";
        case RetentionBlock::departed:
            return "its target is no longer listed, or no longer taken by the job";
        case RetentionBlock::clock:
            break;
    }
    return "the clock is suspect";
}

std::string describe(const RetentionReason& reason, const RetainedArtifact& artifact, const RetentionRule& rule,
                     const Zone& zone) {
    return std::string(to_string(reason.cause)) + ": " + fact(reason, artifact, rule, zone);
}

std::string describe(const RetentionDecision& decision, const RetentionPlan& plan, const RetainedArtifact& artifact,
                     const RetentionRule& rule, const Zone& zone) {
    const bool suspect = artifact.verdict == Verdict::suspect;
    const bool kept = !decision.reasons.empty() && decision.reasons.front().keeps;
    std::string text;
    for (const RetentionReason& reason : decision.reasons) {
        if (reason.keeps != kept) continue;
        const bool by_rule = reason.cause >= RetentionCause::keep_last || reason.cause == RetentionCause::min_good;
        append(text, "; ", kept && suspect && by_rule ? "if it were accepted, " : "");
        text += describe(reason, artifact, rule, zone);
    }
    if (kept) return text;
    const std::string why = text.empty() ? "" : " (" + text + ")";
    text = suspect ? "suspect, and no rule would keep it if it were accepted" : "no rule keeps it";
    text += why;
    if (plan.blocks.empty()) return text;
    std::string blocks;
    for (const RetentionBlock block : plan.blocks) append(blocks, ", ", describe(block));
    return text + ", but nothing of its target is removed: " + blocks;
}

std::string let_go_when(const RetentionDecision& decision, const RetentionPlan& plan, const RetainedArtifact& artifact,
                        const RetentionRule& rule) {
    std::string text;
    if (decision.action == RetentionAction::trash) return text;
    for (const RetentionReason& reason : decision.reasons)
        if (reason.keeps) append(text, ", and ", let_go_when(reason, artifact, rule));
    for (const RetentionBlock block : plan.blocks) append(text, ", and ", let_go_when(block));
    return text;
}

std::string describe(const BudgetVerdict& verdict) {
    return "would remove " + std::to_string(verdict.wanted) + " of " + std::to_string(verdict.of) + " artifacts; " +
           std::to_string(verdict.allowed) + " may go in one pass";
}

}  // namespace garner
