// The admin's command over a ledger and a store on disk, with no daemon running.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "command/command_line.hpp"
#include "command/support.hpp"
#include "ledger/ledger.hpp"
#include "platform/sha256.hpp"

namespace garner {
namespace {

const WallTime now = instant("2026-11-02T12:00:00Z");
const WallTime due = instant("2026-11-02T02:15:00Z");
const Target press{"M7", "Press 07"};

class command : public CommandTest {
protected:
    command() : CommandTest(now) { configure_nightly("Press 07"); }

    // One run with its artifact, as the daemon leaves them.
    void remember_a_run() {
        const RunRecord run = make_run("01jdq00000000run", "nightly", "press-shop", press, due);
        ArtifactRecord artifact = make_artifact(run, "01jdq00000000art", content);
        artifact.path = "press-shop/Press_07--M7/2026/20261102T021500Z_01jdq00000000run.csv";
        listed("press-shop", {press}, due);
        archived(run, artifact);
        file_ = archive() / artifact.path;
        write(file_, content);
    }

    // What a run of one window left at its vendor, to be removed, and a start whose answer was lost.
    void remember_leftovers() {
        RunRecord run = make_run("01jdq00000001run", "nightly", "press-shop", press, due);
        run.window = Window{instant("2026-11-01T00:00:00Z"), instant("2026-11-02T00:00:00Z")};
        LeftoverRecord named = make_leftover(run, "b1", due + Duration(60'000));
        named.why = "removing it at the vendor failed: \x1b[2Jstatus 500";
        named.fate = LeftoverFate::discard;
        named.tries = 2;
        named.next_try = due + Duration(180'000);
        LeftoverRecord unnamed = make_leftover(run, "", named.since);
        unnamed.id = "left-2";
        unnamed.why = named.why;
        dispatched(run);
        in_ledger([&](Ledger& ledger) {
            const RunUpdate nothing;
            ASSERT_TRUE(wait(ledger.leave_behind(named, run.id, nothing)));
            ASSERT_TRUE(wait(ledger.leave_behind(unnamed, run.id, nothing)));
        });
    }

    fs::path file_;
};

TEST_F(command, targets_shows_what_is_listed_and_what_stands_refused) {
    EXPECT_EQ(call({"targets"}), 0);
    EXPECT_NE(err_.str().find("no source was listed yet"), std::string::npos);
    const std::vector<Target> three{press, {"M8", "Press\x1b[2J08"}, {"M9", "Press 09"}};
    listed("press-shop", three, instant("2026-10-02T02:15:00Z"));
    EXPECT_EQ(call({"targets"}), 0);
    EXPECT_NE(out_.str().find("Press 07"), std::string::npos);
    EXPECT_NE(out_.str().find("nightly"), std::string::npos);
    EXPECT_EQ(out_.str().find('\x1b'), std::string::npos) << "a vendor's name does not draw on the terminal";
    EXPECT_EQ(out_.str().find("IF ACCEPTED"), std::string::npos);
    in_ledger([&](Ledger& ledger) {
        const RefusedList refused{
            now - Duration(3'600'000), "it has 1 target, and the last one had 3", {{"M9", "Press 09"}}};
        ASSERT_TRUE(wait(ledger.list_refused("press-shop", refused, now, "")));
        ClockMemory memory;
        memory.newest = now;
        memory.standing =
            ClockSuspicion{now, ClockWitness::vendors, "it is 6m ahead of the clock of source press-shop"};
        ASSERT_TRUE(wait(ledger.clock_judged(memory)));
    });
    EXPECT_EQ(call({"targets", "--source", "press-shop"}), 1);
    EXPECT_NE(out_.str().find("the list of source press-shop is not believed since"), std::string::npos) << out_.str();
    EXPECT_NE(out_.str().find("garner targets --accept press-shop confirms it"), std::string::npos);
    EXPECT_NE(out_.str().find("IF ACCEPTED"), std::string::npos);
    EXPECT_EQ(out_.str().find("the wall clock"), std::string::npos) << "that is for garner status";
    EXPECT_EQ(call({"targets", "--json"}), 1);
    const json::value entry = answer().at(1);  // by name, and an escape is before a space
    EXPECT_EQ(entry.at("source"), "press-shop");
    EXPECT_EQ(entry.at("target"), "M7");
    EXPECT_EQ(entry.at("target_name"), "Press 07");
    EXPECT_EQ(entry.at("state"), "listed");
    EXPECT_EQ(entry.at("first_seen"), "2026-10-02T02:15:00Z");
    EXPECT_EQ(entry.at("jobs").at(0), "nightly");
    EXPECT_EQ(entry.at("if_accepted"), "vanishes");

    call({"status"});
    EXPECT_NE(out_.str().find("is not believed since"), std::string::npos);
    EXPECT_NE(out_.str().find("the wall clock is suspect since"), std::string::npos) << out_.str();
    call({"status", "--json"});
    EXPECT_EQ(answer().at("refused_lists").at(0).at("source"), "press-shop");
    EXPECT_EQ(answer().at("refused_lists").at(0).at("targets"), 1);
    EXPECT_EQ(answer().at("refused_lists").at(0).at("known"), 3);
    EXPECT_EQ(answer().at("clock_suspect"), "it is 6m ahead of the clock of source press-shop");
}

TEST_F(command, targets_of_a_source_that_is_not_configured_and_a_confirmation_without_a_daemon_are_refused) {
    EXPECT_EQ(call({"targets", "--source", "pres-shop"}), 2);
    EXPECT_NE(err_.str().find("did you mean 'press-shop'?"), std::string::npos);
    EXPECT_EQ(call({"targets", "--accept", "pres-shop"}), 2);
    EXPECT_EQ(call({"targets", "--accept", "press-shop"}), 3) << "only garnerd confirms";
}

TEST_F(command, a_mistyped_command_is_told_what_was_meant) {
    EXPECT_EQ(call({"statuss"}), 2);
    EXPECT_NE(err_.str().find("did you mean 'status'?"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"runs", "--stat", "x"}), 2);
    EXPECT_EQ(call({"show"}), 2);
    EXPECT_EQ(call({}), 2);
}

TEST_F(command, help_and_version_are_no_failure) {
    EXPECT_EQ(call({"--version"}), 0);
    EXPECT_NE(out_.str().find(GARNER_VERSION), std::string::npos);
    EXPECT_EQ(call({"runs", "--help"}), 0);
    EXPECT_NE(out_.str().find("--since"), std::string::npos);
}

TEST_F(command, the_configuration_may_be_named_before_or_after_the_command) {
    Invocation before{out_, err_, now};
    EXPECT_EQ(run_command_line(before, {"--config.file", config_, "status", "--json"}), CommandExit::fine);
    Invocation after{out_, err_, now};
    EXPECT_EQ(run_command_line(after, {"status", "--json", "--config.file=" + config_}), CommandExit::fine);
}

TEST_F(command, before_the_first_start_everything_is_empty_and_configured_targets_show) {
    EXPECT_EQ(call({"status", "--json"}), 0) << err_.str();
    const json::value status = answer();
    ASSERT_EQ(status.at("targets").as_array().size(), 1U);
    EXPECT_EQ(status.at("targets").as_array()[0].at("target_name").as_string(), "Press 07");
    EXPECT_EQ(status.at("targets").as_array()[0].at("next_run").as_string(), "2026-11-03T02:15:00Z");
    EXPECT_EQ(call({"runs", "--json"}), 0);
    EXPECT_EQ(out_.str(), "[]\n");
    EXPECT_FALSE(fs::exists(ledger()));
}

TEST_F(command, history_is_told_with_the_daemon_down_and_the_secret_unreadable) {
    remember_a_run();
    EXPECT_EQ(call({"runs", "--json"}), 0) << err_.str();
    const json::value run = answer().as_array().at(0);
    EXPECT_EQ(run.at("id").as_string(), "01jdq00000000run");
    EXPECT_EQ(run.at("target").as_string(), "M7");
    EXPECT_EQ(run.at("state").as_string(), "succeeded");
    EXPECT_EQ(run.at("scheduled_at").as_string(), "2026-11-02T02:15:00Z");
    EXPECT_EQ(run.at("artifact").as_string(), "01jdq00000000art");
    EXPECT_TRUE(run.at("remote_job").is_null());
    EXPECT_EQ(call({"artifacts", "--json", "--target", "Press 07"}), 0);
    EXPECT_EQ(answer().as_array().at(0).at("sha256").as_string(), Sha256::of(content));
    EXPECT_EQ(call({"show", "01jdq00000000run"}), 0) << err_.str();
    EXPECT_NE(out_.str().find("Press 07 (M7)"), std::string::npos);
    EXPECT_EQ(call({"leftovers", "--json"}), 0);
    EXPECT_EQ(out_.str(), "[]\n");
}

TEST_F(command, leftovers_say_what_lies_there_and_when_it_is_tried_again) {
    remember_leftovers();
    EXPECT_EQ(call({"leftovers", "--json"}), 0) << err_.str();
    const json::value leftovers = answer();
    ASSERT_EQ(leftovers.as_array().size(), 2U);
    const json::value& named = leftovers.as_array()[0];
    EXPECT_EQ(named.at("source").as_string(), "press-shop");
    EXPECT_EQ(named.at("target").as_string(), "M7");
    EXPECT_EQ(named.at("remote_job").as_string(), "b1");
    EXPECT_EQ(named.at("since").as_string(), "2026-11-02T02:16:00Z");
    EXPECT_EQ(named.at("next_try").as_string(), "2026-11-02T02:18:00Z");
    EXPECT_EQ(named.at("fate").as_string(), "discard");
    EXPECT_EQ(named.at("tries").to_number<int>(), 2);
    EXPECT_EQ(named.at("window").at("start").as_string(), "2026-11-01T00:00:00Z");
    EXPECT_EQ(named.at("why").as_string().find('\x1b'), json::string::npos)
        << "what a vendor says is shown, not obeyed";
    EXPECT_TRUE(leftovers.as_array()[1].at("remote_job").is_null());
    EXPECT_TRUE(leftovers.as_array()[1].at("next_try").is_null());

    EXPECT_EQ(call({"leftovers"}), 0);
    EXPECT_NE(out_.str().find("b1"), std::string::npos) << out_.str();
    EXPECT_NE(out_.str().find("unknown"), std::string::npos) << "an id that nobody knows";
    EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
}

TEST_F(command, windows_are_shown_where_there_are_any) {
    remember_leftovers();
    EXPECT_EQ(call({"runs", "--json"}), 0) << err_.str();
    EXPECT_EQ(answer().as_array().at(0).at("window").at("end").as_string(), "2026-11-02T00:00:00Z");
    EXPECT_EQ(call({"runs"}), 0);
    EXPECT_NE(out_.str().find("WINDOW"), std::string::npos) << out_.str();
    EXPECT_EQ(call({"show", "01jdq00000001run"}), 0);
    EXPECT_NE(out_.str().find("window"), std::string::npos) << out_.str();
    EXPECT_EQ(call({"artifacts"}), 0);
    EXPECT_EQ(out_.str().find("WINDOW"), std::string::npos) << "there is none here";
}

TEST_F(command, status_is_bad_news_once_a_success_is_overdue) {
    remember_a_run();
    EXPECT_EQ(call({"status"}), 0) << err_.str();
    EXPECT_TRUE(out_.str().starts_with("1 target: 1 fine\n")) << out_.str();
    EXPECT_EQ(call({"status", "--json"}, now + Duration(2 * 86'400'000)), 1);
    EXPECT_TRUE(answer().at("targets").as_array()[0].at("overdue").as_bool());
    EXPECT_FALSE(answer().at("ok").as_bool());
}

TEST_F(command, filters_are_checked) {
    remember_a_run();
    EXPECT_EQ(call({"runs", "--job", "nightlyy"}), 2);
    EXPECT_NE(err_.str().find("did you mean 'nightly'?"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"runs", "--state", "sucseeded"}), 2);
    EXPECT_EQ(call({"runs", "--since", "yesterday"}), 2);
    EXPECT_EQ(call({"runs", "--json", "--since", "1h"}), 0);
    EXPECT_EQ(out_.str(), "[]\n");
    EXPECT_EQ(call({"runs", "--json", "--since", "2026-11-02T02:15:00Z", "--state", "succeeded"}), 0);
    EXPECT_EQ(answer().as_array().size(), 1U);
    EXPECT_EQ(call({"show", "01jdqxxxxxxxxxxx"}), 2);
}

TEST_F(command, get_brings_an_artifact_back_and_replaces_nothing) {
    remember_a_run();
    const std::string goal = (directory_ / "back.csv").string();
    EXPECT_EQ(call({"get", "01jdq00000000art", "-o", goal}), 0) << err_.str();
    EXPECT_EQ(read(goal), content);
    EXPECT_EQ(call({"get", "01jdq00000000art", "-o", goal}), 1);
    EXPECT_NE(err_.str().find("exists"), std::string::npos);
    EXPECT_EQ(call({"get", "01jdq00000000art", "-o", directory_.string()}), 0);
    EXPECT_TRUE(fs::exists(directory_ / "20261102T021500Z_01jdq00000000run.csv"));
}

TEST_F(command, a_damaged_artifact_is_not_handed_out) {
    remember_a_run();
    std::string damaged = content;
    damaged[3] = 'X';
    std::ofstream(file_) << damaged;
    const std::string goal = (directory_ / "back.csv").string();
    EXPECT_EQ(call({"get", "01jdq00000000art", "-o", goal}), 1);
    EXPECT_NE(err_.str().find("SHA-256"), std::string::npos) << err_.str();
    EXPECT_FALSE(fs::exists(goal));
    for (const auto& entry : fs::directory_iterator(directory_))
        EXPECT_EQ(entry.path().filename().string().find("back.csv"), std::string::npos) << entry.path();
    EXPECT_EQ(call({"verify", "--all", "--json"}), 1);
    EXPECT_FALSE(answer().as_array().at(0).at("ok").as_bool());
    fs::remove(file_);
    EXPECT_EQ(call({"get", "01jdq00000000art", "-o", goal}), 1);
    EXPECT_EQ(call({"verify", "01jdq00000000art"}), 1);
}

TEST_F(command, verify_reads_back_what_is_whole) {
    remember_a_run();
    EXPECT_EQ(call({"verify", "--all"}), 0) << err_.str() << out_.str();
    EXPECT_EQ(call({"verify"}), 2);
}

TEST_F(command, check_names_each_error_and_ends_with_2) {
    EXPECT_EQ(call({"check", "--json"}), 2);  // the secret cannot be read
    const json::value report = answer();
    EXPECT_FALSE(report.at("ok").as_bool());
    ASSERT_EQ(report.at("errors").as_array().size(), 1U);
    EXPECT_EQ(report.at("errors").as_array()[0].at("line").as_int64(), 7);
    EXPECT_EQ(call({"check"}), 2);
    EXPECT_TRUE(err_.str().starts_with(config_ + ":7:")) << err_.str();
}

TEST_F(command, a_broken_configuration_ends_every_command_with_2) {
    std::ofstream(config_, std::ios::app) << "jobz: {}\n";
    for (const std::string name : {"status", "runs", "artifacts", "leftovers", "check"})
        EXPECT_EQ(call({name}), 2) << name;
}

TEST_F(command, without_the_daemon_changing_commands_end_with_3) {
    EXPECT_EQ(call({"run", "nightly"}), 3);
    EXPECT_NE(err_.str().find("control.sock"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"reload"}), 3);
    EXPECT_EQ(call({"retry", "press-shop"}), 3);
    EXPECT_EQ(call({"hold", "abcd", "--reason", "audit"}), 3);
    EXPECT_EQ(call({"hold", "abcd"}), 2) << "a reason is needed";
    EXPECT_EQ(call({"accept", "abcd", "--reason", "no production"}), 3);
    EXPECT_EQ(call({"accept", "abcd"}), 2) << "a reason is needed";
    EXPECT_EQ(call({"run", "nightlyy"}), 2);
    EXPECT_EQ(call({"retry", "press-shopp"}), 2);
}

}  // namespace
}  // namespace garner
