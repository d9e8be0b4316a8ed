// What every connector does with every answer: the common table of status codes, answers that are no answers, and
// where the credential may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "bench.hpp"
#include "subject.hpp"

namespace garner {
namespace {

using testing::HasSubstr;
using testing::Not;

class Contract : public testing::TestWithParam<Subject> {
protected:
    void SetUp() override { log_in(); }

    const Subject& subject() const { return GetParam(); }

    static void append(std::deque<Result<HttpReply>>& script, const std::vector<HttpReply>& replies) {
        for (const HttpReply& one : replies) script.emplace_back(one);
    }

    // A connector that has forgotten everything.
    void make_anew() {
        bench_.forget_logins();
        connector_ = subject().make(bench_.tools());
        http_.requests.clear();
    }

    // From here on one call is one request.
    void log_in() {
        make_anew();
        if (subject().login.empty()) return;
        http_.script.clear();
        append(http_.script, subject().login);
        http_.script.push_back(reply(200, subject().good_pending));
        const auto polled = bench_.finish(connector_->poll(subject().target, subject().remote_job));
        ASSERT_TRUE(polled) << polled.error().what;
        ASSERT_TRUE(http_.script.empty()) << "a login is used";
        http_.requests.clear();
    }

    // Nothing when it succeeded.
    std::optional<Failure> ask(Verb verb) {
        if (verb == Verb::list) {
            const auto result = bench_.finish(connector_->list_targets());
            return result ? std::nullopt : std::optional(result.error());
        }
        if (verb == Verb::start) {
            const auto result = bench_.finish(connector_->start(subject().target, subject().request));
            return result ? std::nullopt : std::optional(result.error());
        }
        if (verb == Verb::discard) {
            const auto result = bench_.finish(connector_->discard(subject().target, subject().remote_job));
            return result ? std::nullopt : std::optional(result.error());
        }
        const auto result = bench_.finish(connector_->poll(subject().target, subject().remote_job));
        if (!result) return result.error();
        const auto* pending = std::get_if<Pending>(&*result);
        const std::string said = pending == nullptr ? std::string() : pending->vendor_state;
        for (const std::string& secret : subject().secrets) EXPECT_THAT(said, Not(HasSubstr(secret)));
        return std::nullopt;
    }

    std::optional<OwnAnswer> own_answer(Verb verb, const HttpReply& answer) const {
        return subject().own_answer ? subject().own_answer(verb, answer) : std::nullopt;
    }

    // What the kind is, where the common table says `common`.
    std::optional<FailureKind> meaning(Verb verb, const HttpReply& answer, std::optional<FailureKind> common) const {
        const auto own = own_answer(verb, answer);
        return own ? own->kind : common;
    }

    // One call that is answered so; nothing when it succeeded.
    std::optional<Failure> call(Verb verb, Result<HttpReply> answer) {
        http_.requests.clear();
        http_.script.clear();
        const auto own = answer ? own_answer(verb, *answer) : std::nullopt;
        if (own) {
            append(http_.script, own->script);
        } else {
            http_.script.push_back(answer);
            if (answer && answer->head.status == 401 && !subject().renewal.empty()) {
                append(http_.script, subject().renewal);
                http_.script.push_back(answer);
            }
        }
        const std::size_t expected = http_.script.size();
        const auto failure = ask(verb);
        EXPECT_EQ(http_.requests.size(), expected) << "one call is one request: retries are the engine's";
        if (expected != 1) log_in();
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

    Bench bench_;
    ScriptedClient& http_ = bench_.http;
    std::unique_ptr<Connector> connector_;
};

TEST_P(Contract, GoodAnswersAreUnderstood) {
    http_.script.clear();
    if (subject().has(Verb::list)) http_.script.push_back(reply(200, subject().good_list));
    for (const std::string& body : {subject().good_start, subject().good_pending, subject().good_ready})
        http_.script.push_back(reply(200, body));
    if (subject().has(Verb::discard)) http_.script.push_back(reply(202, subject().good_discard));
    const auto listed = bench_.finish(connector_->list_targets());
    ASSERT_TRUE(listed) << listed.error().what;
    EXPECT_EQ(*listed, subject().listed);
    const auto job = bench_.finish(connector_->start(subject().target, subject().request));
    ASSERT_TRUE(job) << job.error().what;
    EXPECT_EQ(*job, subject().remote_job);
    const auto running = bench_.finish(connector_->poll(subject().target, *job));
    ASSERT_TRUE(running) << running.error().what;
    const auto* pending = std::get_if<Pending>(&*running);
    ASSERT_NE(pending, nullptr);
    EXPECT_TRUE(pending->known);
    EXPECT_FALSE(pending->without_file);
    const auto done = bench_.finish(connector_->poll(subject().target, *job));
    ASSERT_TRUE(done) << done.error().what;
    const auto* ready = std::get_if<Ready>(&*done);
    ASSERT_NE(ready, nullptr);
    EXPECT_EQ(ready->download.method, "GET");
    EXPECT_EQ(ready->download.url, subject().resource) << "byte for byte, or its signature breaks";
    if (subject().download_authorization.empty()) {
        EXPECT_FALSE(ready->download.authorization) << "the address is its own credential";
    } else {
        ASSERT_TRUE(ready->download.authorization);
        EXPECT_TRUE(ready->download.authorization->reveal() == subject().download_authorization);
    }
    EXPECT_TRUE(bench_.finish(connector_->discard(subject().target, *job)));
    EXPECT_EQ(connector_->needs_discard(), subject().has(Verb::discard));

    std::vector<std::string> asked, expected;
    for (const HttpRequest& request : http_.requests) asked.push_back(request.method + " " + request.url);
    if (subject().has(Verb::list)) expected.push_back("GET " + subject().list_url);
    expected.insert(expected.end(),
                    {"POST " + subject().start_url, "GET " + subject().poll_url, "GET " + subject().poll_url});
    if (subject().has(Verb::discard)) expected.push_back("DELETE " + subject().discard_url);
    EXPECT_EQ(asked, expected);
}

TEST_P(Contract, AnySuccessIsSuccessWhicheverOfItsNumbersItHas) {
    for (const int status : {200, 201, 202}) {
        EXPECT_FALSE(call(Verb::start, reply(status, subject().good_start))) << status;
        EXPECT_FALSE(call(Verb::poll, reply(status, subject().good_pending))) << status;
    }
    for (const int status : {200, 202, 204}) {
        if (!subject().has(Verb::discard)) continue;
        EXPECT_FALSE(call(Verb::discard, reply(status, ""))) << status;
    }
}

TEST_P(Contract, TheCredentialGoesInTheAuthorizationAndNowhereElse) {
    for (const Verb verb : subject().verbs) {
        const std::string& good = verb == Verb::list    ? subject().good_list
                                  : verb == Verb::start ? subject().good_start
                                  : verb == Verb::poll  ? subject().good_pending
                                                        : subject().good_discard;
        EXPECT_FALSE(call(verb, reply(200, good)));
        for (const HttpRequest& request : http_.requests) {
            ASSERT_TRUE(request.authorization) << request.url;
            EXPECT_TRUE(request.authorization->reveal() == subject().authorization) << request.url;
            std::string everywhere = request.method + request.url + request.body;
            for (const auto& [name, value] : request.headers) everywhere += name + ": " + value + "\n";
            for (const std::string& secret : subject().secrets) EXPECT_THAT(everywhere, Not(HasSubstr(secret)));
        }
    }
}

TEST_P(Contract, EachStatusMeansWhatTheCommonTableSays) {
    using enum FailureKind;
    struct Row {
        int status;
        FailureKind list, start, poll;
        std::optional<FailureKind> discard;
    };
    for (const Row& row : std::vector<Row>{{400, rejected, rejected, rejected, rejected},
                                           {401, rejected, rejected, rejected, rejected},
                                           {403, rejected, rejected, rejected, rejected},
                                           {404, rejected, rejected, gone, std::nullopt},
                                           {405, rejected, rejected, rejected, rejected},
                                           {408, transient, transient, transient, transient},
                                           {409, busy, busy, busy, busy},
                                           {410, rejected, rejected, gone, std::nullopt},
                                           {412, busy, busy, busy, busy},
                                           {421, transient, transient, transient, transient},
                                           {422, rejected, rejected, rejected, rejected},
                                           {425, transient, transient, transient, transient},
                                           {429, transient, transient, transient, transient},
                                           {451, rejected, rejected, rejected, rejected},
                                           {500, transient, transient, transient, transient},
                                           {502, transient, transient, transient, transient},
                                           {503, transient, transient, transient, transient},
                                           {504, transient, transient, transient, transient}}) {
        SCOPED_TRACE(row.status);
        for (const Verb verb : subject().verbs) {
            SCOPED_TRACE(testing::PrintToString(verb));
            const HttpReply answer = reply(row.status, subject().error_body);
            const auto kind = meaning(verb, answer,
                                      verb == Verb::list    ? row.list
                                      : verb == Verb::start ? row.start
                                      : verb == Verb::poll  ? row.poll
                                                            : row.discard);
            const auto failure = call(verb, answer);
            ASSERT_EQ(failure.has_value(), kind.has_value()) << "what is no more needs no discarding";
            if (!failure) continue;
            EXPECT_EQ(failure->kind, *kind);
            EXPECT_EQ(failure->http_status, row.status);
            EXPECT_EQ(failure->login_rejected, row.status == 401 && subject().login.empty());
            EXPECT_EQ(failure->throttled, row.status == 429);
            EXPECT_THAT(failure->what, HasSubstr("status " + std::to_string(row.status)));
            EXPECT_THAT(failure->what, HasSubstr("the details")) << "the vendor's own words";
            EXPECT_EQ(failure->vendor_id, subject().error_id);
            EXPECT_THAT(failure->what, HasSubstr(subject().error_id)) << "what its support asks for";
        }
    }
}

TEST_P(Contract, AStartThatABareServerErrorAnswersMayHaveHappened) {
    const std::vector<std::string> bodies{"",
                                          "<html><body><h1>502 Bad Gateway</h1></body></html>",
                                          "upstream connect error",
                                          subject().foreign_error,
                                          "[]",
                                          "null",
                                          "{\"details\":",
                                          R"({"details":42})",
                                          R"({"message":42})"};
    for (const int status : {500, 502, 503, 504, 520, 599})
        for (const std::string& body : bodies) {
            SCOPED_TRACE(std::to_string(status) + " " + body);
            for (const Verb verb : subject().verbs)
                EXPECT_EQ(refused(verb, status, body).kind,
                          meaning(verb, reply(status, body),
                                  verb == Verb::start ? FailureKind::uncertain : FailureKind::transient));
        }
}

TEST_P(Contract, ThrottlingCarriesTheWaitThatTheVendorAsksFor) {
    const auto after = [](std::string value) {
        return std::vector<std::pair<std::string, std::string>>{{"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                                                {"retry-after", std::move(value)}};
    };
    for (const Verb verb : subject().verbs)
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
    for (const Verb verb : subject().verbs) {
        EXPECT_THAT(refused(verb, 401, subject().error_body).what, HasSubstr(subject().login_words));
        for (const std::string& word : subject().scope_words.at(verb))
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
    std::vector<std::string> bodies{
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
        R"({"error":"x"})",
    };
    bodies.insert(bodies.end(), subject().wrong_answers.begin(), subject().wrong_answers.end());
    for (const std::string& body : bodies)
        for (const Verb verb : subject().verbs) {
            if (verb == Verb::discard) continue;  // its answer says nothing
            SCOPED_TRACE(testing::PrintToString(verb) + " " + body.substr(0, 60));
            const auto failure = call(verb, reply(200, body));
            ASSERT_TRUE(failure);
            EXPECT_EQ(failure->kind, verb == Verb::start ? FailureKind::uncertain : FailureKind::corrupt);
            EXPECT_LT(failure->what.size(), 600U);
        }
    EXPECT_THAT(refused(Verb::poll, 200, "<!doctype html><p>Sign in").what, HasSubstr("an HTML page"));
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
    if (subject().has(Verb::list)) cut_everywhere(Verb::list, subject().good_list, FailureKind::corrupt);
    cut_everywhere(Verb::start, subject().good_start, FailureKind::uncertain);
    cut_everywhere(Verb::poll, subject().good_ready, FailureKind::corrupt);
}

TEST_P(Contract, WhatTheConnectionSaysIsPassedOnWithItsKind) {
    using enum FailureKind;
    for (const Verb verb : subject().verbs)
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
        std::vector<std::string> bodies{echo,
                                        "<html>Authorization: Basic " + secret + "</html>",
                                        secret,
                                        "{\"id\":\"" + secret,
                                        R"({"id":"x","status":"failed )" + secret + "\"}",
                                        R"({"state":"failed )" + secret + "\"}"};
        // The secret across the place where a text is cut: half of it must not stay either.
        for (std::size_t before = 60; before < 210; before += 5) {
            bodies.push_back(std::string(before, 'x') + secret);
            for (const char* key : {"details", "message"})
                bodies.push_back("{\"" + std::string(key) + "\":\"" + std::string(before, 'x') + secret + "\"}");
        }
        for (const std::string& body : bodies)
            for (const int status : {200, 400, 401, 403, 404, 500})
                for (const Verb verb : subject().verbs) {
                    const auto failure = call(verb, reply(status, body));  // looks for whole secrets itself
                    const std::string text = failure ? failure->what + failure->vendor_id : "";
                    ASSERT_THAT(text, Not(HasSubstr(secret.substr(0, 6)))) << status << " " << body;
                }
    }
}

class LoginContract : public Contract {};

TEST_P(LoginContract, ACallThatIsAnswered401LogsInOnceAndIsMadeOnceMore) {
    for (const Verb verb : subject().verbs) {
        log_in();
        const std::string& good = verb == Verb::list    ? subject().good_list
                                  : verb == Verb::start ? subject().good_start
                                  : verb == Verb::poll  ? subject().good_pending
                                                        : subject().good_discard;
        http_.script = {reply(401, subject().error_body)};
        append(http_.script, subject().renewal);
        http_.script.push_back(reply(200, good));
        const auto failure = ask(verb);
        EXPECT_FALSE(failure) << failure->what;
        EXPECT_TRUE(http_.script.empty());
    }
}

TEST_P(LoginContract, ALoginThatDoesNotComeAboutHasStartedNothing) {
    using enum FailureKind;
    for (std::size_t at = 0; at < subject().login.size(); ++at) {
        std::vector<Result<HttpReply>> troubles{reply(500, subject().error_body),
                                                reply(502, "<html><body>Bad Gateway</body></html>"),
                                                reply(429, subject().error_body, {{"retry-after", "30"}})};
        if (at + 1 == subject().login.size())
            for (const std::string& body :
                 {std::string("<!doctype html><title>Sign in</title>"), subject().login[at].body.substr(1),
                  std::string(), std::string("[]"), std::string("{}"), std::string(R"({"token":42})")})
                troubles.emplace_back(reply(200, body));
        for (const FailureKind kind : {transient, uncertain}) troubles.emplace_back(Failure(kind, "connection: lost"));
        for (const auto& trouble : troubles) {
            SCOPED_TRACE(trouble ? std::to_string(trouble->head.status) + " " + trouble->body : trouble.error().what);
            make_anew();
            http_.script.clear();
            for (std::size_t before = 0; before < at; ++before) http_.script.emplace_back(subject().login[before]);
            http_.script.push_back(trouble);
            const auto failure = ask(Verb::start);
            ASSERT_TRUE(failure);
            EXPECT_TRUE(failure->kind == transient || failure->kind == corrupt) << to_string(failure->kind);
            EXPECT_FALSE(failure->login_rejected);
            const bool throttled = trouble && trouble->head.status == 429;
            EXPECT_EQ(failure->throttled, throttled);
            EXPECT_EQ(failure->retry_after, throttled ? std::optional(Duration(30'000)) : std::nullopt);
            for (const std::string& secret : subject().secrets) EXPECT_THAT(failure->what, Not(HasSubstr(secret)));
            EXPECT_EQ(http_.requests.size(), at + 1) << "no second try";
        }
    }
}

TEST_P(LoginContract, ARefusedLoginIsFinalAndSaysWhatToLookAt) {
    for (const std::string& body : {subject().error_body, std::string()})
        for (const Verb verb : subject().verbs) {
            make_anew();
            http_.script.clear();
            append(http_.script, subject().login);
            http_.script.back() = reply(subject().login_refused_status, body);
            const auto failure = ask(verb);
            ASSERT_TRUE(failure);
            EXPECT_EQ(failure->kind, FailureKind::rejected);
            EXPECT_TRUE(failure->login_rejected);
            for (const std::string& word : subject().login_refused_words) EXPECT_THAT(failure->what, HasSubstr(word));
            EXPECT_EQ(http_.requests.size(), subject().login.size()) << "once: a second try may lock the account";
        }
}

TEST_P(LoginContract, OneLoginServesAllCallsAndAllConnectorsOfItsSource) {
    connector_ = subject().make(bench_.tools());  // as after a reload
    EXPECT_FALSE(call(Verb::start, reply(200, subject().good_start)));
    EXPECT_FALSE(call(Verb::poll, reply(200, subject().good_pending)));
}

INSTANTIATE_TEST_SUITE_P(Of, Contract, testing::ValuesIn(subjects()),
                         [](const auto& about) { return about.param.name; });

INSTANTIATE_TEST_SUITE_P(Of, LoginContract, testing::ValuesIn(subjects_that_log_in()),
                         [](const auto& about) { return about.param.name; });

}  // namespace
}  // namespace garner
