// What the ledger remembers for vendors with accounts, windows, and copies that are to be removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LeftoverRecord make_leftover(const std::string& id, LeftoverFate fate) {
    LeftoverRecord left;
    left.id = id;
    left.run = "run-a";
    left.job = "machines";
    left.source = "press-shop";
    left.target = Target{"m1", "Machine m1"};
    left.remote_job = "remote of " + id;
    left.since = at(5);
    left.why = "deadline";
    left.fate = fate;
    return left;
}

class VendorLedger : public LedgerTest {
protected:
    LeftoverRecord leftover(const std::string& id) {
        for (const LeftoverRecord& left : wait(ledger_->leftovers("")).value())
            if (left.id == id) return left;
        ADD_FAILURE() << "no leftover " << id;
        return {};
    }
    void leave(const LeftoverRecord& left) {
        const RunUpdate nothing;
        ASSERT_TRUE(wait(ledger_->leave_behind(left, "run-a", nothing)));
    }
    /// An artifact of one run of its own.
    void archive(const std::string& id, std::optional<Window> window, Verdict verdict,
                 const std::string& job = "machines", const std::string& source = "press-shop",
                 const std::string& target = "m1") {
        RunRecord one = make_run("run of " + id, target, ++minute_);
        one.job = job;
        one.source = source;
        one.window = window;
        ASSERT_TRUE(dispatch({one}, minute_));
        ArtifactRecord artifact = make_artifact(one, id);
        artifact.window = window;
        artifact.verdict = verdict;
        const RunUpdate nothing;
        ASSERT_TRUE(wait(ledger_->artifact_stored(artifact, nothing)));
    }
    std::vector<Window> covered(std::optional<int> suspect_max = 3) {
        return wait(ledger_->covered_windows("machines", "press-shop", "m1", suspect_max)).value();
    }

private:
    int minute_ = 0;
};

TEST_F(VendorLedger, a_leftover_keeps_its_window_its_fate_and_its_tries) {
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    LeftoverRecord left = make_leftover("left-1", LeftoverFate::discard);
    left.window = Window{at(-60), at(0)};
    left.tries = 3;
    left.next_try = at(9);
    leave(left);
    stop();
    start();
    const LeftoverRecord kept = leftover("left-1");
    EXPECT_EQ(kept.window, left.window);
    EXPECT_EQ(kept.fate, LeftoverFate::discard);
    EXPECT_EQ(kept.tries, 3U);
    EXPECT_EQ(kept.next_try, at(9));
}

TEST_F(VendorLedger, a_try_that_failed_changes_what_is_to_be_done_and_nothing_else) {
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    LeftoverRecord left = make_leftover("left-1", LeftoverFate::adopt);
    left.window = Window{at(-60), at(0)};
    leave(left);
    leave(make_leftover("left-2", LeftoverFate::adopt));
    LeftoverRecord tried = left;
    tried.fate = LeftoverFate::discard;
    tried.tries = 1;
    tried.next_try = at(6);
    tried.why = "removing it at the vendor failed: status 500";
    tried.remote_job = "another";
    tried.since = at(99);
    ASSERT_TRUE(wait(ledger_->leftover_postponed(tried)));
    const LeftoverRecord kept = leftover("left-1");
    EXPECT_EQ(kept.fate, LeftoverFate::discard);
    EXPECT_EQ(kept.tries, 1U);
    EXPECT_EQ(kept.next_try, at(6));
    EXPECT_EQ(kept.why, tried.why);
    EXPECT_EQ(kept.remote_job, left.remote_job);
    EXPECT_EQ(kept.since, left.since);
    EXPECT_EQ(kept.window, left.window);
    EXPECT_EQ(leftover("left-2").tries, 0U);

    tried.next_try.reset();
    ASSERT_TRUE(wait(ledger_->leftover_postponed(tried)));
    EXPECT_EQ(leftover("left-1").next_try, std::nullopt) << "no further try by itself";
    ASSERT_TRUE(wait(ledger_->leftover_settled("left-1")));
    EXPECT_TRUE(wait(ledger_->leftover_postponed(tried))) << "one that is gone stays gone";
    EXPECT_EQ(wait(ledger_->leftovers("")).value().size(), 1U);
}

TEST_F(VendorLedger, a_person_who_says_retry_revives_what_was_given_up_of_that_source) {
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    LeftoverRecord given_up = make_leftover("given up", LeftoverFate::discard);
    given_up.tries = 64;
    leave(given_up);
    LeftoverRecord running = make_leftover("still running", LeftoverFate::adopt);
    running.tries = 64;
    leave(running);
    LeftoverRecord kept_a_while = make_leftover("kept a while", LeftoverFate::discard);
    kept_a_while.next_try = at(7 * 24 * 60);
    leave(kept_a_while);
    leave(make_leftover("to adopt", LeftoverFate::adopt));
    LeftoverRecord elsewhere = given_up;
    elsewhere.id = "elsewhere";
    elsewhere.source = "other";
    leave(elsewhere);

    ASSERT_TRUE(wait(ledger_->leftovers_revived("press-shop", at(10))));
    EXPECT_EQ(leftover("given up").next_try, at(10));
    EXPECT_EQ(leftover("given up").tries, 0U);
    EXPECT_EQ(leftover("still running").next_try, at(10));
    EXPECT_EQ(leftover("kept a while").next_try, kept_a_while.next_try) << "it is there for a second look";
    EXPECT_EQ(leftover("to adopt").next_try, std::nullopt);
    EXPECT_EQ(leftover("elsewhere").next_try, std::nullopt);
}

TEST_F(VendorLedger, each_account_has_its_own_rejection_and_the_source_is_forgiven_as_a_whole) {
    ASSERT_TRUE(wait(ledger_->login_rejected({"fleet", "acme", "print-a", at(1), "revoked"})));
    ASSERT_TRUE(wait(ledger_->login_rejected({"fleet", "bravo", "print-b", at(2), "wrong password"})));
    ASSERT_TRUE(wait(ledger_->login_rejected({"perimeter", "", "print-p", at(3), "locked"})));
    ASSERT_TRUE(wait(ledger_->login_rejected({"fleet", "acme", "print-c", at(4), "still revoked"})));
    stop();
    start();
    std::vector<std::string> known;
    for (const LoginRejection& one : wait(ledger_->login_rejections()).value())
        known.push_back(one.source + "/" + one.account + " " + one.fingerprint + " " + one.why);
    EXPECT_THAT(known,
                testing::UnorderedElementsAre("fleet/acme print-c still revoked", "fleet/bravo print-b wrong password",
                                              "perimeter/ print-p locked"));
    ASSERT_TRUE(wait(ledger_->login_forgiven("fleet")));
    const auto left = wait(ledger_->login_rejections()).value();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].source, "perimeter");
}

TEST_F(VendorLedger, the_installation_is_made_once) {
    const auto ask = [&](const std::string& name) {
        Installation fresh;
        fresh.device_id = "device " + name;
        fresh.callback_key = Secret("key " + name);
        return ledger_->installation(fresh);
    };
    // Asked at the same time: one of the two, and the same for both.
    std::vector<std::string> ids;
    for (const char* name : {"one", "two"})
        boost::asio::co_spawn(loop_, ask(name), [&](std::exception_ptr error, Result<Installation> known) {
            ASSERT_FALSE(error);
            ids.push_back(known.value().device_id + ", " + std::string(known.value().callback_key.reveal()));
        });
    loop_.restart();
    loop_.run();
    EXPECT_THAT(ids, ElementsAre("device one, key one", "device one, key one"));
    stop();
    start();
    const Installation known = wait(ask("three")).value();
    EXPECT_EQ(known.device_id, "device one");
    EXPECT_EQ(known.callback_key.reveal(), "key one");
    EXPECT_FALSE(database_->execute("INSERT INTO installation VALUES (2, 'x', 'y')")) << "there is only one";
}

TEST_F(VendorLedger, what_a_list_says_of_a_target_is_kept_whatever_it_says) {
    Target odd{"1", "Gate'way"};
    odd.traits.tags = {"",
                       "back\"up",
                       "[\"x\"]",
                       "a,b",
                       "x\ny",
                       std::string("nul\0here", 8),
                       "Zürich 東京",
                       "'; DROP TABLE runs; --",
                       std::string(100'000, 'x')};
    odd.traits.functions = {"controller", "logserver"};
    odd.traits.stateless = true;
    const Target plain{"2", "Plain"};
    ASSERT_TRUE(wait(ledger_->targets_seen("perimeter", {odd, plain}, at(0))));
    stop();
    start();
    EXPECT_THAT(wait(ledger_->targets("perimeter")).value(), ElementsAre(odd, plain));
    odd.traits = {{"other"}, {}, false};
    ASSERT_TRUE(wait(ledger_->targets_seen("perimeter", {odd}, at(1))));
    EXPECT_THAT(wait(ledger_->targets("perimeter")).value(), ElementsAre(odd)) << "the newest list counts";
}

TEST_F(VendorLedger, verified_windows_need_no_further_export_and_suspect_ones_not_for_ever) {
    const Window first{at(0), at(60)};
    const Window second{at(60), at(120)};
    const Window part{at(120), at(150)};
    archive("a", second, Verdict::verified);
    archive("b", first, Verdict::suspect);
    archive("c", first, Verdict::suspect);
    archive("d", part, Verdict::suspect);
    archive("e", std::nullopt, Verdict::verified);
    EXPECT_THAT(covered(), ElementsAre(second));
    archive("f", first, Verdict::suspect);
    EXPECT_THAT(covered(), ElementsAre(first, second));
    EXPECT_THAT(covered(std::nullopt), ElementsAre(second)) << "who asks by hand gets them again";
    archive("g", part, Verdict::verified);
    EXPECT_THAT(covered(), ElementsAre(first, second, part)) << "one that is good is enough";
}

TEST_F(VendorLedger, windows_of_other_jobs_targets_and_sources_count_for_themselves) {
    const Window window{at(0), at(60)};
    archive("a", window, Verdict::verified, "other job");
    archive("b", window, Verdict::verified, "machines", "other source");
    archive("c", window, Verdict::verified, "machines", "press-shop", "m2");
    for (const char* id : {"d", "e"}) archive(id, window, Verdict::suspect);
    archive("f", window, Verdict::suspect, "machines", "press-shop", "m2");
    EXPECT_THAT(covered(), IsEmpty());
}

}  // namespace
}  // namespace garner
