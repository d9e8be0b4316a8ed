// Servitly's logins: when a token is used, when it is renewed, when only the credential helps, and that no more is
// asked than that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "bench.hpp"
#include "connectors/servitly.hpp"

namespace garner {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr std::string_view base = "https://api.servitly.test";

class ServitlyLogin : public testing::Test {
protected:
    static SourceSettings settings() {
        SourceSettings made;
        made.name = "fleet";
        made.type = SourceType::servitly;
        made.http.base_url = base;
        ServitlySettings vendor;
        vendor.tenants["acme"] = {"acme", Secret("key of/acme"), Secret("pat-of-acme"), "", Secret()};
        vendor.tenants["bravo"] = {"bravo", Secret("key of/bravo"), Secret(), "export@bravo.test",
                                   Secret("pass\"word")};
        made.vendor = vendor;
        return made;
    }

    // A token of this name that ends `lifetime` from now.
    HttpReply token(const std::string& name, Duration lifetime = Duration(3'600'000),
                    std::vector<std::pair<std::string, std::string>> headers = {}) const {
        boost::json::object body;
        body["token"] = "token-" + name;
        body["tokenExpirationTimestamp"] = to_unix_ms(bench_.clock.wall + lifetime);
        body["refreshToken"] = "refresh-" + name;
        body["userId"] = "user";
        body["tenantId"] = "tenant";
        return reply(200, boost::json::serialize(body), std::move(headers));
    }
    static HttpReply pending() { return reply(200, R"({"state":"PENDING"})"); }
    static HttpReply says(int status, const std::string& message) {
        return reply(status, R"({"message":")" + message + "\"}");
    }

    // One poll with these answers: what was asked, "POST /identity/... token".
    std::vector<std::string> asked_by(std::deque<Result<HttpReply>> script, const Target& tenant = {"acme", "acme"}) {
        http_.requests.clear();
        http_.script = std::move(script);
        last_ = std::nullopt;
        const auto polled = bench_.finish(connector_->poll(tenant, "e1"));
        if (!polled) last_ = polled.error();
        EXPECT_TRUE(http_.script.empty());
        return asked();
    }
    std::vector<std::string> asked() const {
        std::vector<std::string> lines;
        for (const HttpRequest& request : http_.requests) {
            std::string line = request.url.substr(base.size());
            line = line.substr(0, line.find('?'));
            line = line.substr(line.rfind('/') + 1);
            if (request.authorization) line += " " + request.authorization->reveal().substr(7);
            lines.push_back(line);
        }
        return lines;
    }

    boost::json::value body_of(std::size_t request) const { return boost::json::parse(http_.requests[request].body); }

    Bench bench_;
    ScriptedClient& http_ = bench_.http;
    std::unique_ptr<Connector> connector_ = make_servitly_connector(settings(), bench_.tools());
    std::optional<Failure> last_;  ///< of the last poll
};

TEST_F(ServitlyLogin, APersonalAccessTokenLogsInWithTheKeyInTheBody) {
    EXPECT_THAT(asked_by({token("a"), pending()}), ElementsAre("patLogin", "e1 token-a"));
    const HttpRequest& login = http_.requests.front();
    EXPECT_EQ(login.method + " " + login.url, "POST https://api.servitly.test/identity/users/patLogin");
    EXPECT_EQ(body_of(0), boost::json::parse(R"({"apiKey":"key of/acme","pat":"pat-of-acme"})"));
    EXPECT_THAT(login.headers, Contains(Pair("X-Servitly-Tenant", "acme")));
    EXPECT_FALSE(login.authorization);
}

TEST_F(ServitlyLogin, AnEmailAddressAndPasswordLogInWithTheKeyInTheAddress) {
    EXPECT_THAT(asked_by({token("b"), pending()}, {"bravo", "bravo"}), ElementsAre("login", "e1 token-b"));
    const HttpRequest& login = http_.requests.front();
    EXPECT_EQ(login.url, "https://api.servitly.test/identity/users/login?apiKey=key%20of%2Fbravo");
    EXPECT_EQ(body_of(0), boost::json::parse(R"({"email":"export@bravo.test","password":"pass\"word"})"));
    EXPECT_THAT(login.headers, Contains(Pair("X-Servitly-Tenant", "bravo")));
    EXPECT_THAT(http_.requests.back().headers, Contains(Pair("X-Servitly-Tenant", "bravo")));
}

TEST_F(ServitlyLogin, EachTenantHasItsOwnToken) {
    asked_by({token("a"), pending()});
    asked_by({token("b"), pending()}, {"bravo", "bravo"});
    EXPECT_THAT(asked_by({pending()}), ElementsAre("e1 token-a"));
    EXPECT_THAT(asked_by({pending()}, {"bravo", "bravo"}), ElementsAre("e1 token-b"));
}

TEST_F(ServitlyLogin, ATokenIsUsedUntilItsTimeAndThenRenewedWithTheExpiredOne) {
    asked_by({token("a"), pending()});
    bench_.clock.pass(Duration(3'599'999));
    EXPECT_THAT(asked_by({pending()}), ElementsAre("e1 token-a"));
    bench_.clock.pass(Duration(1));
    EXPECT_THAT(asked_by({token("b"), pending()}), ElementsAre("renewToken token-a", "e1 token-b"));
    EXPECT_EQ(http_.requests[0].method + " " + http_.requests[0].url,
              "POST https://api.servitly.test/identity/users/me/renewToken");
    EXPECT_EQ(body_of(0), boost::json::parse(R"({"refreshToken":"refresh-a","userId":"user","tenantId":"tenant"})"));
    EXPECT_THAT(http_.requests[0].headers, Contains(Pair("X-Servitly-Tenant", "acme")));
}

TEST_F(ServitlyLogin, ARotatedRefreshTokenReplacesTheOldOneAndAMissingOneDoesNot) {
    asked_by({token("a"), pending()});
    bench_.clock.pass(Duration(3'600'000));
    asked_by({token("b"), pending()});
    bench_.clock.pass(Duration(3'600'000));
    const std::string ends = std::to_string(to_unix_ms(bench_.clock.wall) + 1000);
    asked_by({reply(200, R"({"token":"token-c","tokenExpirationTimestamp":)" + ends + "}"), pending()});
    EXPECT_EQ(body_of(0).at("refreshToken").as_string(), "refresh-b");
    bench_.clock.pass(Duration(1000));
    EXPECT_THAT(asked_by({token("d"), pending()}), ElementsAre("renewToken token-c", "e1 token-d"));
    EXPECT_EQ(body_of(0), boost::json::parse(R"({"refreshToken":"refresh-b","userId":"user","tenantId":"tenant"})"));
}

TEST_F(ServitlyLogin, TheVendorsClockCountsNotOurs) {
    // By its Date it is two hours later there than here: the token has an hour, not three.
    bench_.clock.wall = *parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    asked_by({token("a", Duration(3 * 3'600'000), {{"date", "Sun, 06 Nov 1994 10:49:37 GMT"}}), pending()});
    bench_.clock.steady += Duration(3'599'999);
    EXPECT_THAT(asked_by({pending()}), ElementsAre("e1 token-a"));
    bench_.clock.wall += Duration(400'000'000);
    EXPECT_THAT(asked_by({pending()}), ElementsAre("e1 token-a")) << "a wall clock that jumps renews nothing";
    bench_.clock.steady += Duration(1);
    EXPECT_THAT(asked_by({token("b"), pending()}), ElementsAre("renewToken token-a", "e1 token-b"));
}

TEST_F(ServitlyLogin, ARenewalThatCameTooEarlyIsNotRepeatedBeforeA401) {
    asked_by({token("a"), pending()});
    bench_.clock.pass(Duration(3'600'000));
    EXPECT_THAT(asked_by({says(400, "not expired yet"), pending()}), ElementsAre("renewToken token-a", "e1 token-a"));
    bench_.clock.pass(Duration(7'200'000));
    EXPECT_THAT(asked_by({pending()}), ElementsAre("e1 token-a"));
    EXPECT_THAT(asked_by({says(401, "expired"), token("b"), pending()}),
                ElementsAre("e1 token-a", "renewToken token-a", "e1 token-b"));
}

TEST_F(ServitlyLogin, ATokenRefusedBeforeItsTimeCannotBeRenewedSoItLogsIn) {
    asked_by({token("a"), pending()});
    EXPECT_THAT(asked_by({says(401, "revoked"), says(400, "not expired yet"), token("b"), pending()}),
                ElementsAre("e1 token-a", "renewToken token-a", "patLogin", "e1 token-b"));
    EXPECT_THAT(asked_by({pending()}), ElementsAre("e1 token-b"));
}

TEST_F(ServitlyLogin, ARefusedRenewalLeadsToAFreshLogin) {
    for (const int status : {401, 403, 404, 410, 422}) {
        bench_.forget_logins();
        connector_ = make_servitly_connector(settings(), bench_.tools());
        asked_by({token("a"), pending()});
        bench_.clock.pass(Duration(3'600'000));
        EXPECT_THAT(asked_by({says(status, "no"), token("b"), pending()}),
                    ElementsAre("renewToken token-a", "patLogin", "e1 token-b"))
            << status;
    }
    bench_.clock.pass(Duration(3'600'000));
    EXPECT_THAT(asked_by({reply(200, "<!doctype html>"), token("c"), pending()}),
                ElementsAre("renewToken token-b", "patLogin", "e1 token-c"));
    bench_.clock.pass(Duration(3'600'000));
    EXPECT_THAT(asked_by({says(401, "no"), says(500, "down")}), ElementsAre("renewToken token-c", "patLogin"));
    EXPECT_THAT(asked_by({token("d"), pending()}), ElementsAre("patLogin", "e1 token-d"))
        << "a refresh token that was refused is not shown again";
}

TEST_F(ServitlyLogin, TroubleWithARenewalIsNoReasonForALogin) {
    asked_by({token("a"), pending()});
    bench_.clock.pass(Duration(3'600'000));
    for (const int status : {408, 409, 429, 500, 502, 503, 504}) {
        EXPECT_THAT(asked_by({says(status, "later")}), ElementsAre("renewToken token-a")) << status;
        ASSERT_TRUE(last_);
        EXPECT_EQ(last_->kind, FailureKind::transient) << status;
        EXPECT_EQ(last_->throttled, status == 429);
        EXPECT_FALSE(last_->login_rejected);
        EXPECT_THAT(last_->what, HasSubstr("renew the login of tenant acme: status " + std::to_string(status)));
    }
    EXPECT_THAT(asked_by({Failure(FailureKind::uncertain, "connection: lost")}), ElementsAre("renewToken token-a"));
    EXPECT_EQ(last_->kind, FailureKind::transient);
    EXPECT_THAT(asked_by({token("b"), pending()}), ElementsAre("renewToken token-a", "e1 token-b"));
}

TEST_F(ServitlyLogin, A401ThatComesTwiceIsFinalButNotARejectedLogin) {
    asked_by({token("a"), pending()});
    asked_by({says(401, "no"), token("b"), says(401, "still no")});
    ASSERT_TRUE(last_);
    EXPECT_EQ(last_->kind, FailureKind::rejected);
    EXPECT_FALSE(last_->login_rejected);
    EXPECT_THAT(last_->what, HasSubstr("sources.fleet.tenants.acme"));
}

TEST_F(ServitlyLogin, ALoginIsRejectedBy400And403TooUnlessAPageSaysSo) {
    for (const int status : {400, 401, 403}) {
        bench_.forget_logins();
        for (const auto& [tenant, word] :
             std::vector<std::pair<std::string, std::string>>{{"acme", "`pat`"}, {"bravo", "`password`"}}) {
            asked_by({says(status, "Invalid credentials")}, {tenant, tenant});
            ASSERT_TRUE(last_);
            EXPECT_EQ(last_->kind, FailureKind::rejected);
            EXPECT_TRUE(last_->login_rejected) << status;
            EXPECT_THAT(last_->what, testing::AllOf(HasSubstr("Invalid credentials"), HasSubstr("`api_key`"),
                                                    HasSubstr(word), HasSubstr("sources.fleet.tenants." + tenant)));
        }
    }
    asked_by({reply(403, "<!doctype html><title>Blocked</title>")});
    EXPECT_EQ(last_->kind, FailureKind::rejected);
    EXPECT_FALSE(last_->login_rejected) << "an allow-list says nothing of the credential";
    for (const int status : {302, 404, 405}) {
        asked_by({reply(status, "")});
        EXPECT_EQ(last_->kind, FailureKind::rejected) << status;
        EXPECT_FALSE(last_->login_rejected) << status;
    }
}

TEST_F(ServitlyLogin, OfALoginsAnswerOnlyTheTokenMustBeThere) {
    for (const char* body :
         {R"({"token":"token-a"})", R"({"token":"token-a","tokenExpirationTimestamp":"soon","refreshToken":7})",
          R"({"token":"token-a","tokenExpirationTimestamp":null,"userId":["x"]})",
          R"({"token":"token-a","tokenExpirationTimestamp":9223372036854775807})",
          R"({"token":"token-a","tokenExpirationTimestamp":-9223372036854775808})",
          R"({"token":"token-a","tokenExpirationTimestamp":1800003600})"}) {
        bench_.forget_logins();
        connector_ = make_servitly_connector(settings(), bench_.tools());
        EXPECT_THAT(asked_by({reply(200, body), pending()}), ElementsAre("patLogin", "e1 token-a")) << body;
        bench_.clock.pass(Duration(4'000'000'000));
        EXPECT_THAT(asked_by({pending()}), ElementsAre("e1 token-a")) << "until a 401: " << body;
        EXPECT_THAT(asked_by({says(401, "expired"), token("b"), pending()}),
                    ElementsAre("e1 token-a", "patLogin", "e1 token-b"))
            << "nothing to renew it with: " << body;
    }
}

TEST_F(ServitlyLogin, ACheckOfTheAccessLogsInOnce) {
    http_.script = {token("a")};
    const auto access = bench_.finish(connector_->check_access({"acme", "acme"}));
    ASSERT_TRUE(access) << access.error().what;
    EXPECT_THAT(*access, testing::AllOf(HasSubstr("logged in to tenant acme"), HasSubstr("EXPORT_DATA")));
    EXPECT_TRUE(bench_.finish(connector_->check_access({"acme", "acme"})));
    EXPECT_THAT(asked(), ElementsAre("patLogin"));
    http_.script = {says(401, "Invalid credentials")};
    const auto refused = bench_.finish(connector_->check_access({"bravo", "bravo"}));
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().login_rejected);
}

TEST_F(ServitlyLogin, NoSecretThatTheVendorEchoesIsInAText) {
    const std::vector<std::string> secrets{"key of/acme", "pat-of-acme",  "key of/bravo", "key%20of%2Fbravo",
                                           "pass\"word",  "pass\\\"word", "token-a",      "refresh-a"};
    for (const Target& tenant : {Target{"acme", "acme"}, Target{"bravo", "bravo"}}) {
        std::string echo;
        for (const std::string& secret : secrets)
            if ((secret.find("bravo") != std::string::npos || secret.starts_with("pass")) == (tenant.id == "bravo"))
                echo += secret + " ";
        const std::string quoted = boost::json::serialize(boost::json::value(echo));
        for (const int status : {200, 400, 401, 403, 429, 500})
            for (const std::string& body : {echo, "<html>" + echo, quoted, R"({"message":)" + quoted + "}",
                                            R"({"token":["x"],"message":")" + echo}) {
                // By the first login's answer, then by those of a renewal and of the login after it.
                for (const bool renewed : {false, true}) {
                    bench_.forget_logins();
                    connector_ = make_servitly_connector(settings(), bench_.tools());
                    if (renewed) {
                        asked_by({token("a"), pending()}, tenant);
                        bench_.clock.pass(Duration(3'600'000));
                    }
                    http_.script = {reply(status, body), reply(status, body)};
                    const auto polled = bench_.finish(connector_->poll(tenant, "e1"));
                    if (polled) continue;
                    for (const std::string& secret : secrets) {
                        if (!renewed && (secret == "token-a" || secret == "refresh-a")) continue;
                        EXPECT_THAT(polled.error().what, Not(HasSubstr(secret)));
                    }
                }
            }
    }
    // What a login's answer brings is secret before it is understood.
    bench_.forget_logins();
    connector_ = make_servitly_connector(settings(), bench_.tools());
    asked_by({reply(200, R"({"token":"token-a","refreshToken":"refresh-a)")});
    ASSERT_TRUE(last_);
    EXPECT_THAT(last_->what, Not(testing::AnyOf(HasSubstr("token-a"), HasSubstr("refresh-a"))));
}

// Answers only when the test lets it, so that two coroutines are under way at once.
class SlowClient final : public HttpClient {
public:
    explicit SlowClient(ScriptedClient& script) : script_(script) {}
    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        auto answer = co_await script_.exchange(request);
        const auto executor = co_await asio::this_coro::executor;
        for (int turns = 0; turns < 10; ++turns) co_await asio::post(executor, asio::use_awaitable);
        co_return answer;
    }
    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        return script_.download(request, sink);
    }

private:
    ScriptedClient& script_;
};

Task<> poll_into(Connector& connector, std::vector<Result<Progress>>& results) {
    const Target acme{"acme", "acme"};
    const std::string job = "e1";
    auto progress = co_await connector.poll(acme, job);
    results.push_back(std::move(progress));
}

TEST_F(ServitlyLogin, CoroutinesThatAllFindTheTokenExpiredRenewItOnce) {
    SlowClient slow(http_);
    connector_ = make_servitly_connector(settings(), bench_.tools_with(slow));
    std::vector<Result<Progress>> results;
    const auto three_at_once = [&] {
        http_.requests.clear();
        results.clear();
        for (int i = 0; i < 3; ++i) asio::co_spawn(bench_.loop, poll_into(*connector_, results), asio::detached);
        bench_.loop.restart();
        bench_.loop.run();
        return asked();
    };
    http_.script = {token("a"), pending(), pending(), pending()};
    EXPECT_THAT(three_at_once(), ElementsAre("patLogin", "e1 token-a", "e1 token-a", "e1 token-a"));
    bench_.clock.pass(Duration(3'600'000));
    http_.script = {token("b"), pending(), pending(), pending()};
    EXPECT_THAT(three_at_once(), ElementsAre("renewToken token-a", "e1 token-b", "e1 token-b", "e1 token-b"));
    http_.script = {says(401, "x"), says(401, "x"), says(401, "x"), token("c"), pending(), pending(), pending()};
    EXPECT_THAT(three_at_once(), ElementsAre("e1 token-b", "e1 token-b", "e1 token-b", "renewToken token-b",
                                             "e1 token-c", "e1 token-c", "e1 token-c"));
    EXPECT_EQ(results.size(), 3U);
    for (const auto& result : results) EXPECT_TRUE(result);
}

TEST_F(ServitlyLogin, ALoginThatIsRejectedWhileOthersWaitForItIsNotTriedByThem) {
    SlowClient slow(http_);
    connector_ = make_servitly_connector(settings(), bench_.tools_with(slow));
    std::vector<Result<Progress>> results;
    http_.script = {says(401, "Invalid credentials")};
    for (int i = 0; i < 3; ++i) asio::co_spawn(bench_.loop, poll_into(*connector_, results), asio::detached);
    bench_.loop.run();
    EXPECT_THAT(asked(), ElementsAre("patLogin")) << "a second try may lock the account";
    ASSERT_EQ(results.size(), 3U);
    for (const auto& result : results) {
        ASSERT_FALSE(result);
        EXPECT_TRUE(result.error().login_rejected);
    }
    http_.script = {token("a"), pending()};
    EXPECT_TRUE(bench_.finish(connector_->poll({"acme", "acme"}, "e1"))) << "a later call may try again: the engine's";
}

}  // namespace
}  // namespace garner
