// Stories of coverage: rules that are edited while windows wait at the vendor, what disappears there first, what it no
// longer has, and spans that a person closes.
#include "engine/engine.hpp"
#include "ledger/coverage_report.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

WorldOptions windowed(std::size_t tenants = 1, int hours_before = 0) {
    WorldOptions options = one_tenant();
    options.windows = true;
    options.tenants = tenants;
    options.window_hours_before = hours_before;
    options.schedule = "@every 1h";
    return options;
}

WindowRule& rule_of(World& world) { return *world.settings().jobs.at("telemetry").window; }

void take(World& world, Duration lasts) {
    world.servitly().scenario().job_duration_min = lasts;
    world.servitly().scenario().job_duration_max = lasts;
}

WallTime zero_of(World& world) { return world.clock().true_now() - world.clock().elapsed(); }

/// As garner gaps --all sees the only tenant: "0-60 archived", in minutes since the beginning.
std::vector<std::string> seen(World& world) {
    const auto coverage = read_coverage(LedgerReader(world.ledger()), world.settings(), world.clock().true_now());
    std::vector<std::string> words;
    if (!coverage || coverage->size() != 1) return {"no coverage of one target"};
    for (const Span& span : coverage->front().spans) {
        if (span.state == SpanState::open) continue;
        words.push_back(std::to_string((span.window.start - zero_of(world)) / minutes(1)) + " to " +
                        std::to_string((span.window.end - zero_of(world)) / minutes(1)) + " " +
                        std::string(to_string(span.state)) + (span.late ? " late" : ""));
    }
    return words;
}
using Words = std::vector<std::string>;

std::size_t exports_of(World& world, std::int64_t from_minute) {
    const auto& jobs = world.servitly().jobs();
    return static_cast<std::size_t>(std::count_if(jobs.begin(), jobs.end(), [&](const auto& job) {
        return job.from && *job.from == to_unix_ms(zero_of(world)) + from_minute * 60'000;
    }));
}

TEST(CoverageStory, TwoDaysOffWithTheRuleEditedMeanwhileAreOneGapAndThenNone) {
    World world(windowed());
    world.live(hours(5) + minutes(30), End::crash);
    EXPECT_EQ(seen(world), Words{"0 to 300 archived"});
    world.clock().pass(hours(48));
    EXPECT_EQ(seen(world), (Words{"0 to 300 archived", "300 to 3180 gap late"}));
    rule_of(world).length = WindowLength::day;
    world.live(world.clock().elapsed() + hours(1), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(seen(world), Words{"0 to 2880 archived"}) << world.told();
    EXPECT_EQ(exports_of(world, 300), 1U) << "the rest of the first day is one export";
    rule_of(world).length = WindowLength::hour;
    world.live(world.clock().elapsed() + hours(1), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto until = world.clock().elapsed() / hours(1) * 60;
    EXPECT_EQ(seen(world), Words{"0 to " + std::to_string(until) + " archived"}) << world.told();
}

TEST(CoverageStory, AWindowThatWaitsAtTheVendorIsFetchedAsItIsWhateverTheRuleIsNow) {
    WorldOptions options = windowed();
    options.deadline = minutes(10);
    World world(options);
    take(world, minutes(30));
    world.live(hours(1) + minutes(20), End::stop);
    EXPECT_EQ(first_run(world).state, RunState::failed);
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    EXPECT_EQ(seen(world), Words{"0 to 60 gap late"});
    take(world, minutes(1));
    rule_of(world).length = WindowLength::day;
    world.live(hours(25) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(exports_of(world, 0), 1U) << world.told();
    EXPECT_EQ(exports_of(world, 60), 1U) << "the rest of the day";
    EXPECT_EQ(seen(world), Words{"0 to 1440 archived"});
    EXPECT_TRUE(leftovers_of(world).empty());
}

TEST(CoverageStory, WhatDisappearsFirstIsFetchedFirst) {
    WorldOptions options = windowed(2, 1);
    options.deadline = minutes(10);
    World world(options);
    world.settings().sources.at("fleet").max_concurrent_jobs = 1;
    take(world, minutes(20));
    for (const auto& [minute, tenant] : {std::pair(5, "bravo"), std::pair(25, "acme")})
        world.at(minutes(minute), [name = std::string(tenant)](Engine& engine) -> Task<> {
            const auto runs = co_await engine.run_now("telemetry", name);
            EXPECT_TRUE(runs) << runs.error().what;
        });
    world.live(minutes(59), End::stop);
    ASSERT_EQ(leftovers_of(world).size(), 2U) << world.told();
    Settings& settings = world.settings();
    const auto expiries = read_expiries(LedgerReader(world.ledger()), settings).value();
    ASSERT_TRUE(expiries.contains("fleet"));
    const WallTime disappears = world.servitly().jobs()[0].ends.value() + hours(720);
    EXPECT_LT(expiries.at("fleet"), disappears) << "told too early, never too late";
    EXPECT_GT(expiries.at("fleet"), disappears - minutes(21));

    take(world, minutes(2));
    world.live(hours(1) + minutes(40), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    auto artifacts = artifacts_of(world);
    ASSERT_EQ(artifacts.size(), 4U) << world.told();
    std::sort(artifacts.begin(), artifacts.end(),
              [](const auto& a, const auto& b) { return a.stored_at < b.stored_at; });
    EXPECT_EQ(artifacts[0].target.id, "bravo") << "its export is the older one";
    EXPECT_EQ(artifacts[1].target.id, "acme");
    EXPECT_EQ(exports_of(world, -60), 2U) << "one of each: both were adopted";
    EXPECT_TRUE(read_expiries(LedgerReader(world.ledger()), settings).value().empty());
}

TEST(CoverageStory, AnExportThatDisappearedAtTheVendorIsMadeAnew) {
    WorldOptions options = windowed();
    options.deadline = minutes(10);
    World world(options);
    take(world, minutes(20));
    world.servitly().scenario().kept = hours(3);
    world.live(hours(1) + minutes(20), End::stop);
    ASSERT_EQ(leftovers_of(world).size(), 1U);
    world.clock().pass(hours(5));
    take(world, minutes(1));
    world.live(world.clock().elapsed() + hours(2), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(exports_of(world, 0), 2U) << world.told();
    const auto until = world.clock().elapsed() / hours(1) * 60;
    EXPECT_EQ(seen(world), Words{"0 to " + std::to_string(until) + " archived"}) << world.told();
    EXPECT_TRUE(leftovers_of(world).empty());
}

TEST(CoverageStory, WhatTheVendorNoLongerHasIsLostAndNotAskedFor) {
    World world(windowed(1, 10));
    rule_of(world).available_for = hours(5);
    world.live(hours(3) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(exports_of(world, -600), 0U);
    EXPECT_EQ(seen(world), (Words{"-600 to -240 lost late", "-240 to 180 archived"})) << world.told();
    EXPECT_EQ(runs_in(world, RunState::failed).size(), 0U);
}

TEST(CoverageStory, AClosedSpanIsNotExportedUntilItIsOpenedAgain) {
    World world(windowed(1, 3));
    const WallTime zero = zero_of(world);
    const Window closed{zero - hours(3), zero - hours(1)};
    world.at(minutes(30), [closed](Engine& engine) -> Task<> {
        const auto done = co_await engine.close_span("telemetry", "acme", closed, "uid 7", "the line stood still");
        EXPECT_TRUE(done) << done.error().what;
        const auto nobody = co_await engine.close_span("telemetry", "nobody", closed, "uid 7", "x");
        EXPECT_FALSE(nobody);
        const auto silent = co_await engine.close_span("telemetry", "acme", closed, "uid 7", "");
        EXPECT_FALSE(silent) << "a reason is needed";
        const Window ahead{closed.start, closed.end + hours(100)};
        const auto early = co_await engine.close_span("telemetry", "acme", ahead, "uid 7", "x");
        EXPECT_FALSE(early) << "it is not over";
        const Window half{closed.start, closed.start + hours(1)};
        const auto unknown = co_await engine.reopen_spans("telemetry", "acme", half);
        EXPECT_FALSE(unknown) << "nothing was closed wholly within";
    });
    world.live(minutes(31), End::crash);
    world.live(hours(1) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(seen(world), (Words{"-180 to -60 closed", "-60 to 60 archived"})) << world.told();
    EXPECT_EQ(exports_of(world, -180), 0U);

    world.at(hours(1) + minutes(40), [closed](Engine& engine) -> Task<> {
        const auto count = co_await engine.reopen_spans("telemetry", "acme", closed);
        EXPECT_TRUE(count) << count.error().what;
    });
    world.live(hours(2) + minutes(30), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(seen(world), Words{"-180 to 120 archived"}) << world.told();
}

}  // namespace
}  // namespace garner::sim
