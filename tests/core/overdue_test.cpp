// When a target is late: the metric, the alert and `garner status` all ask this one function.
#include "core/overdue.hpp"

#include <gtest/gtest.h>

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

WallTime at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }

JobSettings job(std::string_view expression, Duration deadline) {
    JobSettings settings;
    settings.schedule = Schedule({CronExpression::parse(expression).value()});
    settings.zone = Zone::load("UTC").value();
    settings.deadline = deadline;
    return settings;
}

TEST(Overdue, CountsFromTheFirstDueInstantAfterTheLastSuccess) {
    const JobSettings daily = job("15 2 * * *", hours(4));
    const WallTime success = at("2026-11-20T02:30:00Z");
    EXPECT_EQ(overdue_from(daily, success, std::nullopt), at("2026-11-21T06:25:00Z"));
    EXPECT_FALSE(is_overdue(daily, success, std::nullopt, at("2026-11-21T06:24:59.999Z")));
    EXPECT_TRUE(is_overdue(daily, success, std::nullopt, at("2026-11-21T06:25:00Z")));
    EXPECT_TRUE(is_overdue(daily, success, at("2026-01-01T00:00:00Z"), at("2026-12-24T00:00:00Z")));
    EXPECT_FALSE(is_overdue(daily, success, std::nullopt, at("2026-11-01T00:00:00Z"))) << "a clock that went back";
}

TEST(Overdue, TheNextDueInstantComesBeforeALongDeadline) {
    const JobSettings hourly = job("0 * * * *", hours(12));
    EXPECT_EQ(overdue_from(hourly, at("2026-11-20T02:30:00Z"), std::nullopt), at("2026-11-20T04:10:00Z"));
}

TEST(Overdue, WithoutASuccessItCountsFromTheDayThatTheTargetWasFirstSeen) {
    const JobSettings daily = job("15 2 * * *", hours(4));
    EXPECT_EQ(overdue_from(daily, std::nullopt, at("2026-11-20T12:00:00Z")), at("2026-11-20T16:10:00Z"));
    EXPECT_EQ(overdue_from(daily, std::nullopt, std::nullopt), std::nullopt);
    EXPECT_FALSE(is_overdue(daily, std::nullopt, std::nullopt, at("2099-01-01T00:00:00Z")));
}

TEST(Overdue, AJobWithoutAScheduleOwesNothing) {
    JobSettings manual = job("@daily", hours(1));
    manual.schedule = Schedule();
    EXPECT_EQ(overdue_from(manual, at("2026-11-20T12:00:00Z"), at("2026-11-20T12:00:00Z")), std::nullopt);
}

}  // namespace
}  // namespace garner
