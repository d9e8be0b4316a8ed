#include "core/calendar_period.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ctime>

namespace garner {
namespace {

std::string week_of(int year, int month, int day) {
    return period_name(CalendarPeriod::week, absl::CivilSecond(year, month, day, 12, 0, 0));
}

TEST(CalendarPeriod, a_week_belongs_to_the_year_of_its_thursday) {
    EXPECT_EQ(week_of(2024, 12, 29), "2024-W52");
    EXPECT_EQ(week_of(2024, 12, 30), "2025-W01");
    EXPECT_EQ(week_of(2021, 1, 3), "2020-W53");
    EXPECT_EQ(week_of(2021, 1, 4), "2021-W01");
    EXPECT_EQ(week_of(2023, 1, 1), "2022-W52");
    EXPECT_EQ(week_of(2026, 12, 31), "2026-W53");
}

TEST(CalendarPeriod, weeks_are_those_of_the_C_library_for_sixty_years) {
    std::int64_t last_number = 0;
    std::string last_name;
    for (absl::CivilDay day(1990, 1, 1); day < absl::CivilDay(2050, 1, 1); ++day) {
        std::tm tm{};
        tm.tm_year = static_cast<int>(day.year()) - 1900;
        tm.tm_mon = day.month() - 1;
        tm.tm_mday = day.day();
        tm.tm_wday = (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;
        tm.tm_yday = absl::GetYearDay(day) - 1;
        std::array<char, 16> expected{};
        ASSERT_GT(std::strftime(expected.data(), expected.size(), "%G-W%V", &tm), 0u);
        const std::string name = period_name(CalendarPeriod::week, absl::CivilSecond(day));
        ASSERT_EQ(name, expected.data()) << day;
        const std::int64_t number = period_number(CalendarPeriod::week, absl::CivilSecond(day));
        ASSERT_EQ(number == last_number, name == last_name) << day;
        last_number = number;
        last_name = name;
    }
}

TEST(CalendarPeriod, names_say_no_more_than_the_period) {
    const absl::CivilSecond local(2026, 3, 28, 1, 30, 59);
    EXPECT_EQ(period_name(CalendarPeriod::hour, local), "2026-03-28 01:00");
    EXPECT_EQ(period_name(CalendarPeriod::day, local), "2026-03-28");
    EXPECT_EQ(period_name(CalendarPeriod::month, local), "2026-03");
    EXPECT_EQ(period_name(CalendarPeriod::year, local), "2026");
}

TEST(CalendarPeriod, numbers_differ_from_one_period_to_the_next_only) {
    const absl::CivilSecond last(2026, 12, 31, 23, 59, 59);
    for (const auto period : {CalendarPeriod::hour, CalendarPeriod::day, CalendarPeriod::month, CalendarPeriod::year}) {
        EXPECT_NE(period_number(period, last), period_number(period, last + 1));
        EXPECT_EQ(period_number(period, last), period_number(period, last - 59 * 60));
    }
}

TEST(CalendarPeriod, both_passes_of_a_repeated_hour_are_one_local_hour) {
    const Zone zone = Zone::load("Europe/Berlin").value();
    const WallTime first = parse_rfc3339("2026-10-25T00:30:00Z").value();
    const WallTime second = parse_rfc3339("2026-10-25T01:30:00Z").value();
    EXPECT_EQ(local_time_of(first, zone), local_time_of(second, zone));
}

}  // namespace
}  // namespace garner
