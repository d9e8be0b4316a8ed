// Months of random trouble and crashes. GARNER_SEEDS=1000 for more of them than every run of the tests has,
// GARNER_FIRST_SEED for others; a failure says the command that repeats it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/lives.hpp"

namespace garner::sim {
namespace {

constexpr unsigned month = 30;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// In parts, so that ctest can live through several at once.
class Seeds : public testing::TestWithParam<std::uint64_t> {};
constexpr std::uint64_t parts = 4;

TEST_P(Seeds, AMonthOfTroubleAndCrashesLosesNothingAndHealsByItself) {
    const std::uint64_t first = from_environment("GARNER_FIRST_SEED", 1);
    const std::uint64_t seeds = from_environment("GARNER_SEEDS", 100);
    std::uint64_t runs = 0;
    for (std::uint64_t seed = first + GetParam(); seed < first + seeds; seed += parts) {
        const Story story = live_long(seed, month);
        ASSERT_EQ(story.wrong, "") << "again with: " << command_for(seed, month);
        runs += story.runs;
    }
    EXPECT_GT(runs, 0U);
}

INSTANTIATE_TEST_SUITE_P(Part, Seeds, testing::Range<std::uint64_t>(0, parts));

TEST(Seed, TheSameOneIsTheSameWorld) {
    for (const std::uint64_t seed : {3U, 17U, 42U}) {
        const Story once = live_long(seed, 6);
        EXPECT_EQ(live_long(seed, 6).trace, once.trace) << "seed " << seed;
        EXPECT_NE(live_long(seed + 1, 6).trace, once.trace);
    }
}

}  // namespace
}  // namespace garner::sim
