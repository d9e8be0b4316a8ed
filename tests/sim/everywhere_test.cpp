// A short life with all three vendors, interrupted at each of its points: a crash behind every event, power that goes
// in every change of the ledger, an I/O error at every operation of either disk, a stop, a second crash in recovery.
// Each time a later life has to put everything right.
#include <gtest/gtest.h>

#include "sim/lives.hpp"

namespace garner::sim {
namespace {

// In parts, so that ctest can go through several at once.
class Everywhere : public testing::TestWithParam<std::uint64_t> {};
constexpr std::uint64_t parts = 4;

TEST_P(Everywhere, AnInterruptionAtAnyPointLosesNothingAndDoublesNothing) {
    std::uint64_t lived = 0;
    EXPECT_EQ(live_everywhere(7, GetParam(), parts, lived), "");
    EXPECT_GT(lived, 2'000U) << "the life is too short to show anything";
}

INSTANTIATE_TEST_SUITE_P(Part, Everywhere, testing::Range<std::uint64_t>(0, parts));

}  // namespace
}  // namespace garner::sim
