// Stories of retention in the whole daemon: what goes, what stays through outages, empty nights, edits and wrong
// clocks.
#include <set>

#include "engine/engine.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

constexpr Duration day = hours(24);

WorldOptions one_machine(std::string schedule) {
    WorldOptions options;
    options.machines = 1;
    options.schedule = std::move(schedule);
    return options;
}

std::vector<ArtifactRecord> everywhere(const World& world) {
    ArtifactFilter filter;
    filter.where = Whereabouts::anywhere;
    return LedgerReader(world.ledger()).artifacts(filter).value();
}

std::size_t count(const World& world, ArtifactPlace place) {
    const auto all = everywhere(world);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const ArtifactRecord& one) { return one.place == place; }));
}

TEST(RetentionStory, WhatNoRuleKeepsGoesThroughTheTrashAndAway) {
    WorldOptions options = one_machine("@every 1h");
    options.retention.keep_last = 3;
    options.retention.grace = hours(2);
    World world(options);
    world.live(world.quiet_moment(hours(1), 12), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(artifacts_of(world).size(), 3U);
    EXPECT_GE(count(world, ArtifactPlace::trash), 1U);
    EXPECT_GE(count(world, ArtifactPlace::gone), 5U);
    EXPECT_EQ(everywhere(world).size(), 12U) << "that they were there stays known";
    EXPECT_EQ(LedgerReader(world.ledger()).totals().value().pruned.at("activity"), 9U);
}

TEST(RetentionStory, AnOutageOf45DaysRemovesNothingOfWhatWasGood) {
    WorldOptions options = one_machine("15 2 * * *");
    options.retention.keep_daily = 14;
    World world(options);
    world.happens(60 * day, [&world] { world.vendor().scenario().fail_jobs = true; });
    world.live(60 * day, End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto before = artifacts_of(world);
    ASSERT_EQ(before.size(), 14U);
    world.live(105 * day, End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto after = artifacts_of(world);
    ASSERT_EQ(after.size(), 14U) << "all 14 newest good ones are still there";
    for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_GE(runs_in(world, RunState::failed).size(), 40U) << "the daemon was there, and tried";
}

TEST(RetentionStory, TenNightsOfEmptyFilesRemoveNoGoodOne) {
    WorldOptions options = one_machine("15 2 * * *");
    options.retention.keep_daily = 20;
    World world(options);
    world.live(30 * day, End::stop);
    const auto good = artifacts_of(world);
    ASSERT_EQ(good.size(), 20U);
    world.vendor().scenario().file = sandbox::TulipScenario::File::header_only;
    world.live(40 * day, End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    std::size_t suspect = 0;
    std::set<std::string> ids;
    for (const ArtifactRecord& artifact : artifacts_of(world)) {
        suspect += artifact.verdict == garner::Verdict::suspect ? 1 : 0;
        ids.insert(artifact.id);
    }
    EXPECT_EQ(suspect, 10U) << "kept, shown, never counted";
    for (const ArtifactRecord& artifact : good) EXPECT_TRUE(ids.contains(artifact.id)) << artifact.path;
    EXPECT_EQ(LedgerReader(world.ledger()).statuses().value().front().consecutive_failures, 10U) << "the alarm";
    // Two good nights later the suspect ones that nobody would keep are let go, and the count goes on.
    world.vendor().scenario().file = sandbox::TulipScenario::File::rows;
    world.live(42 * day, End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto now = artifacts_of(world);
    EXPECT_EQ(std::count_if(now.begin(), now.end(),
                            [](const ArtifactRecord& one) { return one.verdict == garner::Verdict::verified; }),
              20);
}

TEST(RetentionStory, AnEditThatWouldRemoveTooMuchWaitsForAWord) {
    WorldOptions options = one_machine("@every 1h");
    options.retention.keep_last = 20;
    options.deletion_budget = DeletionBudget{5, 0};
    World world(options);
    world.live(world.quiet_moment(hours(1), 24), End::stop);
    ASSERT_EQ(artifacts_of(world).size(), 20U);
    world.settings().jobs.at("activity").retention.keep_last = 2;
    world.live(world.quiet_moment(hours(1), 3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(artifacts_of(world).size(), 20U) << "the old rule goes on meanwhile";
    EXPECT_EQ(LedgerReader(world.ledger()).rules_in_force().value().at("activity").rule.keep_last, 20U);
    EXPECT_NE(world.told().find("event=prune_waits"), std::string::npos);
    EXPECT_TRUE(LedgerReader(world.ledger()).prune_wait().value());

    std::size_t removed = 0;
    world.at(world.clock().elapsed() + minutes(30), [&removed](Engine& engine) -> Task<> {
        const auto pruned = co_await engine.prune("uid 0", true);
        EXPECT_TRUE(pruned) << pruned.error().what;
        if (pruned) removed = pruned->trashed.size();
    });
    world.live(world.clock().elapsed() + minutes(50), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_GE(removed, 17U);
    EXPECT_EQ(artifacts_of(world).size(), 2U);
    EXPECT_FALSE(LedgerReader(world.ledger()).prune_wait().value());
}

TEST(RetentionStory, AReloadIsJudgedAtOnceAndAnEditBackEndsTheWait) {
    WorldOptions options = one_machine("@every 1h");
    options.retention.keep_last = 20;
    options.deletion_budget = DeletionBudget{5, 0};
    World world(options);
    world.live(world.quiet_moment(hours(1), 20), End::stop);
    std::optional<Settings> edited(world.settings());
    edited->jobs.at("activity").retention.keep_last = 2;
    bool waits = false;
    const Duration now = world.clock().elapsed();
    world.at(now + minutes(2), [&](Engine& engine) -> Task<> {
        const auto applied = co_await engine.apply(std::make_shared<const Settings>(*edited));
        EXPECT_TRUE(applied);
    });
    world.at(now + minutes(3), [&](Engine& engine) -> Task<> {
        const auto pruned = co_await engine.prune("uid 0", false);
        waits = pruned && pruned->wait && pruned->wait->edited;
        const auto applied = co_await engine.apply(std::make_shared<const Settings>(world.settings()));
        EXPECT_TRUE(applied);
    });
    world.live(now + minutes(5), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_TRUE(waits);
    EXPECT_FALSE(LedgerReader(world.ledger()).prune_wait().value());
    EXPECT_NE(world.told().find("event=prune_goes_on"), std::string::npos);
}

TEST(RetentionStory, WhatIsTakenOutOfTheTrashIsHeldAndStays) {
    WorldOptions options = one_machine("@every 1h");
    options.retention.keep_last = 2;
    World world(options);
    world.live(world.quiet_moment(hours(1), 5), End::stop);
    ArtifactFilter away;
    away.where = Whereabouts::away;
    const auto in_trash = LedgerReader(world.ledger()).artifacts(away).value();
    ASSERT_EQ(in_trash.size(), 3U);
    const std::string id = in_trash.back().id;
    world.at(world.clock().elapsed() + minutes(30), [id](Engine& engine) -> Task<> {
        const auto back = co_await engine.restore(id, "uid 0", "the audit");
        EXPECT_TRUE(back) << back.error().what;
        const auto again = co_await engine.restore(id, "uid 0", "the audit");
        EXPECT_FALSE(again);
    });
    world.live(world.quiet_moment(hours(1), 3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto one = LedgerReader(world.ledger()).artifact(id).value().value();
    EXPECT_EQ(one.place, ArtifactPlace::store);
    EXPECT_TRUE(one.held);
}

TEST(RetentionStory, AClockThatIsSuspectRemovesNothing) {
    WorldOptions options = one_machine("@every 1h");
    options.retention.keep_last = 2;
    World world(options);
    world.live(world.quiet_moment(hours(1), 4), End::stop);
    const auto before = artifacts_of(world).size();
    ASSERT_EQ(before, 2U);
    world.clock().step_wall(-hours(3));
    world.live(world.clock().elapsed() + hours(2), End::stop);
    EXPECT_GE(artifacts_of(world).size(), before) << "behind the ledger's newest record";
    const auto while_suspect = count(world, ArtifactPlace::trash);
    EXPECT_EQ(while_suspect, 2U) << "as before";
    world.clock().step_wall(hours(3));
    world.live(world.quiet_moment(hours(1), 2), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_GT(count(world, ArtifactPlace::trash), while_suspect) << "and goes on when it is trusted again";
}

TEST(RetentionStory, AClockThatIsSetAheadEndsNoGraceAtOnce) {
    WorldOptions options = one_machine("@every 1h");
    options.retention.keep_last = 2;
    World world(options);
    world.live(world.quiet_moment(hours(1), 4), End::stop);
    ASSERT_EQ(count(world, ArtifactPlace::trash), 2U);
    world.clock().step_wall(8 * day);
    world.live(world.clock().elapsed() + minutes(4), End::stop);
    EXPECT_EQ(count(world, ArtifactPlace::gone), 0U);
    world.clock().step_wall(-8 * day);
    world.live(world.quiet_moment(hours(1), 2), End::stop);
    EXPECT_EQ(count(world, ArtifactPlace::gone), 0U) << "it was put right in time";
}

TEST(RetentionStory, ATargetThatLeftTheJobKeepsItsArtifacts) {
    WorldOptions options = one_machine("@every 1h");
    options.machines = 2;
    options.retention.keep_last = 5;
    World world(options);
    world.live(world.quiet_moment(hours(1), 5), End::stop);
    const auto all = artifacts_of(world);
    ASSERT_EQ(all.size(), 10U);
    const std::string left = all.front().target.id;
    world.settings().jobs.at("activity").targets.exclude = {"id:" + left};
    world.settings().jobs.at("activity").retention.keep_last = 2;
    world.live(world.quiet_moment(hours(1), 3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    std::map<std::string, int> by_target;
    for (const ArtifactRecord& artifact : artifacts_of(world)) ++by_target[artifact.target.id];
    EXPECT_EQ(by_target.at(left), 5);
    EXPECT_EQ(by_target.size(), 2U);
    for (const auto& [id, artifacts] : by_target) EXPECT_EQ(artifacts, id == left ? 5 : 2);
}

TEST(RetentionStory, AFullDiskRemovesNothingGoodAndLeavesAClearState) {
    WorldOptions options = one_machine("@every 1h");
    options.machines = 2;
    options.retention.keep_last = 4;
    options.retention.grace = hours(2);
    World world(options);
    world.live(hours(12), End::stop);
    const auto before = artifacts_of(world);
    DiskFaults full;
    full.no_space = 1;
    world.happens(hours(12) + minutes(1), [&world, full] { world.disk().set_faults(full); });  // runs are under way
    for (const int until : {14, 17, 20}) {
        world.live(hours(until) + minutes(until), End::crash);
        EXPECT_EQ(world.broken_invariant(), "");
    }
    std::set<std::string> there;
    for (const ArtifactRecord& artifact : artifacts_of(world)) there.insert(artifact.id);
    for (const ArtifactRecord& artifact : before) EXPECT_TRUE(there.contains(artifact.id)) << artifact.path;
    EXPECT_EQ(count(world, ArtifactPlace::trashing) + count(world, ArtifactPlace::removing), 0U);
    const auto failed = runs_in(world, RunState::failed);
    ASSERT_FALSE(failed.empty());
    for (const RunRecord& run : failed) EXPECT_NE(run.reason.find("No space left"), std::string::npos) << run.reason;
    world.heal();
    const WallTime healed = world.clock().wall_now();
    world.live(world.quiet_moment(hours(1), 3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(world.not_alive_again(healed), "");
    EXPECT_EQ(artifacts_of(world).size(), 8U) << "and the rule goes on where it was";
}

TEST(RetentionStory, ADiskThatFailsWhileFilesMoveIsTriedAgain) {
    WorldOptions options = one_machine("@every 1h");
    options.retention.keep_last = 1;
    options.retention.min_good = 1;
    options.retention.grace = minutes(30);
    options.disk.io_error = 0.02;
    World world(options);
    world.live(world.quiet_moment(hours(1), 24), End::crash);
    EXPECT_EQ(world.broken_invariant(), "");
    world.heal();
    world.live(world.quiet_moment(hours(1), 3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(artifacts_of(world).size(), 1U);
    EXPECT_EQ(count(world, ArtifactPlace::trashing) + count(world, ArtifactPlace::removing), 0U);
}

}  // namespace
}  // namespace garner::sim
