// What `garner prune --dry-run` and `garner explain` say, from the ledger alone, and that they leave no trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "command/command_line.hpp"
#include "command/run_task.hpp"
#include "ledger/ledger.hpp"
#include "platform/real/real_worker.hpp"
#include "platform/sha256.hpp"

namespace garner {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;

constexpr Duration day{24 * 3'600'000LL};

class RetentionCommand : public testing::Test {
protected:
    RetentionCommand() {
        std::string pattern = (fs::temp_directory_path() / "garner-retention-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        fs::create_directories(directory_ / "state");
    }
    ~RetentionCommand() override { fs::remove_all(directory_); }

    void configure(const std::string& rule, const std::string& budget = "{artifacts: 50}") const {
        std::ofstream(directory_ / "garner.yaml")
            << "version: 1\nglobal: {state_directory: " << (directory_ / "state").string()
            << ", deletion_budget: " << budget
            << "}\nsources:\n  press-shop:\n    type: tulip\n    url: https://acme.example\n"
               "    basic_auth: {username: apikey.2_x, password: {file: /nonexistent/secret}}\n"
               "stores:\n  archive: {type: local, path: "
            << (directory_ / "archive").string() << "}\nretention:\n  plain: " << rule
            << "\njobs:\n  nightly: {source: press-shop, machines: [\"Press 07\"], schedule: \"15 2 * * *\", "
               "stores: [archive], retention: plain}\n";
    }

    /// An artifact of each of so many nights, `art-00` the oldest; then `act`.
    void remember(int nights, const std::function<void(Ledger&, asio::io_context&)>& act = nullptr) {
        asio::io_context context;
        auto database = Database::open_for_writing(ledger());
        ASSERT_TRUE(database) << database.error().what;
        RealWorker worker(context.get_executor());
        Ledger ledger(*database, worker, context.get_executor());
        const Target press{"M7", "Press 07"};
        ASSERT_TRUE(run_task(context, ledger.targets_seen("press-shop", {press}, first_)));
        for (int night = 0; night < nights; ++night) {
            RunRecord run;
            run.id = "run-" + number(night);
            run.job = "nightly";
            run.source = "press-shop";
            run.target = press;
            run.scheduled_at = first_ + night * day;
            Dispatch due;
            due.job = run.job;
            due.dispatched_until = due.now = run.scheduled_at;
            due.runs = {run};
            ASSERT_TRUE(run_task(context, ledger.dispatch(due)));
            ArtifactRecord artifact;
            artifact.id = "art-" + number(night);
            artifact.run = run.id;
            artifact.job = run.job;
            artifact.source = run.source;
            artifact.target = press;
            artifact.scheduled_at = run.scheduled_at;
            artifact.store = "archive";
            artifact.path = "press-shop/" + artifact.id + ".csv";
            artifact.size = 5;
            artifact.sha256 = Sha256::of("bytes");
            artifact.stored_at = run.scheduled_at;
            RunUpdate ended;
            ended.state = RunState::succeeded;
            ended.ended_at = run.scheduled_at;
            ASSERT_TRUE(run_task(context, ledger.artifact_stored(artifact, ended)));
        }
        if (act) act(ledger, context);
    }

    CommandExit run(std::vector<std::string> words) {
        words.insert(words.begin(), {"--config.file", (directory_ / "garner.yaml").string()});
        out_.str("");
        err_.str("");
        Invocation call{out_, err_, first_ + 100 * day};
        return run_command_line(call, std::move(words));
    }
    /// "art-00 trash, art-01 keep", newest first.
    std::string actions() const {
        std::string text;
        const json::array list = said().as_array();
        for (const json::value& one : list)
            text += (text.empty() ? "" : ", ") + std::string(one.at("artifact").as_string()) + " " +
                    std::string(one.at("action").as_string());
        return text;
    }
    json::value said() const { return json::parse(out_.str()); }
    std::string ledger() const { return (directory_ / "state" / "ledger.db").string(); }
    static std::string number(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

    const WallTime first_ = *parse_rfc3339("2026-07-01T02:15:00Z");
    fs::path directory_;
    std::ostringstream out_;
    std::ostringstream err_;
};

TEST_F(RetentionCommand, dry_run_tells_the_fate_of_every_artifact_and_changes_nothing) {
    configure("{keep_last: 2}");
    remember(4);
    const auto before = fs::last_write_time(ledger());
    EXPECT_EQ(run({"prune", "--dry-run", "--json"}), CommandExit::fine) << err_.str();
    EXPECT_EQ(actions(), "art-03 keep, art-02 keep, art-01 trash, art-00 trash");
    for (const char* key : {"artifact", "action", "rule", "until"})
        EXPECT_TRUE(said().as_array().front().as_object().contains(key)) << key;
    EXPECT_EQ(fs::last_write_time(ledger()), before);
    EXPECT_EQ(run({"prune", "--dry-run"}), CommandExit::fine);
    EXPECT_THAT(out_.str(), HasSubstr("2 are kept"));
    EXPECT_THAT(out_.str(), testing::Not(HasSubstr("art-03"))) << "the table has what goes";
}

TEST_F(RetentionCommand, dry_run_of_too_much_is_bad_news_and_says_what_to_do) {
    configure("{keep_last: 2}", "{artifacts: 1, percent: 0}");
    remember(4);
    EXPECT_EQ(run({"prune", "--dry-run", "--json"}), CommandExit::bad_news);
    EXPECT_EQ(actions(), "art-03 keep, art-02 keep, art-01 trash, art-00 trash");
    EXPECT_THAT(err_.str(), HasSubstr("garner prune --confirm"));
    EXPECT_EQ(run({"explain", "art-00", "--json"}), CommandExit::fine);
    EXPECT_EQ(said().at("action"), "keep") << "the edit is not in force";
}

TEST_F(RetentionCommand, explain_says_which_rule_and_what_would_change_it) {
    configure("{keep_last: 1, keep_daily: 2, min_good: 1}");
    remember(4);
    EXPECT_EQ(run({"prune", "--dry-run", "--json"}), CommandExit::fine) << err_.str();
    EXPECT_EQ(actions(), "art-03 keep, art-02 keep, art-01 trash, art-00 trash");
    remember(0, [](Ledger& ledger, asio::io_context& context) {
        RuleInForce by;
        by.rule.keep_last = 1;
        by.rule.keep_daily = 2;
        by.rule.min_good = 1;
        ASSERT_TRUE(run_task(context, ledger.rules_adopted({{"nightly", by}})));
    });
    EXPECT_EQ(run({"explain", "art-02", "--json"}), CommandExit::fine);
    EXPECT_EQ(said().at("action"), "keep");
    EXPECT_THAT(said().at("rule").as_string().c_str(), HasSubstr("keep_daily: the last of 2026-07-03 in UTC, 2 of 2"));
    EXPECT_TRUE(said().at("until").is_null());
    EXPECT_THAT(said().at("changes_when").as_string().c_str(), HasSubstr("1 more day"));
    EXPECT_EQ(run({"explain", "art-00"}), CommandExit::fine);
    EXPECT_THAT(out_.str(), HasSubstr("artifact art-00 goes into the trash"));
    EXPECT_THAT(out_.str(), HasSubstr("2 newer days have one"));
    EXPECT_EQ(run({"explain", "nothing"}), CommandExit::usage);
}

TEST_F(RetentionCommand, what_is_in_the_trash_is_listed_explained_and_read_there) {
    configure("{keep_last: 1, min_good: 1}");
    remember(2, [this](Ledger& ledger, asio::io_context& context) {
        TrashOrder order;
        order.pile = PileKey{"nightly", "press-shop", "M7", "archive"};
        order.wanted = {"art-00"};
        order.by.rule.keep_last = 1;
        order.by.rule.min_good = 1;
        order.now = first_ + 99 * day;
        const auto marked = run_task(context, ledger.trash(order));
        ASSERT_TRUE(marked);
        ASSERT_TRUE(run_task(context, ledger.moved(*marked, order.now)));
    });
    fs::create_directories(directory_ / "archive/.trash/press-shop");
    std::ofstream(directory_ / "archive/.trash/press-shop/art-00.csv") << "bytes";
    EXPECT_EQ(run({"artifacts", "--json"}), CommandExit::fine);
    EXPECT_EQ(said().as_array().size(), 1U);
    EXPECT_EQ(run({"artifacts", "--trash", "--json"}), CommandExit::fine);
    ASSERT_EQ(said().as_array().size(), 1U);
    EXPECT_EQ(said().as_array().front().at("place"), "trash");
    EXPECT_EQ(run({"explain", "art-00", "--json"}), CommandExit::fine);
    EXPECT_EQ(said().at("action"), "remove");
    EXPECT_EQ(std::string(said().at("until").as_string()), format_rfc3339(first_ + 106 * day));
    EXPECT_EQ(run({"verify", "art-00"}), CommandExit::fine) << out_.str() << err_.str();
    EXPECT_EQ(run({"get", "art-00", "-o", (directory_ / "back.csv").string()}), CommandExit::fine) << err_.str();
    EXPECT_EQ(fs::file_size(directory_ / "back.csv"), 5U);
    EXPECT_EQ(run({"prune", "--dry-run", "--json"}), CommandExit::fine);
    EXPECT_EQ(actions(), "art-01 keep, art-00 remove");
    EXPECT_EQ(run({"show", "run-00"}), CommandExit::fine);
    EXPECT_THAT(out_.str(), HasSubstr("trashed"));
    EXPECT_THAT(out_.str(), HasSubstr("keep_last"));
}

TEST_F(RetentionCommand, simulate_retention_carries_the_catalogue_forward_month_by_month) {
    configure("{keep_last: 3}");
    remember(4);
    EXPECT_EQ(run({"simulate-retention", "--for", "90d", "--json"}), CommandExit::fine) << err_.str();
    const json::array months = said().as_array();
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
    EXPECT_EQ(run({"simulate-retention", "--job", "nightli"}), CommandExit::usage);
    EXPECT_THAT(err_.str(), HasSubstr("did you mean 'nightly'"));
    EXPECT_EQ(run({"simulate-retention", "--for", "soon"}), CommandExit::usage);
}

TEST_F(RetentionCommand, what_changes_something_needs_the_daemon) {
    configure("{keep_last: 1}");
    EXPECT_EQ(run({"prune"}), CommandExit::unreachable);
    EXPECT_EQ(run({"prune", "--confirm"}), CommandExit::unreachable);
    EXPECT_EQ(run({"restore-trash", "art-00"}), CommandExit::unreachable);
    EXPECT_EQ(run({"hold", "art-00", "--reason", "r", "--until", "2d"}), CommandExit::unreachable);
    EXPECT_EQ(run({"hold", "art-00", "--reason", "r", "--until", "soon"}), CommandExit::usage);
    EXPECT_EQ(run({"prune", "--dry-run", "--confirm"}), CommandExit::usage);
}

}  // namespace
}  // namespace garner
