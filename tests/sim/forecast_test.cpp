// What `garner plan` foretells, against what then happens in the whole daemon.
#include <map>
#include <tuple>
#include <utility>

#include "command/plan_runs.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

using Key = std::tuple<std::string, std::string, WallTime>;  // job, target, due

NamedIntervals hours_of_day(int first, int last) {
    TimeInterval interval;
    interval.times = {{first * 60, last * 60}};
    return {"shift", {interval}};
}

TEST(ForecastStory, WhatWasPlannedIsWhatHappens) {
    WorldOptions options;
    options.schedule = "0 * * * *";
    options.zone = "Europe/Berlin";
    options.beginning = "2026-03-26T00:10:00Z";  // over the night when clocks go forward
    options.deadline = hours(3);
    World world(options);
    SourceSettings& plant = world.settings().sources.at("plant");
    plant.poll = {seconds(2), seconds(20)};
    plant.max_concurrent_jobs = 3;
    world.vendor().configure(boost::json::parse(R"({"concurrent_jobs_max": 3})"));
    std::vector<sandbox::TulipMachineType> types{{"Y3kz6sWQ9vQpTmR2a", "Press", {}}};
    for (int i = 1; i <= 9; ++i)
        types[0].machines.push_back(
            {"Machine" + std::string(9, 'x') + std::to_string(i), "Press " + std::to_string(i)});
    world.vendor().set_machine_types(types);
    // One machine takes longer than an hour: each second run of it finds the first one still going.
    const std::string slow = types[0].machines[3].id;
    world.vendor().set_takes(
        [&](std::string_view id, std::uint64_t) { return id == slow ? Duration(minutes(80)) : Duration(minutes(4)); });
    JobSettings& hourly = world.settings().jobs.at("activity");
    hourly.jitter = minutes(3);
    hourly.blackout = {hours_of_day(6, 9)};
    another_job(world, "activity", "nightly", "30 2 * * *").blackout.clear();
    world.live(hours(48) - minutes(10) - seconds(30), End::stop);
    ASSERT_EQ(world.broken_invariant(), "");

    const WallTime now = world.clock().wall_now();
    const PlanSpan span{now, now + hours(24)};
    const auto plan = make_plan(world.settings(), world.ledger(), span, {}, now);
    ASSERT_TRUE(plan) << plan.error().what;
    world.live(world.clock().elapsed() + hours(30), End::stop);
    ASSERT_EQ(world.broken_invariant(), "");

    std::map<Key, RunRecord> happened;
    for (const RunRecord& run : runs_of(world)) happened.emplace(Key(run.job, run.target.id, run.scheduled_at), run);
    // Which of those that may begin at the same instant is first is not foretold.
    struct Spans {
        std::vector<std::pair<WallTime, WallTime>> foretold;
        std::vector<std::pair<WallTime, WallTime>> real;
    };
    std::map<std::pair<std::string, WallTime>, Spans> spans;
    std::size_t seen = 0;
    std::size_t skipped = 0;
    for (const std::size_t number : plan->shown) {
        const PlannedRun& planned = plan->runs[number];
        const PlanLane& lane = plan->lanes[planned.lane];
        const auto found = happened.find(Key(lane.job->name, lane.target.id, planned.start.instant));
        ASSERT_NE(found, happened.end()) << lane.job->name << " " << format_rfc3339(planned.start.instant);
        const RunRecord& run = found->second;
        ++seen;
        const std::string which = run.job + " of " + run.target.id + " due " + format_rfc3339(run.scheduled_at);
        EXPECT_EQ(planned.future->skipped, run.state == RunState::skipped) << which << ": " << run.reason;
        if (run.state == RunState::skipped || planned.future->skipped) {
            ++skipped;
            continue;
        }
        EXPECT_GE(*run.started_at, planned.start.at) << which;
        Spans& of_instant = spans[{run.job, run.scheduled_at}];
        of_instant.foretold.emplace_back(planned.future->begin, planned.future->end);
        of_instant.real.emplace_back(*run.started_at, *run.ended_at);
    }
    for (auto& [which, both] : spans) {
        std::sort(both.foretold.begin(), both.foretold.end());
        std::sort(both.real.begin(), both.real.end());
        for (std::size_t i = 0; i < both.real.size(); ++i) {
            const std::string place = which.first + " due " + format_rfc3339(which.second) + ", " + std::to_string(i);
            EXPECT_LE(std::chrono::abs(both.real[i].first - both.foretold[i].first), seconds(30)) << place;
            EXPECT_LE(std::chrono::abs(both.real[i].second - both.foretold[i].second), seconds(60)) << place;
        }
    }
    EXPECT_GT(seen, 200U);
    EXPECT_GT(skipped, 5U);
    EXPECT_EQ(
        std::count_if(happened.begin(), happened.end(),
                      [&](const auto& entry) {
                          const WallTime due = entry.second.scheduled_at;
                          return due > now && due < span.until - hours(4);
                      }),
        std::count_if(plan->shown.begin(), plan->shown.end(),
                      [&](std::size_t number) { return plan->runs[number].start.instant < span.until - hours(4); }))
        << "nothing else was started";
}

}  // namespace
}  // namespace garner::sim
