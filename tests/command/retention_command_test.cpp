// What `garner prune --dry-run` and `garner explain` say, from the ledger alone, and that they leave no trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "command/support.hpp"
#include "ledger/ledger.hpp"

namespace garner {
namespace {

using testing::HasSubstr;

constexpr Duration day{24 * 3'600'000LL};
const WallTime first_night = instant("2026-07-01T02:15:00Z");

class RetentionCommand : public CommandTest {
protected:
    RetentionCommand() : CommandTest(first_night + 100 * day) {}

    void configure(const std::string& rule, const std::string& budget = "{artifacts: 50}") const {
        configure_nightly("Press 07", ", retention: plain", "retention:\n  plain: " + rule + "\n",
                          ", deletion_budget: " + budget);
    }

    /// An artifact of each of so many nights, `art-00` the oldest.
    void remember(int nights) {
        const Target press{"M7", "Press 07"};
        listed("press-shop", {press}, first_night);
        for (int night = 0; night < nights; ++night) {
            const std::string number = (night < 10 ? "0" : "") + std::to_string(night);
            const RunRecord run = make_run("run-" + number, "nightly", "press-shop", press, first_night + night * day);
            archived(run, make_artifact(run, "art-" + number, "bytes"));
        }
    }

    /// "art-00 trash, art-01 keep", newest first.
    std::string actions() const {
        std::string text;
        const json::array list = answer().as_array();
        for (const json::value& one : list)
            text += (text.empty() ? "" : ", ") + std::string(one.at("artifact").as_string()) + " " +
                    std::string(one.at("action").as_string());
        return text;
    }
};

TEST_F(RetentionCommand, dry_run_tells_the_fate_of_every_artifact_and_changes_nothing) {
    configure("{keep_last: 2}");
    remember(4);
    const auto before = fs::last_write_time(ledger());
    EXPECT_EQ(call({"prune", "--dry-run", "--json"}), 0) << err_.str();
    EXPECT_EQ(actions(), "art-03 keep, art-02 keep, art-01 trash, art-00 trash");
    for (const char* key : {"artifact", "action", "rule", "until"})
        EXPECT_TRUE(answer().as_array().front().as_object().contains(key)) << key;
    EXPECT_EQ(fs::last_write_time(ledger()), before);
    EXPECT_EQ(call({"prune", "--dry-run"}), 0);
    EXPECT_THAT(out_.str(), HasSubstr("2 are kept"));
    EXPECT_THAT(out_.str(), testing::Not(HasSubstr("art-03"))) << "the table has what goes";
}

TEST_F(RetentionCommand, dry_run_of_too_much_is_bad_news_and_says_what_to_do) {
    configure("{keep_last: 2}", "{artifacts: 1, percent: 0}");
    remember(4);
    EXPECT_EQ(call({"prune", "--dry-run", "--json"}), 1);
    EXPECT_EQ(actions(), "art-03 keep, art-02 keep, art-01 trash, art-00 trash");
    EXPECT_THAT(err_.str(), HasSubstr("garner prune --confirm"));
    EXPECT_EQ(call({"explain", "art-00", "--json"}), 0);
    EXPECT_EQ(answer().at("action"), "keep") << "the edit is not in force";
}

TEST_F(RetentionCommand, explain_says_which_rule_and_what_would_change_it) {
    configure("{keep_last: 1, keep_daily: 2, min_good: 1}");
    remember(4);
    EXPECT_EQ(call({"prune", "--dry-run", "--json"}), 0) << err_.str();
    EXPECT_EQ(actions(), "art-03 keep, art-02 keep, art-01 trash, art-00 trash");
    in_ledger([&](Ledger& ledger) {
        RuleInForce by;
        by.rule.keep_last = 1;
        by.rule.keep_daily = 2;
        by.rule.min_good = 1;
        ASSERT_TRUE(wait(ledger.rules_adopted({{"nightly", by}})));
    });
    EXPECT_EQ(call({"explain", "art-02", "--json"}), 0);
    EXPECT_EQ(answer().at("action"), "keep");
    EXPECT_THAT(answer().at("rule").as_string().c_str(),
                HasSubstr("keep_daily: the last of 2026-07-03 in UTC, 2 of 2"));
    EXPECT_TRUE(answer().at("until").is_null());
    EXPECT_THAT(answer().at("changes_when").as_string().c_str(), HasSubstr("1 more day"));
    EXPECT_EQ(call({"explain", "art-00"}), 0);
    EXPECT_THAT(out_.str(), HasSubstr("artifact art-00 goes into the trash"));
    EXPECT_THAT(out_.str(), HasSubstr("2 newer days have one"));
    EXPECT_EQ(call({"explain", "nothing"}), 2);
}

TEST_F(RetentionCommand, what_is_in_the_trash_is_listed_explained_and_read_there) {
    configure("{keep_last: 1, min_good: 1}");
    remember(2);
    in_ledger([&](Ledger& ledger) {
        TrashOrder order;
        order.pile = PileKey{"nightly", "press-shop", "M7", "archive"};
        order.wanted = {"art-00"};
        order.by.rule.keep_last = 1;
        order.by.rule.min_good = 1;
        order.now = first_night + 99 * day;
        const auto marked = wait(ledger.trash(order));
        ASSERT_TRUE(marked);
        ASSERT_TRUE(wait(ledger.moved(*marked, order.now)));
    });
    write(archive() / ".trash/press-shop/art-00.csv", "bytes");
    EXPECT_EQ(call({"artifacts", "--json"}), 0);
    EXPECT_EQ(answer().as_array().size(), 1U);
    EXPECT_EQ(call({"artifacts", "--trash", "--json"}), 0);
    ASSERT_EQ(answer().as_array().size(), 1U);
    EXPECT_EQ(answer().as_array().front().at("place"), "trash");
    EXPECT_EQ(call({"explain", "art-00", "--json"}), 0);
    EXPECT_EQ(answer().at("action"), "remove");
    EXPECT_EQ(std::string(answer().at("until").as_string()), format_rfc3339(first_night + 106 * day));
    EXPECT_EQ(call({"verify", "art-00"}), 0) << out_.str() << err_.str();
    EXPECT_EQ(call({"get", "art-00", "-o", (directory_ / "back.csv").string()}), 0) << err_.str();
    EXPECT_EQ(fs::file_size(directory_ / "back.csv"), 5U);
    EXPECT_EQ(call({"prune", "--dry-run", "--json"}), 0);
    EXPECT_EQ(actions(), "art-01 keep, art-00 remove");
    EXPECT_EQ(call({"show", "run-00"}), 0);
    EXPECT_THAT(out_.str(), HasSubstr("trashed"));
    EXPECT_THAT(out_.str(), HasSubstr("keep_last"));
}

TEST_F(RetentionCommand, simulate_retention_carries_the_catalogue_forward_month_by_month) {
    configure("{keep_last: 3}");
    remember(4);
    EXPECT_EQ(call({"simulate-retention", "--for", "90d", "--json"}), 0) << err_.str();
    const json::array months = answer().as_array();
    ASSERT_GE(months.size(), 3U);
    EXPECT_EQ(months.front().at("month"), "2026-10");
    EXPECT_EQ(months.front().at("job"), "nightly");
    for (const json::value& month : months) {
        EXPECT_EQ(month.at("artifacts").to_number<int>(), 3);
        EXPECT_EQ(month.at("bytes").to_number<int>(), 15);
        // The span ends at an instant when one leaves the trash and the next is not due yet.
        const int in_trash = &month == &months.back() ? 6 : 7;
        EXPECT_EQ(month.at("trash_artifacts").to_number<int>(), in_trash) << "a week of grace";
    }
    EXPECT_EQ(call({"simulate-retention", "--job", "nightli"}), 2);
    EXPECT_THAT(err_.str(), HasSubstr("did you mean 'nightly'"));
    EXPECT_EQ(call({"simulate-retention", "--for", "soon"}), 2);
}

TEST_F(RetentionCommand, what_changes_something_needs_the_daemon) {
    configure("{keep_last: 1}");
    EXPECT_EQ(call({"prune"}), 3);
    EXPECT_EQ(call({"prune", "--confirm"}), 3);
    EXPECT_EQ(call({"restore-trash", "art-00"}), 3);
    EXPECT_EQ(call({"hold", "art-00", "--reason", "r", "--until", "2d"}), 3);
    EXPECT_EQ(call({"hold", "art-00", "--reason", "r", "--until", "soon"}), 2);
    EXPECT_EQ(call({"prune", "--dry-run", "--confirm"}), 2);
}

}  // namespace
}  // namespace garner
