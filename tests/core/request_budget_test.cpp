// When the next request may leave, by what left before.
#include "core/request_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime june = *parse_rfc3339("2026-06-10T12:00:00Z");

RequestLimits limits(std::optional<std::uint32_t> second, std::optional<std::uint32_t> minute = {},
                     std::optional<std::uint32_t> hour = {}, std::optional<std::uint32_t> month = {}) {
    RequestLimits all;
    all.per_second = second;
    all.per_minute = minute;
    all.per_hour = hour;
    all.per_month = month;
    return all;
}

// A life of requests that leave as soon as they may; the network carries each to the vendor somewhen before its answer.
struct Life {
    RequestBudget budget;
    SteadyTime now{hours(1)};
    WallTime wall = june;
    std::vector<Duration> arrived{};  ///< at the vendor, by its own clock

    void pass(Duration d) {
        now += d;
        wall += d;
    }
    void request(Duration there = Duration(0), Duration back = Duration(0)) {
        for (auto next = budget.next(now, wall); next.at > now; next = budget.next(now, wall)) pass(next.at - now);
        const auto number = budget.take(now, wall);
        budget.left(number, now);
        arrived.push_back(now.time_since_epoch() + there);
        pass(there + back);
        budget.answered(number, now);
    }
    std::size_t most_within(Duration span) const {
        auto all = arrived;
        std::sort(all.begin(), all.end());
        std::size_t most = 0;
        for (std::size_t first = 0, last = 0; last < all.size(); ++last) {
            while (all[last] - all[first] >= span) ++first;
            most = std::max(most, last - first + 1);
        }
        return most;
    }
};

TEST(Budget, without_limits_every_request_leaves_at_once) {
    Life life;
    life.budget.set_limits(limits({}));
    EXPECT_FALSE(life.budget.is_limited());
    const SteadyTime before = life.now;
    for (int i = 0; i < 1000; ++i) life.request();
    EXPECT_EQ(life.now, before);
}

TEST(Budget, a_minute_never_sees_more_than_its_budget_however_slow_the_network) {
    Life life;
    life.budget.set_limits(limits({}, 60));
    std::mt19937 chance(4);
    for (int i = 0; i < 600; ++i) {
        life.request(Duration(chance() % 900), Duration(chance() % 900));
        if (chance() % 40 == 0) life.pass(Duration(chance() % 90'000));
    }
    EXPECT_LE(life.most_within(minutes(1)), 60U);
    EXPECT_GE(life.most_within(minutes(1)), 55U) << "nor is it much stricter than it has to be";
}

TEST(Budget, all_limits_hold_together) {
    Life life;
    life.budget.set_limits(limits(2, 20, 100));
    for (int i = 0; i < 260; ++i) life.request(Duration(30), Duration(30));
    EXPECT_LE(life.most_within(seconds(1)), 2U);
    EXPECT_LE(life.most_within(minutes(1)), 20U);
    EXPECT_LE(life.most_within(hours(1)), 100U);
}

TEST(Budget, what_has_not_been_answered_counts) {
    RequestBudget budget;
    budget.set_limits(limits({}, 2));
    const SteadyTime now{hours(1)};
    const auto first = budget.take(now, june);
    const auto second = budget.take(now, june);
    budget.left(first, now);
    budget.left(second, now);
    EXPECT_GT(budget.next(now + seconds(70), june + seconds(70)).at, now + seconds(70)) << "it may arrive late";
    budget.answered(first, now + seconds(1));
    EXPECT_LE(budget.next(now + seconds(70), june + seconds(70)).at, now + seconds(70));
    EXPECT_LE(budget.next(now + seconds(95), june + seconds(95)).at, now + seconds(95));
}

TEST(Budget, what_did_not_leave_is_given_back) {
    RequestBudget budget;
    budget.set_limits(limits({}, 1, {}, 1));
    const SteadyTime now{hours(1)};
    const auto number = budget.take(now, june);
    EXPECT_GT(budget.next(now, june).at, now);
    budget.take_back(number);
    EXPECT_LE(budget.next(now, june).at, now);
}

TEST(Budget, an_earlier_life_counts_and_a_clock_that_was_set_back_does_not_block_for_long) {
    RequestBudget budget;
    budget.set_limits(limits({}, 5, 50));
    const SteadyTime now{hours(1)};
    budget.remember(now, june, june - seconds(20), 4);
    budget.remember(now, june, june + hours(30), 1);
    const auto next = budget.next(now, june);
    EXPECT_EQ(next.limit, "requests_per_minute");
    EXPECT_GT(next.at, now + seconds(30));
    EXPECT_LE(next.at, now + seconds(62));
}

TEST(Budget, a_month_is_one_of_the_calendar_in_utc) {
    Life life;
    life.wall = *parse_rfc3339("2026-02-27T00:00:00Z");
    life.budget.set_limits(limits({}, {}, {}, 3));
    for (int i = 0; i < 3; ++i) life.request();
    const auto next = life.budget.next(life.now, life.wall);
    EXPECT_EQ(next.limit, "requests_per_month");
    EXPECT_EQ(next.at - life.now, hours(48));
    life.request();
    EXPECT_EQ(format_rfc3339(life.wall), "2026-03-01T00:00:00Z");
    EXPECT_EQ(month_begin(month_number(life.wall)), life.wall);
    EXPECT_EQ(month_number(*parse_rfc3339("2026-12-31T23:59:59Z")) + 1,
              month_number(*parse_rfc3339("2027-01-01T00:00:00Z")));
}

TEST(Budget, setting_the_clock_frees_no_month_and_holds_none_for_long) {
    Life life;
    life.budget.set_limits(limits({}, {}, {}, 3));
    for (int i = 0; i < 3; ++i) life.request();
    life.wall += hours(24 * 40);
    EXPECT_GT(life.budget.next(life.now, life.wall).at, life.now) << "a jump is not believed";
    life.wall -= hours(24 * 40);
    life.pass(minutes(30));
    EXPECT_GT(life.budget.next(life.now, life.wall).at, life.now) << "nor was it";
    life.wall += hours(24 * 40);
    EXPECT_GT(life.budget.next(life.now, life.wall).at, life.now);
    life.pass(minutes(61));
    EXPECT_LE(life.budget.next(life.now, life.wall).at, life.now) << "it stays: that is the time now";
}

TEST(Budget, a_hundred_thousand_an_hour_are_kept_in_bounds) {
    Life life;
    life.budget.set_limits(limits({}, {}, 100'000));
    for (int i = 0; i < 250'000; ++i) {
        life.request();
        life.pass(Duration(1));
    }
    EXPECT_LE(life.most_within(hours(1)), 100'000U);
}

}  // namespace
}  // namespace garner
