// How long to wait: back-off, and what a vendor's Retry-After is worth.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/backoff.hpp"
#include "core/retry_after.hpp"

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::uint64_t, 6> chances{0, 1, 12345, 1ULL << 40, ~0ULL - 1, ~0ULL};

// Many chances, spread over all 64 bits.
std::uint64_t chance(std::uint64_t i) { return i < chances.size() ? chances[i] : i * 0x9E3779B97F4A7C15ULL; }

TEST(Backoff, StaysBetweenATenthOfTheFirstAndTheDoubledCeiling) {
    const BackoffPolicy policy{seconds(1), minutes(5), seconds(60)};
    for (std::uint32_t tries = 0; tries < 40; ++tries) {
        const Duration ceiling = tries < 9 ? Duration(1000LL << tries) : Duration(300'000);
        Duration least = Duration::max();
        Duration most{0};
        for (std::uint64_t i = 0; i < 2000; ++i) {
            const Duration wait = backoff_delay(policy, tries, chance(i));
            least = std::min(least, wait);
            most = std::max(most, wait);
        }
        EXPECT_GE(least, Duration(100)) << tries;
        EXPECT_LE(most, std::min(ceiling, Duration(300'000))) << tries;
        EXPECT_LT(least, ceiling / 4) << "full jitter, not a fixed wait: " << tries;
        EXPECT_GT(most, ceiling * 3 / 4) << tries;
    }
}

TEST(Backoff, OddPoliciesAndCountsNeitherOverflowNorStopWaiting) {
    const Duration century{3'153'600'000'000};
    for (const BackoffPolicy& policy :
         {BackoffPolicy{Duration(0), Duration(0), Duration(0)}, BackoffPolicy{Duration(1), century, century},
          BackoffPolicy{century, century, century}, BackoffPolicy{minutes(10), seconds(1), seconds(1)}})
        for (const std::uint32_t tries : {0U, 1U, 63U, 64U, 1000U, ~0U})
            for (const std::uint64_t c : chances) {
                EXPECT_GT(backoff_delay(policy, tries, c).count(), 0);
                EXPECT_LE(backoff_delay(policy, tries, c), std::max(century, policy.max));
            }
}

TEST(Backoff, RetryAfterIsObeyedAndJitterOnlyMakesItLonger) {
    const BackoffPolicy policy;
    Failure failure(FailureKind::transient, "x");
    for (const Duration asked : {Duration(seconds(1)), Duration(seconds(30)), Duration(hours(3))}) {
        failure.retry_after = asked;
        for (std::uint64_t i = 0; i < 500; ++i) {
            const Duration wait = delay_after(failure, policy, 3, chance(i));
            EXPECT_GE(wait, asked);
            EXPECT_LE(wait, asked + asked / 10);
        }
    }
}

TEST(Backoff, RetryAfterBeyondADayCountsAsADay) {
    Failure failure(FailureKind::transient, "x");
    for (const Duration asked : {Duration(hours(24)), Duration(hours(25)), Duration::max()}) {
        failure.retry_after = asked;
        for (const std::uint64_t c : chances) {
            EXPECT_GE(delay_after(failure, {}, 0, c), Duration(hours(24)));
            EXPECT_LE(delay_after(failure, {}, 0, c), Duration(hours(24)) * 11 / 10);
        }
    }
}

TEST(Backoff, ABare429WaitsAsLongAsThePolicySays) {
    BackoffPolicy policy;
    policy.throttled = minutes(2);
    Failure failure(FailureKind::transient, "x");
    failure.throttled = true;
    for (const std::uint64_t c : chances) {
        EXPECT_GE(delay_after(failure, policy, 0, c), Duration(minutes(2)));
        EXPECT_LE(delay_after(failure, policy, 9, c), Duration(minutes(2)) * 11 / 10);
    }
    failure.retry_after = Duration(0);
    EXPECT_GE(delay_after(failure, policy, 0, 0), Duration(minutes(2))) << "a Retry-After of nothing says nothing";
    failure.throttled = false;
    EXPECT_EQ(delay_after(failure, policy, 2, 77), backoff_delay(policy, 2, 77));
}

std::optional<Duration> asked(const std::vector<std::string_view>& values,
                              std::optional<std::string_view> date = "Sun, 06 Nov 1994 08:49:37 GMT") {
    return parse_retry_after(values, date);
}

TEST(RetryAfter, IsSecondsOrADateByTheVendorsOwnClock) {
    EXPECT_EQ(asked({"30"}), Duration(seconds(30)));
    EXPECT_EQ(asked({" 30 "}), Duration(seconds(30)));
    EXPECT_EQ(asked({"0"}), Duration(0));
    EXPECT_EQ(asked({"Sun, 06 Nov 1994 08:51:37 GMT"}), Duration(minutes(2)));
    EXPECT_EQ(asked({"Sun, 06 Nov 1994 08:51:37 GMT"}, std::nullopt), std::nullopt) << "whose clock is it?";
    EXPECT_EQ(asked({"Sun, 06 Nov 1994 08:51:37 GMT"}, "yesterday"), std::nullopt);
}

TEST(RetryAfter, IsCappedAtOneDay) {
    EXPECT_EQ(asked({"86400"}), Duration(hours(24)));
    EXPECT_EQ(asked({"86401"}), Duration(hours(24)));
    EXPECT_EQ(asked({"1000000000"}), Duration(hours(24)));
    EXPECT_EQ(asked({"99999999999999999999999999"}), Duration(hours(24)));
    EXPECT_EQ(asked({"Sat, 06 Nov 2004 08:49:37 GMT"}), Duration(hours(24)));
}

TEST(RetryAfter, SaysNothingWhenItIsGarbageNegativeOrPast) {
    for (const std::string_view value :
         {"", " ", "-5", "-99999999999999999999999999", "+5", "1e9", "5.5", "0x10", "soon", "5 s", "30, 60", "5\n6",
          "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1904 08:49:37 GMT",
          "1994-11-06T08:51:37Z"})
        EXPECT_EQ(asked({value}), std::nullopt) << value;
    EXPECT_EQ(asked({}), std::nullopt);
}

TEST(RetryAfter, OfTwoHeadersTheLongerCounts) {
    EXPECT_EQ(asked({"30", "60"}), Duration(seconds(60)));
    EXPECT_EQ(asked({"60", "30"}), Duration(seconds(60)));
    EXPECT_EQ(asked({"garbage", "30"}), Duration(seconds(30)));
    EXPECT_EQ(asked({"30", "Sun, 06 Nov 1994 08:51:37 GMT"}), Duration(minutes(2)));
}

}  // namespace
}  // namespace garner
