// Versions, logins and tokens at an Appgate controller, from v11 to v24, and when they end.
#include <boost/json/parse.hpp>

#include "appgate_bench.hpp"

namespace garner {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class AppgateLogin : public AppgateBench {
protected:
    // A login that is answered so, after the version.
    Failure refused(const HttpReply& answer) {
        bench_.forget_logins();
        connector_ = make_appgate_connector(settings(), bench_.tools());
        script({version(19, 23), answer});
        const auto polled = poll();
        EXPECT_FALSE(polled);
        EXPECT_EQ(http_.requests.size(), 2U) << "a login is not tried twice";
        return polled ? Failure(FailureKind::local, "no failure at all") : polled.error();
    }
};

TEST_F(AppgateLogin, TheNewestVersionThatBothSpeakIsUsed) {
    struct Row {
        int lowest, newest, chosen;
    };
    for (const Row& row : {Row{16, 20, 20}, Row{19, 23, 23}, Row{20, 24, 24}, Row{20, 30, 24}, Row{24, 40, 24},
                           Row{1, 11, 11}, Row{0, 21, 21}, Row{99, 22, 22}}) {
        SCOPED_TRACE(row.newest);
        bench_.forget_logins();
        connector_ = make_appgate_connector(settings(), bench_.tools());
        script({version(row.lowest, row.newest), login("token-1"), processing()});
        ASSERT_TRUE(poll());
        const std::string v = "v" + std::to_string(row.chosen) + "+json";
        EXPECT_THAT(asked(), ElementsAre("GET /version application/json", "POST /login " + v,
                                         "GET /appliances/a1/backup/b1/status " + v));
        EXPECT_FALSE(http_.requests[0].authorization);
        EXPECT_FALSE(http_.requests[1].authorization);
    }
}

TEST_F(AppgateLogin, AControllerThatDoesNotTellItsVersionTellsItInTheRefusalOfALogin) {
    for (const HttpReply& silence :
         {reply(404, R"({"id":"not found","message":"Not found."})"), reply(406, ""), reply(401, "{}"), reply(403, ""),
          reply(405, ""), reply(200, "<!doctype html><title>Admin</title>"), reply(200, "{}"),
          reply(200, R"({"peerVersion":"23"})"), reply(200, R"({"peerVersion":-1})"),
          reply(200, R"({"peerVersion":99999999999})"), reply(200, R"([{"peerVersion":23}])")}) {
        SCOPED_TRACE(std::to_string(silence.head.status) + silence.body);
        bench_.forget_logins();
        connector_ = make_appgate_connector(settings(), bench_.tools());
        script({silence, not_acceptable(13, 17), login("token-1"), processing()});
        ASSERT_TRUE(poll());
        EXPECT_THAT(asked(), ElementsAre("GET /version application/json", "POST /login v24+json",
                                         "POST /login v17+json", "GET /appliances/a1/backup/b1/status v17+json"));
        script({processing()});
        ASSERT_TRUE(poll()) << "neither the version nor the login is asked for again";
    }
}

TEST_F(AppgateLogin, AVersionThatGarnerDoesNotSpeakIsSaidWithBothRanges) {
    script({version(25, 31)});
    const auto newer = poll();
    ASSERT_FALSE(newer);
    EXPECT_EQ(newer.error().kind, FailureKind::rejected);
    EXPECT_FALSE(newer.error().login_rejected);
    EXPECT_THAT(newer.error().what, AllOf(HasSubstr("25 to 31"), HasSubstr("11 to 24"), HasSubstr("update garner")));
    EXPECT_EQ(logins(), 0U) << "no password goes where it is of no use";

    script({reply(404, ""), not_acceptable(5, 10)});
    const auto older = start();
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().kind, FailureKind::rejected);
    EXPECT_THAT(older.error().what, AllOf(HasSubstr("5 to 10"), HasSubstr("11 to 24"), HasSubstr("appliances")));

    script({reply(404, ""), reply(406, R"({"id":"not acceptable","message":"No."})"), reply(404, "")});
    const auto silent = poll();
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().kind, FailureKind::rejected);
    EXPECT_THAT(silent.error().what, AllOf(HasSubstr("status 406"), HasSubstr("No."), HasSubstr("24")));
}

TEST_F(AppgateLogin, EveryVersionIsSpokenInEveryCall) {
    for (int v = 11; v <= 24; ++v) {
        SCOPED_TRACE(v);
        log_in(v);
        request_.notify_url = "https://garner.acme.test/hook";
        const int started = v < 20 ? 200 : 202;
        const int deleted = v < 20 ? 204 : 202;
        script({reply(200, R"({"data":[]})"), online(), reply(started, R"({"id":"b1"})"),
                reply(200, v < 17 ? R"({"status":"done"})" : R"({"status":"done","result":"success"})"),
                reply(deleted, "")});
        ASSERT_TRUE(list());
        ASSERT_TRUE(start());
        const auto progress = poll();
        ASSERT_TRUE(progress);
        ASSERT_TRUE(discard());
        const std::string json = " v" + std::to_string(v) + "+json";
        const std::string gpg = "application/vnd.appgate.peer-v" + std::to_string(v) + "+gpg";
        EXPECT_THAT(asked(),
                    ElementsAre("GET /appliances?orderBy=name&range=0-99" + json, "GET /appliances/status" + json,
                                "POST /appliances/a1/backup" + json, "GET /appliances/a1/backup/b1/status" + json,
                                "DELETE /appliances/a1/backup/b1 v" + std::to_string(v) + "+gpg"));
        EXPECT_EQ(http_.requests[2].body.find("notifyUrl") != std::string::npos, v >= 16);
        const auto* ready = std::get_if<Ready>(&*progress);
        ASSERT_NE(ready, nullptr);
        EXPECT_EQ(ready->download.url, std::string(base) + "/appliances/a1/backup/b1");
        EXPECT_EQ(header(ready->download, "Accept"), gpg);
        EXPECT_EQ(header(ready->download, "Range"), "") << "the engine knows from where";
        EXPECT_EQ(ready->range, v >= 20 ? RangeUse::always : RangeUse::never);
        EXPECT_TRUE(ready->download.authorization->reveal() == "Bearer token-1");
    }
}

TEST_F(AppgateLogin, ALoginSaysWhoAndFromWhere) {
    connector_ = make_appgate_connector(settings(std::string(base) + "///", "a\"<&>\\b 1"), bench_.tools());
    script({version(19, 23), login("token-1"), processing()});
    ASSERT_TRUE(poll());
    const HttpRequest& request = http_.requests[1];
    EXPECT_EQ(request.url, std::string(base) + "/login");
    EXPECT_EQ(header(request, "Content-Type"), "application/json");
    EXPECT_EQ(boost::json::parse(request.body),
              boost::json::parse(R"({"providerName":"local","username":"backup","password":"a\"<&>\\b 1",)"
                                 R"("deviceId":"4c07bc67-57ea-42dd-b702-c2d6c45419fc"})"));
    EXPECT_THAT(request.body, HasSubstr("<&>")) << "not escaped as HTML";
}

TEST_F(AppgateLogin, ATokenIsUsedUntilShortlyBeforeItsEnd) {
    struct Row {
        const char* expires;
        Duration still, no_more;
    };
    // The clock begins at 2027-01-15T08:00:00Z.
    for (const Row& row : {Row{"2027-01-15T20:00:00Z", Duration(12 * 3'600'000 - 60'001), Duration(1)},
                           Row{"2027-01-15T08:00:03Z", Duration(2'699), Duration(1)},
                           Row{"2027-01-15T09:05:00.500+01:00", Duration(270'449), Duration(1)}}) {
        SCOPED_TRACE(row.expires);
        bench_.clock = FakeClock();
        bench_.forget_logins();
        connector_ = make_appgate_connector(settings(), bench_.tools());
        script({version(19, 23), login("token-1", row.expires), processing(), processing()});
        ASSERT_TRUE(poll());
        bench_.clock.pass(row.still);
        ASSERT_TRUE(poll());
        EXPECT_EQ(logins(), 1U);
        bench_.clock.pass(row.no_more);
        script({login("token-2"), processing()});
        ASSERT_TRUE(poll());
        EXPECT_EQ(logins(), 1U);
        EXPECT_TRUE(http_.requests.back().authorization->reveal() == "Bearer token-2");
    }
}

TEST_F(AppgateLogin, AWrongClockOnEitherSideDoesNotMatter) {
    HttpReply answer = login("token-1", "1994-11-06T09:49:37Z");
    answer.head.headers = {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
    script({version(19, 23), answer, processing(), processing()});
    ASSERT_TRUE(poll());
    bench_.clock.pass(Duration(3'539'000));
    ASSERT_TRUE(poll());
    bench_.clock.pass(Duration(2'000));
    script({login("token-2"), processing()});
    ASSERT_TRUE(poll());
    EXPECT_EQ(logins(), 1U) << "an hour by the controller's own clock";
}

TEST_F(AppgateLogin, ATokenWithoutAUsableEndIsUsedUntilItIsRefused) {
    for (const char* expires : {"", "soon", "2020-01-01T00:00:00Z", "2027-01-15T08:00:00Z"}) {
        SCOPED_TRACE(expires);
        bench_.forget_logins();
        connector_ = make_appgate_connector(settings(), bench_.tools());
        script({version(19, 23), login("token-1", expires), processing(), processing()});
        ASSERT_TRUE(poll());
        bench_.clock.pass(Duration(100'000'000));
        ASSERT_TRUE(poll());
        EXPECT_EQ(logins(), 1U);
        bench_.clock = FakeClock();
    }
}

TEST_F(AppgateLogin, AStartWhoseTokenIsRefusedIsRepeatedWithANewOne) {
    log_in();
    script({online(), trouble(401, "Token error."), login("token-2"), reply(202, R"({"id":"b1"})")});
    const auto started = start();
    ASSERT_TRUE(started);
    EXPECT_EQ(*started, "b1");
    EXPECT_THAT(asked(), ElementsAre("GET /appliances/status v23+json", "POST /appliances/a1/backup v23+json",
                                     "POST /login v23+json", "POST /appliances/a1/backup v23+json"));
    EXPECT_TRUE(http_.requests.back().authorization->reveal() == "Bearer token-2");
}

TEST_F(AppgateLogin, ARefusedLoginSaysWhatIsWrong) {
    const Failure wrong =
        refused(reply(401, R"({"id":"unauthorized","message":"Invalid username or password.","failureType":"Login"})"));
    EXPECT_EQ(wrong.kind, FailureKind::rejected);
    EXPECT_TRUE(wrong.login_rejected);
    EXPECT_EQ(wrong.http_status, 401);
    EXPECT_THAT(wrong.what, AllOf(HasSubstr("log in as backup of provider local"),
                                  HasSubstr("Invalid username or password."), HasSubstr("password")));

    const Failure locked =
        refused(reply(401, R"({"id":"unauthorized","message":"Login failed.","reason":"User is locked."})"));
    EXPECT_TRUE(locked.login_rejected);
    EXPECT_THAT(locked.what, AllOf(HasSubstr("User is locked."), HasSubstr("account is locked"), HasSubstr("wait")));

    const Failure provider = refused(trouble(401, "Unknown identity provider."));
    EXPECT_TRUE(provider.login_rejected);
    EXPECT_THAT(provider.what, HasSubstr("`provider`"));

    for (const int status : {400, 403, 422}) {
        const Failure invalid = refused(reply(
            status, R"({"id":"unprocessable entity","message":"Validation failed.","errors":[)"
                    R"({"field":"providerName","message":"must not be empty"},{"field":"x"},42,{"message":"bare"}]})"));
        EXPECT_EQ(invalid.kind, FailureKind::rejected);
        EXPECT_TRUE(invalid.login_rejected) << status;
        EXPECT_THAT(invalid.what, AllOf(HasSubstr("Validation failed."), HasSubstr("providerName: must not be empty"),
                                        HasSubstr("bare")));
    }
}

TEST_F(AppgateLogin, WhatAProxySaysIsNoWordAboutTheAccount) {
    const Failure page = refused(reply(403, "<!doctype html><title>Blocked</title>"));
    EXPECT_EQ(page.kind, FailureKind::rejected);
    EXPECT_FALSE(page.login_rejected);
    const Failure elsewhere = refused(reply(404, "nothing here"));
    EXPECT_EQ(elsewhere.kind, FailureKind::rejected);
    EXPECT_FALSE(elsewhere.login_rejected);
    EXPECT_THAT(elsewhere.what, HasSubstr("8443/admin"));
    EXPECT_EQ(refused(trouble(412, "Not in the right state.")).kind, FailureKind::transient);
    EXPECT_EQ(refused(trouble(409, "Conflict.")).kind, FailureKind::transient);
}

TEST_F(AppgateLogin, AnAccountWithMultiFactorAuthenticationIsToldToBeExempted) {
    for (const HttpReply& answer :
         {reply(412, R"({"id":"precondition failed","message":"OTP is required.","otpRequired":true})"),
          reply(412, R"({"id":"precondition failed","message":"OTP is required.","needTwoFactorAuth":true})"),
          reply(401, R"({"id":"unauthorized","message":"OTP is required.","failureType":"Mfa"})"),
          reply(200, R"({"user":{"name":"backup","needTwoFactorAuth":true},"token":"half"})")}) {
        const Failure failure = refused(answer);
        EXPECT_EQ(failure.kind, FailureKind::rejected);
        EXPECT_TRUE(failure.login_rejected);
        EXPECT_THAT(failure.what, AllOf(HasSubstr("multi-factor"), HasSubstr("exempt")));
        if (answer.head.status != 200) {
            EXPECT_THAT(failure.what, HasSubstr("OTP is required."));
        }
    }
}

TEST_F(AppgateLogin, ATokenThatIsNoneIsNotSent) {
    for (const std::string& body :
         {std::string(R"({"token":"a\r\nX-Evil: 1"})"), std::string(R"({"token":"with blank"})"),
          std::string("{\"token\":\"\xC3\xA4\"}"), R"({"token":")" + std::string(20'000, 'x') + R"("})",
          std::string(R"({"user":[],"token":""})"), std::string(R"({"token":"cut-off-token-xyz)")}) {
        const Failure failure = refused(reply(200, body));
        EXPECT_EQ(failure.kind, FailureKind::corrupt);
        EXPECT_FALSE(failure.login_rejected);
        EXPECT_THAT(failure.what, AllOf(Not(HasSubstr("Evil")), Not(HasSubstr("cut-off-token"))));
    }
}

TEST_F(AppgateLogin, APasswordIsNotToldInAnyFormThatAnAnswerMayHaveItIn) {
    connector_ = make_appgate_connector(settings(base, "p\"ass\\word"), bench_.tools());
    script({version(19, 23), trouble(400, R"(bad: p\"ass\\word)")});
    EXPECT_THAT(poll().error().what, AllOf(HasSubstr("bad: ***"), Not(HasSubstr("word\""))));
    script({reply(500, R"({"you sent":"p\"ass\\word)")});
    EXPECT_THAT(poll().error().what, AllOf(HasSubstr("***"), Not(HasSubstr("ass"))));
    bench_.forget_logins();
    connector_ = make_appgate_connector(settings(), bench_.tools());
    script({version(19, 23), login("token-one"), trouble(401, "no"), login("token-two"),
            trouble(400, "token-one token-two tSW3!QBv-hunter2")});
    EXPECT_THAT(poll().error().what, HasSubstr("*** *** ***"));
}

TEST_F(AppgateLogin, AProductUpgradeInMidLifeIsNegotiatedOnce) {
    struct Row {
        int before, after;
    };
    for (const Row& row : {Row{22, 23}, Row{23, 21}, Row{19, 20}}) {
        log_in(row.before);
        script({reply(406, R"({"id":"not acceptable","message":"Invalid 'Accept' header."})"), version(18, row.after),
                processing()});
        ASSERT_TRUE(poll());
        const std::string path = "GET /appliances/a1/backup/b1/status ";
        EXPECT_THAT(asked(),
                    ElementsAre(path + "v" + std::to_string(row.before) + "+json", "GET /version application/json",
                                path + "v" + std::to_string(row.after) + "+json"))
            << "the token is still good";
        script({processing()});
        ASSERT_TRUE(poll());
        EXPECT_THAT(asked(), ElementsAre(path + "v" + std::to_string(row.after) + "+json"));
    }
    // A downgrade to a product without /version, and an upgrade that ends the tokens, too.
    log_in(20);
    script({trouble(406, "no"), reply(404, ""), not_acceptable(16, 19), processing()});
    ASSERT_TRUE(poll());
    EXPECT_EQ(asked().back(), "GET /appliances/a1/backup/b1/status v19+json");
    EXPECT_TRUE(http_.requests.back().authorization->reveal() == "Bearer token-1") << "it is still good";
    script({trouble(406, "no"), reply(404, ""), login("token-2"), processing()});
    ASSERT_TRUE(poll());
    EXPECT_EQ(asked().back(), "GET /appliances/a1/backup/b1/status v24+json");
    script({trouble(401, "no"), not_acceptable(20, 23), login("token-3"), processing()});
    ASSERT_TRUE(poll());
    EXPECT_EQ(asked().back(), "GET /appliances/a1/backup/b1/status v23+json");
}

TEST_F(AppgateLogin, AStartThatIsNotAcceptableInMidLifeIsRepeatedInTheNewVersion) {
    log_in(15);
    request_.notify_url = "https://garner.acme.test/hook";
    script({online(), trouble(406, "no"), version(16, 23), reply(202, R"({"id":"b1"})")});
    ASSERT_TRUE(start());
    EXPECT_THAT(http_.requests[1].body, Not(HasSubstr("notifyUrl")));
    EXPECT_THAT(http_.requests[3].body, HasSubstr(R"("notifyUrl":"https://garner.acme.test/hook")"));
    EXPECT_EQ(asked().back(), "POST /appliances/a1/backup v23+json");
}

TEST_F(AppgateLogin, WhatStaysNotAcceptableIsFinalWithTheVendorsWords) {
    log_in(23);
    script({trouble(406, "not like this"), version(19, 23)});
    const auto same = poll();
    ASSERT_FALSE(same);
    EXPECT_EQ(same.error().kind, FailureKind::rejected);
    EXPECT_EQ(same.error().http_status, 406);
    EXPECT_THAT(same.error().what, AllOf(HasSubstr("not like this"), HasSubstr("version 23")));

    script({trouble(406, "no"), version(19, 22), trouble(406, "still not")});
    const auto again = poll();
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().what, AllOf(HasSubstr("still not"), HasSubstr("version 22")));

    script({trouble(406, "no"), trouble(503, "starting up")});
    EXPECT_EQ(poll().error().kind, FailureKind::transient);
    script({trouble(406, "no"), version(30, 31)});
    EXPECT_THAT(poll().error().what, HasSubstr("30 to 31"));
}

Task<bool> poll_both(Connector& connector, const Target& target, int& ended, asio::any_io_executor executor) {
    const auto second = [](Connector& shared, const Target& of, int& count) -> Task<> {
        const auto polled = co_await shared.poll(of, "b2");
        count += polled ? 1 : 0;
    };
    asio::co_spawn(executor, second(connector, target, ended), [](const std::exception_ptr&) {});
    const auto polled = co_await connector.poll(target, "b1");
    ended += polled ? 1 : 0;
    co_return bool(polled);
}

TEST_F(AppgateLogin, TwoThatNeedALoginAtOnceLogInOnce) {
    LaterClient later(http_);
    connector_ = make_appgate_connector(settings(), bench_.tools_with(later));
    int ended = 0;
    script({version(19, 23), login("token-1"), processing(), processing()});
    EXPECT_TRUE(bench_.finish(poll_both(*connector_, primary_, ended, bench_.loop.get_executor())));
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(logins(), 1U);

    script({trouble(401, "a"), trouble(401, "b"), login("token-2"), processing(), processing()});
    EXPECT_TRUE(bench_.finish(poll_both(*connector_, primary_, ended, bench_.loop.get_executor())));
    EXPECT_EQ(ended, 4);
    EXPECT_EQ(logins(), 1U);

    script({trouble(406, "a"), trouble(406, "b"), version(19, 22), processing(), processing()});
    EXPECT_TRUE(bench_.finish(poll_both(*connector_, primary_, ended, bench_.loop.get_executor())));
    EXPECT_EQ(ended, 6);
    EXPECT_EQ(http_.requests.size(), 5U) << "and the version is asked for once";
}

}  // namespace
}  // namespace garner
