// Stories of politeness: budgets, a vendor that wants to be left alone, one that cannot be reached.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/engine.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

std::size_t count(const std::string& text, std::string_view word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

std::size_t requests_between(const World& world, Duration from, Duration until) {
    const auto& times = world.watch().requests_to("plant");
    return static_cast<std::size_t>(std::count_if(times.begin(), times.end(), [&](SteadyTime t) {
        return t.time_since_epoch() >= from && t.time_since_epoch() < until;
    }));
}

// The vendor's own error: what was asked has not happened.
FaultRule unavailable(std::optional<Duration> retry_after = {}) {
    FaultRule rule = fault(Effect::status, "*", "*", std::nullopt);
    rule.door = Door::api;
    rule.status = 503;
    rule.retry_after = retry_after;
    rule.body = R"({"errorCode":"Unavailable","errorUniqueID":"abc","details":"later"})";
    return rule;
}

WorldOptions with_limits(RequestLimits limits) {
    WorldOptions options;
    options.limits = limits;
    return options;
}

TEST(Manners, a_budget_is_kept_wherever_the_daemon_dies) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        RequestLimits limits;
        limits.per_second = 1;
        limits.per_minute = 6;
        limits.per_hour = 90;
        WorldOptions options = with_limits(limits);
        options.seed = seed;
        options.tulip = seed % 3 != 0;
        options.appgate = seed % 3 == 0;
        options.servitly = seed % 4 == 0;
        World world(options);
        SeededRandom chance(seed);
        for (int life = 0; life < 40; ++life) world.live(hours(2), End::crash, 20 + chance.below(400));
        world.live(world.quiet_moment(minutes(10), 18), End::stop);
        ASSERT_EQ(world.broken_invariant(), "") << "seed " << seed;
        ASSERT_EQ(world.engine_error(), "") << "seed " << seed;
        EXPECT_FALSE(runs_in(world, RunState::succeeded).empty()) << "seed " << seed;
    }
}

TEST(Manners, a_clock_that_is_set_frees_no_budget_over_a_restart) {
    for (const Duration step : {Duration(hours(5)), Duration(-hours(5)), Duration(minutes(2))}) {
        RequestLimits limits;
        limits.per_minute = 6;
        limits.per_hour = 40;
        WorldOptions options = with_limits(limits);
        options.machines = 3;
        World world(options);
        world.happens(minutes(12), [&] { world.clock().step_wall(step); });
        world.live(minutes(16), End::crash);
        world.live(minutes(18), End::crash);
        world.live(world.quiet_moment(minutes(10), 9), End::stop);
        EXPECT_EQ(world.broken_invariant(), "");
        EXPECT_GE(requests_between(world, hours(1), minutes(120)), 15U) << "nor does it hold anything for long";
    }
}

TEST(Manners, a_wait_for_the_budget_that_is_longer_than_the_deadline_is_a_clear_failure) {
    RequestLimits limits;
    limits.per_hour = 8;
    WorldOptions options = with_limits(limits);
    options.machines = 4;
    options.deadline = minutes(20);
    options.retries = 0;
    World world(options);
    world.live(world.quiet_moment(minutes(10), 4), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto failed = runs_in(world, RunState::failed);
    ASSERT_FALSE(failed.empty());
    EXPECT_TRUE(std::any_of(failed.begin(), failed.end(), [](const RunRecord& run) {
        return run.reason.find("budget") != std::string::npos;
    })) << failed.front().reason;
    EXPECT_GE(count(world.told(), "event=budget_exhausted"), 1U);
    EXPECT_LE(count(world.told(), "event=budget_exhausted"), 5U) << "once, and not for each request";
    for (const LeftoverRecord& leftover : leftovers_of(world))
        EXPECT_NE(leftover.remote_job, "") << "a start that waits for its budget was not sent";
}

TEST(Manners, three_hundred_machines_share_a_budget_first_come_first_served) {
    RequestLimits limits;
    limits.per_minute = 60;
    WorldOptions options = with_limits(limits);
    options.machines = 300;
    options.concurrent_jobs = 3;
    options.schedule = "@every 2h";
    World world(options);
    world.vendor().scenario().job_duration_max = Duration(6'000);
    world.live(hours(3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "") << "never four jobs, no minute above its budget";
    const auto runs = runs_of(world);
    ASSERT_EQ(runs.size(), 300U);
    EXPECT_EQ(runs_in(world, RunState::succeeded).size(), 300U);
    // Three at a time: whoever begins is never more than that ahead of who was before it.
    auto by_begin = runs;
    std::stable_sort(by_begin.begin(), by_begin.end(),
                     [](const RunRecord& a, const RunRecord& b) { return a.started_at < b.started_at; });
    std::set<std::string> began;
    for (std::size_t i = 0; i < by_begin.size(); ++i) began.insert(by_begin[i].id);
    EXPECT_EQ(began.size(), 300U);
    const auto& jobs = world.vendor().jobs();
    ASSERT_EQ(jobs.size(), 300U);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto at = std::find_if(by_begin.begin(), by_begin.end(),
                                     [&](const RunRecord& run) { return run.target.id == jobs[i].machine_id; });
        EXPECT_LE(std::abs(at - by_begin.begin() - static_cast<std::ptrdiff_t>(i)), 3) << "job " << i;
    }
    const WallTime last = std::max_element(runs.begin(), runs.end(), [](const RunRecord& a, const RunRecord& b) {
                              return a.ended_at < b.ended_at;
                          })->ended_at.value();
    EXPECT_LE(last - runs.front().queued_at.value(), minutes(40));
}

TEST(Manners, retry_after_holds_the_whole_source_also_over_a_restart) {
    for (const int status : {429, 503}) {
        WorldOptions options;
        options.machines = 3;
        options.concurrent_jobs = 3;
        World world(options);
        world.happens(minutes(10) + seconds(1), [&] {
            FaultRule rule = unavailable(minutes(12));
            rule.status = status;
            rule.times = 1;
            world.faults().add(rule);
        });
        world.live(minutes(13), End::crash);
        const Duration asked = world.watch().requests_to("plant").back().time_since_epoch();
        EXPECT_LT(asked, minutes(11));
        world.live(minutes(15), End::stop);
        world.live(world.quiet_moment(minutes(10), 3), End::stop);
        EXPECT_EQ(world.broken_invariant(), "") << status;
        EXPECT_EQ(requests_between(world, asked + seconds(1), asked + minutes(12)), 0U) << status;
        EXPECT_EQ(runs_in(world, RunState::failed).size(), 0U) << status;
        EXPECT_GE(runs_in(world, RunState::succeeded).size(), 3U) << status;
        // When it is over one goes first, and the others follow one after another.
        EXPECT_LE(requests_between(world, asked, asked + minutes(13) + seconds(20)), 30U) << status;
    }
}

TEST(Manners, a_hold_is_not_made_longer_by_a_clock_that_was_set) {
    WorldOptions options;
    options.machines = 1;
    World plant(options);
    plant.happens(minutes(10) + seconds(1), [&] {
        FaultRule rule = unavailable(minutes(5));
        rule.times = 1;
        plant.faults().add(rule);
    });
    plant.live(minutes(12), End::crash);
    plant.clock().step_wall(-hours(5));
    plant.live(minutes(19), End::stop);
    EXPECT_EQ(plant.broken_invariant(), "");
    EXPECT_GT(requests_between(plant, minutes(15), minutes(19)), 0U) << "no longer than it was asked for";
}

// What an outage of five minutes comes to.
void expect_one_incident(World& world, Duration from) {
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(world.engine_error(), "");
    EXPECT_LT(requests_between(world, from, from + minutes(5)), 40U);
    EXPECT_EQ(count(world.told(), "event=source_down"), 1U);
    EXPECT_EQ(count(world.told(), " again after "), 1U);
    EXPECT_LE(count(world.told(), "event=request_retried"), 8U) << "not a line for each target";
    EXPECT_EQ(runs_in(world, RunState::failed).size(), 0U);
    for (int second = 0; second < 120; ++second)
        EXPECT_LE(requests_between(world, from + minutes(5) + seconds(second), from + minutes(5) + seconds(second + 1)),
                  25U)
            << "no stampede";
}

TEST(Manners, an_outage_is_one_incident_and_few_requests) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        WorldOptions options;
        options.seed = seed;
        options.machines = 20;
        options.concurrent_jobs = 6;
        options.schedule = "@every 1h";
        options.deadline = minutes(50);
        World world(options);
        const bool proxy = seed > 4;
        const Duration from = hours(1) + (seed % 2 == 0 ? Duration(-10'000) : Duration(20'000));
        world.happens(from, [&] {
            FaultRule rule = unavailable();
            if (proxy) rule.body = "html";
            world.faults().add(rule);
        });
        world.happens(from + minutes(5), [&] { world.faults().clear(); });
        world.live(world.quiet_moment(hours(1), 1), End::stop);
        expect_one_incident(world, from);
        EXPECT_EQ(runs_in(world, RunState::succeeded).size(), 20U) << "seed " << seed;
        // A page of a proxy does not tell whether a start was lost; but with a start nobody probes.
        EXPECT_LE(leftovers_of(world).size(), proxy ? 6U : 0U) << "seed " << seed;
    }
}

TEST(Manners, no_start_is_a_probe_while_there_is_something_harmless_to_ask) {
    WorldOptions options;
    options.machines = 20;
    options.concurrent_jobs = 6;
    options.schedule = "@every 1h";
    World world(options);
    world.vendor().scenario().job_duration_min = minutes(2);
    world.vendor().scenario().job_duration_max = minutes(3);
    int starts_while_down = 0;
    bool down = false;
    world.show([&](const std::string& line) {
        if (line.find("event=source_down") != std::string::npos) down = true;
        if (line.find("event=source_up") != std::string::npos) down = false;
        if (down && line.find(" POST https://") != std::string::npos) ++starts_while_down;
    });
    const Duration from = hours(1) + Duration(200);
    world.happens(from, [&] { world.faults().add(unavailable()); });
    world.happens(from + minutes(5), [&] { world.faults().clear(); });
    world.live(world.quiet_moment(hours(1), 1), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(count(world.told(), "event=source_down"), 1U);
    EXPECT_LE(starts_while_down, 2) << "but for what was on its way";
    EXPECT_EQ(runs_in(world, RunState::succeeded).size(), 20U);
}

TEST(Manners, an_outage_goes_on_over_a_restart_and_begins_with_one_probe) {
    WorldOptions options;
    options.machines = 20;
    options.concurrent_jobs = 10;
    options.schedule = "@every 1h";
    options.deadline = minutes(50);
    World world(options);
    const Duration from = hours(1) + seconds(20);
    world.happens(from, [&] { world.faults().add(unavailable()); });
    world.happens(from + minutes(5), [&] { world.faults().clear(); });
    world.live(from + minutes(2), End::crash);
    const auto standing = LedgerReader(world.ledger()).source_standings().value();
    ASSERT_EQ(standing.size(), 1U);
    EXPECT_EQ(standing.front().source, "plant");
    ASSERT_TRUE(standing.front().down_since);
    EXPECT_NE(standing.front().down_why.find("503"), std::string::npos);
    const Duration again = world.clock().elapsed();
    world.live(hours(1) + minutes(55), End::stop);
    EXPECT_LE(requests_between(world, again, again + seconds(2)), 4U) << "one probe, not one for each run";
    expect_one_incident(world, from);
    EXPECT_EQ(runs_in(world, RunState::succeeded).size(), 20U);
    EXPECT_TRUE(LedgerReader(world.ledger()).source_standings().value().empty());
}

TEST(Manners, a_person_who_says_retry_ends_a_hold_and_gets_a_probe_at_once) {
    WorldOptions options;
    options.machines = 2;
    World world(options);
    world.happens(minutes(10) + seconds(1), [&] {
        FaultRule rule = unavailable(minutes(50));
        rule.times = 1;
        world.faults().add(rule);
    });
    world.happens(minutes(14), [&] { world.faults().reset(); });
    Result<void> forgiven = Failure();
    world.at(minutes(15), [&](Engine& engine) -> Task<> { forgiven = co_await engine.forgive("plant"); });
    world.live(world.quiet_moment(minutes(10), 1), End::stop);
    EXPECT_TRUE(forgiven);
    EXPECT_EQ(requests_between(world, minutes(12), minutes(15)), 0U);
    EXPECT_GT(requests_between(world, minutes(15), minutes(16)), 0U);
    EXPECT_EQ(runs_in(world, RunState::succeeded).size(), 2U);
}

}  // namespace
}  // namespace garner::sim
