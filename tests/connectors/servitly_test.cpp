// What is Servitly's own: what an export asks for, who is busy, how states and addresses are read.
#include "connectors/servitly.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "bench.hpp"

namespace garner {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class Servitly : public testing::Test {
protected:
    static SourceSettings settings(std::string url, std::vector<std::string> words = {}) {
        SourceSettings made;
        made.name = "fleet";
        made.type = SourceType::servitly;
        made.http.base_url = std::move(url);
        ServitlySettings vendor;
        vendor.tenant_header = "X-Semioty-Tenant";
        vendor.busy_words = std::move(words);
        vendor.tenants["acme"] = {"acme", Secret("the-api-key"), Secret("the-access-token"), "", Secret()};
        made.vendor = vendor;
        return made;
    }

    void at(const std::string& url, std::vector<std::string> words = {}) {
        bench_.forget_logins();
        connector_ = make_servitly_connector(settings(url, std::move(words)), bench_.tools());
        http_.script = {reply(200, R"({"token":"the.token"})")};
        ASSERT_TRUE(bench_.finish(connector_->check_access(acme)));
        http_.requests.clear();
    }

    void SetUp() override { at("https://api.servitly.test"); }

    Result<std::string> start(HttpReply answer, const ExportRequest& asked = {}) {
        http_.script = {std::move(answer)};
        return bench_.finish(connector_->start(acme, asked));
    }

    Failure refused(int status, const std::string& message, const ExportRequest& asked = {}) {
        boost::json::object body;
        body["message"] = message;
        const auto started = start(reply(status, boost::json::serialize(body)), asked);
        EXPECT_FALSE(started);
        return started ? Failure() : started.error();
    }

    boost::json::object sent(const ExportRequest& asked) {
        EXPECT_TRUE(start(reply(201, R"({"id":"e1"})"), asked));
        return boost::json::parse(http_.requests.back().body).as_object();
    }

    Result<Progress> poll(const std::string& body, const std::string& job = "e1") {
        http_.script = {reply(200, body)};
        return bench_.finish(connector_->poll(acme, job));
    }

    std::string state_word(const std::string& state) {
        const auto progress = poll(R"({"id":"e1","state":")" + state + "\"}");
        if (!progress) return std::string(to_string(progress.error().kind));
        const auto* pending = std::get_if<Pending>(&*progress);
        return pending == nullptr ? "ready" : pending->vendor_state + (pending->known ? "" : ", unknown");
    }

    std::string download_url(const std::string& url) {
        const auto progress = poll(R"({"id":"e1","state":"COMPLETED","url":")" + url + "\"}");
        const auto* ready = progress ? std::get_if<Ready>(&*progress) : nullptr;
        if (ready == nullptr) return "not ready";
        EXPECT_TRUE(ready->download.authorization);
        EXPECT_THAT(ready->download.headers, Contains(Pair("X-Semioty-Tenant", "acme")));
        EXPECT_EQ(ready->range, RangeUse::to_resume);
        return ready->download.url;
    }

    const Target acme{"acme", "acme"};
    Bench bench_;
    ScriptedClient& http_ = bench_.http;
    std::unique_ptr<Connector> connector_;
};

TEST_F(Servitly, EveryCallNamesTheTenantInTheConfiguredHeader) {
    ASSERT_TRUE(start(reply(201, R"({"id":"e1"})")));
    ASSERT_TRUE(poll(R"({"state":"PENDING"})"));
    ASSERT_EQ(http_.requests.size(), 2U);
    for (const HttpRequest& request : http_.requests)
        EXPECT_THAT(request.headers, Contains(Pair("X-Semioty-Tenant", "acme")));
    EXPECT_THAT(http_.requests.front().headers, Contains(Pair("Content-Type", "application/json")));
    EXPECT_THAT(http_.requests.back().headers, Not(Contains(Pair("Content-Type", "application/json"))));
}

TEST_F(Servitly, ABaseAddressMayHaveAPathAndSlashes) {
    at("https://acme.servitly.test/api//");
    ASSERT_TRUE(start(reply(201, R"({"id":"e1"})")));
    EXPECT_EQ(http_.requests.back().url, "https://acme.servitly.test/api/data/dataExports");
    ASSERT_TRUE(poll(R"({"state":"PENDING"})", "../e 1"));
    EXPECT_EQ(http_.requests.back().url, "https://acme.servitly.test/api/data/dataExports/..%2Fe%201");
    EXPECT_EQ(connector_->turn_key(acme), "https://acme.servitly.test/api/acme");
}

TEST_F(Servitly, AnExportAsksForItsWindowInMillisecondsUnderItsName) {
    ExportRequest asked;
    asked.name = "garner telemetry 2026-03-01T02:40:00Z 0abc";
    asked.window = Window{from_unix_ms(1'772'323'200'000), from_unix_ms(1'772'409'600'000)};
    EXPECT_EQ(sent(asked), boost::json::parse(R"({"name":"garner telemetry 2026-03-01T02:40:00Z 0abc",
        "startTimestamp":1772323200000,"endTimestamp":1772409600000})"));
    EXPECT_EQ(sent({}), boost::json::object()) << "what is not asked for is not sent";
}

TEST_F(Servitly, AnExportSendsTheJobsOptionsInTheVendorsWords) {
    ServitlyExport wanted;
    wanted.thing_file_name = "${thing.serialNumber}_${thingDefinition.name}";
    wanted.hash_thing_file_name = false;
    wanted.customer_id = "c";
    wanted.location_id = "l";
    wanted.thing_id = "t";
    wanted.metrics = {{"m1", "pm", "part", ""}, {"m2", "", "", "td"}};
    wanted.include_unit = true;
    wanted.timestamp_format = "EPOCH_MILLIS";
    ExportRequest asked;
    asked.options = wanted;
    EXPECT_EQ(sent(asked), boost::json::parse(R"({"thingFileName":"${thing.serialNumber}_${thingDefinition.name}",
        "hashThingFileName":false,"customerId":"c","locationId":"l","thingId":"t","includeUnit":true,
        "qualifiedMetricIds":[{"metricId":"m1","productModelId":"pm","productModelPartId":"part"},
                              {"metricId":"m2","thingDefinitionId":"td"}],"timestampFormat":"EPOCH_MILLIS"})"));
}

TEST_F(Servitly, ExtraFieldsArePassedThroughButOursWin) {
    ServitlyExport wanted;
    wanted.thing_id = "ours";
    wanted.extra = R"({"thingDefinitionIds":["a","b"],"metricIds":[],"thingId":"theirs","name":"theirs",)"
                   R"("startTimestamp":1,"deep":{"x":null}})";
    ExportRequest asked;
    asked.name = "ours";
    asked.window = Window{from_unix_ms(1000), from_unix_ms(2000)};
    asked.options = wanted;
    EXPECT_EQ(sent(asked), boost::json::parse(R"({"thingDefinitionIds":["a","b"],"metricIds":[],"thingId":"ours",
        "name":"ours","startTimestamp":1000,"endTimestamp":2000,"deep":{"x":null}})"));
    wanted.extra = "[1]";
    asked.options = wanted;
    http_.requests.clear();
    const auto started = bench_.finish(connector_->start(acme, asked));
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().kind, FailureKind::rejected);
    EXPECT_THAT(started.error().what, HasSubstr("`extra`"));
    EXPECT_THAT(http_.requests, IsEmpty());
}

TEST_F(Servitly, AStartWhileAnotherExportRunsIsBusyWhateverNumberItHas) {
    for (const char* message :
         {"Another data export is already running", "A DataExport is PENDING", "export in progress",
          "Only one export is allowed", "one export at a time", "Concurrent data exports are not allowed",
          "simultaneous exports", "The exporter is busy", "too many requests: an export is running"})
        for (const int status : {400, 409, 429}) {
            const Failure failure = refused(status, message);
            EXPECT_EQ(failure.kind, FailureKind::busy) << status << " " << message;
            EXPECT_FALSE(failure.throttled) << "it holds for the tenant, not for the source";
            EXPECT_FALSE(failure.login_rejected);
            EXPECT_THAT(failure.what, HasSubstr(message)) << "the vendor's words are kept";
        }
    EXPECT_EQ(refused(409, "").kind, FailureKind::busy);
    EXPECT_EQ(start(reply(409, "")).error().kind, FailureKind::busy);
}

TEST_F(Servitly, ARefusalThatSpeaksOfSomethingElseIsNotTakenForAWait) {
    for (const char* message : {"startTimestamp is required", "Invalid metric, depending on product model", ""}) {
        const Failure failure = refused(400, message);
        EXPECT_EQ(failure.kind, FailureKind::rejected) << message;
        EXPECT_THAT(failure.what, testing::EndsWith("if this means that another export is running, put a word of it "
                                                    "into `busy_words` of sources.fleet"));
    }
    for (const char* message : {"Rate limit exceeded", "Too many concurrent requests", ""}) {
        const Failure failure = refused(429, message);
        EXPECT_EQ(failure.kind, FailureKind::transient) << message;
        EXPECT_TRUE(failure.throttled);
        EXPECT_THAT(failure.what, Not(HasSubstr("busy_words")));
    }
    for (const int status : {403, 422, 500}) EXPECT_NE(refused(status, "already running").kind, FailureKind::busy);
}

TEST_F(Servitly, TheNameOfOurOwnExportDoesNotMakeTheVendorBusy) {
    ExportRequest asked;
    asked.name = "garner already-running-things 2026-03-01T02:40:00Z 0abc";
    EXPECT_EQ(refused(400, "invalid name '" + asked.name + "'", asked).kind, FailureKind::rejected);
    EXPECT_EQ(refused(400, "'" + asked.name + "': another one is running", asked).kind, FailureKind::busy);
}

TEST_F(Servitly, AnAdminMayTeachItTheVendorsWordsForBusy) {
    at("https://api.servitly.test", {"Già In Corso", ""});
    EXPECT_EQ(refused(400, "Esportazione GIà IN CORSO").kind, FailureKind::busy);
    EXPECT_EQ(refused(429, "requests: già in corso").kind, FailureKind::busy);
    EXPECT_EQ(refused(400, "campo mancante").kind, FailureKind::rejected);
}

TEST_F(Servitly, StatesAreReadAsDocumentedAndOthersAreWaitedOn) {
    EXPECT_EQ(state_word("PENDING"), "PENDING");
    EXPECT_EQ(state_word("RUNNING"), "RUNNING, unknown");
    EXPECT_EQ(state_word("x\\u001b[31m"), "x\\x1b[31m, unknown");
    EXPECT_LT(state_word(std::string(5000, 'w')).size(), 120U);
    for (const char* word : {"ERROR", "ABORTED", "Error", " aborted "}) EXPECT_EQ(state_word(word), "gone") << word;
    EXPECT_THAT(poll(R"({"state":"ERROR"})").error().what, AllOf(HasSubstr("export e1"), HasSubstr("'ERROR'")));
    EXPECT_EQ(poll(R"({"state":"ERROR","url":"https://x/y"})").error().kind, FailureKind::gone);
}

TEST_F(Servitly, CompletedWithoutAnAddressIsNotReadyYet) {
    for (const char* body :
         {R"({"state":"COMPLETED"})", R"({"state":"COMPLETED","url":""})", R"({"state":"Completed","url":null})"}) {
        const auto progress = poll(body);
        ASSERT_TRUE(progress) << body;
        const auto* pending = std::get_if<Pending>(&*progress);
        ASSERT_NE(pending, nullptr) << body;
        EXPECT_TRUE(pending->without_file);
        EXPECT_TRUE(pending->known);
    }
    EXPECT_EQ(poll(R"({"state":"COMPLETED","url":7})").error().kind, FailureKind::corrupt);
    EXPECT_TRUE(std::holds_alternative<Pending>(*poll(R"({"state":"PENDING","url":"https://x/y"})")))
        << "an address before the end is not believed";
}

TEST_F(Servitly, AnAddressIsTakenByteForByteAndARelativeOneIsOfTheApisHost) {
    EXPECT_EQ(download_url("https://s3.example/a%2Fb?sig=%2b+/=&x=../y"), "https://s3.example/a%2Fb?sig=%2b+/=&x=../y");
    EXPECT_EQ(download_url("/files/1?a=b"), "https://api.servitly.test/files/1?a=b");
    EXPECT_EQ(download_url("//cdn.example/1"), "https://cdn.example/1");
    at("https://acme.servitly.test:8443/api");
    EXPECT_EQ(download_url("/api/files/1"), "https://acme.servitly.test:8443/api/files/1");
}

TEST_F(Servitly, AnAnswerAboutAnotherExportIsNotBelieved) {
    EXPECT_THAT(poll(R"({"id":"e2","state":"COMPLETED","url":"https://x/y"})").error().what,
                HasSubstr("another export, e2"));
    EXPECT_EQ(poll(R"({"id":7,"state":"PENDING"})").error().kind, FailureKind::corrupt);
    EXPECT_TRUE(poll(R"({"state":"PENDING"})"));
}

TEST_F(Servitly, AnIdThatIsADotOrEndlessIsNoId) {
    for (const std::string& id : {std::string("."), std::string(".."), std::string(201, 'x')})
        EXPECT_EQ(start(reply(201, R"({"id":")" + id + "\"}")).error().kind, FailureKind::uncertain) << id;
}

TEST_F(Servitly, ATenantThatLeftTheConfigurationIsNamed) {
    for (const auto& failure : {bench_.finish(connector_->start({"zulu", "zulu"}, {})).error(),
                                bench_.finish(connector_->poll({"zulu", "zulu"}, "e1")).error(),
                                bench_.finish(connector_->check_access({"zulu", "zulu"})).error()}) {
        EXPECT_EQ(failure.kind, FailureKind::rejected);
        EXPECT_FALSE(failure.login_rejected);
        EXPECT_THAT(failure.what, HasSubstr("sources.fleet.tenants has no 'zulu'"));
    }
    EXPECT_THAT(http_.requests, IsEmpty());
}

TEST_F(Servitly, TargetsAreTheConfiguredTenantsEachWithItsOwnAccountAndTurn) {
    EXPECT_THAT(*bench_.finish(connector_->list_targets()), testing::ElementsAre(acme));
    EXPECT_THAT(http_.requests, IsEmpty());
    EXPECT_EQ(connector_->account_of(acme), "acme");
    EXPECT_EQ(connector_->turn_key(acme), "https://api.servitly.test/acme");
    EXPECT_NE(connector_->turn_key({"bravo", "bravo"}), connector_->turn_key(acme));
    EXPECT_EQ(connector_->format(), ArtifactFormat::zip_of_csv);
    EXPECT_FALSE(connector_->needs_discard());
    EXPECT_TRUE(bench_.finish(connector_->discard(acme, "e1")));
    EXPECT_THAT(http_.requests, IsEmpty()) << "no call deletes an export";
}

}  // namespace
}  // namespace garner
