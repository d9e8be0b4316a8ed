// How long a removal that failed is left alone: what PRODUCT.md section 6 says.
#include "engine/leftover_keeper.hpp"

#include <gtest/gtest.h>

#include "engine/scheduler.hpp"

namespace garner {
namespace {

constexpr Duration minute{60'000};
constexpr Duration hour{3'600'000};

TEST(WaitBeforeRemoval, it_is_a_minute_doubling_to_six_hours) {
    Duration expected = minute;
    for (std::uint32_t tries = 1; tries <= 9; ++tries, expected *= 2) EXPECT_EQ(wait_before_removal(tries), expected);
    for (const std::uint32_t tries : {10U, 11U, 64U, 1000U, 0xFFFFFFFFU})
        EXPECT_EQ(wait_before_removal(tries), 6 * hour) << tries;
    EXPECT_EQ(wait_before_removal(0), minute);
}

TEST(WaitBeforeRemoval, all_tries_together_take_fourteen_days) {
    Duration all{0};
    for (std::uint32_t tries = 1; tries < removal_tries_max; ++tries) all += wait_before_removal(tries);
    EXPECT_GE(all, 13 * 24 * hour + 12 * hour);
    EXPECT_LE(all, 14 * 24 * hour + 12 * hour);
}

TEST(ScheduleFingerprint, it_is_another_one_with_another_expression_or_zone_only) {
    const auto job = [](const char* expression, const char* zone) {
        JobSettings settings;
        settings.schedule = Schedule({CronExpression::parse(expression).value()});
        settings.zone = Zone::load(zone).value();
        return settings;
    };
    const JobSettings plain = job("15 2 * * *", "Europe/Berlin");
    JobSettings other = plain;
    other.store = "another";
    other.deadline = hour;
    other.window = WindowRule();
    EXPECT_EQ(schedule_fingerprint(plain), schedule_fingerprint(other)) << "what is asked for is no schedule";
    EXPECT_NE(schedule_fingerprint(plain), schedule_fingerprint(job("16 2 * * *", "Europe/Berlin")));
    EXPECT_NE(schedule_fingerprint(plain), schedule_fingerprint(job("15 2 * * *", "Europe/London")));
}

}  // namespace
}  // namespace garner
