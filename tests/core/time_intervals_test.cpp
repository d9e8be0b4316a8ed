// Blackouts, executable: what an interval covers, and when the first moment is that nothing does.
#include "core/time_intervals.hpp"

#include <gtest/gtest.h>

namespace garner {
namespace {

WallTime at(std::string_view rfc3339) {
    const auto t = parse_rfc3339(rfc3339);
    EXPECT_TRUE(t) << rfc3339;
    return t.value_or(WallTime{});
}

Zone zone(std::string_view name) {
    const auto loaded = Zone::load(name);
    EXPECT_TRUE(loaded) << name;
    return loaded ? *loaded : Zone();
}

std::vector<NamedIntervals> only(TimeInterval interval) { return {{"only", {std::move(interval)}}}; }

TimeInterval times(int first, int last) {
    TimeInterval interval;
    interval.times = {{first, last}};
    return interval;
}

bool covers(const std::vector<NamedIntervals>& blackout, std::string_view zone_name, std::string_view instant) {
    return covering(blackout, zone(zone_name), at(instant)) != nullptr;
}

std::string free_at(const std::vector<NamedIntervals>& blackout, std::string_view zone_name, std::string_view instant) {
    const auto free = first_uncovered(blackout, zone(zone_name), at(instant));
    return free ? format_rfc3339(*free) : "never";
}

TEST(TimeIntervals, a_time_of_day_covers_its_first_minute_and_not_its_last) {
    const auto shift = only(times(6 * 60, 22 * 60));
    EXPECT_FALSE(covers(shift, "UTC", "2026-11-27T05:59:59.999Z"));
    EXPECT_TRUE(covers(shift, "UTC", "2026-11-27T06:00:00Z"));
    EXPECT_TRUE(covers(shift, "UTC", "2026-11-27T21:59:59.999Z"));
    EXPECT_FALSE(covers(shift, "UTC", "2026-11-27T22:00:00Z"));
    EXPECT_EQ(free_at(shift, "UTC", "2026-11-27T12:34:56.789Z"), "2026-11-27T22:00:00Z");
    EXPECT_EQ(free_at(shift, "UTC", "2026-11-27T23:00:00.250Z"), "2026-11-27T23:00:00.250Z") << "nothing covers it";
}

TEST(TimeIntervals, days_are_chosen_by_every_list_that_is_there) {
    TimeInterval interval;
    interval.weekdays = {{1, 5}};
    interval.days_of_month = {{1, 7}, {-1, -1}};
    interval.months = {{11, 12}};
    interval.years = {{2026, 2026}};
    const auto blackout = only(interval);
    EXPECT_TRUE(covers(blackout, "UTC", "2026-11-02T00:00:00Z")) << "a Monday, the second";
    EXPECT_FALSE(covers(blackout, "UTC", "2026-11-01T12:00:00Z")) << "a Sunday";
    EXPECT_TRUE(covers(blackout, "UTC", "2026-11-30T23:59:59Z")) << "the last day";
    EXPECT_FALSE(covers(blackout, "UTC", "2026-11-27T12:00:00Z"));
    EXPECT_FALSE(covers(blackout, "UTC", "2026-10-02T12:00:00Z")) << "another month";
    EXPECT_FALSE(covers(blackout, "UTC", "2027-11-02T12:00:00Z")) << "another year";
}

TEST(TimeIntervals, days_of_the_month_count_from_the_end_too) {
    TimeInterval interval;
    interval.days_of_month = {{-3, -1}};
    EXPECT_EQ(free_at(only(interval), "UTC", "2028-02-27T05:00:00Z"), "2028-03-01T00:00:00Z");
    EXPECT_FALSE(covers(only(interval), "UTC", "2028-02-26T23:59:59Z"));
    interval.days_of_month = {{20, -2}};
    EXPECT_EQ(free_at(only(interval), "UTC", "2026-02-20T00:00:00Z"), "2026-02-28T00:00:00Z");
    interval.days_of_month = {{31, 31}};
    EXPECT_FALSE(covers(only(interval), "UTC", "2026-11-30T12:00:00Z")) << "the month has no such day";
}

TEST(TimeIntervals, intervals_that_touch_are_one) {
    TimeInterval monday = times(22 * 60, 24 * 60);
    monday.weekdays = {{1, 1}};
    TimeInterval tuesday = times(0, 5 * 60);
    tuesday.weekdays = {{2, 2}};
    const std::vector<NamedIntervals> night{{"late", {monday}}, {"early", {tuesday}}};
    EXPECT_EQ(free_at(night, "UTC", "2026-11-30T23:00:00Z"), "2026-12-01T05:00:00Z") << "over midnight";
    EXPECT_EQ(covering(night, Zone(), at("2026-12-01T01:00:00Z"))->name, "early");
    TimeInterval overlapping;
    overlapping.times = {{60, 120}, {90, 200}, {200, 210}};
    EXPECT_EQ(free_at(only(overlapping), "UTC", "2026-11-27T01:10:00Z"), "2026-11-27T03:30:00Z");
}

TEST(TimeIntervals, an_interval_has_a_calendar_of_its_own_where_it_names_one) {
    TimeInterval shift = times(6 * 60, 22 * 60);
    shift.location = zone("Asia/Kolkata");
    EXPECT_TRUE(covers(only(shift), "Europe/Berlin", "2026-11-27T00:30:00Z"));
    EXPECT_EQ(free_at(only(shift), "Europe/Berlin", "2026-11-27T00:30:00Z"), "2026-11-27T16:30:00Z");
    shift.location.reset();
    EXPECT_EQ(free_at(only(shift), "Europe/Berlin", "2026-11-27T16:30:00Z"), "2026-11-27T21:00:00Z");
}

TEST(TimeIntervals, a_time_that_a_day_does_not_have_covers_nothing_on_it) {
    // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    const auto skipped = only(times(2 * 60, 3 * 60));
    EXPECT_FALSE(covers(skipped, "Europe/Berlin", "2026-03-29T00:59:59Z"));
    EXPECT_FALSE(covers(skipped, "Europe/Berlin", "2026-03-29T01:00:00Z"));
    EXPECT_EQ(free_at(only(times(60, 150)), "Europe/Berlin", "2026-03-29T00:30:00Z"), "2026-03-29T01:00:00Z")
        << "01:00 to 02:30 ends where the clock jumps to 03:00";
    EXPECT_EQ(free_at(only(times(60, 4 * 60)), "Europe/Berlin", "2026-03-29T00:30:00Z"), "2026-03-29T02:00:00Z")
        << "01:00 to 04:00 is two hours long";
}

TEST(TimeIntervals, a_time_that_comes_twice_is_covered_twice) {
    // Berlin, 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
    const auto half = only(times(2 * 60, 150));
    EXPECT_EQ(free_at(half, "Europe/Berlin", "2026-10-25T00:10:00Z"), "2026-10-25T00:30:00Z");
    EXPECT_EQ(free_at(half, "Europe/Berlin", "2026-10-25T01:00:00Z"), "2026-10-25T01:30:00Z");
    EXPECT_EQ(free_at(only(times(2 * 60, 3 * 60)), "Europe/Berlin", "2026-10-25T00:10:00Z"), "2026-10-25T02:00:00Z")
        << "the two hours follow each other";
}

TEST(TimeIntervals, midnights_and_days_that_do_not_exist_are_no_trouble) {
    TimeInterval friday;
    friday.weekdays = {{5, 5}};
    EXPECT_EQ(free_at(only(friday), "Africa/Cairo", "2026-04-23T22:00:00Z"), "2026-04-24T21:00:00Z")
        << "that Friday begins at 01:00";
    TimeInterval gone;
    gone.days_of_month = {{29, 30}};
    EXPECT_EQ(free_at(only(gone), "Pacific/Apia", "2011-12-30T00:00:00Z"), "2011-12-30T10:00:00Z")
        << "after the 29th comes the 31st";
}

TEST(TimeIntervals, the_end_is_the_first_instant_that_a_walk_by_minutes_finds) {
    TimeInterval weekdays = times(5 * 60 + 30, 23 * 60 + 15);
    weekdays.weekdays = {{1, 4}, {6, 6}};
    TimeInterval night = times(0, 150);
    night.location = zone("America/New_York");
    const std::vector<NamedIntervals> blackout{{"weekdays", {weekdays}}, {"night", {night, times(60, 170)}}};
    for (const char* name : {"Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "UTC"})
        for (const char* from : {"2026-03-28T00:00:00Z", "2026-04-04T00:00:00Z", "2026-09-05T00:00:00Z",
                                 "2026-10-03T00:00:00Z", "2026-10-24T00:00:00Z", "2026-11-01T00:00:00Z"})
            for (int start = 0; start < 48 * 60; start += 17) {
                const WallTime t = at(from) + std::chrono::minutes(start);
                WallTime walked = t;
                while (covering(blackout, zone(name), walked) != nullptr) walked += std::chrono::minutes(1);
                ASSERT_EQ(first_uncovered(blackout, zone(name), t), walked) << name << " " << format_rfc3339(t);
            }
}

TEST(TimeIntervals, what_never_ends_is_told_with_its_year) {
    EXPECT_EQ(year_without_end(only(times(0, 24 * 60 - 1)), Zone()), std::nullopt);
    EXPECT_EQ(year_without_end(only(TimeInterval{}), Zone()), 1970);
    EXPECT_EQ(first_uncovered(only(TimeInterval{}), Zone(), at("2026-11-27T00:00:00Z")), std::nullopt);
    TimeInterval years;
    years.years = {{2026, 2030}};
    EXPECT_EQ(year_without_end(only(years), Zone()), std::nullopt) << "five years are long, and end";
    EXPECT_EQ(free_at(only(years), "UTC", "2026-11-27T00:00:00Z"), "2031-01-01T00:00:00Z");
    years.years = {{2030, 2099}};
    EXPECT_EQ(year_without_end(only(years), Zone()), 2030);
    TimeInterval working;
    working.weekdays = {{1, 5}};
    TimeInterval weekend;
    weekend.weekdays = {{0, 0}, {6, 6}};
    EXPECT_EQ(year_without_end({{"week", {working}}, {"end", {weekend}}}, Zone()), 1970);
}

}  // namespace
}  // namespace garner
