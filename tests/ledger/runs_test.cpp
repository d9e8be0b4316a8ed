// What the ledger remembers of runs, artifacts, targets and leftovers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(LedgerTest, a_run_keeps_everything_that_was_said_of_it) {
    RunRecord queued = make_run("run-a");
    queued.window = Window{at(-60), at(0)};
    ASSERT_TRUE(dispatch({queued}));
    RunUpdate update;
    update.state = RunState::downloading;
    update.reason = "waits";
    update.attempts = 2;
    update.remote_job = "remote-7";
    update.start_sent = true;
    update.started_at = at(1);
    update.ready_at = at(3);
    update.not_before = std::optional(at(9));
    update.leftover = "left-1";
    DownloadProgress progress;
    progress.staged = "run-a.part";
    progress.offset = 1'000'000;
    progress.validator = "\"etag\"";
    update.download = std::optional(progress);
    update.timeline = {{at(1), "started", "remote job remote-7"}, {at(3), "ready", ""}};
    ASSERT_TRUE(wait(ledger_->update_run("run-a", update)));

    stop();
    start();
    const RunRecord kept = run("run-a");
    EXPECT_EQ(kept.state, RunState::downloading);
    EXPECT_EQ(kept.window, queued.window);
    EXPECT_EQ(kept.target, queued.target);
    EXPECT_EQ(kept.reason, "waits");
    EXPECT_EQ(kept.attempts, 2U);
    EXPECT_EQ(kept.remote_job, "remote-7");
    EXPECT_TRUE(kept.start_sent);
    EXPECT_EQ(kept.queued_at, at(0));
    EXPECT_EQ(kept.started_at, at(1));
    EXPECT_EQ(kept.ready_at, at(3));
    EXPECT_EQ(kept.not_before, at(9));
    EXPECT_EQ(kept.leftover, "left-1");
    ASSERT_TRUE(kept.download);
    EXPECT_EQ(kept.download->staged, "run-a.part");
    EXPECT_EQ(kept.download->offset, 1'000'000U);
    EXPECT_EQ(kept.download->total, std::nullopt);
    EXPECT_EQ(kept.download->validator, "\"etag\"");
    EXPECT_EQ(kept.ended_at, std::nullopt);

    const auto lines = reader().timeline("run-a").value();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].event, "queued");
    EXPECT_EQ(lines[1].detail, "remote job remote-7");
    EXPECT_EQ(lines[2].at, at(3));
}

TEST_F(LedgerTest, an_update_changes_only_what_it_names_and_can_clear) {
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    RunUpdate first;
    first.remote_job = "remote-7";
    first.not_before = std::optional(at(9));
    first.download = std::optional(DownloadProgress{"a.part", 5, 10, "x"});
    ASSERT_TRUE(wait(ledger_->update_run("run-a", first)));
    RunUpdate second;
    second.not_before = std::optional<WallTime>();
    second.download = std::optional<DownloadProgress>();
    second.start_sent = false;
    ASSERT_TRUE(wait(ledger_->update_run("run-a", second)));
    const RunRecord kept = run("run-a");
    EXPECT_EQ(kept.remote_job, "remote-7");
    EXPECT_EQ(kept.not_before, std::nullopt);
    EXPECT_FALSE(kept.download);
}

TEST_F(LedgerTest, a_run_happens_once_and_its_instant_is_dispatched_with_it) {
    ASSERT_TRUE(dispatch({make_run("first"), make_run("other", "m2")}));
    RunRecord windowed = make_run("windowed");
    windowed.window = Window{at(-60), at(0)};
    ASSERT_TRUE(dispatch({make_run("again"), windowed}));
    EXPECT_EQ(began(), std::set<std::string>{"windowed"}) << "who dispatches learns which runs began";
    EXPECT_FALSE(wait(ledger_->run("again")).value());
    EXPECT_TRUE(wait(ledger_->run("windowed")).value()) << "another window is another run";
    const auto cursors = wait(ledger_->cursors()).value();
    EXPECT_EQ(cursors.at("machines").dispatched_until, at(0));
    EXPECT_EQ(cursors.at("machines").fingerprint, "hourly");

    Dispatch by_hand = make_dispatch({make_run("manual", "m1", 7)}, 7);
    by_hand.schedule_fingerprint.clear();
    ASSERT_TRUE(wait(ledger_->dispatch(by_hand)));
    EXPECT_EQ(wait(ledger_->cursors()).value().at("machines").dispatched_until, at(0))
        << "a manual run moves no schedule";
}

TEST_F(LedgerTest, a_cursor_goes_back_only_with_another_schedule) {
    ASSERT_TRUE(dispatch({}, 60));
    ASSERT_TRUE(dispatch({}, 30));
    EXPECT_EQ(wait(ledger_->cursors()).value().at("machines").dispatched_until, at(60));
    ASSERT_TRUE(wait(ledger_->set_cursor("machines", ScheduleCursor{"daily", at(10)})));
    EXPECT_EQ(wait(ledger_->cursors()).value().at("machines").dispatched_until, at(10));
}

TEST_F(LedgerTest, what_is_not_over_is_unfinished_oldest_first) {
    RunRecord skipped = make_run("skipped", "m3");
    skipped.state = RunState::skipped;
    skipped.reason = "the previous run still goes on";
    ASSERT_TRUE(dispatch({make_run("late", "m1", 5), skipped}, 5));
    ASSERT_TRUE(dispatch({make_run("early", "m2", 1)}, 1));
    std::vector<std::string> ids;
    for (const RunRecord& one : wait(ledger_->unfinished_runs()).value()) ids.push_back(one.id);
    EXPECT_THAT(ids, ElementsAre("early", "late"));
    EXPECT_EQ(run("skipped").ended_at, at(5)) << "what is over from the start ended when it was written";
}

TEST_F(LedgerTest, a_hold_stays_when_its_artifact_is_listed_once_more_and_says_who_wanted_it) {
    const RunRecord stored = make_run("run-a");
    ASSERT_TRUE(dispatch({stored}));
    const ArtifactRecord artifact = make_artifact(stored, "art-1");
    ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, RunUpdate{})));
    Hold hold;
    hold.who = "uid 0";
    hold.reason = "the auditor wants it";
    hold.at = at(5);
    ASSERT_TRUE(wait(ledger_->hold("art-1", hold)));
    ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, RunUpdate{}))) << "as a restart does";
    EXPECT_TRUE(reader().artifact("art-1").value()->held);
    const auto lines = reader().timeline("run-a").value();
    EXPECT_EQ(lines.back().event, "held");
    EXPECT_EQ(lines.back().detail, "uid 0: the auditor wants it");

    hold.held = false;
    ASSERT_TRUE(wait(ledger_->hold("art-1", hold)));
    EXPECT_FALSE(reader().artifact("art-1").value()->held);
    EXPECT_EQ(wait(ledger_->hold("art-9", hold)).error().kind, FailureKind::rejected);
}

TEST_F(LedgerTest, an_artifact_and_its_run_are_one_step_that_may_be_repeated) {
    const RunRecord one = make_run("run-a");
    ASSERT_TRUE(dispatch({one}));
    ArtifactRecord artifact = make_artifact(one, "art-a");
    artifact.verdict = Verdict::suspect;
    artifact.reasons = {"size is far from usual", "no rows"};
    artifact.window = Window{at(-60), at(0)};
    RunUpdate update;
    update.state = RunState::cleaning;
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, update)));
    EXPECT_EQ(run("run-a").artifact, "art-a");
    EXPECT_EQ(run("run-a").state, RunState::cleaning);
    ArtifactFilter of_run;
    of_run.run = "run-a";
    const auto kept = wait(ledger_->artifacts(of_run)).value();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].reasons, artifact.reasons);
    EXPECT_EQ(kept[0].window, artifact.window);
    EXPECT_EQ(kept[0].sha256, artifact.sha256);
    EXPECT_EQ(kept[0].verdict, Verdict::suspect);
    EXPECT_EQ(wait(ledger_->last_manifest_sha256("archive", "press-shop", "m1")).value(), "manifest of art-a");
    EXPECT_EQ(wait(ledger_->last_manifest_sha256("archive", "press-shop", "m2")).value(), std::nullopt);

    const RunRecord two = make_run("run-b", "m1", 60);
    ASSERT_TRUE(dispatch({two}, 60));
    ArtifactRecord thief = make_artifact(two, "art-b");
    thief.path = artifact.path;
    EXPECT_FALSE(wait(ledger_->artifact_stored(thief, update))) << "one path holds one artifact";
    EXPECT_EQ(run("run-b").state, RunState::queued) << "and nothing of that step was written";
    ASSERT_TRUE(wait(ledger_->artifact_stored(make_artifact(two, "art-b"), update)));
    EXPECT_EQ(wait(ledger_->last_manifest_sha256("archive", "press-shop", "m1")).value(), "manifest of art-b");
}

TEST_F(LedgerTest, a_failed_run_leaves_its_remote_job_behind_until_that_is_settled) {
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    LeftoverRecord left;
    left.id = "left-1";
    left.run = "run-a";
    left.job = "machines";
    left.source = "press-shop";
    left.target = Target{"m1", "Machine m1"};
    left.remote_job = "remote-7";
    left.since = at(5);
    left.why = "deadline";
    RunUpdate failed;
    failed.state = RunState::failed;
    failed.ended_at = at(5);
    ASSERT_TRUE(wait(ledger_->leave_behind(left, "run-a", failed)));
    EXPECT_EQ(run("run-a").state, RunState::failed);
    const auto known = wait(ledger_->leftovers("press-shop")).value();
    ASSERT_EQ(known.size(), 1U);
    EXPECT_EQ(known[0].remote_job, "remote-7");
    EXPECT_EQ(known[0].target.name, "Machine m1");
    EXPECT_EQ(reader().leftovers("").value().size(), 1U);
    EXPECT_TRUE(wait(ledger_->leftovers("elsewhere")).value().empty());
    ASSERT_TRUE(wait(ledger_->leftover_settled("left-1")));
    EXPECT_TRUE(wait(ledger_->leftovers("press-shop")).value().empty());
}

TEST_F(LedgerTest, a_rejected_login_is_remembered_until_it_is_forgiven) {
    ASSERT_TRUE(wait(ledger_->login_rejected({"press-shop", "", "print-1", at(1), "user is locked"})));
    ASSERT_TRUE(wait(ledger_->login_rejected({"press-shop", "", "print-2", at(2), "still locked"})));
    stop();
    start();
    const auto known = wait(ledger_->login_rejections()).value();
    ASSERT_EQ(known.size(), 1U);
    EXPECT_EQ(known[0].fingerprint, "print-2");
    EXPECT_EQ(known[0].why, "still locked");
    ASSERT_TRUE(wait(ledger_->login_forgiven("press-shop")));
    EXPECT_TRUE(wait(ledger_->login_rejections()).value().empty());
}

TEST_F(LedgerTest, runs_are_found_by_what_people_ask_for) {
    ASSERT_TRUE(dispatch({make_run("01aaaaaa1111", "m1", 1), make_run("01aaaaaa2222", "m2", 1)}, 1));
    ASSERT_TRUE(dispatch({make_run("01bbbbbb3333", "m1", 2)}, 2));
    const auto ids = [&](const RunFilter& filter) {
        std::vector<std::string> found;
        for (const RunRecord& one : reader().runs(filter).value()) found.push_back(one.id);
        return found;
    };
    EXPECT_THAT(ids({}), ElementsAre("01bbbbbb3333", "01aaaaaa2222", "01aaaaaa1111"));
    RunFilter by_name;
    by_name.target = "Machine m1";
    EXPECT_THAT(ids(by_name), ElementsAre("01bbbbbb3333", "01aaaaaa1111"));
    by_name.since = at(2);
    EXPECT_THAT(ids(by_name), ElementsAre("01bbbbbb3333"));
    RunFilter newest;
    newest.limit = 1;
    newest.job = "machines";
    newest.state = RunState::queued;
    EXPECT_THAT(ids(newest), ElementsAre("01bbbbbb3333"));
    newest.job = "' OR 1=1 --";
    EXPECT_THAT(ids(newest), ElementsAre());

    EXPECT_EQ(reader().run("2222").value()->id, "01aaaaaa2222");
    EXPECT_EQ(reader().run("01bb").value()->id, "01bbbbbb3333");
    EXPECT_FALSE(reader().run("222").value()) << "three characters are too few";
    EXPECT_FALSE(reader().run("%%%%").value());
    const auto several = reader().run("01aa");
    ASSERT_FALSE(several);
    EXPECT_EQ(several.error().kind, FailureKind::rejected);
    EXPECT_EQ(several.error().what, "'01aa' means more than one run: 01aaaaaa2222, 01aaaaaa1111");
}

}  // namespace
}  // namespace garner
