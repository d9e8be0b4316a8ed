// When a source counts as down, how it is probed, and how those that waited follow.
#include "core/circuit.hpp"

#include <gtest/gtest.h>

namespace garner {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t late = ~0ULL;  // a chance that draws some long wait
const BackoffPolicy policy{seconds(1), minutes(5), seconds(60)};

TEST(Circuit, the_fifth_failure_in_a_row_opens_it) {
    Circuit circuit;
    const SteadyTime now{seconds(100)};
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(circuit.failed(now, policy, late));
    EXPECT_FALSE(circuit.answered());
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(circuit.failed(now, policy, late));
    EXPECT_FALSE(circuit.is_open());
    EXPECT_TRUE(circuit.failed(now, policy, late));
    EXPECT_TRUE(circuit.is_open());
    EXPECT_FALSE(circuit.failed(now, policy, late)) << "one outage is one";
    EXPECT_TRUE(circuit.answered());
    EXPECT_FALSE(circuit.is_open());
}

TEST(Circuit, five_minutes_of_outage_take_few_probes) {
    for (const std::uint64_t chance : {std::uint64_t{0}, std::uint64_t{12345678901}, late}) {
        Circuit circuit;
        SteadyTime now{seconds(100)};
        const SteadyTime until = now + minutes(5);
        for (int i = 0; i < 5; ++i) circuit.failed(now, policy, chance);
        int probes = 0;
        for (now = circuit.next_probe(); now < until; now = circuit.next_probe(), ++probes)
            circuit.failed(now, policy, chance);
        EXPECT_GE(probes, 5);
        EXPECT_LE(probes, 12);
    }
}

TEST(Circuit, probes_slow_down_to_the_longest_wait) {
    for (std::uint32_t probes = 0; probes < 40; ++probes)
        for (const std::uint64_t chance : {std::uint64_t{0}, std::uint64_t{977}, late}) {
            const Duration delay = probe_delay(policy, probes, chance);
            const Duration whole = probes < 9 ? policy.initial * (1 << probes) : policy.max;
            EXPECT_GE(delay, std::min<Duration>(whole, policy.max) / 2) << probes;
            EXPECT_LE(delay, std::min<Duration>(whole, policy.max)) << probes;
        }
}

TEST(Circuit, a_person_gets_a_probe_at_once_and_a_new_life_begins_with_one) {
    Circuit circuit;
    SteadyTime now{seconds(100)};
    for (int i = 0; i < 20; ++i) circuit.failed(now, policy, late);
    EXPECT_GT(circuit.next_probe(), now + minutes(1));
    circuit.probe_at_once(now);
    EXPECT_EQ(circuit.next_probe(), now);
    Circuit again;
    again.reopen(now);
    EXPECT_TRUE(again.is_open());
    EXPECT_EQ(again.next_probe(), now);
}

TEST(Circuit, those_that_waited_follow_one_after_another_within_half_a_minute) {
    EXPECT_EQ(release_gap(0), Duration(100));
    EXPECT_EQ(release_gap(20), Duration(100));
    EXPECT_EQ(release_gap(3000), Duration(10));
    for (const std::size_t waiting : {1U, 10U, 300U, 301U, 1000U, 29'000U})
        EXPECT_LE(release_gap(waiting) * static_cast<std::int64_t>(waiting), seconds(30)) << waiting;
}

}  // namespace
}  // namespace garner
