// What retention does over time: outages, empty archives, late windows, clocks that were wrong, and the deletion
// budget.
#include <gtest/gtest.h>

#include <random>

#include "core/local_time.hpp"
#include "core/retention.hpp"
#include "core/retention_words.hpp"
#include "retention_history.hpp"

namespace garner {
namespace {

using std::chrono::hours;

// A store as passes leave it, one night after the other.
class Nights {
public:
    explicit Nights(const std::string& rule) : written_(written_rule(rule)) { day_ = absl::CivilDay(2026, 1, 1); }

    void good(int nights) { pass_nights(nights, Verdict::verified, true); }
    void suspect(int nights) { pass_nights(nights, Verdict::suspect, true); }
    void failing(int nights) { pass_nights(nights, Verdict::verified, false); }

    /// Passes as if every run had succeeded, whatever it brought.
    void believe_every_run() { believes_ = true; }

    std::size_t count(Verdict verdict) const {
        std::size_t n = 0;
        for (const RetainedArtifact& artifact : there_) n += artifact.verdict == verdict ? 1u : 0u;
        return n;
    }
    std::string ids() const {
        std::string text;
        for (const RetainedArtifact& artifact : there_) text += (text.empty() ? "" : " ") + artifact.id;
        return text;
    }

private:
    void pass_nights(int nights, Verdict verdict, bool brings) {
        for (int i = 0; i < nights; ++i, ++day_) {
            const WallTime at = instant_of(absl::CivilSecond(day_) + 2 * 3600, written_.zone);
            if (brings) {
                RetainedArtifact artifact;
                artifact.id = absl::FormatCivilTime(day_);
                artifact.instant = at;
                artifact.stored_at = at + std::chrono::minutes(3);
                artifact.verdict = verdict;
                there_.push_back(artifact);
            }
            written_.conditions.now = at + std::chrono::minutes(5);
            written_.conditions.last_run_succeeded = believes_ || (brings && verdict == Verdict::verified);
            const RetentionPlan plan = plan_of(written_, there_);
            std::size_t index = 0;
            std::erase_if(there_, [&](const RetainedArtifact&) {
                return plan.decisions[index++].action == RetentionAction::trash;
            });
        }
    }

    WrittenRule written_;
    absl::CivilDay day_;
    std::vector<RetainedArtifact> there_;
    bool believes_ = false;
};

TEST(RetentionStories, after_45_days_of_failures_the_14_newest_good_ones_are_still_there) {
    for (const bool believe : {false, true}) {
        Nights nights("daily 14 min_good 2");
        if (believe) nights.believe_every_run();
        nights.good(60);
        const std::string before = nights.ids();
        EXPECT_TRUE(before.starts_with("2026-02-16 ")) << before;
        EXPECT_TRUE(before.ends_with(" 2026-03-01")) << before;
        nights.failing(45);
        EXPECT_EQ(nights.ids(), before);
        nights.good(1);
        EXPECT_EQ(nights.count(Verdict::verified), 14u);
        EXPECT_TRUE(nights.ids().starts_with("2026-02-17 ")) << "one came, one went: " << nights.ids();
    }
}

TEST(RetentionStories, ten_nights_of_suspect_ones_after_a_year_of_good_ones_remove_no_good_one) {
    for (const bool believe : {false, true}) {
        Nights nights("daily 14 weekly 8 monthly 24 min_good 2");
        if (believe) nights.believe_every_run();
        nights.good(365);
        const std::string before = nights.ids();
        nights.suspect(10);
        EXPECT_EQ(nights.count(Verdict::suspect), 10u);
        EXPECT_TRUE(nights.ids().starts_with(before + " ")) << nights.ids();
    }
}

TEST(RetentionStories, suspect_ones_go_with_the_good_ones_of_their_age) {
    Nights nights("daily 5 min_good 2");
    nights.good(10);
    nights.suspect(3);
    nights.good(4);
    EXPECT_EQ(nights.ids(), "2026-01-10 2026-01-11 2026-01-12 2026-01-13 2026-01-14 2026-01-15 2026-01-16 2026-01-17");
    nights.good(1);
    EXPECT_EQ(nights.ids(), "2026-01-14 2026-01-15 2026-01-16 2026-01-17 2026-01-18");
}

TEST(RetentionStories, only_failures_and_suspect_ones_from_the_first_night_on_remove_nothing) {
    Nights nights("last 1 min_good 0");
    nights.believe_every_run();
    nights.suspect(30);
    nights.failing(30);
    EXPECT_EQ(nights.count(Verdict::suspect), 30u);
}

TEST(RetentionStories, windows_that_are_fetched_late_count_for_the_days_that_they_cover) {
    const Zone zone = Zone::load("Europe/Berlin").value();
    const WindowRule days{WindowLength::day, absl::CivilSecond(2026, 3, 20), Duration(0)};
    std::vector<RetainedArtifact> history;
    WallTime at = WallTime::min();
    for (int i = 0; i < 20; ++i) {
        ArtifactRecord record;
        record.window = window_ending_after(days, zone, at);
        at = record.window->end;
        record.scheduled_at = parse_rfc3339("2026-04-20T01:40:00Z").value();  // all of them in one night
        record.stored_at = record.scheduled_at + std::chrono::minutes(20 - i);
        history.push_back(retained(record));
    }
    const WrittenRule written = written_rule("daily 14");
    const RetentionPlan plan = plan_of(written, history);
    EXPECT_EQ(plan.trash_count, 6u);
    for (std::size_t i = 0; i < history.size(); ++i)
        EXPECT_EQ(plan.decisions[i].action, i < 6 ? RetentionAction::trash : RetentionAction::keep) << i;
    EXPECT_EQ(describe(plan.decisions[9], plan, history[9], written.rule, zone),
              "keep_daily: the last of 2026-03-29 in Europe/Berlin, 11 of 14")
        << "a day of 23 hours";
}

TEST(RetentionStories, a_clock_that_was_years_ahead_for_a_night_removes_nothing_good) {
    const WrittenRule back = written_rule("last 3 now 03-11");
    const auto history = written_history("03-01..03-10 2031-01-01 2031-01-02", back.zone);
    EXPECT_EQ(staying(history, plan_of(back, history)), "03-08 03-09 03-10 2031-01-01 2031-01-02");
}

TEST(RetentionStories, a_rule_is_the_same_whenever_it_is_asked) {
    const auto history = written_history("2025-01-01..2025-12-31 03-01..03-10", Zone());
    const std::string rule = "last 2 daily 7 weekly 4 monthly 6 yearly 2 within 9d in UTC now ";
    const std::string at_once = staying(history, plan_of(written_rule(rule + "2026-03-11"), history));
    EXPECT_EQ(staying(history, plan_of(written_rule(rule + "2046-03-11"), history)), at_once)
        << "nothing here is counted from now";
}

// A few weeks of artifacts at random hours, some of them suspect or held, under a rule of any kind.
struct Chance {
    std::mt19937 random;
    std::uint32_t up_to(std::uint32_t most) { return static_cast<std::uint32_t>(random() % (most + 1)); }

    RetentionRule rule() {
        RetentionRule rule;
        rule.keep_last = up_to(3);
        rule.keep_hourly = up_to(1) * up_to(5);
        rule.keep_daily = up_to(6);
        rule.keep_weekly = up_to(1) * up_to(3);
        rule.keep_monthly = up_to(1) * up_to(2);
        rule.keep_within = hours(up_to(1) * up_to(60));
        rule.min_good = up_to(3);
        return rule;
    }
    std::vector<RetainedArtifact> history() {
        std::vector<RetainedArtifact> history(1 + up_to(40));
        for (std::size_t i = 0; i < history.size(); ++i) {
            RetainedArtifact& artifact = history[i];
            artifact.id = std::to_string(i);
            artifact.instant = parse_rfc3339("2026-03-20T00:00:00Z").value() + hours(up_to(24 * 20));
            artifact.stored_at = artifact.instant + std::chrono::minutes(up_to(9));
            artifact.verdict = up_to(3) == 0 ? Verdict::suspect : Verdict::verified;
            artifact.held = up_to(9) == 0;
        }
        return history;
    }
};

TEST(RetentionStories, a_suspect_one_fares_as_it_would_if_it_alone_were_accepted) {
    Chance chance{std::mt19937(7)};
    const Zone zone = Zone::load("Europe/Berlin").value();
    RetentionConditions conditions;
    int trashed = 0;
    for (int round = 0; round < 300; ++round) {
        const RetentionRule rule = chance.rule();
        auto history = chance.history();
        conditions.now = parse_rfc3339("2026-04-06T00:00:00Z").value();  // the newest may be later
        const RetentionPlan plan = plan_retention(history, rule, zone, conditions);
        for (std::size_t i = 0; i < history.size(); ++i) {
            if (history[i].verdict == Verdict::verified) continue;
            history[i].verdict = Verdict::verified;
            const RetentionPlan accepted = plan_retention(history, rule, zone, conditions);
            history[i].verdict = Verdict::suspect;
            ASSERT_EQ(plan.decisions[i].action, accepted.decisions[i].action) << "round " << round << ", " << i;
            trashed += plan.decisions[i].action == RetentionAction::trash ? 1 : 0;
        }
    }
    EXPECT_GT(trashed, 100);
}

TEST(RetentionStories, what_a_pass_leaves_the_next_one_leaves_too) {
    Chance chance{std::mt19937(8)};
    const Zone zone = Zone::load("Europe/Berlin").value();
    RetentionConditions conditions;
    for (int round = 0; round < 300; ++round) {
        const RetentionRule rule = chance.rule();
        auto history = chance.history();
        conditions.now = parse_rfc3339("2026-04-06T00:00:00Z").value();
        const RetentionPlan plan = plan_retention(history, rule, zone, conditions);
        std::size_t index = 0;
        std::erase_if(
            history, [&](const RetainedArtifact&) { return plan.decisions[index++].action == RetentionAction::trash; });
        ASSERT_EQ(plan_retention(history, rule, zone, conditions).trash_count, 0u) << "round " << round;
    }
}

std::vector<RetentionPlan> plans(std::size_t targets, std::size_t there, std::size_t trashed) {
    RetentionPlan plan;
    plan.decisions.resize(there);
    plan.trash_count = trashed;
    return std::vector<RetentionPlan>(targets, plan);
}

TEST(RetentionStories, a_pass_may_remove_50_or_a_fifth_whichever_is_more) {
    const DeletionBudget budget;
    EXPECT_TRUE(within_budget(plans(1, 60, 50), budget).within);
    EXPECT_FALSE(within_budget(plans(1, 60, 51), budget).within);
    EXPECT_TRUE(within_budget(plans(100, 15, 3), budget).within) << "300 of 1,500";
    const BudgetVerdict verdict = within_budget(plans(100, 15, 4), budget);
    EXPECT_FALSE(verdict.within);
    EXPECT_EQ(describe(verdict), "would remove 400 of 1500 artifacts; 300 may go in one pass");
    EXPECT_TRUE(within_budget({}, budget).within);
    EXPECT_TRUE(within_budget(plans(1, 10, 0), DeletionBudget{0, 0}).within);
    EXPECT_FALSE(within_budget(plans(1, 10, 1), DeletionBudget{0, 0}).within);
    EXPECT_TRUE(within_budget(plans(1, 10, 10), DeletionBudget{0, 100}).within);
}

}  // namespace
}  // namespace garner
