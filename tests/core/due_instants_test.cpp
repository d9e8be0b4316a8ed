// What becomes of instants that are due: each is decided once, and what does not start says why.
#include "core/due_instants.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

WallTime at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }

JobSettings job(std::string_view expression, CatchUp catch_up = CatchUp::latest) {
    JobSettings settings;
    settings.name = "nightly";
    settings.schedule = Schedule({CronExpression::parse(expression).value()});
    settings.catch_up = catch_up;
    return settings;
}

std::vector<WallTime> started(const std::vector<DueInstant>& due) {
    std::vector<WallTime> instants;
    for (const DueInstant& one : due)
        if (one.skipped.empty()) instants.push_back(one.instant);
    return instants;
}

const WallTime stopped = at("2026-11-01T02:00:00Z");
const WallTime back = at("2026-11-04T12:00:00Z");  // 02:00 of the 2nd, the 3rd and the 4th were missed

TEST(DueInstants, what_comes_while_the_daemon_is_up_starts) {
    const auto due = decide_due(job("0 2 * * *"), {}, stopped, at("2026-11-02T02:00:00.010Z"), stopped);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].instant, at("2026-11-02T02:00:00Z"));
    EXPECT_FALSE(due[0].missed);
    EXPECT_EQ(due[0].skipped, "");
}

TEST(DueInstants, nothing_is_due_between_two_instants) {
    EXPECT_TRUE(decide_due(job("0 2 * * *"), {}, stopped, at("2026-11-02T01:59:59Z"), stopped).empty());
}

TEST(DueInstants, of_three_missed_days_the_latest_all_or_none_are_made_up_for) {
    const auto latest = decide_due(job("0 2 * * *", CatchUp::latest), {}, stopped, back, back);
    EXPECT_EQ(started(latest), std::vector{at("2026-11-04T02:00:00Z")});
    const auto all = decide_due(job("0 2 * * *", CatchUp::all), {}, stopped, back, back);
    EXPECT_EQ(started(all),
              (std::vector{at("2026-11-02T02:00:00Z"), at("2026-11-03T02:00:00Z"), at("2026-11-04T02:00:00Z")}));
    const auto none = decide_due(job("0 2 * * *", CatchUp::none), {}, stopped, back, back);
    EXPECT_TRUE(started(none).empty());
    for (const auto& decisions : {latest, all, none}) {
        ASSERT_EQ(decisions.size(), 3U) << "each instant is decided";
        EXPECT_TRUE(std::all_of(decisions.begin(), decisions.end(), [](const DueInstant& one) { return one.missed; }));
    }
    EXPECT_NE(none[0].skipped.find("catch_up is none"), std::string::npos) << none[0].skipped;
    EXPECT_NE(latest[0].skipped.find("latest"), std::string::npos) << latest[0].skipped;
}

TEST(DueInstants, an_instant_beyond_the_starting_deadline_is_not_made_up_for) {
    JobSettings patient = job("0 2 * * *", CatchUp::all);
    patient.starting_deadline = hours(35);
    const auto due = decide_due(patient, {}, stopped, back, back);
    EXPECT_EQ(started(due), (std::vector{at("2026-11-03T02:00:00Z"), at("2026-11-04T02:00:00Z")}));
    EXPECT_NE(due[0].skipped.find("starting_deadline of 1d11h"), std::string::npos) << due[0].skipped;
    patient.starting_deadline = hours(9);
    EXPECT_TRUE(started(decide_due(patient, {}, stopped, back, back)).empty());
}

TEST(DueInstants, what_comes_now_starts_beside_what_is_made_up_for) {
    const auto due = decide_due(job("0 * * * *", CatchUp::none), {}, at("2026-11-04T08:00:00Z"),
                                at("2026-11-04T12:00:01Z"), at("2026-11-04T11:59:00Z"));
    EXPECT_EQ(started(due), std::vector{at("2026-11-04T12:00:00Z")});
    EXPECT_EQ(due.size(), 4U);
}

TEST(DueInstants, a_machine_that_slept_has_missed_what_came_meanwhile) {
    const auto due = decide_due(job("0 2 * * *"), {}, stopped, at("2026-11-02T09:00:00Z"), stopped);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_TRUE(due[0].missed);
    EXPECT_EQ(due[0].skipped, "") << "the latest is made up for";
}

TEST(DueInstants, inside_a_pause_nothing_starts_and_nothing_is_missed) {
    Pause pause{at("2026-11-02T12:00:00Z"), at("2026-11-04T02:00:00Z"), "uid 0", "the press is taken apart"};
    const auto due = decide_due(job("0 2 * * *", CatchUp::all), pause, stopped, back, back);
    EXPECT_EQ(started(due), (std::vector{at("2026-11-02T02:00:00Z"), at("2026-11-04T02:00:00Z")}))
        << "its end is outside of it";
    EXPECT_NE(due[1].skipped.find("paused by uid 0"), std::string::npos) << due[1].skipped;
    EXPECT_NE(due[1].skipped.find("the press is taken apart"), std::string::npos);
    pause.until.reset();
    EXPECT_EQ(started(decide_due(job("0 2 * * *", CatchUp::all), pause, stopped, back, back)),
              std::vector{at("2026-11-02T02:00:00Z")});
}

TEST(DueInstants, the_latest_that_is_made_up_for_is_the_latest_outside_of_a_pause) {
    const Pause pause{at("2026-11-03T12:00:00Z"), std::nullopt, "uid 0", ""};
    EXPECT_EQ(started(decide_due(job("0 2 * * *"), pause, stopped, back, back)),
              std::vector{at("2026-11-03T02:00:00Z")});
}

TEST(DueInstants, of_an_export_with_windows_the_latest_instant_speaks_for_all) {
    JobSettings windows = job("0 2 * * *", CatchUp::latest);
    windows.window = WindowRule{WindowLength::day, absl::CivilSecond(2026, 1, 1), Duration(0)};
    for (const CatchUp catch_up : {CatchUp::latest, CatchUp::all}) {
        windows.catch_up = catch_up;
        const auto due = decide_due(windows, {}, stopped, back, back);
        ASSERT_EQ(due.size(), 1U) << "it asks for every window that is owed, and nothing is skipped";
        EXPECT_EQ(due[0].instant, at("2026-11-04T02:00:00Z"));
    }
    windows.catch_up = CatchUp::none;
    EXPECT_EQ(decide_due(windows, {}, stopped, back, back).size(), 3U);
}

TEST(DueInstants, a_year_of_missed_seconds_is_decided_without_walking_through_it) {
    const WallTime year_ago = at("2025-11-04T12:00:00Z");
    const auto latest = decide_due(job("@every 1s"), {}, year_ago, back, back);
    EXPECT_EQ(started(latest), std::vector{back});
    EXPECT_EQ(latest.size(), skips_told_max + 1);
    EXPECT_NE(latest.front().skipped.find("back to 2025-11-04T12:00:00Z"), std::string::npos) << latest.front().skipped;
    const auto all = decide_due(job("@every 1s", CatchUp::all), {}, year_ago, back, back);
    EXPECT_EQ(started(all).size(), caught_up_max);
    EXPECT_EQ(started(all).back(), back);
    EXPECT_EQ(all.size(), caught_up_max + skips_told_max);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                               [](const DueInstant& a, const DueInstant& b) { return a.instant < b.instant; }));
}

}  // namespace
}  // namespace garner
