// Random faults, random crashes, long lives: the seed names the world, and the same seed is the same world.
// GARNER_SEEDS=1000 for more of them than every run of the tests has; GARNER_FIRST_SEED=84 GARNER_SEEDS=1 for one.
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/world.hpp"

namespace garner::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

WorldOptions troubled(std::uint64_t seed) {
    SeededRandom dice(seed * 7919);
    const auto rate = [&](double max) { return max * static_cast<double>(dice.below(1000)) / 1000; };
    WorldOptions options;
    options.seed = seed;
    options.machines = 1 + dice.below(4);
    options.schedule = "@every 30m";
    options.servitly = true;
    options.appgate = true;
    options.windows = dice.happens(0.5);
    options.appliances = 4;
    options.network.refused = rate(0.06);
    options.network.reset_before = rate(0.04);
    options.network.lost_answer = rate(0.04);
    options.network.bare_5xx = rate(0.05);
    options.network.vendor_5xx = rate(0.05);
    options.network.throttled = rate(0.05);
    options.network.cut_body = rate(0.3);
    options.network.wrong_length = rate(0.05);
    options.network.html = rate(0.03);
    options.disk.io_error = rate(0.004);
    options.disk.no_space = rate(0.02);
    return options;
}

std::string told_tail(const World& world) {
    const std::string& told = world.told();
    return told.size() > 4000 ? "..." + told.substr(told.size() - 4000) : told;
}

// Three lives with trouble, then a quiet one; returns the trace.
std::uint64_t live_through(std::uint64_t seed, std::string& wrong) {
    World world(troubled(seed));
    SeededRandom dice(seed);
    for (int life = 0; life < 3 && wrong.empty(); ++life) {
        world.live(world.clock().elapsed() + hours(8), dice.happens(0.7) ? End::crash : End::stop,
                   200 + dice.below(6000));
        wrong = world.broken_invariant();
    }
    if (wrong.empty()) {
        world.heal();
        const WallTime since = world.clock().wall_now() + minutes(90);
        world.live(world.quiet_moment(minutes(30), 6), End::stop);
        wrong = world.broken_invariant();
        if (wrong.empty()) wrong = world.not_alive_again(since);
    }
    if (!wrong.empty()) wrong += "\n" + told_tail(world);
    return world.trace().hash();
}

TEST(Seeds, TroubleAndCrashesLoseNothingAndItHealsByItself) {
    const auto from_environment = [](const char* name, std::uint64_t otherwise) {
        const char* text = std::getenv(name);
        return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
    };
    const std::uint64_t first = from_environment("GARNER_FIRST_SEED", 1);
    const std::uint64_t seeds = from_environment("GARNER_SEEDS", 40);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        std::string wrong;
        live_through(seed, wrong);
        ASSERT_EQ(wrong, "") << "seed " << seed;
    }
}

TEST(Seeds, TheSameSeedIsTheSameWorld) {
    for (const std::uint64_t seed : {3U, 17U, 42U}) {
        std::string first;
        std::string second;
        std::string other;
        const std::uint64_t once = live_through(seed, first);
        EXPECT_EQ(live_through(seed, second), once) << "seed " << seed;
        EXPECT_NE(live_through(seed + 1, other), once);
    }
}

}  // namespace
}  // namespace garner::sim
