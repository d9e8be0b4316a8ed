// Stories of lists of targets: what appears, what vanishes, a list that is no inventory; and of clocks that are wrong.
#include "core/text.hpp"
#include "engine/engine.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

WorldOptions six_machines() {
    WorldOptions options;
    options.machines = 6;
    options.schedule = "@every 30m";
    return options;
}

/// A world in which no run is due: only lists are asked for.
WorldOptions idle() {
    WorldOptions options = six_machines();
    options.schedule = "@every 10000h";
    return options;
}

/// The vendor lists so many machines from now on: of the world's, and further ones.
void list_machines(World& world, std::size_t count) {
    world.vendor().set_machine_types(sandbox::seeded_machines(world.options().seed, count));
}

std::size_t told(const World& world, const std::string& words) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = world.told().find(words, at)) != std::string::npos; at += words.size()) ++count;
    return count;
}

LedgerReader ledger(const World& world) { return LedgerReader(world.ledger()); }
std::size_t in_force(const World& world) { return ledger(world).targets("plant").value().size(); }
bool stands_refused(const World& world) { return ledger(world).target_list("plant").value()->refused.has_value(); }

Task<> accept(Engine& engine) {
    const auto accepted = co_await engine.accept_targets("plant", "uid 0");
    EXPECT_TRUE(accepted) << accepted.error().what;
}

TEST(DiscoveryStory, AFirstListIsOneLineOfNewsAndThereBeforeAnythingIsDue) {
    World world(idle());
    world.live(minutes(1), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(in_force(world), 6U);
    EXPECT_EQ(told(world, "event=targets_known"), 1U);
    EXPECT_EQ(told(world, "event=target_appeared"), 0U);
}

TEST(DiscoveryStory, AListIsLookedAtEachQuarterOfAnHourAndNotForARestart) {
    World world(idle());
    world.live(hours(4), End::stop);
    EXPECT_GE(requests(world.vendor(), "list"), 16U);
    EXPECT_LE(requests(world.vendor(), "list"), 18U);
    world.vendor().reset();
    for (int life = 0; life < 5; ++life) world.live(world.clock().elapsed() + minutes(1), End::crash);
    EXPECT_LE(requests(world.vendor(), "list"), 1U);
}

TEST(DiscoveryStory, AMachineThatAppearsIsToldOnceAndArchivedAtTheNextInstant) {
    World world(six_machines());
    world.happens(minutes(40), [&] { list_machines(world, 7); });
    world.live(minutes(85), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(runs_of(world).size(), 6U + 7U);
    EXPECT_EQ(runs_in(world, RunState::succeeded).size(), 13U);
    EXPECT_EQ(told(world, "event=target_appeared"), 1U);
    EXPECT_NE(world.told().find("source plant has new targets: Lathe 7"), std::string::npos);
}

TEST(DiscoveryStory, AMachineThatVanishesKeepsItsArchiveAndIsNoLongerAskedFor) {
    World world(six_machines());
    JobSettings& named = another_job(world, "activity", "named", "@every 1h");
    named.targets.include = {"Lathe 6"};
    world.happens(minutes(40), [&] { list_machines(world, 5); });
    world.live(minutes(85), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(told(world, "event=target_vanished"), 1U);
    EXPECT_EQ(in_force(world), 5U);
    EXPECT_EQ(ledger(world).known_targets("plant").value().size(), 6U);
    EXPECT_EQ(runs_of(world, "activity").size(), 6U + 5U);
    EXPECT_EQ(artifacts_of(world).size(), 6U + 5U);
    const auto loud = runs_of(world, "named");
    ASSERT_EQ(loud.size(), 1U);
    EXPECT_EQ(loud[0].state, RunState::failed) << "a job that names it is told so";
}

TEST(DiscoveryStory, AMachineThatIsRenamedIsTheSame) {
    World world(idle());
    world.happens(minutes(5), [&] {
        auto types = sandbox::seeded_machines(world.options().seed, 6);
        types[0].machines[0].name = "Big press";
        world.vendor().set_machine_types(types);
    });
    world.live(minutes(40), End::stop);
    EXPECT_EQ(told(world, "event=target_renamed"), 1U);
    EXPECT_EQ(told(world, "event=target_vanished"), 0U);
    EXPECT_NE(world.told().find("Press 1 is now Big press"), std::string::npos);
    EXPECT_EQ(in_force(world), 6U);
}

TEST(DiscoveryStory, HalfAListThatIsGoneForAnHourIsAnAlarmAndNoInventory) {
    World world(six_machines());
    world.happens(minutes(40), [&] { list_machines(world, 2); });
    world.happens(minutes(100), [&] { list_machines(world, 6); });
    world.live(minutes(95), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_TRUE(stands_refused(world));
    EXPECT_EQ(in_force(world), 6U);
    EXPECT_EQ(told(world, "event=list_refused"), 1U) << "once, however often it comes";
    EXPECT_EQ(runs_of(world).size(), 18U) << "each instant goes on with the machines that were there";
    EXPECT_EQ(runs_in(world, RunState::failed).size(), 8U) << "and those that are gone are as loud as they should be";
    world.live(minutes(150), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_FALSE(stands_refused(world));
    EXPECT_EQ(told(world, "event=list_refused"), 1U) << "nor once more for a restart";
    EXPECT_EQ(told(world, "event=list_accepted"), 1U);
    EXPECT_EQ(told(world, "event=target_vanished") + told(world, "event=target_appeared"), 0U);
    EXPECT_EQ(in_force(world), 6U);
}

TEST(DiscoveryStory, APersonsWordMakesAShortListTheInventoryOverARestart) {
    World world(idle());
    world.happens(minutes(5), [&] { list_machines(world, 2); });
    world.live(minutes(30), End::crash);
    EXPECT_TRUE(stands_refused(world));
    world.at(minutes(40), accept);
    world.live(minutes(41), End::crash);
    EXPECT_FALSE(stands_refused(world));
    EXPECT_EQ(in_force(world), 2U);
    EXPECT_EQ(told(world, "uid 0 confirmed the list of source plant"), 1U);
    EXPECT_EQ(told(world, "event=target_vanished"), 1U);
    world.live(minutes(80), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(in_force(world), 2U);
    EXPECT_EQ(told(world, "event=list_refused"), 1U);
}

TEST(DiscoveryStory, AnEmptyListIsNeverBelievedByItself) {
    World world(idle());
    world.settings().sources.at("plant").discovery.min_ratio = 0;
    world.happens(minutes(5), [&] { list_machines(world, 1); });
    world.happens(minutes(35), [&] { list_machines(world, 0); });
    world.live(minutes(30), End::stop);
    EXPECT_EQ(in_force(world), 1U) << "the ratio is switched off";
    world.live(minutes(60), End::stop);
    EXPECT_TRUE(stands_refused(world));
    EXPECT_EQ(in_force(world), 1U);
}

TEST(DiscoveryStory, NothingThatStandsRefusedCannotBeConfirmed) {
    World world(idle());
    world.at(minutes(1), [](Engine& engine) -> Task<> {
        const auto accepted = co_await engine.accept_targets("plant", "uid 0");
        EXPECT_EQ(accepted ? "" : accepted.error().what, "no list of source plant stands refused");
        const auto unknown = co_await engine.accept_targets("plnt", "uid 0");
        EXPECT_EQ(unknown ? "" : unknown.error().what, "no source 'plnt' in the configuration, did you mean 'plant'?");
    });
    world.live(minutes(2), End::stop);
}

TEST(DiscoveryStory, TenantsThatAreTakenOutOfTheConfigurationAreNoAlarm) {
    WorldOptions options;
    options.tulip = false;
    options.servitly = true;
    options.tenants = 5;
    World world(options);
    auto reloaded = std::make_shared<Settings>(world.settings());
    auto& tenants = std::get<ServitlySettings>(reloaded->sources.at("fleet").vendor).tenants;
    while (tenants.size() > 1) tenants.erase(tenants.begin());
    world.at(minutes(2), [reloaded](Engine& engine) -> Task<> {
        const auto applied = co_await engine.apply(reloaded);
        EXPECT_TRUE(applied);
    });
    world.live(minutes(3), End::stop);
    EXPECT_EQ(LedgerReader(world.ledger()).targets("fleet").value().size(), 1U) << "at once";
    EXPECT_EQ(told(world, "event=list_refused"), 0U);
    EXPECT_EQ(told(world, "event=target_vanished"), 1U);
}

TEST(DiscoveryStory, JobsThatAreDueAtTheSameSecondShareOneQuestion) {
    World world(six_machines());
    for (int i = 0; i < 8; ++i) another_job(world, "activity", "job-" + std::to_string(i), "@every 30m");
    world.live(minutes(29), End::stop);
    const auto before = requests(world.vendor(), "list");
    world.live(minutes(31), End::stop);
    EXPECT_EQ(requests(world.vendor(), "list"), before + 1);
    EXPECT_EQ(runs_of(world).size(), 9U * 6U);
}

TEST(DiscoveryStory, JobsThatShareAQuestionShareWhyItFailed) {
    World world(six_machines());
    another_job(world, "activity", "other", "@every 30m");
    FaultRule refused = fault(Effect::status, "GET", "*/machines", std::nullopt);
    refused.status = 403;
    refused.body = world.vendor().error_body(403, "Missing scope machines:read");
    world.faults().add(refused);
    world.live(minutes(31), End::stop);
    ASSERT_EQ(runs_of(world).size(), 2U);
    for (const RunRecord& run : runs_of(world)) {
        EXPECT_EQ(run.state, RunState::failed);
        EXPECT_NE(run.reason.find("machines:read"), std::string::npos) << run.reason;
    }
}

TEST(DiscoveryStory, AVendorThatIsDownIsNotHammeredByLooksAndFoundOnceItIsUp) {
    World world(idle());
    FaultRule down = fault(Effect::status, "GET", "*/machines", std::nullopt);
    down.status = 503;
    world.faults().add(down);
    std::size_t asked = 0;
    world.show([&](const std::string& line) { asked += line.find(" GET https://acme.tulip.test") != line.npos; });
    world.happens(minutes(5), [&] { EXPECT_LE(asked, 8U); });
    world.happens(hours(3), [&] { world.faults().clear(); });
    world.live(hours(3), End::stop);
    EXPECT_LE(asked, 45U);
    EXPECT_GE(asked, 12U) << "and asked again all the same";
    EXPECT_EQ(told(world, "event=list_not_refreshed"), 1U) << "one outage is one line";
    world.live(hours(3) + minutes(20), End::stop);
    EXPECT_EQ(in_force(world), 6U);
}

TEST(DiscoveryStory, ACrashAtAnyPointLosesNoListAndBelievesNoneThatIsToBeRefused) {
    std::uint64_t whole = 0;
    for (std::uint64_t events = 1; whole == 0 || events < whole; ++events) {
        WorldOptions options = idle();
        options.seed = 3;
        World world(options);
        world.happens(minutes(5), [&] { list_machines(world, 7); });
        world.happens(minutes(20), [&] { list_machines(world, 2); });
        world.at(minutes(40), [](Engine& engine) -> Task<> {
            const auto accepted = co_await engine.accept_targets("plant", "uid 0");
            EXPECT_EQ(accepted ? accepted->vanished.size() : 5U, 5U);
        });
        const std::uint64_t lived = world.live(minutes(42), End::crash, events);
        if (lived < events) whole = lived;
        const auto list = ledger(world).target_list("plant").value();
        if (list) {
            const std::size_t known = in_force(world);
            EXPECT_TRUE(known == 6U || known == 7U || (known == 2U && !list->refused)) << known << " at " << events;
            EXPECT_EQ(list->refused ? list->refused->targets.size() : 2U, 2U) << "at " << events;
        }
        if (::testing::Test::HasFailure()) break;
        world.live(minutes(80), End::stop);
        ASSERT_EQ(world.broken_invariant(), "") << "at " << events;
        ASSERT_EQ(world.engine_error(), "") << "at " << events;
        const bool was_accepted = in_force(world) == 2U;
        ASSERT_NE(was_accepted, stands_refused(world)) << "at " << events;
        ASSERT_EQ(in_force(world), was_accepted ? 2U : 7U) << "at " << events;
    }
    EXPECT_GT(whole, 100U);
}

WorldOptions clocked() {
    WorldOptions options = one_appliance();  // its replies have a Date
    options.schedule = "@every 10m";
    return options;
}

TEST(ClockStory, AClockThatJumpsADayAheadIsToldAndRunsGoOn) {
    World world(clocked());
    world.happens(minutes(25), [&] { world.clock().step_wall(hours(24)); });
    world.at(minutes(24), [](Engine& engine) -> Task<> {
        EXPECT_EQ(engine.clock_suspect(), "");
        co_return;
    });
    world.at(minutes(58), [](Engine& engine) -> Task<> {
        EXPECT_NE(engine.clock_suspect().find("ahead of the clock of source perimeter"), std::string::npos)
            << engine.clock_suspect();
        co_return;
    });
    world.live(minutes(59), End::stop);
    EXPECT_EQ(told(world, "event=clock_jumped"), 1U);
    EXPECT_EQ(told(world, "event=clock_suspect"), 1U);
    EXPECT_GE(runs_in(world, RunState::succeeded).size(), 4U);
    const auto standing = LedgerReader(world.ledger()).clock().value().standing;
    ASSERT_TRUE(standing);
    EXPECT_EQ(standing->witness, ClockWitness::vendors);

    world.clock().step_wall(-hours(24));
    world.at(minutes(61), [](Engine& engine) -> Task<> {
        EXPECT_NE(engine.clock_suspect(), "") << "records of tomorrow are in the ledger";
        co_return;
    });
    world.live(hours(27), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_FALSE(LedgerReader(world.ledger()).clock().value().standing) << "until tomorrow has come";
    EXPECT_EQ(told(world, "event=clock_trusted"), 1U);
}

TEST(ClockStory, AClockThatWasSetBackBetweenTwoLivesIsBehindTheLedger) {
    World world(clocked());
    world.live(minutes(45), End::crash);
    world.clock().step_wall(-hours(1));
    world.at(minutes(46), [](Engine& engine) -> Task<> {
        EXPECT_NE(engine.clock_suspect().find("behind"), std::string::npos) << engine.clock_suspect();
        co_return;
    });
    world.live(minutes(75), End::stop);
    EXPECT_EQ(told(world, "event=clock_suspect"), 1U);
    EXPECT_EQ(told(world, "event=clock_jumped"), 0U) << "it was not there to see it";
    world.clock().step_wall(hours(1));
    world.live(minutes(100), End::stop);
    EXPECT_EQ(told(world, "event=clock_trusted"), 1U);
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(ClockStory, AMachineThatSleepsIsNoSuspect) {
    World world(clocked());
    for (int i = 0; i < 3; ++i) {
        world.live(world.clock().elapsed() + minutes(30), End::stop);
        world.rest(hours(9));
    }
    EXPECT_EQ(told(world, "event=clock_suspect"), 0U);
    EXPECT_EQ(world.broken_invariant(), "");
}

}  // namespace
}  // namespace garner::sim
