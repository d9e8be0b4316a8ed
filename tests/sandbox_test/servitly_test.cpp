// Servitly's exports as the vendor describes them, and what a polite client must not do there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "sandbox_test/servitly_client.hpp"

namespace garner::sandbox {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string text(const ModelReply& reply, std::string_view key) { return TulipClient::text(reply, key); }

struct ServitlyExports : testing::Test {
    ServitlyModel model{servitly_options()};
    ServitlyClient client{model};

    ServitlyExports() { client.log_in(); }
    std::string last() const { return model.violations().empty() ? "" : model.violations().back().what; }
    void configure(const std::string& json) { model.configure(boost::json::parse(json)); }
};

TEST_F(ServitlyExports, end_in_an_archive_and_leave_no_violation_when_asked_for_politely) {
    for (int round = 0; round < 3; ++round) {
        const ModelReply started = client.start("round " + std::to_string(round));
        EXPECT_EQ(started.status, 201);
        EXPECT_EQ(text(started, "state"), "PENDING");
        const std::string id = text(started, "id");
        client.wait(Duration(999));
        EXPECT_EQ(text(client.poll(id), "state"), "PENDING");
        EXPECT_EQ(text(client.poll(id), "url"), "");
        client.wait(Duration(1001));
        const ModelReply ended = client.poll(id);
        EXPECT_EQ(text(ended, "state"), "COMPLETED");
        EXPECT_EQ(text(ended, "name"), "round " + std::to_string(round));
        const std::string file = body_of(client.download(text(ended, "url")));
        EXPECT_EQ(file.substr(0, 4), "PK\3\4");
        EXPECT_EQ(file.size(), model.job(id)->object.content->size());
        client.wait(Duration(1000));
    }
    EXPECT_THAT(model.violations(), SizeIs(3)) << "only those two polls at once in each round";
    EXPECT_THAT(last(), HasSubstr("polled again after 0 ms"));
}

TEST_F(ServitlyExports, want_a_tenant_header_on_every_call) {
    const std::string token = client.token;
    client.tenant_header.clear();
    EXPECT_EQ(client.log_in().status, 400);
    client.token = token;
    EXPECT_EQ(client.start("a").status, 400);
    client.tenant_header = "x-semioty-tenant";
    EXPECT_EQ(client.start("a").status, 201);
}

TEST_F(ServitlyExports, lie_below_the_prefix_of_the_url) {
    client.prefix = "";
    EXPECT_EQ(client.start("a").status, 404);
    client.prefix = "/api";
    EXPECT_EQ(client.api("GET", "/data/nothing").status, 404);
    EXPECT_EQ(client.api("GET", "/data/dataExports").status, 405);
    EXPECT_EQ(client.poll("unknown").status, 404);
}

TEST_F(ServitlyExports, belong_to_their_tenant) {
    const std::string id = text(client.start("a"), "id");
    client.tenant = 1;
    EXPECT_EQ(client.poll(id).status, 401) << "the token is of the other tenant";
    EXPECT_THAT(last(), HasSubstr("a token of tenant acme was used at tenant bravo"));
    client.log_in();
    EXPECT_EQ(client.poll(id).status, 404);
    EXPECT_EQ(client.start("a").status, 201) << "each tenant has its own turn";
}

TEST_F(ServitlyExports, need_a_permission) {
    configure(R"({"may_export":false})");
    EXPECT_EQ(client.start("a").status, 403);
    EXPECT_EQ(client.poll("a").status, 403);
}

TEST_F(ServitlyExports, are_refused_with_a_body_that_the_vendor_does_not_know) {
    struct Row {
        std::string body;
        int status;
    };
    const std::vector<Row> table = {
        {R"({"windowStart":1})", 400},
        {R"([])", 400},
        {R"({"startTimestamp":"yesterday"})", 400},
        {R"({"startTimestamp":2,"endTimestamp":2})", 400},
        {R"({"timestampFormat":"RFC3339"})", 400},
        {R"({"qualifiedMetricIds":[{"metricId":"t","unit":"C"}]})", 400},
        {R"({"qualifiedMetricIds":[{"productModelId":"t"}]})", 400},
        {R"({"qualifiedMetricIds":[{"metricId":"t","thingDefinitionId":"d","productModelId":"m"}]})", 400},
        {R"({"hashThingFileName":"yes"})", 400},
        {R"({"endTimestamp":2})", 201},
        {R"({"thingDefinitionIds":["d"],"metricIds":["m"]})", 201},
        {R"({"qualifiedMetricIds":[{"metricId":"t","thingDefinitionId":"d"}],"includeUnit":true,
             "timestampFormat":"ISO_8601","thingFileName":"${thing.serialNumber}","dateTime":1})",
         201},
    };
    for (const Row& row : table) {
        EXPECT_EQ(client.api("POST", "/data/dataExports", row.body).status, row.status) << row.body;
        client.wait(Duration(2000));
    }
    EXPECT_THAT(last(), IsEmpty());
}

TEST_F(ServitlyExports, have_names_of_their_own) {
    client.start("twice");
    client.wait(Duration(2000));
    client.start("twice");
    EXPECT_THAT(last(), HasSubstr("names must be unique"));
}

TEST_F(ServitlyExports, run_one_at_a_time_and_a_second_of_ours_is_a_violation) {
    client.start("a");
    for (const int status : {400, 409, 429}) {
        model.scenario().busy_status = status;
        const ModelReply refused = client.start("b");
        EXPECT_EQ(refused.status, status);
        EXPECT_EQ(text(refused, "message"), "Another data export is already running");
        EXPECT_THAT(last(), HasSubstr("a second export of tenant acme"));
    }
    EXPECT_THAT(model.violations(), SizeIs(3));
    EXPECT_THAT(model.jobs(), SizeIs(1));
    client.wait(Duration(1000));
    EXPECT_EQ(client.start("b").status, 201);
    EXPECT_EQ(boost::json::parse(model.record_json()).at("max_concurrent_per_tenant").at("acme").as_int64(), 1);
}

TEST_F(ServitlyExports, wait_for_somebody_elses_without_blame) {
    EXPECT_TRUE(model.start_foreign_export("acme", client.now, Duration(30000)));
    EXPECT_FALSE(model.start_foreign_export("acme", client.now, Duration(30000))) << "a person gets no second one";
    EXPECT_EQ(client.start("a").status, 400);
    EXPECT_EQ(client.start("a").status, 400);
    client.wait(Duration(30000));
    EXPECT_EQ(client.start("a").status, 201);
    EXPECT_THAT(last(), IsEmpty());
    EXPECT_THROW(model.start_foreign_export("nobody", client.now, Duration(1)), std::invalid_argument);
}

TEST_F(ServitlyExports, whose_answer_was_lost_are_not_held_against_the_client) {
    FaultLayer faults(model, 1);
    FaultRule rule;
    rule.effect = FaultRule::Effect::lost_answer;
    rule.times = 1;
    faults.add(rule);
    ServitlyClient unlucky(model, &faults);
    unlucky.token = client.token;
    unlucky.start("a");
    EXPECT_THAT(model.jobs(), SizeIs(1)) << "the vendor has acted";
    EXPECT_EQ(unlucky.start("a").status, 400);
    unlucky.wait(Duration(1000));
    EXPECT_EQ(unlucky.start("a").status, 201);
    EXPECT_THAT(last(), IsEmpty());
}

TEST_F(ServitlyExports, that_a_killed_client_never_polled_are_not_held_against_it) {
    client.start("a");
    model.client_lost_memory();
    EXPECT_EQ(client.start("b").status, 400);
    EXPECT_THAT(last(), IsEmpty());
}

TEST_F(ServitlyExports, end_badly_get_stuck_or_vanish_when_told_to) {
    configure(R"({"fail_jobs":true,"bad_end":"ABORTED"})");
    const std::string failed = text(client.start("a"), "id");
    client.wait(Duration(1000));
    EXPECT_EQ(text(client.poll(failed), "state"), "ABORTED");
    EXPECT_EQ(text(client.poll(failed), "url"), "");

    configure(R"({"fail_jobs":false,"vanish_jobs":true})");
    const std::string gone = text(client.start("b"), "id");
    EXPECT_EQ(client.poll(gone).status, 200);
    EXPECT_EQ(client.poll(gone).status, 404);

    configure(R"({"vanish_jobs":false,"stuck_jobs":true,"running_words":["PENDING","QUEUED"]})");
    const std::string stuck = text(client.start("c"), "id");
    client.wait(Duration(3'600'000 - 10'000));
    EXPECT_EQ(text(client.poll(stuck), "state"), "PENDING");
    EXPECT_EQ(text(client.poll(stuck), "state"), "QUEUED");
    EXPECT_EQ(client.start("d").status, 400);
}

TEST_F(ServitlyExports, may_lack_their_url_for_a_few_polls) {
    configure(R"({"polls_without_url":2})");
    const std::string id = text(client.start("a"), "id");
    client.wait(Duration(1000));
    EXPECT_EQ(text(client.poll(id), "url"), "");
    EXPECT_EQ(text(client.poll(id), "url"), "");
    EXPECT_THAT(text(client.poll(id), "url"), HasSubstr("X-Amz-Signature="));
}

TEST_F(ServitlyExports, want_pauses_between_polls_and_a_download_at_their_end) {
    const std::string id = text(client.start("a"), "id");
    client.poll(id);
    client.wait(Duration(199));
    client.poll(id);
    EXPECT_THAT(last(), HasSubstr("199 ms"));
    client.wait(Duration(2000));
    for (int i = 0; i < 5; ++i, client.wait(Duration(1000))) client.poll(id);
    EXPECT_THAT(model.violations(), SizeIs(1));
    client.poll(id);
    EXPECT_THAT(last(), HasSubstr("without a download"));
}

TEST_F(ServitlyExports, are_gone_when_their_time_is_over) {
    configure(R"({"kept_ms":60000})");
    const std::string id = text(client.start("a"), "id");
    client.wait(Duration(2000));
    const std::string url = text(client.poll(id), "url");
    client.wait(Duration(58999));
    EXPECT_EQ(client.download(url).status, 200);
    client.wait(Duration(1));
    EXPECT_EQ(client.download(url).status, 404);
    EXPECT_EQ(client.poll(id).status, 404);
}

TEST_F(ServitlyExports, take_no_credentials_at_a_foreign_host) {
    const std::string url = client.finished("a");
    EXPECT_EQ(client.download(url, {{"authorization", "Bearer " + client.token}}).status, 400);
    EXPECT_EQ(client.download(url, {{"x-servitly-tenant", "acme"}}).status, 400);
    EXPECT_EQ(client.download(url, {{"x-semioty-tenant", "acme"}}).status, 400);
    EXPECT_THAT(model.violations(), SizeIs(3));
    EXPECT_THAT(last(), Not(HasSubstr(client.token)));
    EXPECT_EQ(client.download(url + "&more=1").status, 403);
    EXPECT_THAT(last(), HasSubstr("altered"));
    client.wait(std::chrono::minutes(15));
    EXPECT_EQ(client.download(url).status, 403);
    EXPECT_THAT(model.violations(), SizeIs(4));
}

TEST_F(ServitlyExports, want_the_token_at_the_api_host) {
    configure(R"({"place":"api"})");
    const std::string url = client.finished("a");
    const std::string root = "https://acme.servitly.test/api";
    ASSERT_TRUE(url.starts_with(root)) << url;
    const std::string rest = url.substr(root.size());
    EXPECT_EQ(client.api("GET", rest).status, 200);
    EXPECT_THAT(last(), IsEmpty());
    client.token.clear();
    EXPECT_EQ(client.api("GET", rest).status, 401);
    client.tenant = 1;
    client.log_in();
    EXPECT_EQ(client.api("GET", rest).status, 404);
}

TEST_F(ServitlyExports, bring_what_they_are_told_to) {
    const auto file_of = [&](const std::string& kind) {
        configure(R"({"file":")" + kind + "\"}");
        return body_of(client.download(client.finished(kind)));
    };
    EXPECT_THAT(file_of("empty_zip"), SizeIs(22));
    EXPECT_THAT(file_of("html"), HasSubstr("<html>"));
    EXPECT_EQ(file_of("no_zip").substr(0, 5), "State");
    const std::string cut = file_of("truncated");
    EXPECT_EQ(cut.substr(0, 4), "PK\3\4");
    EXPECT_EQ(cut.find("PK\5\6"), std::string::npos);
}

TEST_F(ServitlyExports, are_limited_to_so_many_requests_in_a_minute) {
    configure(R"({"requests_per_minute":3,"retry_after":true})");  // the login is one
    EXPECT_EQ(client.poll("x").status, 404);
    EXPECT_EQ(client.poll("x").status, 404);
    const ModelReply refused = client.poll("x");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header_of(refused, "retry-after"), "60");
    EXPECT_THAT(last(), IsEmpty());
    client.wait(Duration(59000));
    client.poll("x");
    EXPECT_THAT(last(), HasSubstr("1000 ms before Retry-After was over"));
    client.wait(Duration(60000));
    EXPECT_EQ(client.poll("x").status, 404);
}

TEST_F(ServitlyExports, are_limited_to_a_quota_until_the_next_hour) {
    configure(R"({"requests_per_hour":2})");  // 1'800'000'000 s is a full hour
    EXPECT_EQ(client.poll("x").status, 404);
    EXPECT_EQ(client.poll("x").status, 429);
    EXPECT_EQ(header_of(client.poll("x"), "retry-after"), "");
    client.wait(std::chrono::minutes(59));
    EXPECT_EQ(client.poll("x").status, 429);
    client.wait(std::chrono::minutes(1));
    EXPECT_EQ(client.poll("x").status, 401) << "served again; the token has ended by then";
}

TEST_F(ServitlyExports, are_recorded) {
    client.finished("a");
    model.start_foreign_export("bravo", client.now, Duration(1000));
    const boost::json::value record = boost::json::parse(model.record_json());
    const boost::json::object& job = record.at("jobs").at(0).as_object();
    EXPECT_EQ(job.at("tenant").as_string(), "acme");
    EXPECT_EQ(job.at("name").as_string(), "a");
    EXPECT_EQ(job.at("state").as_string(), "COMPLETED");
    EXPECT_EQ(job.at("start_timestamp").as_int64(), 1'799'900'000'000);
    EXPECT_EQ(job.at("sha256").as_string(), model.jobs().front().object.content->sha256());
    EXPECT_FALSE(job.at("foreign").as_bool());
    EXPECT_TRUE(record.at("jobs").at(1).at("foreign").as_bool());
    EXPECT_EQ(record.at("logins").at("logins").as_int64(), 1);
    EXPECT_EQ(record.at("requests").at("start").as_int64(), 1);
}

TEST_F(ServitlyExports, are_configured_wholly_or_not_at_all) {
    EXPECT_THROW(configure(R"({"strict":false,"colour":"red"})"), std::invalid_argument);
    EXPECT_THROW(configure(R"({"strict":false,"busy_status":500})"), std::invalid_argument);
    EXPECT_TRUE(model.options().strict);
}

}  // namespace
}  // namespace garner::sandbox
