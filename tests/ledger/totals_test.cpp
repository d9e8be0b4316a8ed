// Status and metrics out of a story.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/support.hpp"

namespace garner {
namespace {

class LedgerStory : public LedgerTest {
protected:
    // One run of `target` from its instant to its end `minutes` later.
    void happened(const std::string& id, const std::string& target, int minute, RunState end, int minutes = 2,
                  std::uint64_t size = 1000) {
        const RunRecord one = make_run(id, target, minute);
        ASSERT_TRUE(dispatch({one}, minute));
        RunUpdate start;
        start.state = RunState::exporting;
        start.started_at = at(minute);
        start.ready_at = at(minute + minutes - 1);
        ASSERT_TRUE(wait(ledger_->update_run(id, start)));
        RunUpdate stop;
        stop.state = end;
        stop.ended_at = at(minute + minutes);
        if (end == RunState::failed) stop.reason = "HTTP 500";
        if (end == RunState::failed) {
            ASSERT_TRUE(wait(ledger_->update_run(id, stop)));
            return;
        }
        ArtifactRecord artifact = make_artifact(one, "art-" + id, size);
        artifact.verdict = end == RunState::suspect ? Verdict::suspect : Verdict::verified;
        ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, stop)));
    }
    void skipped(const std::string& id, const std::string& target, int minute) {
        RunRecord one = make_run(id, target, minute);
        one.state = RunState::skipped;
        one.reason = "the previous run still goes on";
        ASSERT_TRUE(dispatch({one}, minute));
    }
};

TEST_F(LedgerStory, a_status_tells_success_attempt_and_failures_since) {
    happened("a1", "m1", 0, RunState::succeeded, 2, 500);
    happened("a2", "m1", 60, RunState::failed);
    happened("a3", "m1", 120, RunState::suspect, 2, 7);
    skipped("a4", "m1", 180);
    ASSERT_TRUE(dispatch({make_run("b1", "m2", 10)}, 10));

    const auto statuses = reader().statuses().value();
    ASSERT_EQ(statuses.size(), 2U);
    const TargetStatus& m1 = statuses[0];
    EXPECT_EQ(m1.job, "machines");
    EXPECT_EQ(m1.source, "press-shop");
    EXPECT_EQ(m1.target, (Target{"m1", "Machine m1"}));
    EXPECT_EQ(m1.first_seen, at(0));
    EXPECT_EQ(m1.last_success, at(2));
    EXPECT_EQ(m1.last_attempt, at(122));
    EXPECT_EQ(m1.consecutive_failures, 2U);
    EXPECT_EQ(m1.verdict, Verdict::suspect);
    EXPECT_EQ(m1.last_size, 500U);
    EXPECT_EQ(m1.last_state, RunState::skipped);
    EXPECT_EQ(m1.reason, "") << "the suspect run was the last that was tried";
    const TargetStatus& m2 = statuses[1];
    EXPECT_EQ(m2.first_seen, at(10));
    EXPECT_EQ(m2.last_success, std::nullopt);
    EXPECT_EQ(m2.last_attempt, std::nullopt);
    EXPECT_EQ(m2.consecutive_failures, 0U);
    EXPECT_EQ(m2.last_state, RunState::queued);

    happened("a5", "m1", 240, RunState::succeeded);
    const auto healed = reader().statuses().value();
    EXPECT_EQ(healed[0].consecutive_failures, 0U);
    EXPECT_EQ(healed[0].last_success, at(242));
}

TEST_F(LedgerStory, totals_count_everything_and_are_the_same_after_a_restart) {
    happened("a1", "m1", 0, RunState::succeeded, 1, 100);
    happened("a2", "m1", 60, RunState::succeeded, 2, 200);
    happened("a3", "m2", 60, RunState::suspect, 2, 50);
    happened("a4", "m2", 120, RunState::failed);
    skipped("a5", "m2", 180);
    ASSERT_TRUE(dispatch({make_run("a6", "m3", 200)}, 200));
    RunUpdate started;
    started.state = RunState::exporting;
    started.remote_job = "remote-6";
    ASSERT_TRUE(wait(ledger_->update_run("a6", started)));
    ASSERT_TRUE(wait(ledger_->targets_seen("press-shop", {{"m1", "1"}, {"m2", "2"}}, at(0))));
    LeftoverRecord left;
    left.id = "left-1";
    left.source = "press-shop";
    ASSERT_TRUE(wait(ledger_->leave_behind(left, "a4", RunUpdate())));

    for (int life = 0; life < 2; ++life) {
        const auto totals = reader().totals().value();
        EXPECT_EQ(totals.targets.size(), 3U);
        const auto runs = [&](RunState state) {
            const auto found = totals.runs.find({"machines", state});
            return found == totals.runs.end() ? 0 : found->second;
        };
        EXPECT_EQ(runs(RunState::succeeded), 2U);
        EXPECT_EQ(runs(RunState::suspect), 1U);
        EXPECT_EQ(runs(RunState::failed), 1U);
        EXPECT_EQ(runs(RunState::skipped), 1U);
        EXPECT_EQ(runs(RunState::exporting), 1U);
        EXPECT_EQ(runs(RunState::queued), 0U);
        const auto& durations = totals.durations.at("machines");
        EXPECT_EQ(durations.counts, (std::vector<std::uint64_t>{0, 0, 1, 1, 0, 0, 0, 0, 0, 0}));
        EXPECT_DOUBLE_EQ(durations.sum_seconds, 180.0);
        EXPECT_EQ(totals.artifacts.at({"machines", Verdict::verified}), 2U);
        EXPECT_EQ(totals.artifacts.at({"machines", Verdict::suspect}), 1U);
        EXPECT_EQ(totals.stored_bytes.at({"archive", "machines"}), 350U);
        EXPECT_EQ(totals.leftovers.at("press-shop"), 1U);
        EXPECT_EQ(totals.remote_jobs.at({"press-shop", "running"}), 1U);
        EXPECT_FALSE(totals.remote_jobs.contains({"press-shop", "leftover"})) << "nobody knows whether it exists";
        EXPECT_EQ(totals.lists.at("press-shop").listed, 2U);
        stop();
        start();
    }
}

TEST_F(LedgerStory, every_bucket_of_the_histogram_is_one_of_the_ledgers) {
    int minute = 0;
    for (const double bound : run_duration_buckets) {
        for (const Duration beyond : {Duration(0), Duration(1)}) {
            const std::string id = "run-" + std::to_string(minute);
            ASSERT_TRUE(dispatch({make_run(id, "m1", minute)}, minute));
            RunUpdate over;
            over.state = RunState::succeeded;
            over.started_at = at(minute);
            over.ended_at = at(minute) + Duration(static_cast<std::int64_t>(bound * 1000)) + beyond;
            ASSERT_TRUE(wait(ledger_->update_run(id, over)));
            ++minute;
        }
    }
    const auto totals = reader().totals().value();
    EXPECT_EQ(totals.durations.at("machines").counts, (std::vector<std::uint64_t>{1, 2, 2, 2, 2, 2, 2, 2, 2, 1}));
}

TEST_F(LedgerStory, the_usual_duration_is_the_median_of_the_last_ten) {
    EXPECT_EQ(wait(ledger_->usual_duration("machines", "m1")).value(), std::nullopt);
    for (int i = 0; i < 5; ++i) happened("old-" + std::to_string(i), "m1", i * 1000, RunState::succeeded, 900);
    for (int i = 0; i < 10; ++i)
        happened("new-" + std::to_string(i), "m1", 10'000 + i * 100, i % 2 ? RunState::suspect : RunState::succeeded,
                 11 + i);
    happened("bad", "m1", 20'000, RunState::failed, 900);
    RunUpdate took_over;
    took_over.leftover = "left-1";
    for (int i = 0; i < 10; ++i) {
        const std::string id = "adopted-" + std::to_string(i);
        happened(id, "m1", 21'000 + i * 100, RunState::succeeded, 1);
        ASSERT_TRUE(wait(ledger_->update_run(id, took_over)))
            << "what was made before says nothing of how long it takes";
    }
    EXPECT_EQ(wait(ledger_->usual_duration("machines", "m1")).value(), Duration(15 * 60'000));
    EXPECT_EQ(wait(ledger_->usual_duration("machines", "m2")).value(), std::nullopt);
    EXPECT_EQ(reader().usual_run("machines", "press-shop", "m1").value(), Duration(1 * 60'000))
        << "of those that succeeded, to their end";
    EXPECT_EQ(reader().usual_run("machines", "press-shop", "m2").value(), std::nullopt);
}

TEST_F(LedgerStory, durations_are_told_newest_first_with_the_last_look_that_found_them_pending) {
    happened("before-this-was-noted", "m1", 0, RunState::succeeded, 11);
    happened("looked-once", "m1", 100, RunState::succeeded, 21);
    happened("looked-often", "m1", 200, RunState::suspect, 31);
    happened("clock-was-set", "m1", 300, RunState::succeeded, 41);
    RunUpdate once;
    once.remote_started_at = at(102);
    ASSERT_TRUE(wait(ledger_->update_run("looked-once", once)));
    RunUpdate often;
    often.remote_started_at = at(203);
    often.pending_at = at(225);
    ASSERT_TRUE(wait(ledger_->update_run("looked-often", often)));
    RunUpdate set_back;
    set_back.remote_started_at = at(900);
    set_back.pending_at = at(800);
    ASSERT_TRUE(wait(ledger_->update_run("clock-was-set", set_back)));
    const auto minutes = [](int pending, int ready) {
        return ObservedDuration{Duration(pending * 60'000), Duration(ready * 60'000)};
    };
    EXPECT_EQ(wait(ledger_->durations("machines", "m1", 20)).value(),
              (std::vector<ObservedDuration>{minutes(0, 0), minutes(22, 27), minutes(0, 18), minutes(0, 10)}));
    EXPECT_EQ(wait(ledger_->durations("machines", "m1", 2)).value().size(), 2U);
    EXPECT_EQ(run("looked-often").pending_at, at(225));
    EXPECT_EQ(run("looked-often").remote_started_at, at(203));
}

}  // namespace
}  // namespace garner
