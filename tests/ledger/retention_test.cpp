// What the ledger remembers of retention: decided before a file moves, finished behind it, counted right.
#include <gmock/gmock.h>

#include "ledger/support.hpp"

namespace garner {
namespace {

class Retention : public LedgerTest {
protected:
    /// A run at each minute that succeeded with an artifact `a<minute>`.
    void store(const std::vector<int>& minutes) {
        for (const int minute : minutes) {
            const std::string number = std::to_string(minute);
            const RunRecord run = make_run("run-" + number, "m1", minute);
            ASSERT_TRUE(dispatch({run}, minute));
            RunUpdate ended;
            ended.state = RunState::succeeded;
            ended.ended_at = at(minute) + Duration(1000);
            ASSERT_TRUE(wait(ledger_->artifact_stored(make_artifact(run, "a" + number, 1000), ended)));
        }
    }
    TrashOrder order(std::set<std::string> wanted, std::uint32_t keep_last = 1) const {
        TrashOrder order;
        order.pile = PileKey{"machines", "press-shop", "m1", "archive"};
        order.wanted = std::move(wanted);
        order.by.rule.keep_last = keep_last;
        order.by.rule.min_good = 1;
        order.by.rule.grace = Duration(60'000);
        order.now = at(100);
        return order;
    }
    std::vector<ArtifactRecord> trash(const TrashOrder& what) { return wait(ledger_->trash(what)).value(); }
    ArtifactRecord artifact(const std::string& id) { return wait(ledger_->artifact(id)).value().value(); }
    std::vector<std::string> listed(Whereabouts where) const {
        ArtifactFilter filter;
        filter.where = where;
        std::vector<std::string> ids;
        for (const ArtifactRecord& one : reader().artifacts(filter).value()) ids.push_back(one.id);
        return ids;
    }
    std::vector<std::string> events(const std::string& run) const {
        std::vector<std::string> names;
        for (const TimelineEntry& entry : reader().timeline(run).value()) names.push_back(entry.event);
        return names;
    }
    Hold hold() const { return Hold{true, "uid 0", "it is needed", at(100)}; }
};

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Retention, what_goes_is_marked_with_its_rule_before_a_file_moves_and_no_longer_counts) {
    store({1, 2, 3});
    const auto marked = trash(order({"a1", "a2"}));
    EXPECT_EQ(marked.size(), 2U);
    EXPECT_EQ(artifact("a1").place, ArtifactPlace::trashing);
    EXPECT_EQ(artifact("a1").removal->until, at(100) + Duration(60'000));
    EXPECT_THAT(artifact("a1").removal->rule, HasSubstr("keep_last"));
    EXPECT_THAT(events("run-1"), Contains("trashed"));
    EXPECT_THAT(listed(Whereabouts::store), ElementsAre("a3"));
    EXPECT_THAT(listed(Whereabouts::away), ElementsAre("a2", "a1"));
    const LedgerTotals totals = reader().totals().value();
    EXPECT_EQ(totals.artifacts.at({"machines", Verdict::verified}), 1U);
    EXPECT_EQ(totals.stored_bytes.at({"archive", "machines"}), 1000U);
    EXPECT_EQ(totals.trash_bytes.at({"archive", "machines"}), 2000U);
    EXPECT_EQ(totals.pruned.at("machines"), 2U);
}

TEST_F(Retention, only_what_was_asked_for_and_what_the_rule_still_gives_away_is_marked) {
    store({1, 2, 3});
    EXPECT_TRUE(trash(order({"a3"})).empty()) << "the newest";
    EXPECT_EQ(trash(order({"a1"})).size(), 1U);
    EXPECT_EQ(artifact("a2").place, ArtifactPlace::store) << "nobody asked for it";
    ASSERT_TRUE(wait(ledger_->hold("a2", hold())));
    EXPECT_TRUE(trash(order({"a2"})).empty()) << "held since it was decided";
}

TEST_F(Retention, a_target_whose_last_run_failed_loses_nothing) {
    store({1, 2, 3});
    RunRecord failed = make_run("run-4", "m1", 4);
    failed.state = RunState::failed;
    ASSERT_TRUE(dispatch({failed}, 4));
    EXPECT_TRUE(trash(order({"a1", "a2"})).empty());
}

TEST_F(Retention, an_artifact_goes_through_the_trash_and_stays_known) {
    store({1, 2});
    const auto marked = trash(order({"a1"}));
    ASSERT_TRUE(wait(ledger_->moved(marked, at(100))));
    EXPECT_EQ(artifact("a1").place, ArtifactPlace::trash);
    EXPECT_TRUE(wait(ledger_->remove_from_trash({"a1"}, at(100) + Duration(59'999))).value().empty()) << "grace";
    const auto removing = wait(ledger_->remove_from_trash({"a1"}, at(101))).value();
    ASSERT_EQ(removing.size(), 1U);
    ASSERT_TRUE(wait(ledger_->moved(removing, at(101))));
    EXPECT_EQ(artifact("a1").place, ArtifactPlace::gone);
    EXPECT_THAT(events("run-1"), Contains("removed"));
    EXPECT_TRUE(listed(Whereabouts::away).empty());
    EXPECT_EQ(run("run-1").artifact, "a1");
    const auto refused = wait(ledger_->restore("a1", hold()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, FailureKind::rejected);
    EXPECT_FALSE(wait(ledger_->hold("a1", hold())));
}

TEST_F(Retention, one_that_is_taken_back_is_held_and_counts_again) {
    store({1, 2});
    ASSERT_TRUE(wait(ledger_->moved(trash(order({"a1"})), at(100))));
    const auto back = wait(ledger_->restore("a1", hold()));
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(artifact("a1").place, ArtifactPlace::restoring);
    EXPECT_EQ(reader().totals().value().artifacts.at({"machines", Verdict::verified}), 1U) << "not yet";
    ASSERT_TRUE(wait(ledger_->moved({*back}, at(101))));
    EXPECT_TRUE(artifact("a1").held);
    EXPECT_EQ(artifact("a1").removal, std::nullopt);
    EXPECT_EQ(reader().totals().value().artifacts.at({"machines", Verdict::verified}), 2U);
    EXPECT_EQ(reader().totals().value().pruned.at("machines"), 1U) << "a counter never goes back";
    EXPECT_TRUE(trash(order({"a1"})).empty());
}

TEST_F(Retention, what_is_held_in_the_trash_stays_there_until_the_hold_ends) {
    store({1, 2});
    ASSERT_TRUE(wait(ledger_->moved(trash(order({"a1"})), at(100))));
    Hold for_an_hour = hold();
    for_an_hour.until = at(160);
    ASSERT_TRUE(wait(ledger_->hold("a1", for_an_hour)));
    EXPECT_TRUE(wait(ledger_->remove_from_trash({"a1"}, at(159))).value().empty());
    EXPECT_EQ(wait(ledger_->remove_from_trash({"a1"}, at(160))).value().size(), 1U);
}

TEST_F(Retention, a_window_whose_artifact_is_gone_stays_covered) {
    RunRecord one = make_run("run-1", "m1", 1);
    one.window = Window{at(0), at(1)};
    ASSERT_TRUE(dispatch({one}, 1));
    ArtifactRecord exported = make_artifact(one, "a1");
    exported.window = one.window;
    RunUpdate ended;
    ended.state = RunState::succeeded;
    ended.ended_at = at(1);
    ASSERT_TRUE(wait(ledger_->artifact_stored(exported, ended)));
    store({5});
    ASSERT_TRUE(wait(ledger_->moved(trash(order({"a1"})), at(100))));
    EXPECT_EQ(artifact("a1").place, ArtifactPlace::trash);
    EXPECT_EQ(reader().covered_windows("machines", "press-shop", "m1", 3).value().size(), 1U);
    EXPECT_NE(reader().last_manifest_sha256("archive", "press-shop", "m1").value(), std::nullopt);
}

TEST_F(Retention, the_rules_in_force_and_what_waits_are_remembered) {
    RuleInForce by;
    by.zone = Zone::load("Europe/Berlin").value();
    by.rule.keep_daily = 14;
    by.rule.keep_within = Duration(7'200'000);
    by.rule.min_good = 5;
    ASSERT_TRUE(wait(ledger_->rules_adopted({{"machines", by}})));
    PruneWait waits;
    waits.since = at(3);
    waits.edited = true;
    waits.verdict = BudgetVerdict{false, 80, 60, 300};
    ASSERT_TRUE(wait(ledger_->prune_waits(waits)));
    stop();
    start();
    const auto rules = reader().rules_in_force().value();
    ASSERT_TRUE(rules.contains("machines"));
    EXPECT_TRUE(rules.at("machines").is(by.rule, by.zone));
    const auto read = reader().prune_wait().value();
    ASSERT_TRUE(read);
    EXPECT_EQ(read->since, at(3));
    EXPECT_THAT(describe(*read), HasSubstr("would remove 80 of 300 artifacts; 60 may go"));
    ASSERT_TRUE(wait(ledger_->prune_waits(std::nullopt)));
    EXPECT_FALSE(reader().prune_wait().value());
}

// ---- plan_pass(): what a pass does with rules and budget

RetentionPile pile_of(int artifacts, bool succeeded = true) {
    RetentionPile pile;
    pile.key = PileKey{"machines", "press-shop", "m1", "archive"};
    pile.last_run_succeeded = succeeded;
    for (int i = 0; i < artifacts; ++i) {
        RetainedArtifact one;
        one.id = "a" + std::to_string(i);
        one.instant = one.stored_at = at(i);
        pile.artifacts.push_back(one);
    }
    return pile;
}

RuleInForce keep_last(std::uint32_t count) {
    RuleInForce by;
    by.rule.keep_last = count;
    return by;
}

constexpr DeletionBudget ten{10, 0};

TEST(PrunePass, more_than_the_budget_removes_nothing_and_waits_for_a_word) {
    RetentionOutlook outlook;
    outlook.piles = {pile_of(30)};
    outlook.rules["machines"] = keep_last(5);
    const PrunePass pass = plan_pass(outlook, ten, at(1000), false, false);
    EXPECT_FALSE(pass.removes);
    ASSERT_TRUE(pass.wait);
    EXPECT_FALSE(pass.wait->edited);
    EXPECT_EQ(pass.wait->verdict.wanted, 25U);
    EXPECT_TRUE(plan_pass(outlook, ten, at(1000), false, true).removes) << "confirmed";
    EXPECT_FALSE(plan_pass(outlook, ten, at(1000), false, true).wait);
}

// Behind a rebuild no source has been asked yet, and no target is taken: an edit is judged by what it will remove then.
TEST(PrunePass, an_edit_is_judged_by_what_it_removes_once_all_targets_are_taken) {
    RetentionOutlook outlook;
    outlook.piles = {pile_of(30)};
    outlook.piles[0].taken = false;
    outlook.rules["machines"] = RuleInForce();
    outlook.edited["machines"] = keep_last(5);
    const PrunePass pass = plan_pass(outlook, ten, at(1000), false, false);
    EXPECT_TRUE(pass.adopted.empty());
    ASSERT_TRUE(pass.wait);
    EXPECT_EQ(pass.wait->verdict.wanted, 25U);
    EXPECT_EQ(pass.plans.at(0).trash_count, 0U);
}

TEST(PrunePass, an_edit_that_would_remove_too_much_leaves_the_rules_as_they_were) {
    RetentionOutlook outlook;
    outlook.piles = {pile_of(30)};
    outlook.rules["machines"] = keep_last(25);
    outlook.edited["machines"] = keep_last(5);
    const PrunePass pass = plan_pass(outlook, ten, at(1000), false, false);
    EXPECT_TRUE(pass.adopted.empty());
    ASSERT_TRUE(pass.wait);
    EXPECT_TRUE(pass.wait->edited);
    EXPECT_TRUE(pass.removes) << "the old rule goes on";
    EXPECT_EQ(pass.plans.at(0).trash_count, 5U);
    const PrunePass confirmed = plan_pass(outlook, ten, at(1000), false, true);
    EXPECT_TRUE(confirmed.adopted.contains("machines"));
    EXPECT_EQ(confirmed.plans.at(0).trash_count, 25U);
    EXPECT_FALSE(confirmed.wait);
}

TEST(PrunePass, an_edit_is_judged_also_where_the_last_run_failed) {
    RetentionOutlook outlook;
    outlook.piles = {pile_of(30, false)};
    outlook.rules["machines"] = keep_last(25);
    outlook.edited["machines"] = keep_last(5);
    const PrunePass pass = plan_pass(outlook, ten, at(1000), false, false);
    EXPECT_TRUE(pass.adopted.empty()) << "it would remove them with the next success";
    EXPECT_TRUE(pass.wait);
    EXPECT_EQ(pass.plans.at(0).trash_count, 0U);
}

TEST(PrunePass, an_edit_within_the_budget_is_in_force_at_once) {
    RetentionOutlook outlook;
    outlook.piles = {pile_of(30)};
    outlook.rules["machines"] = keep_last(30);
    outlook.edited["machines"] = keep_last(20);
    const PrunePass pass = plan_pass(outlook, ten, at(1000), false, false);
    EXPECT_TRUE(pass.adopted.contains("machines"));
    EXPECT_FALSE(pass.wait);
    EXPECT_EQ(pass.plans.at(0).trash_count, 10U);
}

TEST(PrunePass, while_the_clock_is_suspect_every_plan_keeps_everything) {
    RetentionOutlook outlook;
    outlook.piles = {pile_of(8)};
    outlook.rules["machines"] = keep_last(5);
    EXPECT_EQ(plan_pass(outlook, ten, at(1000), true, true).plans.at(0).trash_count, 0U);
    EXPECT_EQ(plan_pass(outlook, ten, at(1000), false, true).plans.at(0).trash_count, 3U);
}

TEST(PrunePass, a_target_that_is_no_longer_taken_keeps_its_artifacts) {
    RetentionOutlook outlook;
    outlook.piles = {pile_of(8)};
    outlook.piles.front().taken = false;
    outlook.rules["machines"] = keep_last(5);
    EXPECT_EQ(plan_pass(outlook, ten, at(1000), false, true).plans.at(0).trash_count, 0U);
}

}  // namespace
}  // namespace garner
