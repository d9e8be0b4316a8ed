// What will happen, as stories of a few runs.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/forecast.hpp"

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime midnight = *parse_rfc3339("2026-03-02T00:00:00Z");

WallTime at(int minute) { return midnight + minutes(minute); }

NamedIntervals from_to(int first, int last) {
    TimeInterval interval;
    interval.times = {{first, last}};
    return {"shift", {interval}};
}

struct Forecasts : testing::Test {
    Forecasts() {
        nightly.name = "nightly";
        nightly.source = "plant";
        weekly = nightly;
        weekly.name = "weekly";
    }
    std::size_t lane(const JobSettings& job, const std::string& target, Duration takes = minutes(10)) {
        lanes.push_back({&job, target, takes});
        return lanes.size() - 1;
    }
    void run(std::size_t of_lane, int minute) { runs.push_back({of_lane, at(minute), at(minute)}); }
    std::vector<Forecast> play(std::uint32_t slots = 1, WallTime now = midnight) {
        return forecast({{"plant", slots}}, lanes, runs, now);
    }

    JobSettings nightly;
    JobSettings weekly;
    std::vector<ForecastLane> lanes;
    std::vector<ForecastRun> runs;
};

TEST_F(Forecasts, a_run_alone_begins_when_it_is_due) {
    run(lane(nightly, "m1", minutes(7)), 135);
    const auto seen = play();
    EXPECT_EQ(seen[0].begin, at(135));
    EXPECT_EQ(seen[0].end, at(142));
    EXPECT_EQ(seen[0].waits_for, WaitsFor::nothing);
    EXPECT_FALSE(seen[0].misses_deadline);
    EXPECT_EQ(seen[0].runs_into, nullptr);
}

TEST_F(Forecasts, slots_are_given_first_come_first_served) {
    for (int i = 0; i < 5; ++i) run(lane(nightly, "m" + std::to_string(i)), 0);
    const auto seen = play(2);
    EXPECT_EQ(seen[0].begin, at(0));
    EXPECT_EQ(seen[1].begin, at(0));
    EXPECT_EQ(seen[2].begin, at(10));
    EXPECT_EQ(seen[2].waits_for, WaitsFor::slot);
    EXPECT_EQ(seen[2].behind, 0U);
    EXPECT_EQ(seen[3].behind, 1U);
    EXPECT_EQ(seen[4].begin, at(20));
    EXPECT_EQ(seen[4].behind, 2U);
}

TEST_F(Forecasts, jobs_of_a_source_take_turns) {
    for (int i = 0; i < 3; ++i) run(lane(nightly, "m" + std::to_string(i)), 0);
    run(lane(weekly, "m8"), 1);
    run(lane(weekly, "m9"), 1);
    const auto seen = play(1);
    EXPECT_EQ(seen[0].begin, at(0));
    EXPECT_EQ(seen[3].begin, at(10)) << "weekly does not stand behind all of nightly";
    EXPECT_EQ(seen[1].begin, at(20));
    EXPECT_EQ(seen[4].begin, at(30));
    EXPECT_EQ(seen[2].begin, at(40));
}

TEST_F(Forecasts, two_jobs_of_one_target_follow_each_other) {
    run(lane(nightly, "m1", minutes(30)), 0);
    run(lane(weekly, "m1"), 5);
    const auto seen = play(4);
    EXPECT_EQ(seen[1].begin, at(30));
    EXPECT_EQ(seen[1].waits_for, WaitsFor::target);
    EXPECT_EQ(seen[1].behind, 0U);
}

TEST_F(Forecasts, a_stuck_target_holds_only_its_own_slot) {
    run(lane(nightly, "m1", hours(9)), 0);
    run(lane(weekly, "m1"), 1);
    run(lane(weekly, "m2"), 2);
    const auto seen = play(2);
    EXPECT_EQ(seen[2].begin, at(2));
    EXPECT_EQ(seen[1].begin, at(540));
}

TEST_F(Forecasts, what_is_due_while_the_previous_one_is_going_is_skipped_or_waits) {
    const std::size_t one = lane(nightly, "m1", minutes(90));
    run(one, 0);
    run(one, 60);
    run(one, 120);
    auto seen = play();
    EXPECT_TRUE(seen[1].skipped);
    EXPECT_EQ(seen[1].behind, 0U);
    EXPECT_EQ(seen[1].begin, WallTime::max());
    EXPECT_FALSE(seen[2].skipped);
    EXPECT_EQ(seen[2].begin, at(120));
    nightly.concurrency_policy = ConcurrencyPolicy::queue;
    seen = play();
    EXPECT_FALSE(seen[1].skipped);
    EXPECT_EQ(seen[1].begin, at(90));
    EXPECT_EQ(seen[2].begin, at(180));
}

TEST_F(Forecasts, what_ends_when_the_next_is_due_does_not_skip_it) {
    const std::size_t one = lane(nightly, "m1", minutes(60));
    run(one, 0);
    run(one, 60);
    EXPECT_FALSE(play()[1].skipped);
}

TEST_F(Forecasts, windows_of_one_instant_are_not_skipped) {
    nightly.window = WindowRule{};
    const std::size_t one = lane(nightly, "m1");
    run(one, 0);
    run(one, 0);
    const auto seen = play();
    EXPECT_FALSE(seen[1].skipped);
    EXPECT_EQ(seen[1].begin, at(10));
}

TEST_F(Forecasts, a_deadline_counts_from_the_first_attempt) {
    nightly.deadline = minutes(25);
    weekly.deadline = minutes(5);
    run(lane(nightly, "m1", minutes(20)), 0);
    run(lane(nightly, "m2", minutes(20)), 0);
    run(lane(weekly, "m3", minutes(20)), 0);
    const auto seen = play();
    EXPECT_FALSE(seen[1].misses_deadline) << "it waits for twenty minutes, and needs twenty";
    EXPECT_TRUE(seen[2].misses_deadline);
    EXPECT_EQ(seen[2].end - seen[2].begin, minutes(5)) << "that is when it fails";
}

TEST_F(Forecasts, whoever_gets_a_turn_inside_a_blackout_waits_it_out_and_lets_others_go_first) {
    nightly.blackout = {from_to(15, 60)};
    run(lane(nightly, "m1", minutes(20)), 0);
    run(lane(nightly, "m2"), 0);
    run(lane(weekly, "m3"), 18);
    const auto seen = play();
    EXPECT_EQ(seen[0].runs_into, &nightly.blackout[0]);
    EXPECT_EQ(seen[0].blackout_begins_at, at(15));
    EXPECT_EQ(seen[1].begin, at(60));
    EXPECT_EQ(seen[1].waits_for, WaitsFor::blackout);
    EXPECT_EQ(seen[1].waits_out, &nightly.blackout[0]);
    EXPECT_EQ(seen[1].runs_into, nullptr);
    EXPECT_EQ(seen[2].begin, at(20));
    EXPECT_EQ(seen[2].runs_into, nullptr) << "of another job";
}

TEST_F(Forecasts, a_blackout_that_never_ends_lets_nothing_begin) {
    nightly.blackout = {from_to(0, 1440)};
    run(lane(nightly, "m1"), 0);
    EXPECT_EQ(play()[0].begin, WallTime::max());
}

TEST_F(Forecasts, what_is_going_on_holds_its_turns_and_what_is_queued_comes_first) {
    const std::size_t one = lane(nightly, "m1", minutes(30));
    const std::size_t two = lane(nightly, "m2");
    const std::size_t three = lane(weekly, "m3");
    runs.push_back({one, at(-20), at(-20), at(-20)});
    runs.push_back({two, at(-20), at(-20)});
    run(three, 5);
    run(one, 5);
    const auto seen = play();
    EXPECT_EQ(seen[0].end, at(10));
    EXPECT_EQ(seen[2].begin, at(10)) << "nightly had its turn";
    EXPECT_EQ(seen[1].begin, at(20));
    EXPECT_EQ(seen[1].behind, 2U);
    EXPECT_TRUE(seen[3].skipped);
}

TEST_F(Forecasts, one_that_should_be_over_ends_now) {
    runs.push_back({lane(nightly, "m1", minutes(30)), at(-50), at(-50), at(-50)});
    EXPECT_EQ(play()[0].end, midnight);
}

TEST_F(Forecasts, a_hundred_thousand_runs_keep_every_rule) {
    std::vector<std::size_t> all;
    for (int i = 0; i < 300; ++i) all.push_back(lane(i % 2 ? weekly : nightly, "m" + std::to_string(i % 200)));
    nightly.concurrency_policy = weekly.concurrency_policy = ConcurrencyPolicy::queue;
    for (std::size_t i = 0; i < 100'000; ++i) run(all[i * 7 % all.size()], static_cast<int>(i / 40 * 10));
    const auto seen = play(30);
    std::map<std::string, std::vector<std::pair<WallTime, WallTime>>> by_turn;
    std::vector<std::pair<WallTime, int>> changes;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        ASSERT_GE(seen[i].begin, runs[i].at);
        ASSERT_EQ(seen[i].end - seen[i].begin, minutes(10));
        ASSERT_EQ(seen[i].begin > runs[i].at, seen[i].waits_for != WaitsFor::nothing);
        by_turn[lanes[runs[i].lane].turn].emplace_back(seen[i].begin, seen[i].end);
        changes.emplace_back(seen[i].begin, 1);
        changes.emplace_back(seen[i].end, -1);
    }
    for (auto& [turn, spans] : by_turn) {
        std::sort(spans.begin(), spans.end());
        for (std::size_t i = 1; i < spans.size(); ++i) ASSERT_GE(spans[i].first, spans[i - 1].second) << turn;
    }
    std::sort(changes.begin(), changes.end());
    int in_use = 0;
    for (const auto& [when, change] : changes) ASSERT_LE(in_use += change, 30) << format_rfc3339(when);
}

}  // namespace
}  // namespace garner
