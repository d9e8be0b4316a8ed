// What the ledger knows of a target's time, and spans that a person closed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expiry.hpp"
#include "ledger/coverage_report.hpp"
#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Window hour(int n) { return {at(n * 60), at(n * 60 + 60)}; }

class CoverageLedger : public LedgerTest {
protected:
    RunRecord windowed(const std::string& id, int n, const std::string& target = "m1") {
        RunRecord one = make_run(id, target, n * 60 + 60);
        one.window = hour(n);
        return one;
    }
    void archive(const std::string& id, int n, Verdict verdict = Verdict::verified) {
        const RunRecord one = windowed("run of " + id, n);
        ASSERT_TRUE(dispatch({one}, n * 60 + 60));
        ArtifactRecord artifact = make_artifact(one, id);
        artifact.window = one.window;
        artifact.verdict = verdict;
        RunUpdate over;
        over.state = verdict == Verdict::verified ? RunState::succeeded : RunState::suspect;
        ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, over)));
    }
    void close(int n, const std::string& reason) {
        const ClosedSpan span{hour(n), "uid 7", reason, at(600)};
        ASSERT_TRUE(wait(ledger_->close_span("machines", "press-shop", "m1", span)));
    }
    CoverageFacts facts() { return reader().coverage_facts("machines", "press-shop", "m1").value(); }
    std::vector<Window> covered() { return wait(ledger_->covered_windows("machines", "press-shop", "m1", 3)).value(); }
};

TEST_F(CoverageLedger, tells_archived_suspect_closed_and_being_filled_apart) {
    archive("a", 0);
    archive("b", 1, Verdict::suspect);
    archive("c", 2, Verdict::suspect);
    RunRecord again = windowed("again", 2);
    again.scheduled_at = at(200);
    ASSERT_TRUE(dispatch({again}, 200));
    ASSERT_TRUE(dispatch({windowed("other target", 3, "m2")}, 240));
    close(4, "nothing was made");
    const CoverageFacts known = facts();
    EXPECT_THAT(known.archived, ElementsAre(hour(0)));
    EXPECT_THAT(known.suspect, ElementsAre(hour(1), hour(2)));
    EXPECT_THAT(known.filling, ElementsAre(hour(2)));
    ASSERT_THAT(known.closed, SizeIs(1));
    EXPECT_EQ(describe(known.closed[0]), "closed by uid 7 at " + format_rfc3339(at(600)) + ": nothing was made");
}

TEST_F(CoverageLedger, a_closed_span_is_owed_no_more_until_it_is_opened_again_also_over_a_restart) {
    archive("a", 0);
    close(1, "one");
    close(2, "two");
    EXPECT_THAT(covered(), ElementsAre(hour(0), hour(1), hour(2)));
    stop();
    start();
    EXPECT_THAT(covered(), ElementsAre(hour(0), hour(1), hour(2)));
    const Window first_half{at(60), at(150)};
    EXPECT_EQ(wait(ledger_->reopen_spans("machines", "press-shop", "m1", first_half)).value(), 1U)
        << "what is not wholly within stays closed";
    EXPECT_THAT(covered(), ElementsAre(hour(0), hour(2)));
    EXPECT_EQ(wait(ledger_->reopen_spans("machines", "press-shop", "m2", hour(2))).value(), 0U);
    EXPECT_EQ(wait(ledger_->reopen_spans("machines", "press-shop", "m1", first_half)).value(), 0U);
}

TEST_F(CoverageLedger, a_span_without_length_is_not_taken) {
    const ClosedSpan span{{at(5), at(5)}, "uid 7", "x", at(600)};
    EXPECT_FALSE(wait(ledger_->close_span("machines", "press-shop", "m1", span)));
    EXPECT_THAT(covered(), IsEmpty());
}

TEST_F(CoverageLedger, a_leftover_knows_when_its_remote_job_was_started_and_the_first_to_disappear_is_told) {
    Settings settings;
    settings.sources["press-shop"].type = SourceType::servitly;
    EXPECT_THAT(read_expiries(reader(), settings).value(), IsEmpty());

    ASSERT_TRUE(dispatch({windowed("left behind", 0), windowed("goes on", 1)}, 60));
    RunUpdate began;
    began.remote_job = "export-1";
    began.remote_started_at = at(61);
    began.state = RunState::exporting;
    ASSERT_TRUE(wait(ledger_->update_run("left behind", began)));
    began.remote_started_at = at(90);
    ASSERT_TRUE(wait(ledger_->update_run("goes on", began)));
    LeftoverRecord left;
    left.id = "left-1";
    left.run = "left behind";
    left.job = "machines";
    left.source = "press-shop";
    left.target = Target{"m1", "Machine m1"};
    left.window = hour(0);
    left.remote_job = "export-1";
    left.since = at(300);
    left.why = "its run failed";
    RunUpdate failed;
    failed.state = RunState::failed;
    ASSERT_TRUE(wait(ledger_->leave_behind(left, "left behind", failed)));

    EXPECT_EQ(reader().leftovers("").value().at(0).remote_started_at, at(61));
    EXPECT_THAT(read_expiries(reader(), settings).value(),
                ElementsAre(std::pair("press-shop", at(61) + servitly_keeps_exports)));
    ASSERT_TRUE(wait(ledger_->leftover_settled("left-1")));
    EXPECT_THAT(read_expiries(reader(), settings).value(),
                ElementsAre(std::pair("press-shop", at(90) + servitly_keeps_exports)));
}

}  // namespace
}  // namespace garner
