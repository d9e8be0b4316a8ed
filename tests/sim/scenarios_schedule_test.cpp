// Stories of the schedule in the whole daemon: what was missed, paused, blacked out, edited. Each instant has one fate.
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "core/planned_start.hpp"
#include "engine/engine.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

constexpr auto day = hours(24);

// Daily at noon; the first life begins on Sunday, November 1st, at midnight.
WorldOptions daily(CatchUp) {
    WorldOptions options;
    options.machines = 2;
    options.schedule = "0 12 * * *";
    return options;
}

JobSettings& only_job(World& world) { return world.settings().jobs.begin()->second; }

std::vector<std::string> instants(const std::vector<RunRecord>& runs, const std::string& target) {
    std::vector<std::string> times;
    for (const RunRecord& run : runs)
        if (run.target.id == target) times.push_back(format_rfc3339(run.scheduled_at));
    return times;
}

// What succeeded after the daemon came back on the 4th, at 18:00, of the first machine.
std::vector<std::string> made_up_for(CatchUp catch_up, std::uint64_t crash_every) {
    World world(daily(catch_up));
    only_job(world).catch_up = catch_up;
    world.live(hours(13), End::stop);
    world.rest(3 * day + hours(5));
    for (int crashes = 0; crash_every > 0 && crashes < 12; ++crashes) {
        const auto events = world.live(3 * day + hours(19), End::crash, crash_every);
        if (events < crash_every) break;
    }
    world.live(3 * day + hours(20), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto runs = runs_of(world);
    std::set<std::tuple<std::string, WallTime>> seen;
    for (const RunRecord& run : runs) {
        EXPECT_TRUE(seen.emplace(run.target.id, run.scheduled_at).second) << "once each";
        EXPECT_TRUE(run.state == RunState::succeeded || run.state == RunState::skipped) << run.reason;
        EXPECT_EQ(run.state == RunState::skipped, run.reason.find("missed") != std::string::npos) << run.reason;
    }
    EXPECT_EQ(runs.size(), 2U * 4U) << "the missed ones that do not start are told as well";
    auto succeeded = runs_in(world, RunState::succeeded);
    std::erase_if(succeeded, [](const RunRecord& run) { return run.trigger != Trigger::catch_up; });
    EXPECT_GE(world.vendor().jobs().size(), succeeded.size() + 2);
    EXPECT_LE(world.vendor().jobs().size(), succeeded.size() + 2 + leftovers_of(world).size())
        << "no second start, but of what was lost on the way";
    return instants(succeeded, runs.front().target.id);
}

const std::vector<std::string> latest{"2026-11-04T12:00:00Z"};
const std::vector<std::string> all{"2026-11-02T12:00:00Z", "2026-11-03T12:00:00Z", "2026-11-04T12:00:00Z"};

TEST(ScenarioSchedule, of_three_days_off_the_latest_all_or_none_are_made_up_for_once_each) {
    EXPECT_EQ(made_up_for(CatchUp::latest, 0), latest);
    EXPECT_EQ(made_up_for(CatchUp::all, 0), all);
    EXPECT_EQ(made_up_for(CatchUp::none, 0), std::vector<std::string>());
}

TEST(ScenarioSchedule, also_when_it_is_killed_in_the_middle_of_catching_up) {
    for (std::uint64_t crash_every = 5; crash_every < 400; crash_every += crash_every < 60 ? 5 : 37) {
        SCOPED_TRACE("killed after " + std::to_string(crash_every) + " events, again and again");
        EXPECT_EQ(made_up_for(CatchUp::latest, crash_every), latest);
        EXPECT_EQ(made_up_for(CatchUp::all, crash_every), all);
        EXPECT_EQ(made_up_for(CatchUp::none, crash_every), std::vector<std::string>());
    }
}

TEST(ScenarioSchedule, a_starting_deadline_bounds_what_is_made_up_for) {
    World world(daily(CatchUp::all));
    only_job(world).catch_up = CatchUp::all;
    only_job(world).starting_deadline = hours(36);
    world.live(hours(13), End::stop);
    world.rest(3 * day + hours(5));
    world.live(3 * day + hours(20), End::stop);
    const auto made_up = runs_in(world, RunState::succeeded);
    EXPECT_EQ(instants(made_up, made_up.front().target.id),
              (std::vector<std::string>{"2026-11-01T12:00:00Z", "2026-11-03T12:00:00Z", "2026-11-04T12:00:00Z"}));
    const auto skipped = runs_in(world, RunState::skipped);
    ASSERT_EQ(skipped.size(), 2U);
    EXPECT_NE(skipped.front().reason.find("starting_deadline"), std::string::npos) << skipped.front().reason;
}

TEST(ScenarioSchedule, a_pause_outlives_a_restart_and_its_instants_are_skipped_not_missed) {
    World world(daily(CatchUp::all));
    only_job(world).catch_up = CatchUp::all;
    const std::string job = only_job(world).name;
    std::string answer;
    world.at(hours(13), [&](Engine& engine) -> Task<> {
        const auto paused = co_await engine.pause(job, "uid 0", "the press is taken apart", std::nullopt);
        EXPECT_TRUE(paused) << paused.error().what;
    });
    world.at(3 * day + hours(2), [&](Engine& engine) -> Task<> {
        for (const JobOutlook& one : engine.outlook()) {
            EXPECT_TRUE(one.pause && !one.next_run) << "visible behind the restart";
        }
        const auto resumed = co_await engine.resume(job);
        EXPECT_TRUE(resumed) << resumed.error().what;
        const auto again = co_await engine.resume(job);
        EXPECT_FALSE(again);
        if (!again) answer = again.error().what;
    });
    world.live(hours(14), End::crash);
    world.rest(2 * day);  // the 2nd, at noon, is missed in a pause
    world.live(3 * day + hours(14), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(answer, "job " + job + " is not paused");
    const auto succeeded = runs_in(world, RunState::succeeded);
    EXPECT_EQ(instants(succeeded, succeeded.front().target.id),
              (std::vector<std::string>{"2026-11-01T12:00:00Z", "2026-11-04T12:00:00Z"}));
    const auto skipped = runs_in(world, RunState::skipped);
    ASSERT_EQ(skipped.size(), 4U) << "two machines, two days";
    for (const RunRecord& run : skipped)
        EXPECT_EQ(run.reason, "paused by uid 0 since 2026-11-01T13:00:00Z: the press is taken apart");
}

TEST(ScenarioSchedule, a_pause_ends_by_itself) {
    World world(daily(CatchUp::latest));
    const std::string job = only_job(world).name;
    world.at(hours(13), [&](Engine& engine) -> Task<> {
        const auto until = parse_rfc3339("2026-11-03T00:00:00Z");
        const auto paused = co_await engine.pause(job, "uid 0", "", until);
        EXPECT_TRUE(paused);
        for (const JobOutlook& one : engine.outlook())
            EXPECT_EQ(one.next_run, parse_rfc3339("2026-11-03T12:00:00Z")) << "the first one outside";
        const auto past = co_await engine.pause(job, "uid 0", "", parse_rfc3339("2026-10-01T00:00:00Z"));
        EXPECT_FALSE(past);
    });
    world.live(2 * day + hours(14), End::stop);
    const auto succeeded = runs_in(world, RunState::succeeded);
    EXPECT_EQ(instants(succeeded, succeeded.front().target.id),
              (std::vector<std::string>{"2026-11-01T12:00:00Z", "2026-11-03T12:00:00Z"}));
    EXPECT_EQ(runs_in(world, RunState::skipped).size(), 2U);
}

TEST(ScenarioSchedule, a_run_that_waits_when_its_job_is_paused_does_not_begin) {
    World world(daily(CatchUp::latest));
    only_job(world).jitter = hours(4);
    const std::string job = only_job(world).name;
    world.at(hours(12) + seconds(30), [&](Engine& engine) -> Task<> {
        const auto paused = co_await engine.pause(job, "uid 0", "", std::nullopt);
        EXPECT_TRUE(paused);
    });
    world.live(hours(17), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(runs_in(world, RunState::skipped).size(), 2U);
    EXPECT_TRUE(world.vendor().jobs().empty());
}

TEST(ScenarioSchedule, what_was_edited_or_unpaused_while_the_daemon_was_down_was_not_missed) {
    World world(daily(CatchUp::all));
    only_job(world).catch_up = CatchUp::all;
    world.live(hours(13), End::stop);
    only_job(world).schedule = Schedule({CronExpression::parse("0 11 * * *").value()});
    world.rest(2 * day);
    world.live(2 * day + hours(14), End::stop);
    only_job(world).paused = true;
    world.live(2 * day + hours(15), End::stop);
    world.rest(2 * day);
    only_job(world).paused = false;
    world.live(4 * day + hours(16), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto runs = runs_of(world);
    EXPECT_EQ(instants(runs, runs.front().target.id), std::vector<std::string>{"2026-11-01T12:00:00Z"});
    world.live(5 * day + hours(12), End::stop);
    EXPECT_EQ(runs_of(world).size(), 4U) << "and it goes on";
}

TEST(ScenarioSchedule, jitter_delays_each_machine_by_its_own_time_in_every_life) {
    WorldOptions options = daily(CatchUp::latest);
    options.machines = 5;
    World world(options);
    only_job(world).jitter = hours(1);
    world.live(hours(12) + seconds(1), End::crash);
    for (int minute = 5; minute <= 70; minute += 5) world.live(hours(12) + minutes(minute), End::crash);
    world.live(hours(14), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto runs = runs_in(world, RunState::succeeded);
    ASSERT_EQ(runs.size(), 5U);
    for (const RunRecord& run : runs) {
        const Duration jitter = jitter_of(run.job, run.target.id, hours(1));
        EXPECT_EQ(run.scheduled_at, *parse_rfc3339("2026-11-01T12:00:00Z"));
        EXPECT_GE(*run.started_at, run.scheduled_at + jitter);
        EXPECT_LE(*run.started_at, run.scheduled_at + jitter + minutes(2)) << "turns are short here";
    }
}

std::vector<NamedIntervals> production_hours() {
    TimeInterval interval;
    interval.times = {{6 * 60, 22 * 60}};
    return {{"production", {interval}}};
}

TEST(ScenarioSchedule, inside_a_blackout_nothing_starts_and_what_was_due_starts_at_its_end) {
    WorldOptions options = daily(CatchUp::latest);
    options.schedule = "0 */3 * * *";
    World world(options);
    only_job(world).blackout = production_hours();
    world.live(hours(7), End::crash);
    for (int hour = 8; hour < 24; hour += 3) world.live(hours(hour), End::crash);
    world.live(day + hours(2), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    for (const auto& remote : world.vendor().jobs()) {
        const auto time_of_day = remote.started - std::chrono::floor<std::chrono::days>(remote.started);
        EXPECT_TRUE(time_of_day < hours(6) || time_of_day >= hours(22)) << format_rfc3339(remote.started);
    }
    const auto succeeded = runs_in(world, RunState::succeeded);
    EXPECT_EQ(instants(succeeded, succeeded.front().target.id),
              (std::vector<std::string>{"2026-11-01T03:00:00Z", "2026-11-01T06:00:00Z", "2026-11-02T00:00:00Z"}));
    EXPECT_GE(*succeeded[2].started_at, *parse_rfc3339("2026-11-01T22:00:00Z"));
    const auto skipped = runs_in(world, RunState::skipped);
    EXPECT_EQ(skipped.size(), 2U * 5U) << "the one of 6:00 waits, the five behind it are overlapped";
    for (const RunRecord& run : skipped) EXPECT_NE(run.reason.find("is still queued"), std::string::npos) << run.reason;
}

TEST(ScenarioSchedule, a_run_whose_turn_comes_inside_a_blackout_waits_for_its_end) {
    WorldOptions options = daily(CatchUp::latest);
    options.schedule = "59 5 * * *";  // one slot, and each takes longer than the minute that is left
    options.machines = 3;
    World world(options);
    only_job(world).blackout = production_hours();
    sandbox::TulipScenario slow;
    slow.job_duration_min = slow.job_duration_max = minutes(2);
    world.vendor().scenario() = slow;
    world.live(day + hours(2), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto succeeded = runs_in(world, RunState::succeeded);
    ASSERT_EQ(succeeded.size(), 3U);
    for (const auto& remote : world.vendor().jobs()) {
        const auto time_of_day = remote.started - std::chrono::floor<std::chrono::days>(remote.started);
        EXPECT_TRUE(time_of_day < hours(6) || time_of_day >= hours(22)) << format_rfc3339(remote.started);
    }
}

TEST(ScenarioSchedule, a_run_that_is_due_while_the_last_one_is_going_is_skipped_or_queued) {
    for (const ConcurrencyPolicy policy : {ConcurrencyPolicy::forbid, ConcurrencyPolicy::queue}) {
        WorldOptions options = daily(CatchUp::latest);
        options.machines = 1;
        options.schedule = "0,30 12 * * *";
        World world(options);
        only_job(world).concurrency_policy = policy;
        sandbox::TulipScenario slow;
        slow.job_duration_min = slow.job_duration_max = minutes(40);
        world.vendor().scenario() = slow;
        world.live(hours(15), End::stop);
        EXPECT_EQ(world.broken_invariant(), "");
        const auto runs = runs_of(world);
        ASSERT_EQ(runs.size(), 2U);
        EXPECT_EQ(runs[0].state, RunState::succeeded);
        if (policy == ConcurrencyPolicy::forbid) {
            EXPECT_EQ(runs[1].state, RunState::skipped);
            EXPECT_EQ(runs[1].reason, "the run of 2026-11-01T12:00:00Z (" + runs[0].id + ") is still exporting");
        } else {
            EXPECT_EQ(runs[1].state, RunState::succeeded);
            EXPECT_GE(*runs[1].started_at, *runs[0].ended_at);
        }
    }
}

TEST(ScenarioSchedule, a_person_starts_a_paused_job_inside_its_blackout_all_the_same) {
    World world(daily(CatchUp::latest));
    only_job(world).blackout = production_hours();
    only_job(world).paused = true;
    const std::string job = only_job(world).name;
    world.at(hours(13), [&](Engine& engine) -> Task<> {
        const auto started = co_await engine.run_now(job, "");
        EXPECT_TRUE(started) << started.error().what;
    });
    world.live(hours(14), End::stop);
    EXPECT_EQ(runs_in(world, RunState::succeeded).size(), 2U);
    const auto skipped = runs_in(world, RunState::skipped);
    ASSERT_EQ(skipped.size(), 2U) << "the schedule's own of noon";
    EXPECT_EQ(skipped.front().reason.find("paused by the configuration"), 0U) << skipped.front().reason;
}

}  // namespace
}  // namespace garner::sim
