// Stories of the success contract: what is green is good, and what a person accepts counts from then on.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/engine.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

using File = sandbox::TulipScenario::File;

WorldOptions every_night() {
    WorldOptions options;
    options.machines = 1;
    options.schedule = "@every 24h";
    return options;
}

std::size_t count_of(const World& world, Verdict verdict) {
    const auto artifacts = artifacts_of(world);
    return static_cast<std::size_t>(std::count_if(artifacts.begin(), artifacts.end(),
                                                  [&](const ArtifactRecord& a) { return a.verdict == verdict; }));
}

TargetStatus status_of(const World& world) { return LedgerReader(world.ledger()).statuses().value().front(); }

void accept_at(World& world, Duration when, const std::string& artifact) {
    world.at(when, [artifact](Engine& engine) -> Task<> {
        const auto accepted = co_await engine.accept(artifact, "uid 0", "the line stood still");
        EXPECT_TRUE(accepted) << accepted.error().what;
    });
}

TEST(ContractStory, ten_empty_nights_after_good_ones_are_ten_suspects_and_an_alarm) {
    World world(every_night());
    world.live(world.quiet_moment(hours(24), 10), End::stop);
    ASSERT_EQ(count_of(world, Verdict::verified), 10U) << world.told();
    const auto last_success = status_of(world).last_success;

    world.vendor().scenario().file = File::header_only;
    world.live(world.quiet_moment(hours(24), 10), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(count_of(world, Verdict::suspect), 10U) << world.told();
    EXPECT_EQ(count_of(world, Verdict::verified), 10U) << "no good one went";
    EXPECT_EQ(runs_in(world, RunState::suspect).size(), 10U);
    for (const RunRecord& run : runs_in(world, RunState::suspect))
        EXPECT_NE(run.reason.find("there is a header but no row"), std::string::npos) << run.reason;
    EXPECT_EQ(status_of(world).consecutive_failures, 10U);
    EXPECT_EQ(status_of(world).last_success, last_success);
    EXPECT_EQ(status_of(world).verdict, Verdict::suspect);
}

TEST(ContractStory, an_empty_night_is_fine_where_the_job_allows_it_and_moves_no_median) {
    World world(every_night());
    world.settings().jobs.at("activity").expect.allow_empty = true;
    world.live(world.quiet_moment(hours(24), 6), End::stop);
    world.vendor().scenario().file = File::header_only;
    world.live(world.quiet_moment(hours(24), 12), End::stop);
    world.vendor().scenario().file = File::rows;
    world.live(world.quiet_moment(hours(24), 3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(count_of(world, Verdict::verified), 21U) << world.told();
    EXPECT_EQ(artifacts_of(world).at(5).rows, 0U);
}

TEST(ContractStory, a_file_of_another_size_than_usual_is_suspect_until_somebody_accepts_it) {
    World world(every_night());
    world.live(world.quiet_moment(hours(24), 6), End::stop);
    ASSERT_EQ(count_of(world, Verdict::verified), 6U) << world.told();
    world.vendor().scenario().content_bytes_min = world.vendor().scenario().content_bytes_max = 600'000;
    world.live(world.quiet_moment(hours(24), 1), End::stop);
    ASSERT_EQ(count_of(world, Verdict::suspect), 1U) << world.told();
    const ArtifactRecord large = artifacts_of(world).front();
    EXPECT_NE(large.reasons.front().find("times the usual"), std::string::npos) << large.reasons.front();

    const Duration soon = world.quiet_moment(hours(24), 0) + minutes(5);
    accept_at(world, soon, large.id);
    world.live(soon + minutes(5), End::crash);
    EXPECT_EQ(world.broken_invariant(), "");
    const ArtifactRecord accepted = LedgerReader(world.ledger()).artifact(large.id).value().value();
    EXPECT_EQ(accepted.verdict, Verdict::verified);
    ASSERT_TRUE(accepted.acceptance);
    EXPECT_EQ(accepted.acceptance->reason, "the line stood still");
    EXPECT_EQ(status_of(world).consecutive_failures, 0U);
    const auto timeline = LedgerReader(world.ledger()).timeline(large.run).value();
    EXPECT_EQ(timeline.back().event, "accepted");
    EXPECT_EQ(timeline.back().detail, "uid 0: the line stood still");
    world.live(world.quiet_moment(hours(24), 2), End::stop);
    EXPECT_EQ(world.broken_invariant(), "") << "the chain of manifests and the counts go on";
}

// The acceptance is in the ledger before it is beside the artifact: a crash between the two is healed by the next
// start.
TEST(ContractStory, an_acceptance_survives_a_crash_at_any_event) {
    bool answered = false;
    std::uint64_t events = 0;
    while (!answered) {
        ASSERT_LT(++events, 2'000U);
        WorldOptions options;
        options.machines = 1;
        World world(options);
        world.vendor().scenario().file = File::header_only;
        world.live(world.quiet_moment(minutes(10), 1), End::stop);
        const std::string id = artifacts_of(world).front().id;
        const Duration now = world.quiet_moment(minutes(10), 0);
        world.at(now + seconds(5), [&answered, id](Engine& engine) -> Task<> {
            const auto accepted = co_await engine.accept(id, "uid 0", "the line stood still");
            answered = accepted.has_value();
        });
        world.live(now + seconds(10), End::crash, events);
        ASSERT_EQ(world.broken_invariant(), "") << "after " << events << " events";
        const auto verdict = [&] { return LedgerReader(world.ledger()).artifact(id).value()->verdict; };
        EXPECT_TRUE(!answered || verdict() == Verdict::verified) << "what was answered is durable";
        const bool whole = answered;
        world.at(now + seconds(15), [id](Engine& engine) -> Task<> {
            const auto again = co_await engine.accept(id, "uid 0", "the line stood still");
            EXPECT_TRUE(again || again.error().kind == FailureKind::rejected) << again.error().what;
        });
        world.live(now + seconds(30), End::stop);
        ASSERT_EQ(world.broken_invariant(), "") << "after " << events << " events";
        EXPECT_EQ(verdict(), Verdict::verified) << "after " << events << " events";
        EXPECT_EQ(world.unwritten_marks(), "") << "after " << events << " events";
        answered = whole;
    }
}

TEST(ContractStory, what_is_not_suspect_or_not_there_is_not_accepted_nor_without_a_reason) {
    World world(every_night());
    world.live(world.quiet_moment(hours(24), 1), End::stop);
    const std::string id = artifacts_of(world).front().id;
    world.at(world.quiet_moment(hours(24), 0) + minutes(5), [id](Engine& engine) -> Task<> {
        const auto good = co_await engine.accept(id, "uid 0", "why not");
        EXPECT_NE(good.error().what.find("verified already"), std::string::npos) << good.error().what;
        const auto unknown = co_await engine.accept("zzzzzzzz", "uid 0", "why not");
        EXPECT_NE(unknown.error().what.find("there is no artifact 'zzzzzzzz'"), std::string::npos);
        const auto silent = co_await engine.accept(id, "uid 0", "  ");
        EXPECT_NE(silent.error().what.find("a reason is needed"), std::string::npos);
    });
    world.live(world.quiet_moment(hours(24), 0) + minutes(10), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(ContractStory, an_accepted_window_is_covered_and_not_asked_for_again) {
    WorldOptions options = one_tenant();
    options.windows = true;
    options.window_hours_before = 1;
    options.schedule = "@every 1h";
    World world(options);
    world.servitly().scenario().file = sandbox::ServitlyScenario::File::empty_zip;
    world.live(world.quiet_moment(hours(1), 1), End::stop);
    ASSERT_GE(artifacts_of(world).size(), 1U) << world.told();
    const ArtifactRecord empty = artifacts_of(world).back();
    ASSERT_EQ(empty.verdict, Verdict::suspect);
    EXPECT_EQ(empty.reasons.front(), "the archive has no file");
    world.servitly().scenario().file = sandbox::ServitlyScenario::File::csvs;
    const Duration soon = world.quiet_moment(hours(1), 0) + minutes(1);
    accept_at(world, soon, empty.id);
    world.live(world.quiet_moment(hours(1), 3), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto runs = runs_of(world);
    EXPECT_EQ(std::count_if(runs.begin(), runs.end(), [&](const RunRecord& r) { return r.window == empty.window; }), 1)
        << world.told();
}

}  // namespace
}  // namespace garner::sim
