// Stories of Appgate: versions, an appliance's own troubles, and that nothing is left on its disk.
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

void take(World& world, Duration lasts) {
    world.appgate().scenario().job_duration_min = lasts;
    world.appgate().scenario().job_duration_max = lasts;
}

WorldOptions one_appliance_at(const std::string& schedule) {
    WorldOptions options = one_appliance();
    options.schedule = schedule;
    return options;
}

TEST(AppgateStory, EveryControllerFromV16OnIsBackedUpAndCleanedUp) {
    for (int version = 16; version <= 24; ++version) {
        World world(one_appliance());
        world.appgate().scenario().version_min = version - 3;
        world.appgate().scenario().version_max = version;
        FaultRule cut = fault(Effect::cut_body, "GET", "*/backup/" + std::string(36, '?'), 2);
        cut.bytes = 200;
        world.appgate_faults().add(cut);
        world.live(minutes(19), End::stop);
        EXPECT_EQ(world.broken_invariant(), "") << version;
        EXPECT_EQ(first_run(world).state, RunState::succeeded) << version << "\n" << world.told();
        EXPECT_TRUE(world.appgate().left_behind().empty());
        EXPECT_EQ(requests(world.appgate(), "version") > 0, version >= 20);
        EXPECT_EQ(world.appgate().logins().logins, 1U) << version;
    }
}

TEST(AppgateStory, AnUpgradeOfTheControllerIsNoticedInTheMiddleOfABackup) {
    for (const auto& [from, to] : std::vector<std::pair<int, int>>{{19, 23}, {18, 22}, {22, 24}}) {
        World world(one_appliance());
        world.appgate().scenario().version_min = 16;
        world.appgate().scenario().version_max = from;
        take(world, seconds(60));
        world.at(minutes(10) + seconds(20), [&world, to = to](Engine&) -> Task<> {
            world.appgate().scenario().version_min = 21;
            world.appgate().scenario().version_max = to;
            co_return;
        });
        world.live(minutes(19), End::stop);
        EXPECT_EQ(world.broken_invariant(), "");
        EXPECT_EQ(first_run(world).state, RunState::succeeded) << world.told();
        EXPECT_EQ(first_run(world).attempts, 1U);
        EXPECT_EQ(world.appgate().jobs().size(), 1U);
        EXPECT_TRUE(world.appgate().left_behind().empty());
        world.appgate().scenario().version_min = 14;  // and back, between two lives
        world.appgate().scenario().version_max = 19;
        world.live(minutes(29), End::stop);
        EXPECT_EQ(runs_of(world).back().state, RunState::succeeded) << world.told();
    }
}

TEST(AppgateStory, ADisabledBackupApiIsFinalAndSaysWhatToDo) {
    World world(one_appliance());
    world.appgate().scenario().backup_api_enabled = false;
    world.live(minutes(19), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(first_run(world).state, RunState::failed);
    EXPECT_EQ(first_run(world).attempts, 1U);
    EXPECT_NE(first_run(world).reason.find("the backup API is disabled: enable it"), std::string::npos)
        << first_run(world).reason;
    EXPECT_TRUE(leftovers_of(world).empty());
}

TEST(AppgateStory, AnApplianceThatIsOfflineIsAFailedRunUntilItIsBack) {
    World world(one_appliance());
    world.appgate().appliances()[0].status = "offline";
    world.live(minutes(19), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::failed);
    EXPECT_EQ(first_run(world).attempts, 3U) << "it may be restarting";
    EXPECT_NE(first_run(world).reason.find("offline"), std::string::npos) << first_run(world).reason;
    EXPECT_TRUE(leftovers_of(world).empty());
    world.appgate().appliances()[0].status = "healthy";
    world.live(minutes(29), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(runs_of(world).back().state, RunState::succeeded) << world.told();
}

TEST(AppgateStory, AnApplianceInTheWrongStateIsAskedAgainWithinTheDeadline) {
    World world(one_appliance());
    world.appgate().scenario().wrong_state = true;
    world.at(minutes(13), [&world](Engine&) -> Task<> {
        world.appgate().scenario().wrong_state = false;
        co_return;
    });
    world.live(minutes(19), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(first_run(world).state, RunState::succeeded) << world.told();
    EXPECT_EQ(first_run(world).attempts, 1U);
}

TEST(AppgateStory, WhatABackupSaidBeforeItFailedIsInTheReasonAndNothingOfItStays) {
    for (const int version : {16, 19, 23}) {
        World world(one_appliance());
        world.appgate().scenario().version_min = 14;
        world.appgate().scenario().version_max = version;
        world.appgate().scenario().fail_jobs = true;
        world.live(minutes(19), End::stop);
        EXPECT_EQ(world.broken_invariant(), "") << version << "\n" << world.told();
        EXPECT_EQ(first_run(world).state, RunState::failed);
        const std::string words = version == 16 ? "status 410" : "No space left on device";
        EXPECT_NE(first_run(world).reason.find(words), std::string::npos) << first_run(world).reason;
        EXPECT_EQ(world.appgate().jobs().size(), 3U);
        EXPECT_TRUE(world.appgate().left_behind().empty()) << world.told();
        EXPECT_TRUE(leftovers_of(world).empty());
        EXPECT_TRUE(artifacts_of(world).empty());
    }
}

TEST(AppgateStory, ABackupThatCannotBeRemovedIsTriedForHoursAndListedUntilItIsGone) {
    World world(one_appliance_at("@every 12h"));
    world.appgate().scenario().refuse_delete = true;
    world.live(hours(17), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(first_run(world).state, RunState::succeeded) << "it never fails the run";
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    const LeftoverRecord left = leftovers_of(world)[0];
    EXPECT_EQ(left.fate, LeftoverFate::discard);
    EXPECT_EQ(left.remote_job, world.appgate().jobs()[0].id);
    EXPECT_EQ(left.tries, 9U) << "after 1, 2, 4 ... 128 minutes";
    EXPECT_GT(*left.next_try, world.clock().wall_now());
    EXPECT_NE(left.why.find("could not be deleted"), std::string::npos) << left.why;
    EXPECT_EQ(world.told().find("event=source_down"), std::string::npos) << "the controller is there, and says no";
    EXPECT_LE(requests(world.appgate(), "delete"), 9U * 12U);
    EXPECT_LE(world.appgate().jobs()[0].polls, 40U);

    world.appgate().scenario().refuse_delete = false;
    world.live(hours(23), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_TRUE(leftovers_of(world).empty()) << world.told();
    EXPECT_TRUE(world.appgate().left_behind().empty());
    EXPECT_NE(world.told().find("event=leftover_removed"), std::string::npos);
}

TEST(AppgateStory, AVendorThatAsksToBeLeftAloneAtTheRemovalFailsNoRunThatIsStored) {
    WorldOptions options = one_appliance_at("@every 12h");
    options.deadline = minutes(10);
    World world(options);
    FaultRule later = fault(Effect::status, "DELETE", "*");
    later.status = 503;
    later.retry_after = hours(1);
    world.appgate_faults().add(later);
    world.at(hours(12) + minutes(30), [&world](Engine&) -> Task<> {
        EXPECT_EQ(first_run(world).state, RunState::succeeded) << first_run(world).reason;
        EXPECT_EQ(leftovers_of(world).size(), 1U) << world.told();
        co_return;
    });
    world.live(hours(15), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_TRUE(leftovers_of(world).empty());
    EXPECT_TRUE(world.appgate().left_behind().empty());
}

TEST(AppgateStory, ADeadlineInTheMiddleOfTheRemovalFailsNoRunThatIsStored) {
    for (int second = 40; second <= 130; second += 5) {
        WorldOptions options = one_appliance_at("@every 12h");
        options.deadline = seconds(second);
        World world(options);
        take(world, seconds(30));
        FaultRule slow = fault(Effect::none, "DELETE", "*", std::nullopt);
        slow.delay = seconds(50);
        world.appgate_faults().add(slow);
        world.live(hours(12) + minutes(30), End::stop);
        EXPECT_EQ(world.broken_invariant(), "");
        EXPECT_EQ(first_run(world).state, artifacts_of(world).empty() ? RunState::failed : RunState::succeeded)
            << second << "\n"
            << world.told();
    }
}

TEST(AppgateStory, ARunPastItsDeadlineLeavesItsBackupToTheNextOne) {
    WorldOptions options = one_appliance();
    options.deadline = minutes(5);
    World world(options);
    take(world, minutes(8));
    world.live(minutes(16), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(first_run(world).state, RunState::failed);
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    EXPECT_EQ(leftovers_of(world)[0].fate, LeftoverFate::adopt);
    world.live(minutes(29), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(runs_of(world).back().state, RunState::succeeded) << world.told();
    EXPECT_EQ(world.appgate().jobs().size(), 1U);
    EXPECT_TRUE(leftovers_of(world).empty());
    EXPECT_TRUE(world.appgate().left_behind().empty());
}

TEST(AppgateStory, ABackupThatStillRunsIsWaitedForByOtherJobsOfTheAppliance) {
    WorldOptions options = one_appliance_at("10 0 1 11 *");
    options.deadline = minutes(4);
    World world(options);
    take(world, minutes(25));
    another_job(world, "controllers", "nightly", "15 0 1 11 *").deadline = hours(2);
    world.live(minutes(90), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(runs_of(world, "controllers").at(0).state, RunState::failed) << "its deadline is too short";
    EXPECT_EQ(runs_of(world, "nightly").at(0).state, RunState::succeeded) << world.told();
}

TEST(AppgateStory, TheBackupOfAJobThatLeftTheConfigurationIsRemovedAfterTwoWeeks) {
    World world(one_appliance());
    take(world, minutes(3));
    world.live(minutes(11), End::stop);
    world.settings().jobs.clear();
    world.live(minutes(29), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::failed);
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    EXPECT_NE(leftovers_of(world)[0].why.find("no longer in the configuration"), std::string::npos);
    EXPECT_EQ(world.broken_invariant(), "");
    world.clock().pass(hours(24 * 13));
    world.live(world.clock().elapsed() + hours(5), End::stop);
    EXPECT_EQ(leftovers_of(world).size(), 1U) << "a job may come back";
    world.live(world.clock().elapsed() + hours(36), End::stop);
    EXPECT_TRUE(leftovers_of(world).empty());
    EXPECT_TRUE(world.appgate().left_behind().empty());
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(AppgateStory, AWallClockThatIsAYearAheadForAnHourRemovesNothing) {
    World world(one_appliance());
    take(world, minutes(3));
    world.live(minutes(11), End::stop);
    world.settings().jobs.clear();
    world.live(minutes(29), End::stop);
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    world.clock().step_wall(hours(24 * 365));
    world.live(world.clock().elapsed() + hours(1), End::stop);
    world.clock().step_wall(-hours(24 * 365));
    world.live(world.clock().elapsed() + hours(24), End::stop);
    EXPECT_EQ(leftovers_of(world).size(), 1U);
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(AppgateStory, WhatIsStoredIsASuccessAlsoWhenItsJobLeavesTheConfiguration) {
    // The daemon dies between storing the artifact and removing the vendor's copy: at the first event that fits.
    std::unique_ptr<World> found;
    for (std::uint64_t events = 50; !found && events < 3000; ++events) {
        auto world = std::make_unique<World>(one_appliance());
        world->live(minutes(19), End::crash, events);
        if (first_run(*world).state == RunState::cleaning) found = std::move(world);
    }
    ASSERT_TRUE(found);
    World& world = *found;
    world.settings().jobs.clear();
    world.live(world.clock().elapsed() + minutes(30), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::succeeded) << first_run(world).reason;
    EXPECT_EQ(artifacts_of(world).size(), 1U);
    EXPECT_TRUE(world.appgate().left_behind().empty());
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(AppgateStory, TheVendorsCopyOfWhatIsSuspectStaysForAWeek) {
    World world(one_appliance_at("10 0 1 11 *"));
    world.appgate().scenario().file = sandbox::AppgateScenario::File::truncated;
    world.live(minutes(20), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::suspect) << world.told();
    EXPECT_EQ(artifacts_of(world).size(), 1U);
    EXPECT_EQ(world.appgate().left_behind().size(), 1U);
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    world.clock().pass(hours(24 * 6));
    world.live(world.clock().elapsed() + hours(12), End::stop);
    EXPECT_EQ(world.appgate().left_behind().size(), 1U);
    EXPECT_EQ(world.broken_invariant(), "");
    world.live(world.clock().elapsed() + hours(24), End::stop);
    EXPECT_TRUE(world.appgate().left_behind().empty()) << world.told();
    EXPECT_TRUE(leftovers_of(world).empty());
    EXPECT_EQ(artifacts_of(world).size(), 1U) << "ours is kept";
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(AppgateStory, ABackupThatVanishesIsMadeAnew) {
    World world(one_appliance());
    world.appgate().scenario().vanish_jobs = true;
    take(world, seconds(40));
    world.at(minutes(10) + seconds(10), [&world](Engine&) -> Task<> {
        world.appgate().scenario().vanish_jobs = false;
        co_return;
    });
    world.live(minutes(19), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(first_run(world).state, RunState::succeeded) << world.told();
    EXPECT_EQ(first_run(world).attempts, 2U);
    EXPECT_TRUE(leftovers_of(world).empty());
}

TEST(AppgateStory, APageInsteadOfTheFileIsFetchedAgainAndOneThatStaysIsSuspect) {
    World once(one_appliance());
    once.appgate_faults().add(fault(Effect::login_page, "GET", "*/backup/" + std::string(36, '?')));
    once.live(minutes(19), End::stop);
    EXPECT_EQ(once.broken_invariant(), "");
    EXPECT_EQ(first_run(once).state, RunState::succeeded) << once.told();
    EXPECT_NE(once.told().find("an HTML page came instead of the file"), std::string::npos);
    EXPECT_EQ(once.appgate().jobs().size(), 1U);

    World always(one_appliance());
    always.appgate().scenario().file = sandbox::AppgateScenario::File::html;
    always.live(minutes(19), End::stop);
    EXPECT_EQ(always.broken_invariant(), "");
    EXPECT_EQ(first_run(always).state, RunState::suspect) << always.told();
    EXPECT_NE(first_run(always).reason.find("HTML"), std::string::npos) << first_run(always).reason;
    EXPECT_EQ(always.appgate().left_behind().size(), 1U) << "there is time for a second look";
}

TEST(AppgateStory, ALostStartLeavesABackupThatIsListedAndNeverRunsBesideAnotherOfOurs) {
    World world(one_appliance());
    take(world, seconds(15));
    world.appgate_faults().add(fault(Effect::lost_answer, "POST", "*/backup"));
    world.live(minutes(19), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(first_run(world).state, RunState::succeeded) << world.told();
    const auto& jobs = world.appgate().jobs();
    ASSERT_EQ(jobs.size(), 2U);
    EXPECT_GE(jobs[1].started - jobs[0].started, seconds(20));
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    EXPECT_EQ(leftovers_of(world)[0].remote_job, "");
    EXPECT_EQ(world.appgate().left_behind(), std::vector<std::string>{jobs[0].id});
}

TEST(AppgateStory, ACrashBeforeTheRemovalRemovesInTheNextLife) {
    for (int second = 0; second < 90; second += 3) {
        World world(one_appliance());
        take(world, seconds(5));
        world.appgate_faults().add(fault(Effect::reset, "DELETE", "*", 4));
        world.live(minutes(10) + seconds(second), End::crash);
        world.live(minutes(29), End::stop);
        EXPECT_EQ(world.broken_invariant(), "") << second;
        EXPECT_TRUE(leftovers_of(world).empty()) << second << "\n" << world.told();
        EXPECT_TRUE(world.appgate().left_behind().empty()) << second;
        EXPECT_EQ(artifacts_of(world).size(), 2U);
    }
}

TEST(AppgateStory, ACrashWhereACopyIsListedListsItOnce) {
    for (const bool suspect : {true, false}) {
        int hits = 0;
        for (std::uint64_t events = 1;; ++events) {
            World world(one_appliance());
            take(world, seconds(5));
            if (suspect) world.appgate().scenario().file = sandbox::AppgateScenario::File::truncated;
            world.appgate().scenario().refuse_delete = !suspect;
            world.live(minutes(12), End::crash, events);
            if (is_terminal(first_run(world).state)) break;
            if (artifacts_of(world).empty()) continue;
            hits += leftovers_of(world).empty() ? 0 : 1;
            world.live(minutes(19), End::stop);
            ASSERT_EQ(world.broken_invariant(), "") << events;
            ASSERT_EQ(leftovers_of(world).size(), 1U) << events << "\n" << world.told();
        }
        EXPECT_GE(hits, 1) << "no crash fell between the list and the run's end";
    }
}

TEST(AppgateStory, AppliancesWithoutStateAreLeftOutUnlessTheyAreNamed) {
    WorldOptions options = one_appliance();
    options.appliances = 4;
    World world(options);
    world.live(minutes(19), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(runs_of(world).size(), 3U);
    EXPECT_NE(world.told().find("event=targets_left_out job=controllers count=1"), std::string::npos);
    world.settings().jobs.at("controllers").targets.include = {"gateway-1"};
    world.live(minutes(29), End::stop);
    EXPECT_EQ(runs_of(world).size(), 4U);
    EXPECT_EQ(runs_of(world).back().target.name, "gateway-1");
    EXPECT_EQ(runs_of(world).back().state, RunState::succeeded) << world.told();
}

TEST(AppgateStory, ARejectedLoginIsMadeOnceHoweverManyJobsWantItAndNoAccountIsLocked) {
    WorldOptions options = one_appliance();
    options.appliances = 3;
    World world(options);
    std::get<AppgateSettings>(world.settings().sources.at("perimeter").vendor).password = Secret("not the password");
    for (const char* name : {"second", "third", "fourth"}) another_job(world, "controllers", name, options.schedule);
    world.live(minutes(45), End::crash);
    world.live(minutes(89), End::stop);
    EXPECT_EQ(world.appgate().logins().rejected, 1U);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_TRUE(runs_in(world, RunState::succeeded).empty());
    EXPECT_GE(runs_in(world, RunState::failed).size(), 16U);
}

TEST(AppgateStory, ALoginThatIsRejectedWhileBackupsRunIsRejectedOnce) {
    WorldOptions options = one_appliance();
    options.appliances = 3;
    World world(options);
    take(world, minutes(6));
    world.appgate().scenario().token_lifetime = minutes(2);
    world.at(minutes(10) + seconds(30), [&world](Engine&) -> Task<> {
        world.appgate().scenario().mfa_required = true;
        co_return;
    });
    world.live(minutes(39), End::stop);
    EXPECT_EQ(world.appgate().logins().rejected, 1U) << world.told();
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_GE(leftovers_of(world).size(), 2U) << "what runs there is listed";
}

TEST(AppgateStory, AVendorThatIsSilentForDaysIsNotHammered) {
    WorldOptions options = one_appliance_at("@every 12h");
    options.deadline = minutes(5);
    options.appliances = 2;
    World world(options);
    world.settings().sources.at("perimeter").backoff = BackoffPolicy();
    world.appgate().scenario().refuse_delete = true;
    world.live(hours(12) + minutes(10), End::stop);
    EXPECT_EQ(leftovers_of(world).size(), 2U);
    world.appgate_faults().add(fault(Effect::reset, "*", "*", std::nullopt));
    world.live(hours(12 + 48), End::stop);
    EXPECT_EQ(leftovers_of(world).size(), 2U);
    EXPECT_LE(world.appgate_faults().struck(), 700U) << "two runs twice a day and two leftovers, in two days";
    world.heal();
    world.appgate().scenario().refuse_delete = false;
    world.live(hours(12 + 48 + 13), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_TRUE(leftovers_of(world).empty()) << world.told();
    EXPECT_TRUE(world.appgate().left_behind().empty());
}

}  // namespace
}  // namespace garner::sim
