// What every connector does with every answer: the common table of status codes, answers that are no answers, and
// where the credential may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "scripted_client.hpp"
#include "subject.hpp"

namespace garner {
namespace {

using testing::HasSubstr;
using testing::Not;

class Contract : public testing::TestWithParam<Subject> {
protected:
    const Subject& subject() const { return GetParam(); }

    // One call, answered once; nothing when it succeeded.
    std::optional<Failure> call(Verb verb, Result<HttpReply> answer) {
        http_.requests.clear();
        http_.script = {std::move(answer)};
        std::optional<Failure> failure;
        const ExportRequest everything;
        if (verb == Verb::list) {
            const auto result = finish(connector_->list_targets());
            if (!result) failure = result.error();
        } else if (verb == Verb::start) {
            const auto result = finish(connector_->start(subject().target, everything));
            if (!result) failure = result.error();
        } else {
            const auto result = finish(connector_->poll(subject().target, subject().remote_job));
            if (!result) failure = result.error();
        }
        EXPECT_EQ(http_.requests.size(), 1U) << "one call is one request: retries are the engine's";
        if (!failure) return failure;
        for (const std::string& secret : subject().secrets)
            EXPECT_THAT(failure->what + failure->vendor_id, Not(HasSubstr(secret)));
        EXPECT_TRUE(std::none_of(failure->what.begin(), failure->what.end(), [](unsigned char c) {
            return c < 0x20 || c == 0x7F;
        })) << failure->what;
        return failure;
    }

    Failure refused(Verb verb, int status, const std::string& body,
                    std::vector<std::pair<std::string, std::string>> headers = {}) {
        const auto failure = call(verb, reply(status, body, std::move(headers)));
        EXPECT_TRUE(failure) << status;
        return failure.value_or(Failure(FailureKind::local, "no failure at all"));
    }

    ScriptedClient http_;
    std::unique_ptr<Connector> connector_ = GetParam().make(http_);
};

TEST_P(Contract, GoodAnswersAreUnderstood) {
    http_.script = {reply(200, subject().good_list), reply(200, subject().good_start),
                    reply(200, subject().good_pending), reply(200, subject().good_ready)};
    const auto listed = finish(connector_->list_targets());
    ASSERT_TRUE(listed) << listed.error().what;
    EXPECT_EQ(*listed, subject().listed);
    const ExportRequest everything;
    const auto job = finish(connector_->start(subject().target, everything));
    ASSERT_TRUE(job) << job.error().what;
    EXPECT_EQ(*job, subject().remote_job);
    const auto running = finish(connector_->poll(subject().target, *job));
    ASSERT_TRUE(running) << running.error().what;
    const auto* pending = std::get_if<Pending>(&*running);
    ASSERT_NE(pending, nullptr);
    EXPECT_TRUE(pending->known);
    EXPECT_FALSE(pending->without_file);
    const auto done = finish(connector_->poll(subject().target, *job));
    ASSERT_TRUE(done) << done.error().what;
    const auto* ready = std::get_if<Ready>(&*done);
    ASSERT_NE(ready, nullptr);
    EXPECT_EQ(ready->download.method, "GET");
    EXPECT_EQ(ready->download.url, subject().resource) << "byte for byte, or its signature breaks";
    EXPECT_FALSE(ready->download.authorization) << "the address is its own credential";
    EXPECT_TRUE(finish(connector_->discard(subject().target, *job)));

    ASSERT_EQ(http_.requests.size(), 4U);
    EXPECT_EQ(http_.requests[0].method + " " + http_.requests[0].url, "GET " + subject().list_url);
    EXPECT_EQ(http_.requests[1].method + " " + http_.requests[1].url, "POST " + subject().start_url);
    EXPECT_EQ(http_.requests[2].method + " " + http_.requests[2].url, "GET " + subject().poll_url);
}

TEST_P(Contract, TheCredentialGoesInTheAuthorizationAndNowhereElse) {
    http_.script = {reply(200, subject().good_list), reply(200, subject().good_start),
                    reply(200, subject().good_pending)};
    const ExportRequest everything;
    finish(connector_->list_targets());
    finish(connector_->start(subject().target, everything));
    finish(connector_->poll(subject().target, subject().remote_job));
    for (const HttpRequest& request : http_.requests) {
        ASSERT_TRUE(request.authorization) << request.url;
        EXPECT_TRUE(request.authorization->reveal() == subject().authorization) << request.url;
        std::string everywhere = request.method + request.url + request.body;
        for (const auto& [name, value] : request.headers) everywhere += name + ": " + value + "\n";
        for (const std::string& secret : subject().secrets) EXPECT_THAT(everywhere, Not(HasSubstr(secret)));
    }
}

TEST_P(Contract, EachStatusMeansWhatTheCommonTableSays) {
    using enum FailureKind;
    struct Row {
        int status;
        FailureKind list, start, poll;
    };
    for (const Row& row : std::vector<Row>{{400, rejected, rejected, rejected},
                                           {401, rejected, rejected, rejected},
                                           {403, rejected, rejected, rejected},
                                           {404, rejected, rejected, gone},
                                           {405, rejected, rejected, rejected},
                                           {408, transient, transient, transient},
                                           {409, busy, busy, busy},
                                           {410, rejected, rejected, gone},
                                           {412, busy, busy, busy},
                                           {421, transient, transient, transient},
                                           {422, rejected, rejected, rejected},
                                           {425, transient, transient, transient},
                                           {429, transient, transient, transient},
                                           {451, rejected, rejected, rejected},
                                           {500, transient, transient, transient},
                                           {502, transient, transient, transient},
                                           {503, transient, transient, transient},
                                           {504, transient, transient, transient}}) {
        SCOPED_TRACE(row.status);
        for (const Verb verb : all_verbs) {
            const Failure failure = refused(verb, row.status, subject().error_body);
            EXPECT_EQ(failure.kind, verb == Verb::list ? row.list : verb == Verb::start ? row.start : row.poll);
            EXPECT_EQ(failure.http_status, row.status);
            EXPECT_EQ(failure.login_rejected, row.status == 401);
            EXPECT_EQ(failure.throttled, row.status == 429);
            EXPECT_THAT(failure.what, HasSubstr("status " + std::to_string(row.status)));
            EXPECT_THAT(failure.what, HasSubstr("the details")) << "the vendor's own words";
            EXPECT_EQ(failure.vendor_id, subject().error_id);
            EXPECT_THAT(failure.what, HasSubstr(subject().error_id)) << "what its support asks for";
        }
    }
}

TEST_P(Contract, AStartThatABareServerErrorAnswersMayHaveHappened) {
    const std::vector<std::string> bodies{"",
                                          "<html><body><h1>502 Bad Gateway</h1></body></html>",
                                          "upstream connect error",
                                          R"({"message":"from a gateway"})",
                                          "[]",
                                          "null",
                                          "{\"details\":",
                                          R"({"details":42})"};
    for (const int status : {500, 502, 503, 504, 520, 599})
        for (const std::string& body : bodies) {
            SCOPED_TRACE(std::to_string(status) + " " + body);
            EXPECT_EQ(refused(Verb::list, status, body).kind, FailureKind::transient);
            EXPECT_EQ(refused(Verb::poll, status, body).kind, FailureKind::transient);
            EXPECT_EQ(refused(Verb::start, status, body).kind, FailureKind::uncertain);
        }
}

TEST_P(Contract, ThrottlingCarriesTheWaitThatTheVendorAsksFor) {
    const auto after = [](std::string value) {
        return std::vector<std::pair<std::string, std::string>>{{"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                                                {"retry-after", std::move(value)}};
    };
    for (const Verb verb : all_verbs)
        for (const std::string& body : {subject().error_body, std::string()}) {
            const Failure seconds = refused(verb, 429, body, after("30"));
            EXPECT_EQ(seconds.kind, FailureKind::transient) << "a 429 has started nothing";
            EXPECT_EQ(seconds.retry_after, Duration(30'000));
            EXPECT_TRUE(seconds.throttled);
            EXPECT_EQ(refused(verb, 429, body, after("Sun, 06 Nov 1994 08:51:37 GMT")).retry_after, Duration(120'000));
            const Failure garbage = refused(verb, 429, body, after("1e9"));
            EXPECT_EQ(garbage.retry_after, std::nullopt);
            EXPECT_TRUE(garbage.throttled);
            EXPECT_TRUE(refused(verb, 429, body).throttled);
            EXPECT_TRUE(refused(verb, 503, body, after("30")).throttled);
            EXPECT_EQ(refused(verb, 503, body, after("30")).retry_after, Duration(30'000));
            EXPECT_FALSE(refused(verb, 503, body).throttled);
            EXPECT_EQ(refused(verb, 500, body, after("30")).retry_after, std::nullopt);
        }
}

TEST_P(Contract, AdminsAreToldWhatToDoAboutARefusal) {
    for (const Verb verb : all_verbs) {
        EXPECT_THAT(refused(verb, 401, subject().error_body).what, HasSubstr(subject().login_words));
        const auto& words = verb == Verb::start ? subject().start_scope_words : subject().list_scope_words;
        for (const std::string& word : words)
            EXPECT_THAT(refused(verb, 403, subject().error_body).what, HasSubstr(word));
        const Failure page = refused(verb, 403, "<!doctype html><title>Blocked</title>");
        EXPECT_EQ(page.kind, FailureKind::rejected);
        EXPECT_FALSE(page.login_rejected);
        EXPECT_THAT(page.what, testing::AllOf(HasSubstr("an HTML page"), HasSubstr("allow-list")));
        const Failure elsewhere = refused(verb, 302, "", {{"location", "https://login.example/"}});
        EXPECT_EQ(elsewhere.kind, FailureKind::rejected);
        EXPECT_THAT(elsewhere.what, HasSubstr("`url`"));
    }
}

TEST_P(Contract, AnAnswerThatIsNoneIsCorruptAndAStartedJobWithoutAnIdIsUncertain) {
    std::string deep(200, '[');
    deep += std::string(200, ']');
    std::string deep_objects;
    for (int i = 0; i < 100'000; ++i) deep_objects += "{\"a\":";
    const std::string good = subject().good_start;
    const std::vector<std::string> bodies{
        "",
        " \r\n",
        "<!doctype html><title>Sign in</title>",
        "<?xml version=\"1.0\"?><Error/>",
        "OK",
        "null",
        "42",
        "\"text\"",
        "true",
        "[1]",
        "[null]",
        "[[]]",
        deep,
        deep_objects,
        "{\"id\":\"\xFF\xFE\"}",
        "{\"id\":\"\xED\xA0\x80\"}",
        std::string("{\"id\":\"a\0b\"}", 12),
        std::string("\0", 1),
        "{\"id\":\"a\"} trailing",
        "{\"id\":\"a\"}{}",
        "{'id':'a'}",
        "{\"id\":NaN}",
        "{}",
        R"({"id":42,"status":"complete"})",
        R"({"id":null,"status":null})",
        R"({"id":"","status":""})",
        R"({"id":["a"],"status":["complete"]})",
        R"({"error":"x"})",
    };
    for (const std::string& body : bodies)
        for (const Verb verb : all_verbs) {
            SCOPED_TRACE(testing::PrintToString(verb) + " " + body.substr(0, 60));
            const auto failure = call(verb, reply(200, body));
            ASSERT_TRUE(failure);
            EXPECT_EQ(failure->kind, verb == Verb::start ? FailureKind::uncertain : FailureKind::corrupt);
            EXPECT_LT(failure->what.size(), 600U);
        }
    EXPECT_THAT(refused(Verb::list, 200, "<!doctype html><p>Sign in").what, HasSubstr("an HTML page"));
    EXPECT_THAT(refused(Verb::poll, 200, "").what, HasSubstr("empty"));
}

TEST_P(Contract, AnAnswerThatIsCutOffAnywhereIsNoAnswer) {
    const auto cut_everywhere = [&](Verb verb, const std::string& good, FailureKind kind) {
        for (std::size_t size = 0; size < good.size(); ++size) {
            const auto failure = call(verb, reply(200, good.substr(0, size)));
            ASSERT_TRUE(failure) << size;
            ASSERT_EQ(failure->kind, kind) << size;
        }
        EXPECT_FALSE(call(verb, reply(200, good + "\r\n")));
    };
    cut_everywhere(Verb::list, subject().good_list, FailureKind::corrupt);
    cut_everywhere(Verb::start, subject().good_start, FailureKind::uncertain);
    cut_everywhere(Verb::poll, subject().good_ready, FailureKind::corrupt);
}

TEST_P(Contract, WhatTheConnectionSaysIsPassedOnWithItsKind) {
    using enum FailureKind;
    for (const Verb verb : all_verbs)
        for (const FailureKind kind : {transient, uncertain, rejected, corrupt, local}) {
            Failure broken(kind, "connect: something happened");
            broken.retry_after = Duration(5000);
            const auto failure = call(verb, broken);
            ASSERT_TRUE(failure);
            EXPECT_EQ(failure->kind, kind);
            EXPECT_EQ(failure->http_status, 0);
            EXPECT_EQ(failure->retry_after, Duration(5000));
            EXPECT_FALSE(failure->login_rejected);
            EXPECT_THAT(failure->what, testing::EndsWith(": connect: something happened"))
                << "the operation, then the cause";
        }
}

TEST_P(Contract, AVendorThatEchoesTheCredentialDoesNotGetItIntoOurTexts) {
    for (const std::string& secret : subject().secrets) {
        std::string echo = subject().escaped_error;
        for (std::size_t at = echo.find("%s"); at != std::string::npos; at = echo.find("%s"))
            echo.replace(at, 2, secret);
        std::vector<std::string> bodies{echo, "<html>Authorization: Basic " + secret + "</html>", secret,
                                        "{\"id\":\"" + secret, R"({"id":"x","status":"failed )" + secret + "\"}"};
        // The secret across the place where a text is cut: half of it must not stay either.
        for (std::size_t before = 60; before < 210; before += 5) {
            bodies.push_back(std::string(before, 'x') + secret);
            bodies.push_back(R"({"details":")" + std::string(before, 'x') + secret + "\"}");
        }
        for (const std::string& body : bodies)
            for (const int status : {200, 400, 401, 403, 404, 500})
                for (const Verb verb : all_verbs) {
                    const auto failure = call(verb, reply(status, body));  // looks for whole secrets itself
                    const std::string text = failure ? failure->what + failure->vendor_id : "";
                    ASSERT_THAT(text, Not(HasSubstr(secret.substr(0, 6)))) << status << " " << body;
                }
    }
}

INSTANTIATE_TEST_SUITE_P(Of, Contract, testing::ValuesIn(subjects()),
                         [](const auto& about) { return about.param.name; });

}  // namespace
}  // namespace garner
