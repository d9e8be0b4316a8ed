// The grid of export windows over zones with odd clock changes. Windows tile time; what is owed is exact to the
// millisecond.
#include "core/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

WallTime at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }
Zone zone(std::string_view name) { return Zone::load(name).value(); }
Window span(std::string_view start, std::string_view end) { return {at(start), at(end)}; }

const std::vector<WindowLength> lengths{WindowLength::hour, WindowLength::day, WindowLength::week, WindowLength::month};

WindowRule rule(WindowLength length, absl::CivilSecond start, Duration settle_delay = Duration(0)) {
    return {length, start, settle_delay};
}

// Lengths, in hours, of the windows that begin in [from, to).
std::vector<int> lengths_in_hours(const WindowRule& r, const Zone& z, WallTime from, WallTime to) {
    std::vector<int> result;
    for (Window w = window_ending_after(r, z, from); w.start < to; w = window_ending_after(r, z, w.end))
        if (w.start >= from) result.push_back(static_cast<int>((w.end - w.start) / hours(1)));
    return result;
}

std::vector<std::string> starts(const WindowRule& r, const Zone& z, int count) {
    std::vector<std::string> result;
    Window w = window_ending_after(r, z, WallTime::min());
    for (int i = 0; i < count; ++i, w = window_ending_after(r, z, w.end)) result.push_back(z.format(w.start));
    return result;
}

TEST(Window, LengthsAreWrittenAsInTheConfiguration) {
    for (const WindowLength length : lengths) EXPECT_EQ(parse_window_length(to_string(length)), length);
    EXPECT_EQ(parse_window_length("1mo"), WindowLength::month);
    for (const char* word : {"", "1m", "2d", "d", "1D", "1y", "1h ", "24h"})
        EXPECT_EQ(parse_window_length(word), std::nullopt) << word;
}

TEST(Window, WindowsTileTimeAndStrictlyAdvanceInEveryZone) {
    struct Place {
        const char* zone;
        absl::CivilSecond first;  // before a year of odd changes
    };
    const std::vector<Place> places{
        {"UTC", absl::CivilSecond(2024, 1, 31)},
        {"Europe/Berlin", absl::CivilSecond(2024, 1, 1)},
        {"America/New_York", absl::CivilSecond(2026, 1, 30)},
        {"Australia/Lord_Howe", absl::CivilSecond(2025)},
        {"America/Santiago", absl::CivilSecond(2024, 1, 31)},
        {"Africa/Cairo", absl::CivilSecond(2024, 1, 29)},
        {"Pacific/Apia", absl::CivilSecond(2011, 3, 31)},
        {"Asia/Kolkata", absl::CivilSecond(2026)},
        {"Pacific/Kwajalein", absl::CivilSecond(1993, 1, 20)},
        {"Asia/Manila", absl::CivilSecond(1844, 1, 31)},
        {"America/Juneau", absl::CivilSecond(1867, 1, 18)},
        {"America/Sao_Paulo", absl::CivilSecond(2017, 1, 31)},
        {"Africa/Casablanca", absl::CivilSecond(2026, 1)},
        {"Antarctica/Troll", absl::CivilSecond(2026, 1, 31)},
        {"Europe/Dublin", absl::CivilSecond(1916, 1, 1)},
        {"Asia/Pyongyang", absl::CivilSecond(2018, 1, 1)},
        {"America/Caracas", absl::CivilSecond(2007, 11, 1, 1)},
        {"Africa/Monrovia", absl::CivilSecond(1971, 6, 1)},
    };
    std::mt19937 random(7);
    for (const Place& place : places)
        for (const WindowLength length : lengths)
            for (const int second : {0, 2 * 3600 + 1800, 12 * 3600, 86'399}) {
                const Zone z = zone(place.zone);
                const WindowRule r = rule(length, place.first + second);
                Window before = window_ending_after(r, z, WallTime::min());
                const WallTime first = before.start;
                const Duration most = length == WindowLength::hour   ? hours(1)
                                      : length == WindowLength::day  ? hours(49)
                                      : length == WindowLength::week ? hours(8 * 24)
                                                                     : hours(33 * 24);
                for (int i = 0; before.end < first + hours(length == WindowLength::hour ? 24 * 40 : 24 * 500); ++i) {
                    ASSERT_LT(before.start, before.end) << place.zone << ' ' << to_string(length);
                    ASSERT_LE(before.end - before.start, most) << place.zone << ' ' << z.format(before.start);
                    const auto length_ms = static_cast<unsigned>((before.end - before.start).count());
                    const WallTime inside = before.start + Duration(random() % length_ms);
                    ASSERT_EQ(window_ending_after(r, z, inside), before) << z.format(inside);
                    ASSERT_EQ(window_ending_after(r, z, before.start), before);
                    ASSERT_EQ(window_ending_after(r, z, before.end - Duration(1)), before);
                    const Window next = window_ending_after(r, z, before.end);
                    ASSERT_EQ(next.start, before.end) << place.zone << ' ' << z.format(before.end);
                    before = next;
                }
            }
}

TEST(Window, ADayIsACalendarDayOfTheZone) {
    const WindowRule daily = rule(WindowLength::day, absl::CivilSecond(2026, 1, 1));
    const Zone berlin = zone("Europe/Berlin");
    EXPECT_EQ(window_ending_after(daily, berlin, at("2026-03-29T12:00:00Z")),
              span("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"));
    EXPECT_EQ(window_ending_after(daily, berlin, at("2026-10-25T12:00:00Z")),
              span("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"));
    EXPECT_THAT(
        lengths_in_hours(daily, zone("America/New_York"), at("2026-03-07T05:00:00Z"), at("2026-03-10T00:00:00Z")),
        ElementsAre(24, 23, 24));
    // Midnight itself does not exist: the day begins at one.
    const Zone santiago = zone("America/Santiago");
    EXPECT_EQ(santiago.format(window_ending_after(daily, santiago, at("2026-09-06T12:00:00Z")).start),
              "2026-09-06 01:00:00 -03:00");
    const Zone cairo = zone("Africa/Cairo");
    EXPECT_EQ(cairo.format(window_ending_after(daily, cairo, at("2026-04-24T12:00:00Z")).start),
              "2026-04-24 01:00:00 +03:00");
    // Midnight comes twice: the day before ends at the first one, so that no window begins twice.
    EXPECT_EQ(cairo.format(window_ending_after(daily, cairo, at("2026-10-29T20:30:00Z")).end),
              "2026-10-30 00:00:00 +02:00");
}

TEST(Window, ADayThatDoesNotExistHasNoWindow) {
    const Zone apia = zone("Pacific/Apia");
    for (const int hour : {0, 12}) {
        const WindowRule daily = rule(WindowLength::day, absl::CivilSecond(2011, 12, 28, hour));
        EXPECT_THAT(starts(daily, apia, 4),
                    ElementsAre("2011-12-28 " + std::string(hour ? "12" : "00") + ":00:00 -10:00",
                                "2011-12-29 " + std::string(hour ? "12" : "00") + ":00:00 -10:00",
                                "2011-12-31 " + std::string(hour ? "12" : "00") + ":00:00 +14:00",
                                "2012-01-01 " + std::string(hour ? "12" : "00") + ":00:00 +14:00"));
        EXPECT_THAT(lengths_in_hours(daily, apia, at("2011-12-28T00:00:00Z"), at("2012-01-03T00:00:00Z")),
                    testing::Each(24));
    }
    EXPECT_EQ(
        apia.format(
            window_ending_after(rule(WindowLength::day, absl::CivilSecond(2011, 12, 30)), apia, WallTime::min()).start),
        "2011-12-31 00:00:00 +14:00");
    EXPECT_EQ(apia.format(
                  window_ending_after(rule(WindowLength::hour, absl::CivilSecond(2011, 12, 30)), apia, WallTime::min())
                      .start),
              "2011-12-31 00:00:00 +14:00");
}

TEST(Window, AnHourIsAnHourOfRealTime) {
    const WindowRule hourly = rule(WindowLength::hour, absl::CivilSecond(2026, 1, 1, 0, 30));
    for (const char* name : {"Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"})
        EXPECT_THAT(lengths_in_hours(hourly, zone(name), at("2026-03-20T00:00:00Z"), at("2026-04-10T00:00:00Z")),
                    testing::AllOf(testing::Each(1), SizeIs(21 * 24)))
            << name;
}

TEST(Window, AMonthEndsOnTheDayOfItsStartOrItsLast) {
    EXPECT_THAT(starts(rule(WindowLength::month, absl::CivilSecond(2027, 12, 31)), Zone(), 6),
                ElementsAre("2027-12-31 00:00:00 +00:00", "2028-01-31 00:00:00 +00:00", "2028-02-29 00:00:00 +00:00",
                            "2028-03-31 00:00:00 +00:00", "2028-04-30 00:00:00 +00:00", "2028-05-31 00:00:00 +00:00"));
    EXPECT_THAT(starts(rule(WindowLength::month, absl::CivilSecond(2027, 1, 29, 6)), Zone(), 3),
                ElementsAre("2027-01-29 06:00:00 +00:00", "2027-02-28 06:00:00 +00:00", "2027-03-29 06:00:00 +00:00"));
    EXPECT_THAT(starts(rule(WindowLength::month, absl::CivilSecond(2027, 1, 30)), zone("Europe/Berlin"), 3),
                ElementsAre("2027-01-30 00:00:00 +01:00", "2027-02-28 00:00:00 +01:00", "2027-03-30 00:00:00 +02:00"));
    EXPECT_THAT(starts(rule(WindowLength::week, absl::CivilSecond(2026, 12, 30)), Zone(), 2),
                ElementsAre("2026-12-30 00:00:00 +00:00", "2027-01-06 00:00:00 +00:00"));
}

TEST(Window, AWindowIsOwedOnceItsDelayIsOver) {
    const WindowRule daily = rule(WindowLength::day, absl::CivilSecond(2026, 11, 1), hours(2));
    EXPECT_THAT(owed_windows(daily, Zone(), {}, at("2026-11-02T01:59:59.999Z"), 10), IsEmpty());
    EXPECT_THAT(owed_windows(daily, Zone(), {}, at("2026-11-02T02:00:00Z"), 10),
                ElementsAre(span("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")));
    EXPECT_THAT(owed_windows(daily, Zone(), {}, at("2020-01-01T00:00:00Z"), 10), IsEmpty()) << "before the start";
    EXPECT_EQ(next_closing(daily, Zone(), at("2020-01-01T00:00:00Z")), at("2026-11-02T02:00:00Z"));
    EXPECT_EQ(next_closing(daily, Zone(), at("2026-11-02T01:59:59.999Z")), at("2026-11-02T02:00:00Z"));
    EXPECT_EQ(next_closing(daily, Zone(), at("2026-11-02T02:00:00Z")), at("2026-11-03T02:00:00Z"));
    EXPECT_EQ(
        next_closing(rule(WindowLength::month, absl::CivilSecond(2026, 1, 31)), Zone(), at("2026-02-01T00:00:00Z")),
        at("2026-02-28T00:00:00Z"));
}

TEST(Window, TheOldestOwedWindowsComeFirstAndNoMoreThanAskedFor) {
    const WindowRule daily = rule(WindowLength::day, absl::CivilSecond(2026, 11, 1));
    const WallTime now = at("2026-11-20T12:00:00Z");
    EXPECT_THAT(owed_windows(daily, Zone(), {}, now, 100), SizeIs(19));
    EXPECT_THAT(owed_windows(daily, Zone(), {}, now, 0), IsEmpty());
    EXPECT_THAT(owed_windows(daily, Zone(), {span("2026-11-01T00:00:00Z", "2026-11-04T00:00:00Z")}, now, 2),
                ElementsAre(span("2026-11-04T00:00:00Z", "2026-11-05T00:00:00Z"),
                            span("2026-11-05T00:00:00Z", "2026-11-06T00:00:00Z")));
}

TEST(Window, ACoveredSpanThatSplitsAWindowLeavesItsParts) {
    const WindowRule daily = rule(WindowLength::day, absl::CivilSecond(2026, 11, 1));
    const std::vector<Window> covered{
        span("2026-11-02T06:00:00Z", "2026-11-02T07:00:00Z"),  // in any order, with overlaps
        span("2026-10-01T00:00:00Z", "2026-11-01T12:00:00.001Z"), span("2026-11-02T06:30:00Z", "2026-11-02T08:00:00Z"),
        span("2026-11-02T20:00:00Z", "2026-11-03T20:00:00Z"),     span("2026-11-02T06:40:00Z", "2026-11-02T06:41:00Z"),
        span("2026-11-02T21:00:00Z", "2026-11-02T21:00:00Z"),     span("2026-11-02T02:00:00Z", "2026-11-02T02:00:00Z"),
        span("2026-11-02T09:00:00Z", "2026-11-01T09:00:00Z"),
    };
    EXPECT_THAT(owed_windows(daily, Zone(), covered, at("2026-11-04T00:00:00Z"), 10),
                ElementsAre(span("2026-11-01T12:00:00.001Z", "2026-11-02T00:00:00Z"),
                            span("2026-11-02T00:00:00Z", "2026-11-02T06:00:00Z"),
                            span("2026-11-02T08:00:00Z", "2026-11-02T20:00:00Z"),
                            span("2026-11-03T20:00:00Z", "2026-11-04T00:00:00Z")));
}

TEST(Window, WhatIsOwedIsExactlyWhatIsClosedAndNotCovered) {
    std::mt19937 random(11);
    for (const char* name : {"UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia", "Australia/Lord_Howe"})
        for (const WindowLength length : {WindowLength::hour, WindowLength::day, WindowLength::week})
            for (int round = 0; round < 20; ++round) {
                const Zone z = zone(name);
                const WindowRule r = rule(length, absl::CivilSecond(2011, 12, 20), minutes(random() % 200));
                const WallTime first = window_ending_after(r, z, WallTime::min()).start;
                const WallTime now = first + minutes(random() % (30 * 1440));
                std::vector<Window> covered;
                for (std::size_t i = random() % 12; i > 0; --i) {
                    const WallTime start = first - hours(24) + minutes(random() % (31 * 1440));
                    covered.push_back({start, start + minutes(random() % 3000)});
                }
                const auto owed = owed_windows(r, z, covered, now, 100'000);
                const auto is_in = [](const std::vector<Window>& spans, WallTime t) {
                    return std::any_of(spans.begin(), spans.end(),
                                       [&](const Window& s) { return s.start <= t && t < s.end; });
                };
                for (WallTime t = first - hours(2); t < now + hours(2); t += minutes(53)) {
                    const Window w = window_ending_after(r, z, t);
                    const bool closed = t >= first && w.end + r.settle_delay <= now;
                    ASSERT_EQ(is_in(owed, t), closed && !is_in(covered, t)) << z.format(t) << ' ' << to_string(length);
                }
                for (std::size_t i = 0; i < owed.size(); ++i) {
                    ASSERT_LT(owed[i].start, owed[i].end);
                    ASSERT_LE(owed[i].end, window_ending_after(r, z, owed[i].start).end);
                    if (i > 0) {
                        ASSERT_LE(owed[i - 1].end, owed[i].start);
                    }
                }
                // Archiving what is owed settles it.
                covered.insert(covered.end(), owed.begin(), owed.end());
                ASSERT_THAT(owed_windows(r, z, covered, now, 10), IsEmpty());
            }
}

TEST(Window, WhatTheVendorNoLongerHasIsNotOwed) {
    WindowRule daily = rule(WindowLength::day, absl::CivilSecond(2026, 11, 1));
    daily.available_for = hours(48);
    const WallTime now = at("2026-11-10T12:00:00Z");
    EXPECT_THAT(owed_windows(daily, Zone(), {}, now, 10),
                ElementsAre(span("2026-11-08T00:00:00Z", "2026-11-09T00:00:00Z"),
                            span("2026-11-09T00:00:00Z", "2026-11-10T00:00:00Z")))
        << "of the first of them half is still there";
    EXPECT_FALSE(is_offered(daily, span("2026-11-07T00:00:00Z", "2026-11-08T00:00:00Z"), now));
    EXPECT_THAT(owed_windows(daily, Zone(), {span("2026-11-08T10:00:00Z", "2026-11-10T00:00:00Z")}, now, 10), IsEmpty())
        << "a part that ended before";
}

// What is archived under one rule after the other, with zones, lengths, starts and delays edited in between.
TEST(Window, ARuleThatIsEditedAgainAndAgainLeavesNeitherGapNorOverlap) {
    std::mt19937 random(23);
    const std::vector<const char*> zones{"UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia",
                                         "Australia/Lord_Howe"};
    for (int story = 0; story < 150; ++story) {
        std::vector<Window> archived;
        const WallTime zero = at("2011-12-10T00:00:00Z");
        WallTime now = zero;
        for (int edit = 0; edit < 6; ++edit) {
            const Zone z = zone(zones[random() % zones.size()]);
            const auto beginning =
                absl::CivilSecond(2011, 12, 1 + static_cast<int>(random() % 8), static_cast<int>(random() % 24));
            const WindowRule r = rule(lengths[random() % 3], beginning, minutes(random() % 300));
            now += minutes(random() % (12 * 1440));
            const auto owed = owed_windows(r, z, archived, now, 100'000);
            archived.insert(archived.end(), owed.begin(), owed.end());
            const Window begins = window_ending_after(r, z, WallTime::min());
            const WallTime closed = window_ending_after(r, z, now - r.settle_delay).start;
            if (closed <= begins.start) continue;
            // This rule's span has no hole.
            std::vector<Window> sorted = archived;
            std::sort(sorted.begin(), sorted.end(), [](const Window& a, const Window& b) { return a.start < b.start; });
            WallTime until = begins.start;
            for (const Window& w : sorted)
                if (w.end > begins.start && w.start < closed && w.start <= until) until = std::max(until, w.end);
            ASSERT_GE(until, closed) << "story " << story << ": a hole at " << format_rfc3339(until);
            for (std::size_t i = 1; i < sorted.size(); ++i)
                ASSERT_LE(sorted[i - 1].end, sorted[i].start) << "story " << story << ": an overlap";
        }
    }
}

TEST(Window, TenYearsOfHoursAreCountedAtOnce) {
    const WindowRule hourly = rule(WindowLength::hour, absl::CivilSecond(2017, 1, 1));
    const Zone berlin = zone("Europe/Berlin");
    const WallTime now = at("2027-01-01T00:00:00Z");
    const auto began = std::clock();
    const auto owed = owed_windows(hourly, berlin, {}, now, 1'000'000);
    EXPECT_EQ(owed.size(), 3652U * 24 + 1);
    std::vector<Window> covered(owed.rbegin(), owed.rend() - 1);  // all but the first, the newest first
    EXPECT_THAT(owed_windows(hourly, berlin, covered, now, 10), ElementsAre(owed.front()));
    EXPECT_LT(static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC, 0.5);
}

}  // namespace
}  // namespace garner
