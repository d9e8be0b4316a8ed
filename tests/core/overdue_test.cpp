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

TEST(Overdue, AMonthlyWindowUnderADailyScheduleIsDueOnceAMonth) {
    JobSettings monthly = job("15 2 * * *", hours(4));
    monthly.window = WindowRule{WindowLength::month, absl::CivilSecond(2026, 1, 1), hours(3)};
    const WallTime success = at("2026-11-02T02:30:00Z");
    // November closes on December 1st at 03:00, after that day's instant.
    EXPECT_EQ(overdue_from(monthly, success, std::nullopt), at("2026-12-02T06:25:00Z"));
    EXPECT_FALSE(is_overdue(monthly, success, std::nullopt, at("2026-12-01T23:00:00Z")));
    EXPECT_TRUE(is_overdue(monthly, success, std::nullopt, at("2026-12-02T06:25:00Z")));
    EXPECT_EQ(overdue_from(monthly, at("2026-12-01T02:59:59.999Z"), std::nullopt), at("2026-12-02T06:25:00Z"));
    EXPECT_EQ(overdue_from(monthly, at("2026-12-01T03:00:00Z"), std::nullopt), at("2027-01-02T06:25:00Z"));
}

TEST(Overdue, AWindowThatClosesAtADueInstantIsDueThen) {
    JobSettings daily = job("0 2 * * *", hours(4));
    daily.window = WindowRule{WindowLength::day, absl::CivilSecond(2026, 1, 1), hours(2)};
    EXPECT_EQ(overdue_from(daily, at("2026-11-20T02:05:00Z"), std::nullopt), at("2026-11-21T06:10:00Z"));
    JobSettings hourly = job("0 2 * * *", hours(4));
    hourly.window = WindowRule{WindowLength::hour, absl::CivilSecond(2026, 1, 1), Duration(0)};
    EXPECT_EQ(overdue_from(hourly, at("2026-11-20T02:05:00Z"), std::nullopt), at("2026-11-21T06:10:00Z"));
}

TEST(Overdue, BeforeTheFirstWindowHasClosedNothingIsOwed) {
    JobSettings daily = job("0 2 * * *", hours(4));
    daily.window = WindowRule{WindowLength::day, absl::CivilSecond(2026, 12, 1), Duration(0)};
    EXPECT_EQ(overdue_from(daily, std::nullopt, at("2026-11-20T12:00:00Z")), at("2026-12-02T06:10:00Z"));
    EXPECT_EQ(overdue_from(daily, std::nullopt, at("2026-12-20T12:00:00Z")), at("2026-12-20T16:10:00Z"))
        << "windows that closed before the target was seen are owed at once";
    EXPECT_EQ(overdue_from(daily, std::nullopt, std::nullopt), std::nullopt);
}

TEST(Overdue, AJobWithoutAScheduleOwesNothing) {
    JobSettings manual = job("@daily", hours(1));
    manual.schedule = Schedule();
    EXPECT_EQ(overdue_from(manual, at("2026-11-20T12:00:00Z"), at("2026-11-20T12:00:00Z")), std::nullopt);
}

TEST(Overdue, ABlackoutAndJitterMoveWhatIsDue) {
    JobSettings hourly = job("0 * * * *", hours(12));
    TimeInterval interval;
    interval.times = {{6 * 60, 22 * 60}};
    hourly.blackout = {{"production", {interval}}};
    EXPECT_EQ(overdue_from(hourly, at("2026-11-20T05:05:00Z"), std::nullopt), at("2026-11-20T23:10:00Z"));
    hourly.jitter = minutes(20);
    EXPECT_EQ(overdue_from(hourly, at("2026-11-20T03:05:00Z"), std::nullopt), at("2026-11-20T05:30:00Z"));
}

TEST(Overdue, WhatWasEditedOrUnpausedOwesNothingFromBefore) {
    const JobSettings daily = job("15 2 * * *", hours(4));
    const WallTime success = at("2026-11-01T02:30:00Z");
    EXPECT_EQ(overdue_from(daily, success, std::nullopt, at("2026-11-20T12:00:00Z")), at("2026-11-21T06:25:00Z"));
    EXPECT_EQ(overdue_from(daily, std::nullopt, success, at("2026-11-20T12:00:00Z")), at("2026-11-21T06:25:00Z"));
    EXPECT_EQ(overdue_from(daily, success, std::nullopt, at("2026-10-20T12:00:00Z")), at("2026-11-02T06:25:00Z"));
}

}  // namespace
}  // namespace garner
