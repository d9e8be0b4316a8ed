// A new ledger in the place of an old one, of one that is damaged, of none.
#include "ledger/rebuild.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LedgerRebuild : public testing::Test {
protected:
    Rebuild three() {
        Rebuild rebuild;
        rebuild.now = at(100);
        for (int i = 1; i <= 3; ++i) {
            const std::string number = std::to_string(i);
            RebuiltArtifact one;
            one.artifact = make_artifact(make_run("run" + number, "m1", i), "art" + number);
            one.started_at = at(i);
            one.artifact.stored_at = at(i + 5);
            rebuild.artifacts.push_back(one);
        }
        rebuild.artifacts[1].artifact.verdict = Verdict::suspect;
        rebuild.artifacts[1].artifact.reasons = {"too small", "no rows"};
        rebuild.gone = {"a hash", "a hash"};
        return rebuild;
    }

    Database read() { return std::move(Database::open_for_reading(directory_.ledger()).value()); }

    Directory directory_;
};

TEST_F(LedgerRebuild, has_runs_windows_and_the_end_of_the_chain_as_before) {
    Rebuild rebuild = three();
    const Window day{at(0), at(1440)};
    rebuild.artifacts[0].artifact.window = day;
    const auto made = rebuild_ledger(directory_.ledger(), rebuild);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_EQ(made->kept, "");
    EXPECT_EQ(made->artifacts, 3U);
    EXPECT_THAT(directory_.names(), ElementsAre("ledger.db")) << "nothing lies around";

    const Database database = read();
    const LedgerReader reader(database);
    EXPECT_EQ(reader.last_manifest_sha256("archive", "press-shop", "m1").value(), "manifest of art3");
    EXPECT_THAT(reader.covered_windows("machines", "press-shop", "m1", std::nullopt).value(), ElementsAre(day));
    EXPECT_THAT(reader.manifests_gone().value(), ElementsAre("a hash"));
    const auto statuses = reader.statuses().value();
    ASSERT_THAT(statuses, SizeIs(1));
    EXPECT_EQ(statuses[0].last_success, at(8));
    EXPECT_EQ(statuses[0].consecutive_failures, 0U);
    const auto run = reader.run("run2").value().value();
    EXPECT_EQ(run.state, RunState::suspect);
    EXPECT_EQ(run.reason, "too small; no rows");
    EXPECT_EQ(run.artifact, "art2");
    EXPECT_EQ(run.remote_job, "remote-run2");
    EXPECT_THAT(reader.unfinished_runs().value(), IsEmpty());
    const auto totals = reader.totals().value();
    EXPECT_EQ(totals.runs.at({"machines", RunState::succeeded}), 2U);
    EXPECT_EQ(totals.artifacts.at({"machines", Verdict::suspect}), 1U);
    EXPECT_EQ(reader.timeline("run1").value().back().event, "rebuilt");
}

TEST_F(LedgerRebuild, keeps_the_old_one_beside_and_takes_nothing_of_it) {
    ASSERT_TRUE(rebuild_ledger(directory_.ledger(), three()));
    {
        const auto old = Database::open_for_writing(directory_.ledger());
        ASSERT_TRUE(
            old->execute("UPDATE artifacts SET held = 1 WHERE id = 'art2'; DELETE FROM artifacts WHERE id = 'art1'"));
    }
    Rebuild rebuild = three();
    rebuild.artifacts[2].artifact.held = true;
    rebuild.artifacts[2].artifact.held_until = at(200);
    const auto made = rebuild_ledger(directory_.ledger(), rebuild);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_EQ(made->held, 1U);
    EXPECT_EQ(made->kept, directory_.ledger() + ".replaced-" + format_basic(at(100)));
    EXPECT_TRUE(LedgerReader(read()).artifact("art3").value()->held);
    EXPECT_EQ(LedgerReader(read()).artifact("art3").value()->held_until, at(200));
    EXPECT_FALSE(LedgerReader(read()).artifact("art2").value()->held);
    const auto kept = Database::open_for_reading(made->kept);
    ASSERT_TRUE(kept) << kept.error().what;
    EXPECT_THAT(LedgerReader(*kept).artifacts({}).value(), SizeIs(2));
    const auto again = rebuild_ledger(directory_.ledger(), three());
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_THAT(again->kept, HasSubstr("-2")) << "what was kept is never replaced";
}

TEST_F(LedgerRebuild, replaces_a_damaged_one_and_keeps_a_wal_that_would_be_read_into_the_new_one) {
    std::ofstream(directory_.ledger()) << "no ledger at all";
    std::ofstream(directory_.ledger() + "-wal") << "nor a WAL";
    const auto made = rebuild_ledger(directory_.ledger(), three());
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_TRUE(std::filesystem::exists(made->kept));
    EXPECT_TRUE(std::filesystem::exists(made->kept + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(directory_.ledger() + "-wal"));
    EXPECT_THAT(LedgerReader(read()).artifacts({}).value(), SizeIs(3));
}

TEST_F(LedgerRebuild, that_fails_or_was_cut_off_leaves_the_old_one_as_it_was) {
    ASSERT_TRUE(rebuild_ledger(directory_.ledger(), three()));
    Rebuild broken = three();
    broken.artifacts[2].artifact.path = broken.artifacts[0].artifact.path;  // which the ledger's own tables refuse
    broken.artifacts.erase(broken.artifacts.begin() + 1);
    EXPECT_FALSE(rebuild_ledger(directory_.ledger(), broken));
    EXPECT_THAT(LedgerReader(read()).artifacts({}).value(), SizeIs(3));
    std::ofstream(directory_.ledger() + ".rebuilding") << "half of one, of a life that was killed";
    Rebuild one = three();
    one.artifacts.resize(1);
    ASSERT_TRUE(rebuild_ledger(directory_.ledger(), one));
    EXPECT_THAT(LedgerReader(read()).artifacts({}).value(), SizeIs(1));
}

TEST_F(LedgerRebuild, takes_one_of_two_artifacts_of_one_id_or_one_run_and_says_which_not) {
    Rebuild rebuild = three();
    rebuild.artifacts[1].artifact.id = "art1";
    rebuild.artifacts[2].artifact.run = "run1";
    rebuild.artifacts[2].artifact.scheduled_at = at(1);
    const auto made = rebuild_ledger(directory_.ledger(), rebuild);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_EQ(made->artifacts, 1U);
    ASSERT_THAT(made->refused, SizeIs(2));
    EXPECT_THAT(made->refused[0].why, HasSubstr("the id art1 of another artifact"));
    EXPECT_THAT(made->refused[1].why, HasSubstr("run run1, which has another artifact"));
}

}  // namespace
}  // namespace garner
