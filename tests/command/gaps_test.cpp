// `garner gaps`, `garner leftovers` and `garner show` over a ledger of exports with windows, with no daemon running.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "command/command_line.hpp"
#include "command/run_task.hpp"
#include "ledger/ledger.hpp"
#include "platform/real/real_worker.hpp"

namespace garner {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

WallTime at(std::string_view text) { return parse_rfc3339(text).value(); }
const WallTime now = at("2026-11-05T12:00:00Z");

class gaps : public testing::Test {
protected:
    gaps() {
        std::string pattern = (fs::temp_directory_path() / "garner-gaps-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        fs::create_directories(directory_ / "state");
        config_ = (directory_ / "garner.yaml").string();
        std::ofstream(config_) << "version: 1\n"
                                  "global: {state_directory: " +
                                      (directory_ / "state").string() +
                                      "}\n"
                                      "sources:\n"
                                      "  fleet:\n"
                                      "    type: servitly\n"
                                      "    url: https://api.example\n"
                                      "    tenants: {acme: {api_key: k, pat: p}, bravo: {api_key: k, pat: p}}\n"
                                      "stores:\n"
                                      "  archive: {type: local, path: " +
                                      (directory_ / "archive").string() +
                                      "}\n"
                                      "jobs:\n"
                                      "  telemetry:\n"
                                      "    source: fleet\n"
                                      "    tenants: [acme]\n"
                                      "    export: {window: 1d, start: 2026-11-01, settle_delay: 2h}\n"
                                      "    schedule: \"40 3 * * *\"\n"
                                      "    stores: [archive]\n";
        asio::io_context context;
        auto database = Database::open_for_writing((directory_ / "state" / "ledger.db").string()).value();
        RealWorker worker(context.get_executor());
        Ledger ledger(database, worker, context.get_executor());
        EXPECT_TRUE(run_task(context, ledger.targets_seen("fleet", {{"acme", "acme"}, {"bravo", "bravo"}}, now)));
    }
    ~gaps() override { fs::remove_all(directory_); }

    // The day of that window is archived.
    void archive(const std::string& id, const std::string& day, const std::string& next) {
        const RunRecord run = make_run(id, day, next);
        ArtifactRecord artifact;
        artifact.id = "art " + id;
        artifact.run = run.id;
        artifact.job = run.job;
        artifact.source = run.source;
        artifact.target = run.target;
        artifact.window = run.window;
        artifact.scheduled_at = run.scheduled_at;
        artifact.store = "archive";
        artifact.path = id;
        artifact.stored_at = run.scheduled_at;
        RunUpdate over;
        over.state = RunState::succeeded;
        over.ended_at = run.scheduled_at;
        write([&](asio::io_context& context, Ledger& ledger) {
            ASSERT_TRUE(run_task(context, ledger.dispatch(dispatch(run))));
            ASSERT_TRUE(run_task(context, ledger.artifact_stored(artifact, over)));
        });
    }

    RunRecord make_run(const std::string& id, const std::string& day, const std::string& next) {
        RunRecord run;
        run.id = id;
        run.job = "telemetry";
        run.source = "fleet";
        run.target = {"acme", "acme"};
        run.window = Window{at(day + "T00:00:00Z"), at(next + "T00:00:00Z")};
        run.scheduled_at = at(next + "T03:40:00Z");
        return run;
    }

    Dispatch dispatch(const RunRecord& run) {
        Dispatch due;
        due.job = run.job;
        due.now = run.scheduled_at;
        due.runs = {run};
        return due;
    }

    template <class Act>
    void write(Act act) {
        asio::io_context context;
        auto database = Database::open_for_writing((directory_ / "state" / "ledger.db").string()).value();
        RealWorker worker(context.get_executor());
        Ledger ledger(database, worker, context.get_executor());
        act(context, ledger);
    }

    int call(std::vector<std::string> arguments, WallTime when = now) {
        out_.str("");
        err_.str("");
        Invocation invocation{out_, err_, when};
        arguments.insert(arguments.begin(), {"--config.file", config_});
        return static_cast<int>(run_command_line(invocation, arguments));
    }

    json::array spans() { return json::parse(out_.str()).get_array(); }

    fs::path directory_;
    std::string config_;
    std::ostringstream out_;
    std::ostringstream err_;
};

TEST_F(gaps, are_bad_news_and_say_from_when_to_when) {
    archive("run-1", "2026-11-01", "2026-11-02");
    archive("run-3", "2026-11-03", "2026-11-04");
    archive("run-4", "2026-11-04", "2026-11-05");
    EXPECT_EQ(call({"gaps", "--json"}), 1);
    ASSERT_EQ(spans().size(), 1U) << out_.str();
    const json::object span = spans()[0].get_object();
    EXPECT_EQ(span.at("job"), "telemetry");
    EXPECT_EQ(span.at("target"), "acme");
    EXPECT_EQ(span.at("start"), "2026-11-02T00:00:00Z");
    EXPECT_EQ(span.at("end"), "2026-11-03T00:00:00Z");
    EXPECT_EQ(span.at("state"), "gap");
    EXPECT_EQ(call({"gaps", "--all", "--json"}), 1);
    ASSERT_EQ(spans().size(), 4U) << out_.str();
    EXPECT_EQ(spans()[0].at("state"), "archived");
    EXPECT_EQ(spans()[3].at("state"), "open");
    EXPECT_EQ(call({"gaps"}), 1);
    EXPECT_NE(out_.str().find("the schedule had its turn"), std::string::npos) << out_.str();

    archive("run-2", "2026-11-02", "2026-11-03");
    EXPECT_EQ(call({"gaps"}), 0);
    EXPECT_NE(err_.str().find("nothing is missing"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"gaps", "--json"}), 0);
    EXPECT_TRUE(spans().empty());
    EXPECT_EQ(call({"gaps", "--json"}, at("2026-11-06T03:00:00Z")), 0) << "owed, and not due before 03:40";
    EXPECT_EQ(spans().size(), 1U);
    EXPECT_EQ(call({"gaps", "--json"}, at("2026-11-06T04:00:00Z")), 1);
}

TEST_F(gaps, that_a_run_is_filling_are_no_bad_news) {
    archive("run-1", "2026-11-01", "2026-11-04");
    const RunRecord run = make_run("run-4", "2026-11-04", "2026-11-05");
    write([&](asio::io_context& context, Ledger& ledger) {
        ASSERT_TRUE(run_task(context, ledger.dispatch(dispatch(run))));
    });
    EXPECT_EQ(call({"gaps", "--json"}), 0);
    ASSERT_EQ(spans().size(), 1U);
    EXPECT_EQ(spans()[0].at("state"), "filling");
}

TEST_F(gaps, can_be_chosen_by_job_and_target_and_a_wrong_name_is_told) {
    EXPECT_EQ(call({"gaps", "--json", "--job", "telemetry", "--target", "acme"}), 1);
    EXPECT_EQ(spans().size(), 1U);
    EXPECT_EQ(call({"gaps", "--target", "bravo"}), 0);
    EXPECT_NE(err_.str().find("no job with windows has such a target"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"gaps", "--job", "telemetri"}), 2);
    EXPECT_NE(err_.str().find("did you mean 'telemetry'?"), std::string::npos) << err_.str();
}

TEST_F(gaps, are_closed_by_the_daemon_only_and_only_with_a_reason) {
    EXPECT_EQ(call({"gaps", "--close", "telemetry", "acme", "2026-11-01", "2026-11-02"}), 2);
    EXPECT_NE(err_.str().find("--reason"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"gaps", "--close", "telemetry", "acme", "2026-11-01"}), 2);
    EXPECT_EQ(call({"gaps", "--close", "telemetri", "acme", "2026-11-01", "2026-11-02", "--reason", "x"}), 2);
    EXPECT_EQ(call({"gaps", "--close", "telemetry", "acme", "yesterday", "2026-11-02", "--reason", "x"}), 2);
    EXPECT_NE(err_.str().find("'yesterday' is no time"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"gaps", "--close", "telemetry", "acme", "2026-11-01", "2026-11-02", "--reason", "x"}), 3)
        << "the daemon is down";
    const ClosedSpan span{
        {at("2026-11-01T00:00:00Z"), at("2026-11-05T00:00:00Z")}, "uid 7", "the line stood still", now};
    write([&](asio::io_context& context, Ledger& ledger) {
        ASSERT_TRUE(run_task(context, ledger.close_span("telemetry", "fleet", "acme", span)));
    });
    EXPECT_EQ(call({"gaps"}), 0);
    EXPECT_EQ(call({"gaps", "--all"}), 0);
    EXPECT_NE(out_.str().find("the line stood still"), std::string::npos) << out_.str();
}

TEST_F(gaps, what_disappears_at_the_vendor_says_when) {
    const RunRecord run = make_run("01jdq00000000run", "2026-11-01", "2026-11-02");
    LeftoverRecord left;
    left.id = "left-1";
    left.run = run.id;
    left.job = run.job;
    left.source = run.source;
    left.target = run.target;
    left.window = run.window;
    left.remote_job = "export-1";
    left.since = at("2026-11-02T15:40:00Z");
    left.why = "its run failed: not finished within the deadline";
    RunUpdate began;
    began.remote_job = "export-1";
    began.remote_started_at = at("2026-11-02T03:41:00Z");
    began.state = RunState::exporting;
    RunUpdate failed;
    failed.state = RunState::failed;
    write([&](asio::io_context& context, Ledger& ledger) {
        ASSERT_TRUE(run_task(context, ledger.dispatch(dispatch(run))));
        ASSERT_TRUE(run_task(context, ledger.update_run(run.id, began)));
    });
    EXPECT_EQ(call({"show", run.id, "--json"}), 0);
    EXPECT_EQ(json::parse(out_.str()).at("expires"), "2026-12-02T03:41:00Z");
    write([&](asio::io_context& context, Ledger& ledger) {
        ASSERT_TRUE(run_task(context, ledger.leave_behind(left, run.id, failed)));
    });
    EXPECT_EQ(call({"leftovers", "--json"}), 0);
    EXPECT_EQ(spans()[0].at("expires"), "2026-12-02T03:41:00Z");
    EXPECT_EQ(call({"leftovers"}), 0);
    EXPECT_NE(out_.str().find("EXPIRES"), std::string::npos) << out_.str();
    EXPECT_EQ(call({"show", run.id}), 0);
    EXPECT_NE(out_.str().find("expires"), std::string::npos) << "it can still be fetched";
}

}  // namespace
}  // namespace garner
