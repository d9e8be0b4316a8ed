// What is known of artifacts after they were stored: when each was last proven, and which are damaged.
#include <gmock/gmock.h>

#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LedgerProofs : public LedgerTest {
protected:
    // a1 was stored first, a3 last.
    void store_three() {
        for (int i = 1; i <= 3; ++i) {
            const RunRecord run = make_run("r" + std::to_string(i), "m1", i);
            ASSERT_TRUE(wait(ledger_->dispatch(make_dispatch({run}, i))));
            RunUpdate update;
            update.state = RunState::succeeded;
            update.ended_at = at(i);
            ASSERT_TRUE(wait(ledger_->artifact_stored(make_artifact(run, "a" + std::to_string(i)), update)));
        }
    }
    std::vector<std::string> unproven(WallTime before, const std::optional<ProvenArtifact>& after = {},
                                      std::size_t limit = 10) {
        std::vector<std::string> ids;
        for (const ProvenArtifact& one : wait(ledger_->unproven_artifacts("archive", before, after, limit)).value())
            ids.push_back(one.artifact.id);
        return ids;
    }
};

TEST_F(LedgerProofs, come_oldest_first_and_in_pieces) {
    store_three();
    EXPECT_THAT(unproven(at(3)), ElementsAre("a1", "a2")) << "what was stored later is not outdated";
    ASSERT_TRUE(wait(ledger_->artifact_proven("a1", at(10))));
    EXPECT_THAT(unproven(at(20)), ElementsAre("a2", "a3", "a1"));
    EXPECT_THAT(unproven(at(10)), ElementsAre("a2", "a3"));
    const auto first = wait(ledger_->unproven_artifacts("archive", at(20), std::nullopt, 1)).value();
    ASSERT_THAT(first, SizeIs(1));
    EXPECT_THAT(unproven(at(20), first[0]), ElementsAre("a3", "a1"));
    EXPECT_THAT(wait(ledger_->unproven_artifacts("elsewhere", at(20), std::nullopt, 9)).value(), IsEmpty());
}

TEST_F(LedgerProofs, of_a_clock_that_was_ahead_are_none) {
    store_three();
    ASSERT_TRUE(wait(ledger_->artifact_proven("a1", at(5000))));
    ASSERT_TRUE(wait(ledger_->artifact_proven("a2", at(10))));
    ASSERT_TRUE(wait(ledger_->unprove_after("archive", at(20))));
    EXPECT_THAT(unproven(at(30)), ElementsAre("a1", "a3", "a2"));
}

TEST_F(LedgerProofs, a_damaged_artifact_counts_no_more_and_says_why_once) {
    store_three();
    ASSERT_TRUE(wait(ledger_->artifact_damaged("a2", "its bits fell out", at(10))));
    ASSERT_TRUE(wait(ledger_->artifact_damaged("a2", "and once more", at(11))));
    ASSERT_TRUE(wait(ledger_->artifact_damaged("nobody", "x", at(11))));
    const ArtifactRecord damaged = wait(ledger_->artifact("a2")).value().value();
    EXPECT_EQ(damaged.verdict, Verdict::suspect);
    EXPECT_THAT(damaged.reasons, ElementsAre("its bits fell out"));
    EXPECT_THAT(unproven(at(20)), ElementsAre("a1", "a3"));
    const Database database = Database::open_for_reading(directory_.ledger()).value();
    const LedgerReader reader(database);
    EXPECT_EQ(reader.timeline("r2").value().back().detail, "its bits fell out");
    const auto totals = reader.totals().value();
    EXPECT_EQ(totals.artifacts.at({"machines", Verdict::verified}), 2U);
    EXPECT_EQ(totals.artifacts.at({"machines", Verdict::suspect}), 1U);
    EXPECT_EQ(totals.stored_bytes.at({"archive", "machines"}), 3000U) << "it still takes its place";
    EXPECT_EQ(totals.damaged.at("archive"), 1U);
}

TEST_F(LedgerProofs, a_damaged_window_is_covered_no_more) {
    RunRecord run = make_run("r1");
    run.window = Window{at(0), at(60)};
    ASSERT_TRUE(wait(ledger_->dispatch(make_dispatch({run}))));
    ArtifactRecord artifact = make_artifact(run, "a1");
    artifact.window = run.window;
    ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, RunUpdate())));
    EXPECT_THAT(wait(ledger_->covered_windows("machines", "press-shop", "m1", std::nullopt)).value(), SizeIs(1));
    ASSERT_TRUE(wait(ledger_->artifact_damaged("a1", "bits", at(10))));
    EXPECT_THAT(wait(ledger_->covered_windows("machines", "press-shop", "m1", std::nullopt)).value(), IsEmpty());
}

TEST_F(LedgerProofs, how_far_a_store_was_read_outlives_the_daemon) {
    EXPECT_THAT(wait(ledger_->store_proofs()).value(), IsEmpty());
    ASSERT_TRUE(wait(ledger_->store_proven("archive", {at(5), std::nullopt, 0, ""})));
    ASSERT_TRUE(wait(ledger_->store_proven("archive", {at(6), at(7), 2, "a bad sector"})));
    const auto proofs = wait(ledger_->store_proofs()).value();
    EXPECT_EQ(proofs.at("archive").done_until, at(6));
    EXPECT_EQ(proofs.at("archive").last_success, at(7));
    EXPECT_EQ(proofs.at("archive").unread, 2U);
    EXPECT_EQ(proofs.at("archive").trouble, "a bad sector");
}

}  // namespace
}  // namespace garner
