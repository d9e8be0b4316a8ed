// Stories of what vendors have in common: windows of time, calls of vendors, reloads.
#include "engine/engine.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

WorldOptions windowed() {
    WorldOptions options = one_tenant();
    options.windows = true;
    options.schedule = "@every 1h";
    return options;
}

WindowRule& rule_of(World& world) { return *world.settings().jobs.at("telemetry").window; }

/// By their start: [from, to) in minutes since the beginning.
std::vector<std::pair<std::int64_t, std::int64_t>> covered(World& world, Verdict verdict = Verdict::verified) {
    const WallTime zero = world.clock().true_now() - world.clock().elapsed();
    std::vector<std::pair<std::int64_t, std::int64_t>> windows;
    for (const ArtifactRecord& artifact : artifacts_of(world))
        if (artifact.verdict == verdict && artifact.window)
            windows.emplace_back((artifact.window->start - zero) / Duration(60'000),
                                 (artifact.window->end - zero) / Duration(60'000));
    std::sort(windows.begin(), windows.end());
    return windows;
}

void expect_no_gap(World& world, std::int64_t from, std::int64_t to) {
    std::int64_t at = from;
    for (const auto& [start, end] : covered(world)) {
        EXPECT_EQ(start, at);
        at = end;
    }
    EXPECT_EQ(at, to);
}

std::size_t exports_of(World& world, std::int64_t from_minute) {
    const WallTime zero = world.clock().true_now() - world.clock().elapsed();
    const auto& jobs = world.servitly().jobs();
    return static_cast<std::size_t>(std::count_if(jobs.begin(), jobs.end(), [&](const auto& job) {
        return job.from && *job.from == to_unix_ms(zero) + from_minute * 60'000;
    }));
}

TEST(WindowStory, EachHourIsFetchedOnceAndInOrder) {
    World world(windowed());
    world.live(hours(6) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    expect_no_gap(world, 0, 360);
    EXPECT_EQ(world.servitly().jobs().size(), 6U);
    std::int64_t last = 0;
    for (const auto& job : world.servitly().jobs()) {
        EXPECT_EQ(*job.to - *job.from, 3'600'000);
        EXPECT_GT(*job.from, last);
        last = *job.from;
    }
}

TEST(WindowStory, AWindowThatFailedIsAskedForAgainAtTheNextInstantOldestFirst) {
    WorldOptions options = windowed();
    options.retries = 0;
    World world(options);
    world.servitly().scenario().fail_jobs = true;
    world.live(hours(1) + minutes(30), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::failed);
    world.servitly().scenario().fail_jobs = false;
    world.live(hours(2) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    expect_no_gap(world, 0, 120);
    const auto& jobs = world.servitly().jobs();
    ASSERT_EQ(jobs.size(), 3U);
    EXPECT_EQ(*jobs[1].from, *jobs[0].from) << "the older one first";
    EXPECT_EQ(*jobs[2].from, *jobs[1].to);
}

TEST(WindowStory, ASuspectWindowIsAskedForThreeTimesAndHoldsUpNoOther) {
    World world(windowed());
    world.servitly().scenario().file = sandbox::ServitlyScenario::File::no_zip;
    world.live(hours(1) + minutes(30), End::stop);
    world.live(hours(2) + minutes(1), End::stop);
    world.live(hours(7) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_TRUE(covered(world).empty());
    for (const std::int64_t hour : {0, 1, 2, 3, 4}) EXPECT_EQ(exports_of(world, hour * 60), 3U) << hour;
    world.servitly().scenario().file = sandbox::ServitlyScenario::File::csvs;
    world.live(hours(9) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(exports_of(world, 0), 3U) << "no fourth time by itself";
    expect_no_gap(world, 300, 540);
}

TEST(WindowStory, ADaemonThatWasDownForTwoDaysCatchesUp) {
    World world(windowed());
    world.live(hours(2) + minutes(30), End::crash);
    world.clock().pass(hours(48));
    world.live(world.clock().elapsed() + hours(3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto runs = runs_of(world);
    EXPECT_EQ(std::count_if(runs.begin(), runs.end(), [](const auto& r) { return r.trigger == Trigger::catch_up; }), 48)
        << "one run for each window that is owed";
    expect_no_gap(world, 0, 53 * 60);
    EXPECT_EQ(requests(world.servitly(), "busy"), 0U);
}

TEST(WindowStory, AnotherGridOfWindowsLeavesNeitherGapNorOverlap) {
    World world(windowed());
    world.live(hours(5) + minutes(30), End::stop);
    const absl::CivilSecond start = rule_of(world).start;
    rule_of(world).start = start - 150 * 60;  // half an hour beside the old grid, and earlier
    world.live(hours(8) + minutes(10), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    expect_no_gap(world, -150, 8 * 60 - 30);
    rule_of(world).length = WindowLength::day;
    rule_of(world).start = start;
    world.live(hours(25) + minutes(10), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    expect_no_gap(world, -150, 24 * 60);
    EXPECT_EQ(covered(world).back().first, 8 * 60 - 30) << "the rest of the day is one window";
}

TEST(WindowStory, ARunThatHadToLeaveItsWindowIsGoneOnWithByTheNextOfThatWindow) {
    WorldOptions options = windowed();
    options.deadline = minutes(10);
    World world(options);
    world.servitly().scenario().job_duration_min = minutes(30);
    world.servitly().scenario().job_duration_max = minutes(30);
    world.live(hours(1) + minutes(20), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::failed);
    world.servitly().scenario().job_duration_min = minutes(1);
    world.servitly().scenario().job_duration_max = minutes(1);
    world.live(hours(2) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    expect_no_gap(world, 0, 120);
    EXPECT_EQ(exports_of(world, 0), 1U) << world.told();
    EXPECT_TRUE(leftovers_of(world).empty());
}

/// What a call to the address that a vendor was told leads to.
bool call(Engine& engine, const std::string& notify_url) {
    const std::size_t proof = notify_url.rfind('/');
    const std::size_t run = notify_url.rfind('/', proof - 1);
    return engine.called_back(notify_url.substr(run + 1, proof - run - 1), notify_url.substr(proof + 1));
}

World& called_world(World& world) {
    world.settings().web.callback_url = "https://garner.test:9847";
    world.settings().sources.at("perimeter").poll = {seconds(30), minutes(10)};
    world.appgate().scenario().version_max = 23;
    world.appgate().scenario().job_duration_min = minutes(12);
    world.appgate().scenario().job_duration_max = minutes(12);
    return world;
}

TEST(CallbackStory, ACallEndsTheWaitAndTheRunLooksForItself) {
    World world(one_appliance());
    called_world(world);
    world.at(minutes(23), [&world](Engine& engine) -> Task<> {
        for (const std::string& url : world.appgate().due_notifications(world.clock().true_now()))
            EXPECT_TRUE(call(engine, url)) << url;
        co_return;
    });
    world.live(minutes(24), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(first_run(world).state, RunState::succeeded) << world.told();
    EXPECT_LE(*first_run(world).ended_at - *first_run(world).started_at, minutes(13) + seconds(15));
}

TEST(CallbackStory, WhoeverCallsOftenDoesNotMakeUsAskOften) {
    World world(one_appliance());
    called_world(world);
    for (int second = 5; second < 600; second += 5)
        world.at(minutes(10) + seconds(second), [&world](Engine& engine) -> Task<> {
            if (world.appgate().jobs().empty()) co_return;
            EXPECT_TRUE(call(engine, world.appgate().jobs()[0].notify_url));
            co_return;
        });
    world.live(minutes(20), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_GE(world.appgate().jobs().at(0).polls, 15U);
    EXPECT_LE(world.appgate().jobs().at(0).polls, 20U) << "poll.initial is 30 s";
    EXPECT_EQ(first_run(world).state, RunState::exporting) << "and nobody is believed";
}

TEST(CallbackStory, AWrongProofOrAnotherRunsProofDoesNothing) {
    WorldOptions options = one_appliance();
    options.appliances = 2;
    World world(options);
    called_world(world);
    world.at(minutes(12), [&world](Engine& engine) -> Task<> {
        const auto& jobs = world.appgate().jobs();
        EXPECT_EQ(jobs.size(), 2U);
        const std::string& first = jobs[0].notify_url;
        const std::string& second = jobs[1].notify_url;
        const std::string mixed = first.substr(0, first.rfind('/')) + second.substr(second.rfind('/'));
        EXPECT_NE(first.substr(first.rfind('/')), second.substr(second.rfind('/'))) << "each run has its own";
        EXPECT_FALSE(call(engine, mixed));
        EXPECT_FALSE(call(engine, first.substr(0, first.size() - 1)));
        EXPECT_FALSE(call(engine, first + "0"));
        EXPECT_FALSE(engine.called_back("no-such-run", "proof"));
        EXPECT_FALSE(engine.called_back("", ""));
        co_return;
    });
    world.live(minutes(13), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_LE(world.appgate().jobs().at(0).polls, 3U);
}

TEST(CallbackStory, TheAddressIsGoodInTheNextLifeToo) {
    World world(one_appliance());
    called_world(world);
    world.live(minutes(14), End::crash);
    world.at(minutes(23), [&world](Engine& engine) -> Task<> {
        EXPECT_TRUE(call(engine, world.appgate().jobs().at(0).notify_url));
        co_return;
    });
    world.live(minutes(24), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::succeeded) << world.told();
}

TEST(ReloadStory, AnOldSecretThatIsRejectedAfterTheReloadDoesNotBlockTheNewOne) {
    World world(one_tenant());
    world.servitly().scenario().job_duration_min = minutes(7);
    world.servitly().scenario().job_duration_max = minutes(7);
    world.servitly().scenario().token_lifetime = minutes(2);
    world.servitly().scenario().refresh_lifetime = seconds(1);
    auto reloaded = std::make_shared<Settings>(world.settings());
    ServitlyTenant& tenant = std::get<ServitlySettings>(reloaded->sources.at("fleet").vendor).tenants.at("acme");
    tenant.pat = Secret();
    tenant.email = world.servitly().options().tenants[0].email;
    tenant.password = Secret(world.servitly().options().tenants[0].password);
    world.at(minutes(11), [&world, reloaded](Engine& engine) -> Task<> {
        FaultRule revoked = fault(Effect::status, "POST", "*/patLogin", std::nullopt);
        revoked.status = 401;
        world.servitly_faults().add(revoked);
        const auto applied = co_await engine.apply(reloaded);
        EXPECT_TRUE(applied);
    });
    world.live(minutes(29), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::failed) << "it went on with the settings that it began with";
    EXPECT_EQ(runs_of(world).back().state, RunState::succeeded) << world.told();
}

TEST(ReloadStory, ATenantThatIsAddedIsThereAtTheNextInstant) {
    WorldOptions options = one_tenant();
    options.tenants = 2;
    options.schedule = "@every 3m";
    World world(options);
    auto reloaded = std::make_shared<Settings>(world.settings());
    std::get<ServitlySettings>(world.settings().sources.at("fleet").vendor).tenants.erase("bravo");
    reloaded->jobs.at("telemetry").targets.include = {"acme", "bravo"};
    world.at(minutes(4), [reloaded](Engine& engine) -> Task<> {
        const auto applied = co_await engine.apply(reloaded);
        EXPECT_TRUE(applied);
    });
    world.live(minutes(8), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(runs_in(world, RunState::failed).size(), 0U) << runs_of(world).back().reason;
    EXPECT_EQ(runs_of(world).size(), 3U);
}

}  // namespace
}  // namespace garner::sim
