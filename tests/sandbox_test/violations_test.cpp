// What a polite client must not do is seen; what it may do is not held against it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "sandbox/models/faults.hpp"
#include "sandbox_test/tulip_client.hpp"

namespace garner::sandbox {
namespace {

using testing::HasSubstr;

struct Violations : testing::Test {
    TulipModel model{test_options()};
    TulipClient client{model};

    std::string last() const { return model.violations().empty() ? "" : model.violations().back().what; }
};

TEST_F(Violations, polite_work_leaves_none) {
    for (int round = 0; round < 3; ++round) {
        for (std::size_t machine = 0; machine < 6; ++machine) {
            EXPECT_EQ(client.download(client.finished(machine)).status, 200);
        }
    }
    EXPECT_EQ(last(), "");
}

TEST_F(Violations, a_second_export_of_a_machine_while_one_runs) {
    client.start(0);
    EXPECT_EQ(client.api("POST", "machines/archive/" + client.machine_id(0)).status, 400);
    EXPECT_THAT(last(), HasSubstr("second export"));
    EXPECT_EQ(model.jobs().size(), 1U);
}

TEST_F(Violations, more_exports_at_once_than_allowed) {
    model.configure(boost::json::parse(R"({"concurrent_jobs_max":2})"));
    client.start(0);
    client.start(1);
    EXPECT_EQ(last(), "");
    EXPECT_EQ(client.api("POST", "machines/archive/" + client.machine_id(2)).status, 400);
    EXPECT_THAT(last(), HasSubstr("2 are allowed"));
}

TEST_F(Violations, are_only_recorded_when_not_strict) {
    model.configure(boost::json::parse(R"({"strict":false})"));
    client.start(0);
    EXPECT_NE(client.start(1), "");
    EXPECT_EQ(model.violations().size(), 1U);
}

TEST_F(Violations, polls_too_close_to_each_other) {
    const std::string job = client.start(0);
    client.poll(job);
    client.wait(Duration(200));
    client.poll(job);
    EXPECT_EQ(last(), "");
    client.wait(Duration(199));
    client.poll(job);
    EXPECT_THAT(last(), HasSubstr("199 ms"));
}

TEST_F(Violations, many_polls_of_a_finished_job_without_a_download) {
    const std::string job = client.start(0);
    client.wait(Duration(2000));
    for (int i = 0; i < 5; ++i, client.wait(Duration(1000))) client.poll(job);
    EXPECT_EQ(last(), "");
    client.download(TulipClient::text(client.poll(job), "resource"));
    EXPECT_THAT(last(), HasSubstr("without a download"));
    const std::size_t seen = model.violations().size();
    for (int i = 0; i < 5; ++i, client.wait(Duration(1000))) client.wait(Duration(1000)), client.poll(job);
    EXPECT_EQ(model.violations().size(), seen) << "after a download the count begins again";
}

TEST_F(Violations, a_credential_used_again_after_401) {
    client.credential = "apikey.2_rw:wrong";
    client.api("GET", "machines");
    EXPECT_EQ(last(), "");
    client.api("GET", "machines");
    EXPECT_THAT(last(), HasSubstr("login hammering"));
    EXPECT_THAT(last(), testing::Not(HasSubstr("wrong")));
}

TEST_F(Violations, a_credential_sent_to_the_download_host) {
    const ModelReply reply = client.download(client.finished(0), {{"authorization", basic_authorization(kReadWrite)}});
    EXPECT_EQ(reply.status, 400);
    EXPECT_THAT(reply.body, HasSubstr("InvalidArgument"));
    EXPECT_THAT(last(), HasSubstr("credential"));
}

TEST_F(Violations, an_altered_presigned_url) {
    client.download(client.finished(0) + "&more=1");
    EXPECT_THAT(last(), HasSubstr("altered"));
}

TEST_F(Violations, a_request_without_a_user_agent_where_it_matters) {
    TulipOptions options = test_options();
    options.user_agent_needed = true;
    TulipModel strict(options);
    TulipClient silent(strict);
    silent.api("GET", "machines");
    ASSERT_EQ(strict.violations().size(), 1U);
    EXPECT_THAT(strict.violations().front().what, HasSubstr("User-Agent"));
}

TEST_F(Violations, a_request_before_retry_after_is_over) {
    FaultLayer layer(model, 1);
    FaultRule rule;
    rule.effect = FaultRule::Effect::status;
    rule.status = 429;
    rule.retry_after = std::chrono::seconds(5);
    rule.times = 1;
    layer.add(rule);
    const ModelRequest request{
        "GET", "tulip.test", "/api/v3/machines", {{"authorization", basic_authorization(kReadWrite)}}, ""};
    const auto ask_after = [&](Duration since) {
        return layer.handle(VendorModel::Door::api, request, client.now + since).reply.status;
    };
    EXPECT_EQ(ask_after(Duration(0)), 429);
    EXPECT_EQ(ask_after(Duration(100)), 200);  // was on its way
    EXPECT_TRUE(layer.violations().empty());
    ask_after(Duration(4999));
    EXPECT_EQ(layer.violations().size(), 1U);
    ask_after(Duration(5000));
    EXPECT_EQ(layer.violations().size(), 1U);
}

TEST_F(Violations, a_start_whose_answer_was_lost_is_not_held_against_the_client) {
    FaultLayer layer(model, 1);
    FaultRule rule;
    rule.effect = FaultRule::Effect::lost_answer;
    rule.times = 1;
    layer.add(rule);
    const ModelRequest request{"POST",
                               "tulip.test",
                               "/api/v3/machines/archive/" + client.machine_id(0),
                               {{"authorization", basic_authorization(kReadWrite)}},
                               ""};
    EXPECT_EQ(layer.handle(VendorModel::Door::api, request, client.now).transport,
              FaultedReply::Transport::lost_answer);
    EXPECT_EQ(model.jobs().size(), 1U) << "the vendor has acted";
    EXPECT_EQ(layer.handle(VendorModel::Door::api, request, client.now).reply.status, 200);
    EXPECT_EQ(last(), "");
}

TEST_F(Violations, a_client_that_died_may_start_again_what_it_never_polled) {
    client.start(0);
    model.client_lost_memory();
    EXPECT_NE(client.start(0), "");
    EXPECT_EQ(last(), "");

    client.poll(model.jobs().back().id);
    model.client_lost_memory();
    EXPECT_EQ(client.api("POST", "machines/archive/" + client.machine_id(0)).status, 400) << "it had polled that one";
}

}  // namespace
}  // namespace garner::sandbox
