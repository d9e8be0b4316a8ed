// The schedule, executable: what each expression means, and what happens to it when clocks change.
#include "core/schedule.hpp"

#include <gtest/gtest.h>

#include <set>

namespace garner {
namespace {

WallTime at(std::string_view rfc3339) {
    const auto t = parse_rfc3339(rfc3339);
    EXPECT_TRUE(t) << rfc3339;
    return t.value_or(WallTime{});
}

std::vector<std::string> runs(std::string_view expression, std::string_view zone, std::string_view from, int count) {
    const auto cron = CronExpression::parse(expression);
    const auto tz = Zone::load(zone);
    if (!cron || !tz) return {cron ? "bad zone" : cron.error().what};
    std::vector<std::string> found;
    WallTime t = at(from);
    for (int i = 0; i < count; ++i) {
        t = cron->next_after(t, *tz);
        found.push_back(format_rfc3339(t));
    }
    return found;
}

using Runs = std::vector<std::string>;

TEST(Schedule, AnExpressionComesAtItsTimes) {
    EXPECT_EQ(runs("15 2 * * *", "UTC", "2026-03-01T02:15:00Z", 2),
              (Runs{"2026-03-02T02:15:00Z", "2026-03-03T02:15:00Z"}));
    EXPECT_EQ(runs("*/20 9-10 * * mon-fri", "UTC", "2026-11-20T10:20:00Z", 3),
              (Runs{"2026-11-20T10:40:00Z", "2026-11-23T09:00:00Z", "2026-11-23T09:20:00Z"}));
    EXPECT_EQ(runs("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 2),
              (Runs{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}));
    EXPECT_EQ(runs("30 1 * * 7", "UTC", "2026-11-22T00:00:00Z", 1), (Runs{"2026-11-22T01:30:00Z"}));
    EXPECT_EQ(runs("0 12 1,15 JAN,jul *", "UTC", "2026-01-01T12:00:00Z", 2),
              (Runs{"2026-01-15T12:00:00Z", "2026-07-01T12:00:00Z"}));
    EXPECT_EQ(runs("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), (Runs{"2104-02-29T00:00:00Z"}));
    EXPECT_EQ(runs("  5-59/25\t9 * *  * ", "UTC", "2026-11-22T00:00:00Z", 4),
              (Runs{"2026-11-22T09:05:00Z", "2026-11-22T09:30:00Z", "2026-11-22T09:55:00Z", "2026-11-23T09:05:00Z"}));
    EXPECT_EQ(runs("@weekly", "UTC", "2026-11-22T00:00:00Z", 1), (Runs{"2026-11-29T00:00:00Z"}));
}

TEST(Schedule, LWAndNumberSignsNameDaysThatMoveFromMonthToMonth) {
    const auto days = [](std::string_view fields, std::string_view from, int count) {
        Runs found = runs("0 0 " + std::string(fields), "UTC", from, count);
        for (std::string& day : found) day.resize(10);
        return found;
    };
    const char* year = "2025-12-31T12:00:00Z";
    EXPECT_EQ(days("L * *", year, 4), (Runs{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"}));
    EXPECT_EQ(days("l 2 *", "2027-03-01T00:00:00Z", 2), (Runs{"2028-02-29", "2029-02-28"}));
    EXPECT_EQ(days("L-3 * *", year, 2), (Runs{"2026-01-28", "2026-02-25"}));
    EXPECT_EQ(days("1,L * *", year, 4), (Runs{"2026-01-01", "2026-01-31", "2026-02-01", "2026-02-28"}));
    EXPECT_EQ(days("15W * *", year, 4), (Runs{"2026-01-15", "2026-02-16", "2026-03-16", "2026-04-15"}))
        << "a Sunday moves to Monday";
    EXPECT_EQ(days("15w 8,11 *", year, 2), (Runs{"2026-08-14", "2026-11-16"})) << "a Saturday to Friday";
    EXPECT_EQ(days("1W 2,8 *", year, 2), (Runs{"2026-02-02", "2026-08-03"})) << "and never into another month";
    EXPECT_EQ(days("31W 1,5 *", year, 2), (Runs{"2026-01-30", "2026-05-29"}));
    EXPECT_EQ(days("LW * *", year, 3), (Runs{"2026-01-30", "2026-02-27", "2026-03-31"}));
    EXPECT_EQ(days("* * 1#1", year, 2), (Runs{"2026-01-05", "2026-02-02"}));
    EXPECT_EQ(days("* * tue#3", year, 2), (Runs{"2026-01-20", "2026-02-17"}));
    EXPECT_EQ(days("* * 7#5", year, 2), (Runs{"2026-03-29", "2026-05-31"})) << "months without a fifth have none";
    EXPECT_EQ(days("* * 5L", year, 2), (Runs{"2026-01-30", "2026-02-27"}));
    EXPECT_EQ(days("* * FRI#L,MON#2", year, 3), (Runs{"2026-01-12", "2026-01-30", "2026-02-09"}));
    EXPECT_EQ(days("L 2 1#5", year, 2), (Runs{"2026-02-28", "2027-02-28"})) << "either of the two";
    EXPECT_EQ(days("*/28 2 mon", year, 4), (Runs{"2027-02-01", "2038-02-01", "2044-02-01", "2044-02-29"}));
}

TEST(Schedule, ATildeIsChosenOnceForEachJob) {
    const auto first_of = [](std::string_view text, std::string_view seed) {
        const auto cron = CronExpression::parse(text, seed);
        EXPECT_TRUE(cron) << text;
        return cron ? cron->next_after(at("2026-01-31T23:59:59Z"), Zone()) : WallTime{};
    };
    std::set<WallTime> minutes;
    for (int job = 0; job < 200; ++job) {
        const std::string seed = "job-" + std::to_string(job);
        EXPECT_EQ(first_of("~ 3 * * *", seed), first_of("~ 3 * * *", seed));
        minutes.insert(first_of("~ 3 * * *", seed));
        const WallTime some = first_of("20~39 ~ * * *", seed);
        const auto minute = some.time_since_epoch() / std::chrono::minutes(1) % 60;
        EXPECT_TRUE(minute >= 20 && minute <= 39) << minute;
        EXPECT_LT(first_of("0 0 ~ 2 *", seed), at("2026-03-01T00:00:00Z")) << "each month has the day";
        EXPECT_TRUE(CronExpression::parse("0 0 29~31 2~4 *", seed)) << "something that comes is chosen";
        const auto steps = CronExpression::parse("~/20 * * * *", seed);
        ASSERT_TRUE(steps);
        const WallTime one = steps->next_after(at("2026-01-01T00:00:00Z") - Duration(1), Zone());
        EXPECT_LT(one, at("2026-01-01T00:20:00Z"));
        EXPECT_EQ(steps->next_after(one, Zone()) - one, std::chrono::minutes(20));
    }
    EXPECT_GT(minutes.size(), 50U) << "200 jobs are spread over the hour";
    EXPECT_EQ(first_of("~ ~ * * *", "machine-activity"), at("2026-02-01T08:03:00Z")) << "in every version of garner";
}

TEST(Schedule, DayOfMonthAndDayOfWeekTogetherMeanOr) {
    EXPECT_EQ(runs("0 0 13 * fri", "UTC", "2026-11-01T00:00:00Z", 4),
              (Runs{"2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"}));
    EXPECT_EQ(runs("0 0 1-31 * fri", "UTC", "2026-11-01T00:00:00Z", 2),
              (Runs{"2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"}))
        << "all days written as a range are not a star";
    EXPECT_EQ(runs("0 0 */2 * sun", "UTC", "2026-11-01T00:00:00Z", 2),
              (Runs{"2026-11-15T00:00:00Z", "2026-11-29T00:00:00Z"}))
        << "a field that begins with a star narrows the other";
}

TEST(Schedule, EveryIsCountedFrom1970SoThatARestartMovesNothing) {
    EXPECT_EQ(runs("@every 30s", "Europe/Berlin", "2026-03-01T00:00:07Z", 2),
              (Runs{"2026-03-01T00:00:30Z", "2026-03-01T00:01:00Z"}));
    EXPECT_EQ(runs("@every 1h30m", "UTC", "1969-12-31T23:59:59Z", 2),
              (Runs{"1970-01-01T00:00:00Z", "1970-01-01T01:30:00Z"}));
}

TEST(Schedule, AFixedTimeInASkippedHourRunsAtTheFirstInstantAfterIt) {
    // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    EXPECT_EQ(runs("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
              (Runs{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}));
    EXPECT_EQ(runs("10,50 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
              (Runs{"2026-03-29T01:00:00Z", "2026-03-30T00:10:00Z"}))
        << "two that fall together run once";
    EXPECT_EQ(runs("30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
              (Runs{"2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"}));
    // Lord Howe jumps by half an hour, Cairo at midnight.
    EXPECT_EQ(runs("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1), (Runs{"2026-10-03T15:30:00Z"}));
    EXPECT_EQ(runs("30 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", 1), (Runs{"2026-04-23T22:00:00Z"}));
}

TEST(Schedule, AFixedTimeInARepeatedHourRunsAtItsFirstPassOnly) {
    EXPECT_EQ(runs("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
              (Runs{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
    EXPECT_EQ(runs("30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", 1), (Runs{"2026-10-26T01:30:00Z"}));
}

TEST(Schedule, AWildcardFollowsTheClock) {
    EXPECT_EQ(runs("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 2),
              (Runs{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"}));
    EXPECT_EQ(runs("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3),
              (Runs{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}));
    EXPECT_EQ(runs("*/30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 1), (Runs{"2026-03-30T00:00:00Z"}))
        << "nothing in a skipped hour";
    EXPECT_EQ(runs("*/30 2 * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", 5),
              (Runs{"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z",
                    "2026-10-26T01:00:00Z"}))
        << "both passes of a repeated hour";
}

TEST(Schedule, ADayThatDoesNotExistHasNoRuns) {
    EXPECT_EQ(runs("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 2),
              (Runs{"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"}));
    EXPECT_EQ(runs("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 1), (Runs{"2012-12-29T22:00:00Z"}));
}

TEST(Schedule, WhatCannotBeMeantIsRefusedWithTheField) {
    const std::vector<std::pair<const char*, const char*>> table{
        {"", "an empty schedule"},
        {"60 * * * *", "minute: '60' is outside 0-59"},
        {"* 24 * * *", "hour: '24' is outside 0-23"},
        {"* * 0 * *", "day of month: '0' is outside 1-31"},
        {"* * * 13 *", "month: '13' is outside 1-12"},
        {"* * * * 8", "day of week: '8' is outside 0-7"},
        {"*/0 * * * *", "minute: the step '0' is not a number from 1 to 59"},
        {"5/10 * * * *", "minute: '5/10': a step needs a range or `*` before the `/`"},
        {"/30 * * * *", "minute: '/30': a step needs a range or `*` before the `/`"},
        {"40-10 * * * *", "minute: the range '40-10' runs backwards; write it as two ranges"},
        {"1,,2 * * * *", "minute: an empty place in the list"},
        {"x * * * *", "minute: 'x' is neither a number"},
        {"* * * foo *", "month: 'foo' is neither a number nor a name"},
        {"0 0 31 2 *", "'0 0 31 2 *' never comes: no year has such a day"},
        {"0 0 30 2 *", "'0 0 30 2 *' never comes: no year has such a day"},
        {"0 0 * * * *",
         "'0 0 * * * *' has 6 fields; a schedule has five: minute, hour, day of month, month, day of week"},
        {"@dialy", "'@dialy' is no macro, did you mean '@daily'?"},
        {"@DAILY", "'@DAILY' is no macro, did you mean '@daily'?"},
        {"@daily 0 0 * * *",
         "'@daily 0 0 * * *' is no macro; known are @yearly, @monthly, @weekly, @daily, @hourly and "
         "@every 30s"},
        {"0 12 1 * +MON", "day of week: '+MON' is neither a number nor a name"},
        {"@reboot", "'@reboot' is no time; what was missed while garnerd was down is what catch_up is for"},
        {"@noon", "'@noon' is no macro; known are @yearly, @monthly, @weekly, @daily, @hourly and @every 30s"},
        {"@every", "'@every': write `@every` and a duration of at least 1s, such as `@every 30s`"},
        {"@every 10ms", "'@every 10ms': write `@every` and a duration of at least 1s, such as `@every 30s`"},
        {"* * 5L * *", "day of month: '5L' is neither a number"},
        {"* * L-31 * *", "day of month: 'L-31': behind 'L-' a number of days from 1 to 30 is meant"},
        {"* * 1-15W * *", "day of month: '1-15W': before the 'W' a single day is meant, as in 15W or LW"},
        {"* * 32W * *", "day of month: '32W' is outside 1W-31W"},
        {"* * 1#1 * *", "day of month: '1#1': '#' belongs into the day of week, as in 1#2, the second Monday"},
        {"* * * * L",
         "day of week: 'L' alone names no weekday; the last Friday is 5L or FRI#L, the last day of the month is L in "
         "the "
         "day of month"},
        {"* * * * 1#6", "day of week: '1#6': behind the '#' a number from 1 to 5 is meant, or L for the last"},
        {"* * * * 1-5#2", "day of week: '1-5' is neither a number nor a name"},
        {"* * * * 8#1", "day of week: '8' is outside 0-7"},
        {"* L * * *", "hour: 'L' is neither a number"},
        {"* * ? * *", "day of month: '?' is not known here; write `*`"},
        {"60~ * * * *", "minute: '60' is outside 0-59"},
        {"30~10 * * * *", "minute: the range '30~10' runs backwards"},
        {"~/0 * * * *", "minute: the step '0' is not a number from 1 to 59"},
        {"*/~ * * * *", "minute: the step '~' is not a number from 1 to 59"},
        {"1~2~3 * * * *", "minute: '2~3' is neither a number"},
        {"0 0 30~31 2 *", "'0 0 30~31 2 *' never comes: no year has such a day"},
        {"0 0 L-30 2 *", "'0 0 L-30 2 *' never comes: no year has such a day"},
        {"0 0 31W 2,4,6,9,11 *", "'0 0 31W 2,4,6,9,11 *' never comes: no year has such a day"},
    };
    for (const auto& [text, expected] : table) {
        const auto cron = CronExpression::parse(text);
        ASSERT_FALSE(cron) << text;
        EXPECT_EQ(cron.error().what, expected) << text;
    }
    EXPECT_FALSE(CronExpression::parse(std::string(1'000'000, '1')));
    EXPECT_TRUE(CronExpression::parse("0 0 * jul wed")) << "names that hold an l or a w";
}

TEST(Schedule, OfWhatWasMissedTheLastIsFoundWithoutWalkingThroughAll) {
    const auto every = CronExpression::parse("@every 1s");
    const auto yearly = CronExpression::parse("@yearly");
    ASSERT_TRUE(every && yearly);
    const Zone utc;
    EXPECT_EQ(Schedule({*every}).last_between(at("2000-01-01T00:00:00Z"), at("2026-11-22T10:00:00Z"), utc),
              at("2026-11-22T10:00:00Z"));
    EXPECT_EQ(Schedule({*yearly}).last_between(at("2000-06-01T00:00:00Z"), at("2026-11-22T10:00:00Z"), utc),
              at("2026-01-01T00:00:00Z"));
    EXPECT_EQ(Schedule({*yearly}).last_between(at("2026-01-01T00:00:00Z"), at("2026-11-22T10:00:00Z"), utc),
              std::nullopt);
    EXPECT_EQ(Schedule({*yearly, *every}).next_after(at("2026-12-31T23:59:59Z"), utc), at("2027-01-01T00:00:00Z"));
    EXPECT_EQ(Schedule().previous_before(at("2026-11-22T10:00:00Z"), utc), std::nullopt);
    EXPECT_EQ(Schedule({*yearly, *every}).previous_before(at("2026-11-22T10:00:00Z"), utc), at("2026-11-22T09:59:59Z"));
    EXPECT_EQ(Schedule({*yearly}).previous_before(at("2026-01-01T00:00:00Z"), utc), at("2025-01-01T00:00:00Z"));
    EXPECT_EQ(Schedule({*yearly}).previous_before(at("2026-01-01T00:00:00.001Z"), utc), at("2026-01-01T00:00:00Z"));
    EXPECT_EQ(Schedule({*every}).interval_at(at("2026-01-01T00:00:00Z"), utc), Duration(1000));
}

}  // namespace
}  // namespace garner
