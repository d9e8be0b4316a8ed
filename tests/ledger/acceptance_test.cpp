// Verdicts in the ledger: which sizes are usual, and what becomes of a suspect artifact that somebody accepts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Sizes = std::vector<std::uint64_t>;

class AcceptanceTest : public LedgerTest {
protected:
    // A run of that minute, which ended with such an artifact: "art-7".
    void bring(int minute, Verdict verdict, std::uint64_t size = 1000, std::optional<Window> window = {},
               std::optional<std::uint64_t> rows = 5) {
        const std::string number = std::to_string(minute);
        RunRecord run = make_run("run-" + number, "m1", minute);
        run.window = window;
        ASSERT_TRUE(dispatch({run}, minute));
        ArtifactRecord artifact = make_artifact(run, "art-" + number, size);
        artifact.verdict = verdict;
        artifact.window = window;
        artifact.rows = rows;
        if (verdict == Verdict::suspect) artifact.reasons = {"there is a header but no row"};
        ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, RunUpdate{})));
        RunUpdate over;
        over.state = verdict == Verdict::verified ? RunState::succeeded : RunState::suspect;
        if (verdict == Verdict::suspect) over.reason = "there is a header but no row";
        over.started_at = at(minute);
        over.ended_at = at(minute) + Duration(30'000);
        ASSERT_TRUE(wait(ledger_->update_run(run.id, over)));
    }

    Result<void> accept(const std::string& artifact, const std::string& damage = {}) {
        Acceptance acceptance;
        acceptance.at = at(500);
        acceptance.who = "uid 0";
        acceptance.reason = "the line stood still";
        return wait(ledger_->accept(artifact, acceptance, damage));
    }

    Sizes sizes(std::optional<Window> window = {}) {
        return wait(ledger_->usual_sizes("machines", make_run("x").source, "m1", window)).value();
    }
    TargetStatus status() { return reader().statuses().value().front(); }
};

TEST_F(AcceptanceTest, an_accepted_artifact_counts_from_then_on_and_its_timeline_says_why) {
    bring(1, Verdict::verified);
    for (int minute = 2; minute <= 4; ++minute) bring(minute, Verdict::suspect, 20);
    EXPECT_EQ(status().consecutive_failures, 3U);
    EXPECT_EQ(status().last_success, at(1) + Duration(30'000));
    ASSERT_TRUE(accept("art-3"));

    stop();
    start();
    const ArtifactRecord accepted = reader().artifact("art-3").value().value();
    EXPECT_EQ(accepted.verdict, Verdict::verified);
    ASSERT_TRUE(accepted.acceptance);
    EXPECT_EQ(accepted.acceptance->at, at(500));
    EXPECT_EQ(accepted.acceptance->who, "uid 0");
    EXPECT_EQ(accepted.acceptance->reason, "the line stood still");
    EXPECT_THAT(accepted.reasons, ElementsAre("there is a header but no row")) << "what was wrong stays known";
    const auto lines = reader().timeline("run-3").value();
    EXPECT_EQ(lines.back().event, "accepted");
    EXPECT_EQ(lines.back().detail, "uid 0: the line stood still");
    EXPECT_EQ(run("run-3").state, RunState::suspect) << "a run ends once";

    EXPECT_EQ(status().last_success, at(3) + Duration(30'000));
    EXPECT_EQ(status().consecutive_failures, 1U) << "the one after it";
    const LedgerTotals totals = reader().totals().value();
    EXPECT_EQ(totals.artifacts.at({"machines", Verdict::verified}), 2U);
    EXPECT_EQ(totals.artifacts.at({"machines", Verdict::suspect}), 2U);
    EXPECT_EQ(totals.stored_bytes.at({"archive", "machines"}), 1060U);
    EXPECT_EQ(totals.runs.at({"machines", RunState::suspect}), 3U) << "counters do not go back";
    EXPECT_EQ(status().reason, "there is a header but no row");
    ASSERT_TRUE(accept("art-4"));
    EXPECT_EQ(status().reason, "") << "nothing is wrong any more";
    EXPECT_EQ(status().consecutive_failures, 0U);
    EXPECT_EQ(status().verdict, Verdict::verified);
}

TEST_F(AcceptanceTest, only_a_suspect_artifact_is_accepted_and_only_once) {
    bring(1, Verdict::verified);
    bring(2, Verdict::suspect);
    EXPECT_EQ(accept("art-1").error().kind, FailureKind::rejected);
    EXPECT_EQ(accept("art-9").error().kind, FailureKind::rejected);
    ASSERT_TRUE(accept("art-2"));
    EXPECT_THAT(accept("art-2").error().what, HasSubstr("verified already"));
    EXPECT_FALSE(reader().artifact("art-1").value()->acceptance);
}

TEST_F(AcceptanceTest, what_was_accepted_is_good_for_retention_and_no_more_when_it_is_damaged) {
    bring(1, Verdict::verified);
    bring(2, Verdict::suspect);
    const auto last_run_succeeded = [&] { return reader().piles().value().front().last_run_succeeded; };
    EXPECT_FALSE(last_run_succeeded());
    ASSERT_TRUE(accept("art-2"));
    EXPECT_TRUE(last_run_succeeded());
    ASSERT_TRUE(wait(ledger_->artifact_damaged("art-2", "damaged after it was stored: one bit", at(3))));
    EXPECT_EQ(reader().artifact("art-2").value()->verdict, Verdict::suspect);
    EXPECT_EQ(reader().artifact("art-2").value()->damage, "damaged after it was stored: one bit");
    EXPECT_THAT(accept("art-2").error().what, HasSubstr("found damaged meanwhile"));
    ASSERT_TRUE(accept("art-2", "damaged after it was stored: one bit")) << "it was read back whole, says the caller";
    EXPECT_EQ(reader().artifact("art-2").value()->damage, "");
    EXPECT_EQ(reader().artifact("art-2").value()->verdict, Verdict::verified);
}

TEST_F(AcceptanceTest, the_window_of_an_accepted_artifact_is_covered) {
    const Window window{at(-60), at(0)};
    bring(1, Verdict::suspect, 20, window);
    const auto covered = [&] {
        return wait(ledger_->covered_windows("machines", make_run("x").source, "m1", std::nullopt)).value();
    };
    EXPECT_TRUE(covered().empty());
    ASSERT_TRUE(accept("art-1"));
    EXPECT_THAT(covered(), ElementsAre(window));
}

TEST_F(AcceptanceTest, the_usual_sizes_are_the_last_ten_verified_ones_that_have_rows) {
    EXPECT_TRUE(sizes().empty());
    for (int minute = 1; minute <= 12; ++minute) bring(minute, Verdict::verified, static_cast<std::uint64_t>(minute));
    bring(13, Verdict::suspect, 7777);
    bring(14, Verdict::verified, 20, {}, 0);
    bring(15, Verdict::verified, 15, {}, std::nullopt);
    EXPECT_EQ(sizes(), (Sizes{15, 12, 11, 10, 9, 8, 7, 6, 5, 4}));
    ASSERT_TRUE(accept("art-13"));
    EXPECT_EQ(sizes(), (Sizes{15, 7777, 12, 11, 10, 9, 8, 7, 6, 5}));
    EXPECT_TRUE(wait(ledger_->usual_sizes("machines", make_run("x").source, "m2", {})).value().empty());
}

TEST_F(AcceptanceTest, sizes_of_windows_are_held_against_those_of_windows_about_as_long) {
    const auto day = [](int n, int hours = 24) { return Window{at(n * 1440), at(n * 1440 + hours * 60)}; };
    bring(1, Verdict::verified, 1, day(1));
    bring(2, Verdict::verified, 2, day(2, 23));
    bring(3, Verdict::verified, 3, day(3, 1));
    bring(4, Verdict::verified, 4);
    EXPECT_EQ(sizes(day(9)), (Sizes{2, 1}));
    EXPECT_EQ(sizes(day(9, 1)), (Sizes{3}));
    EXPECT_EQ(sizes(), (Sizes{4}));
}

}  // namespace
}  // namespace garner
