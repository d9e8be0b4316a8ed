// `garner gaps`, `garner leftovers` and `garner show` over a ledger of exports with windows, with no daemon running.
#include <gtest/gtest.h>

#include <string>

#include "command/support.hpp"
#include "ledger/ledger.hpp"

namespace garner {
namespace {

const WallTime now = instant("2026-11-05T12:00:00Z");

class gaps : public CommandTest {
protected:
    gaps() : CommandTest(now) {
        configure(
            "sources:\n"
            "  fleet:\n"
            "    type: servitly\n"
            "    url: https://api.example\n"
            "    tenants: {acme: {api_key: k, pat: p}, bravo: {api_key: k, pat: p}}\n"
            "jobs:\n"
            "  telemetry:\n"
            "    source: fleet\n"
            "    tenants: [acme]\n"
            "    export: {window: 1d, start: 2026-11-01, settle_delay: 2h}\n"
            "    schedule: \"40 3 * * *\"\n"
            "    stores: [archive]\n");
        listed("fleet", {{"acme", "acme"}, {"bravo", "bravo"}});
    }

    static RunRecord run_of(const std::string& id, const std::string& day, const std::string& next) {
        RunRecord run = make_run(id, "telemetry", "fleet", {"acme", "acme"}, instant(next + "T03:40:00Z"));
        run.window = Window{instant(day + "T00:00:00Z"), instant(next + "T00:00:00Z")};
        return run;
    }
    void archive_day(const std::string& id, const std::string& day, const std::string& next) {
        const RunRecord run = run_of(id, day, next);
        archived(run, make_artifact(run, "art " + id, content));
    }

    json::array spans() const { return answer().as_array(); }
};

TEST_F(gaps, are_bad_news_and_say_from_when_to_when) {
    archive_day("run-1", "2026-11-01", "2026-11-02");
    archive_day("run-3", "2026-11-03", "2026-11-04");
    archive_day("run-4", "2026-11-04", "2026-11-05");
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

    archive_day("run-2", "2026-11-02", "2026-11-03");
    EXPECT_EQ(call({"gaps"}), 0);
    EXPECT_NE(err_.str().find("nothing is missing"), std::string::npos) << err_.str();
    EXPECT_EQ(call({"gaps", "--json"}), 0);
    EXPECT_TRUE(spans().empty());
    EXPECT_EQ(call({"gaps", "--json"}, instant("2026-11-06T03:00:00Z")), 0) << "owed, and not due before 03:40";
    EXPECT_EQ(spans().size(), 1U);
    EXPECT_EQ(call({"gaps", "--json"}, instant("2026-11-06T04:00:00Z")), 1);
}

TEST_F(gaps, that_a_run_is_filling_are_no_bad_news) {
    archive_day("run-1", "2026-11-01", "2026-11-04");
    const RunRecord run = run_of("run-4", "2026-11-04", "2026-11-05");
    dispatched(run);
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
        {instant("2026-11-01T00:00:00Z"), instant("2026-11-05T00:00:00Z")}, "uid 7", "the line stood still", now};
    in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.close_span("telemetry", "fleet", "acme", span))); });
    EXPECT_EQ(call({"gaps"}), 0);
    EXPECT_EQ(call({"gaps", "--all"}), 0);
    EXPECT_NE(out_.str().find("the line stood still"), std::string::npos) << out_.str();
}

TEST_F(gaps, what_disappears_at_the_vendor_says_when) {
    const RunRecord run = run_of("01jdq00000000run", "2026-11-01", "2026-11-02");
    LeftoverRecord left = make_leftover(run, "export-1", instant("2026-11-02T15:40:00Z"));
    left.why = "its run failed: not finished within the deadline";
    RunUpdate began;
    began.remote_job = "export-1";
    began.remote_started_at = instant("2026-11-02T03:41:00Z");
    began.state = RunState::exporting;
    RunUpdate failed;
    failed.state = RunState::failed;
    dispatched(run);
    in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.update_run(run.id, began))); });
    EXPECT_EQ(call({"show", run.id, "--json"}), 0);
    EXPECT_EQ(answer().at("expires"), "2026-12-02T03:41:00Z");
    in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.leave_behind(left, run.id, failed))); });
    EXPECT_EQ(call({"leftovers", "--json"}), 0);
    EXPECT_EQ(spans()[0].at("expires"), "2026-12-02T03:41:00Z");
    EXPECT_EQ(call({"leftovers"}), 0);
    EXPECT_NE(out_.str().find("EXPIRES"), std::string::npos) << out_.str();
    EXPECT_EQ(call({"show", run.id}), 0);
    EXPECT_NE(out_.str().find("expires"), std::string::npos) << "it can still be fetched";
}

}  // namespace
}  // namespace garner
