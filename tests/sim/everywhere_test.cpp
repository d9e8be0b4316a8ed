// A crash after each single event of a short life; then a new life that has to put everything right.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace garner::sim {
namespace {

using std::chrono::minutes;

std::string told_tail(const World& world) {
    const std::string& told = world.told();
    return told.size() > 3000 ? "..." + told.substr(told.size() - 3000) : told;
}

enum class Vendor { tulip, servitly, appgate };

class Everywhere : public testing::TestWithParam<Vendor> {
protected:
    static WorldOptions options_of(std::uint64_t seed) {
        WorldOptions options;
        options.seed = seed;
        options.tulip = GetParam() == Vendor::tulip;
        options.servitly = GetParam() == Vendor::servitly;
        options.appgate = GetParam() == Vendor::appgate;
        options.appliances = 2;
        return options;
    }
};

TEST_P(Everywhere, ACrashAfterAnyEventLosesNothingAndDoublesNothing) {
    const WorldOptions options = options_of(7);
    const Duration short_life = minutes(24);  // two instants of `@every 10m`
    World whole(options);
    const std::uint64_t events = whole.live(short_life, End::crash);
    ASSERT_EQ(whole.broken_invariant(), "");
    ASSERT_GT(events, 200U);

    for (std::uint64_t k = 1; k <= events; ++k) {
        World world(options);
        world.live(short_life, End::crash, k);
        ASSERT_EQ(world.broken_invariant(), "") << "right after a crash after event " << k << "\n" << told_tail(world);
        const WallTime died = world.clock().wall_now();
        world.live(world.quiet_moment(minutes(10), 2), End::stop);
        ASSERT_EQ(world.broken_invariant(), "") << "crash after event " << k << ", next life\n" << told_tail(world);
        ASSERT_EQ(world.not_alive_again(died), "") << "crash after event " << k << ", next life\n" << told_tail(world);
    }
}

TEST_P(Everywhere, ACrashDuringRecoveryIsRecoveredFromToo) {
    const WorldOptions options = options_of(11);
    for (std::uint64_t first = 40; first <= 400; first += 60) {
        for (std::uint64_t second = 1; second <= 60; second += 3) {
            World world(options);
            world.live(minutes(24), End::crash, first);
            world.live(minutes(24), End::crash, second);
            ASSERT_EQ(world.broken_invariant(), "") << "crashes after events " << first << " and " << second << "\n"
                                                    << told_tail(world);
            const WallTime died = world.clock().wall_now();
            world.live(world.quiet_moment(minutes(10), 2), End::stop);
            ASSERT_EQ(world.broken_invariant(), "") << "crashes after events " << first << " and " << second << "\n"
                                                    << told_tail(world);
            ASSERT_EQ(world.not_alive_again(died), "") << "crashes after events " << first << " and " << second << "\n"
                                                       << told_tail(world);
        }
    }
}

TEST_P(Everywhere, AStopAfterAnyTimeParksWhatRunsAndGoesOn) {
    const WorldOptions options = options_of(5);
    for (int second = 0; second < 240; second += 3) {
        World world(options);
        world.live(minutes(10) + std::chrono::seconds(second), End::stop);
        ASSERT_EQ(world.broken_invariant(), "") << "stopped after " << second << " s\n" << told_tail(world);
        const WallTime stopped = world.clock().wall_now();
        world.live(world.quiet_moment(minutes(10), 2), End::stop);
        ASSERT_EQ(world.broken_invariant(), "") << "stopped after " << second << " s\n" << told_tail(world);
        ASSERT_EQ(world.not_alive_again(stopped), "") << "stopped after " << second << " s\n" << told_tail(world);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Everywhere, testing::Values(Vendor::tulip, Vendor::servitly, Vendor::appgate),
                         [](const auto& tested) -> std::string {
                             return tested.param == Vendor::tulip      ? "tulip"
                                    : tested.param == Vendor::servitly ? "servitly"
                                                                       : "appgate";
                         });

}  // namespace
}  // namespace garner::sim
