// The schedule, executable: what each expression means, and what happens to it when clocks change.
#include "core/schedule.hpp"

#include <gtest/gtest.h>

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
    EXPECT_EQ(runs("@weekly", "UTC", "2026-11-22T00:00:00Z", 1), (Runs{"2026-11-29T00:00:00Z"}));
}

TEST(Schedule, DayOfMonthAndDayOfWeekTogetherMeanOr) {
    EXPECT_EQ(runs("0 0 13 * fri", "UTC", "2026-11-01T00:00:00Z", 4),
              (Runs{"2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"}));
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

TEST(Schedule, NextStrictlyAdvancesOverEveryClockChange) {
    for (const char* zone_name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago",
                                  "Africa/Cairo", "Pacific/Apia", "Asia/Kolkata", "America/Scoresbysund", "UTC"}) {
        const auto zone = Zone::load(zone_name);
        ASSERT_TRUE(zone) << zone_name;
        for (const char* text : {"30 2 * * *", "0 0 * * *", "*/15 * * * *", "7 */2 * * *", "5,35 0-3 * * sun"}) {
            const auto cron = CronExpression::parse(text);
            ASSERT_TRUE(cron);
            absl::TimeZone::CivilTransition jump;
            absl::Time edge = absl::FromUnixSeconds(0);
            while (zone->absl_zone().NextTransition(edge, &jump) && jump.to < absl::CivilSecond(2030, 1, 1)) {
                edge = zone->absl_zone().At(jump.to).trans;
                if (zone->absl_zone().At(jump.to).kind == absl::TimeZone::TimeInfo::UNIQUE)
                    edge = zone->absl_zone().At(jump.to).pre;
                WallTime t = from_unix_ms(absl::ToUnixMillis(edge)) - std::chrono::hours(30);
                const WallTime end = t + std::chrono::hours(60);
                while (t < end) {
                    const WallTime next = cron->next_after(t, *zone);
                    ASSERT_GT(next, t) << zone_name << " " << text;
                    ASSERT_EQ(cron->next_after(next - Duration(1), *zone), next)
                        << zone_name << " " << text << " " << format_rfc3339(next);
                    t = next;
                }
            }
        }
    }
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
        {"@reboot", "'@reboot' is no macro; known are @yearly, @monthly, @weekly, @daily, @hourly and @every 30s"},
        {"@every", "'@every': write `@every` and a duration of at least 1s, such as `@every 30s`"},
        {"@every 10ms", "'@every 10ms': write `@every` and a duration of at least 1s, such as `@every 30s`"},
        {"0 0 L * *", "day of month: 'L': L, W, #, ~ and ? are not supported by this version yet"},
        {"0 0 * * 1#1", "day of week: '1#1': L, W, #, ~ and ? are not supported by this version yet"},
        {"~ 0 * * *", "minute: '~': L, W, #, ~ and ? are not supported by this version yet"},
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
    EXPECT_EQ(Schedule({*every}).interval_at(at("2026-01-01T00:00:00Z"), utc), Duration(1000));
}

}  // namespace
}  // namespace garner
