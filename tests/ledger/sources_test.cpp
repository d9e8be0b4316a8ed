// What the ledger remembers of sources: what they asked for, whether they can be reached, and how much was sent to
// them.
#include <boost/json/serialize.hpp>

#include "ledger/source_report.hpp"
#include "ledger/support.hpp"

namespace garner {
namespace {

class LedgerSources : public LedgerTest {
protected:
    void stands(const SourceStanding& standing) { ASSERT_TRUE(wait(ledger_->source_stands(standing))); }
    void left(WallTime when, int month = 100, Duration wall_ahead = Duration(0)) {
        ASSERT_TRUE(wait(ledger_->request_left(RequestLeft{"plant", when, wall_ahead, month})));
    }
    RequestCounts counts() { return wait(ledger_->request_counts("plant")).value(); }

    static Settings two_sources() {
        Settings settings;
        settings.sources["fleet"].name = "fleet";
        settings.sources["press-shop"].name = "press-shop";
        return settings;
    }
};

TEST_F(LedgerSources, a_standing_is_kept_over_a_restart_and_forgotten_when_it_is_fine) {
    SourceStanding standing;
    standing.source = "plant";
    standing.held_since = at(1);
    standing.held_until = at(9);
    standing.held_why = "status 429";
    stands(standing);
    standing.down_since = at(2);
    standing.down_why = "connect: refused";
    stands(standing);
    stop();
    start();
    const auto known = wait(ledger_->source_standings()).value();
    ASSERT_EQ(known.size(), 1U);
    EXPECT_EQ(known.front().held_since, at(1));
    EXPECT_EQ(known.front().held_until, at(9));
    EXPECT_EQ(known.front().held_why, "status 429");
    EXPECT_EQ(known.front().down_since, at(2));
    EXPECT_EQ(known.front().down_why, "connect: refused");
    SourceStanding fine;
    fine.source = "plant";
    stands(fine);
    EXPECT_TRUE(wait(ledger_->source_standings()).value().empty());
}

TEST_F(LedgerSources, requests_are_counted_by_second_for_two_hours_and_by_month) {
    for (int i = 0; i < 3; ++i) left(at(0));
    left(at(1));
    left(at(200), 101);
    auto all = counts();
    ASSERT_EQ(all.seconds.size(), 1U) << "what is older than two hours is of no use";
    EXPECT_EQ(all.seconds.front(), std::pair(at(200) + std::chrono::seconds(1), std::uint64_t{1}));
    EXPECT_EQ(all.months, (std::vector<std::pair<int, std::uint64_t>>{{100, 4}, {101, 1}}));
    EXPECT_TRUE(wait(ledger_->request_counts("other")).value().seconds.empty());
}

TEST_F(LedgerSources, what_a_wrong_clock_counted_for_the_future_is_taken_as_of_now_and_not_lost) {
    left(at(300));
    left(at(300));
    left(at(10));
    const auto all = counts();
    ASSERT_EQ(all.seconds.size(), 1U);
    EXPECT_EQ(all.seconds.front(), std::pair(at(10) + std::chrono::seconds(1), std::uint64_t{3}));
}

TEST_F(LedgerSources, a_wall_clock_that_is_set_makes_no_request_older_than_it_is) {
    left(at(0));
    left(at(1), 100, std::chrono::hours(3));
    const auto all = counts();
    ASSERT_EQ(all.seconds.size(), 2U);
    EXPECT_EQ(all.seconds[0].first, at(180) + std::chrono::seconds(1));
    EXPECT_EQ(all.seconds[1].first, at(181) + std::chrono::seconds(1));
}

TEST_F(LedgerSources, the_report_names_what_is_wrong_and_which_runs_wait) {
    ASSERT_TRUE(dispatch({make_run("r1"), make_run("r2", "m2")}));
    SourceStanding standing;
    standing.source = "press-shop";
    standing.down_since = at(2);
    standing.down_why = "status 503";
    stands(standing);
    auto reports = read_source_reports(reader(), two_sources(), at(5)).value();
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(sentence_of(reports[0]), "");
    EXPECT_EQ(sentence_of(reports[1]), "source press-shop cannot be reached since " + format_rfc3339(at(2)) +
                                           ": status 503; 2 runs wait: r1, r2");
    EXPECT_EQ(boost::json::serialize(sources_json(reports)),
              R"([{"source":"fleet","up":true,"since":null,"reason":"","held_until":null,"waiting":[]},)"
              R"({"source":"press-shop","up":false,"since":")" +
                  format_rfc3339(at(2)) + R"(","reason":"status 503","held_until":null,"waiting":["r1","r2"]}])");

    standing.down_since.reset();
    standing.held_since = at(3);
    standing.held_until = at(30);
    standing.held_why = "status 429";
    stands(standing);
    reports = read_source_reports(reader(), two_sources(), at(5)).value();
    EXPECT_EQ(sentence_of(reports[1]), "source press-shop asked to be left alone until " + format_rfc3339(at(30)) +
                                           ": status 429; 2 runs wait: r1, r2");
    reports = read_source_reports(reader(), two_sources(), at(31)).value();
    EXPECT_EQ(sentence_of(reports[1]), "") << "that is over";

    LoginRejection rejection;
    rejection.source = "press-shop";
    rejection.at = at(4);
    rejection.why = "user is locked";
    ASSERT_TRUE(wait(ledger_->login_rejected(rejection)));
    reports = read_source_reports(reader(), two_sources(), at(31)).value();
    EXPECT_EQ(sentence_of(reports[1]),
              "source press-shop rejects its login since " + format_rfc3339(at(4)) + ": user is locked");
}

}  // namespace
}  // namespace garner
