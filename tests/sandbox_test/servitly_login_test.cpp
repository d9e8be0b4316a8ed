// Servitly's logins: tokens are used until they end, renewed with the expired one, and asked for when needed only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include <boost/json/parse.hpp>

#include "sandbox_test/servitly_client.hpp"

namespace garner::sandbox {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct ServitlyLogin : testing::Test {
    ServitlyModel model{servitly_options()};
    FaultLayer faults{model, 1};
    ServitlyClient client{model, &faults};

    std::string last() const { return model.violations().empty() ? "" : model.violations().back().what; }
    int try_token() { return client.poll("nothing").status; }
    void fault(FaultRule::Effect effect, int status = 503) {
        FaultRule rule;
        rule.effect = effect;
        rule.status = status;
        rule.times = 1;
        faults.add(rule);
    }
};

TEST_F(ServitlyLogin, works_by_token_and_by_password_and_tells_when_the_token_ends) {
    EXPECT_EQ(try_token(), 401);
    const ModelReply reply = client.log_in();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(client.session["tokenExpirationTimestamp"].as_int64(), to_unix_ms(client.now) + 3'600'000);
    EXPECT_EQ(std::count(client.token.begin(), client.token.end(), '.'), 2);
    EXPECT_EQ(header_of(reply, "date"), format_http_date(client.now));
    EXPECT_EQ(try_token(), 404);
    client.tenant = 1;
    EXPECT_EQ(client.log_in_by_email().status, 200);
    EXPECT_EQ(try_token(), 404);
    EXPECT_EQ(model.logins().logins, 2U);
    EXPECT_THAT(last(), IsEmpty());
}

TEST_F(ServitlyLogin, is_rejected_with_anything_wrong_and_not_to_be_tried_again) {
    const ModelReply reply = client.log_in("wrong");
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(TulipClient::text(reply, "message"), "Invalid credentials");
    EXPECT_THAT(last(), IsEmpty());
    client.log_in("wrong");
    EXPECT_THAT(last(), HasSubstr("login hammering"));
    EXPECT_THAT(last(), Not(HasSubstr("wrong")));
    EXPECT_EQ(model.logins().rejected, 2U);
    EXPECT_EQ(client.api("POST", "/identity/users/patLogin", R"({"pat":"x"})").status, 400);
}

TEST_F(ServitlyLogin, ends_with_its_time_and_is_renewed_then_with_another_refresh_token) {
    client.log_in();
    const std::string first = client.refresh_token;
    client.wait(std::chrono::minutes(59));
    EXPECT_EQ(try_token(), 404);
    client.wait(std::chrono::minutes(1));
    EXPECT_EQ(try_token(), 401);
    EXPECT_EQ(client.renew().status, 200);
    EXPECT_NE(client.refresh_token, first);
    EXPECT_EQ(try_token(), 404);
    EXPECT_THAT(last(), IsEmpty());
    EXPECT_EQ(model.logins().renewals, 1U);

    client.wait(std::chrono::hours(1));
    client.refresh_token = first;
    EXPECT_EQ(client.renew().status, 401);
    EXPECT_THAT(last(), HasSubstr("used again"));
}

TEST_F(ServitlyLogin, keeps_its_refresh_token_where_the_vendor_does_not_rotate_it) {
    model.scenario().rotate_refresh_tokens = false;
    client.log_in();
    const std::string first = client.refresh_token;
    for (int i = 0; i < 2; ++i) {
        client.wait(std::chrono::hours(1));
        EXPECT_EQ(client.renew().status, 200);
        EXPECT_EQ(client.refresh_token, first);
    }
    model.scenario().refresh_lifetime = Duration(1);
    EXPECT_THAT(last(), IsEmpty());
}

TEST_F(ServitlyLogin, is_not_renewed_early) {
    client.log_in();
    EXPECT_EQ(client.renew().status, 400);
    EXPECT_THAT(last(), HasSubstr("renewal before expiry"));
    EXPECT_EQ(try_token(), 404) << "the token is as good as before";
}

TEST_F(ServitlyLogin, is_not_repeated_without_need) {
    client.log_in();
    client.log_in();
    EXPECT_THAT(last(), HasSubstr("login without need"));
}

TEST_F(ServitlyLogin, may_be_repeated_when_the_token_ended_or_was_refused_or_forgotten) {
    client.log_in();
    client.wait(std::chrono::hours(1));
    client.log_in();
    fault(FaultRule::Effect::status, 401);
    EXPECT_EQ(try_token(), 401);
    EXPECT_EQ(client.renew().status, 400) << "it has not expired";
    client.log_in();
    model.client_lost_memory();
    client.log_in();
    model.client_restarted();
    client.log_in();
    EXPECT_THAT(last(), IsEmpty());
    EXPECT_EQ(model.logins().logins, 5U);
}

TEST_F(ServitlyLogin, may_be_repeated_when_its_answer_was_lost) {
    fault(FaultRule::Effect::lost_answer);
    client.log_in();
    client.log_in();
    EXPECT_THAT(last(), IsEmpty());

    client.wait(std::chrono::hours(1));
    const std::string token = client.token;
    const std::string refresh_token = client.refresh_token;
    fault(FaultRule::Effect::lost_answer);
    client.renew();
    client.token = token;
    client.refresh_token = refresh_token;
    EXPECT_EQ(client.renew().status, 401) << "the vendor has given another one";
    client.log_in();
    EXPECT_THAT(last(), IsEmpty());
}

TEST_F(ServitlyLogin, is_revoked_with_all_its_tokens) {
    client.log_in();
    model.configure(boost::json::parse(R"({"revoke_tokens":true})"));
    EXPECT_EQ(try_token(), 401);
    client.log_in();
    EXPECT_EQ(try_token(), 404);
    EXPECT_THAT(last(), IsEmpty());
    const std::string pat = client.account().pat;
    model.configure(boost::json::parse(R"({"revoke_logins":true})"));
    EXPECT_EQ(client.log_in(pat).status, 401);
}

TEST_F(ServitlyLogin, keeps_its_secrets_to_itself) {
    client.log_in();
    EXPECT_EQ(client.api("GET", "/data/dataExports/x?apiKey=" + client.account().api_key).status, 400);
    EXPECT_THAT(last(), HasSubstr("a login's secret"));
    EXPECT_THAT(last(), Not(HasSubstr(client.account().api_key)));
    EXPECT_EQ(client.start(client.account().pat).status, 400);
    EXPECT_THAT(model.violations(), SizeIs(2));
}

TEST_F(ServitlyLogin, can_be_ended) {
    client.log_in();
    EXPECT_EQ(
        client.api("POST", "/identity/users/me/logout", R"({"refreshToken":")" + client.refresh_token + "\"}").status,
        200);
    client.log_in();
    EXPECT_THAT(last(), IsEmpty());
}

}  // namespace
}  // namespace garner::sandbox
