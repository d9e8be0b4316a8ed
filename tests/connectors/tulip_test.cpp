// What is Tulip's own: both forms of its addresses, its words, hostile ids, and the shapes of its answers.
#include "connectors/tulip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Tulip : public testing::Test {
protected:
    static SourceSettings settings(std::string url, std::string workspace) {
        SourceSettings made;
        made.name = "plant";
        made.http.base_url = std::move(url);
        made.vendor = TulipSettings{std::move(workspace), "apikey.2_token", Secret("hunter2-hunter2")};
        return made;
    }

    void at(const std::string& url, const std::string& workspace = "") {
        connector_ = make_tulip_connector(settings(url, workspace), bench_.tools());
    }

    Result<std::vector<Target>> list(const std::string& body) {
        http_.script = {reply(200, body)};
        return finish(connector_->list_targets());
    }

    Result<std::string> start(const std::string& body, const Target& target = {"m1", "Press 1"}) {
        http_.script = {reply(200, body)};
        const ExportRequest everything;
        return finish(connector_->start(target, everything));
    }

    Result<Progress> poll(const std::string& body, const std::string& job = "j1") {
        http_.script = {reply(200, body)};
        return finish(connector_->poll({"m1", "Press 1"}, job));
    }

    std::string pending_word(const std::string& status) {
        const auto progress = poll(R"({"id":"j1","status":")" + status + "\"}");
        if (!progress) return std::string(to_string(progress.error().kind));
        const auto* pending = std::get_if<Pending>(&*progress);
        return pending == nullptr ? "ready" : pending->vendor_state + (pending->known ? "" : ", unknown");
    }

    std::string last_url() const { return http_.requests.back().url; }

    Bench bench_;
    ScriptedClient& http_ = bench_.http;
    std::unique_ptr<Connector> connector_ = make_tulip_connector(settings("https://acme.tulip.co", ""), bench_.tools());
};

TEST_F(Tulip, AnAccountLevelTokenHasItsWorkspaceInEveryAddress) {
    at("https://acme.tulip.co", "DEFAULT");
    ASSERT_TRUE(list("[]"));
    EXPECT_EQ(last_url(), "https://acme.tulip.co/api/v3/w/DEFAULT/machines");
    ASSERT_TRUE(start(R"({"id":"j1"})"));
    EXPECT_EQ(last_url(), "https://acme.tulip.co/api/v3/w/DEFAULT/machines/archive/m1");
    ASSERT_TRUE(poll(R"({"status":"pending"})"));
    EXPECT_EQ(last_url(), "https://acme.tulip.co/api/v3/w/DEFAULT/machines/archive/csv/j1");
    at("https://acme.tulip.co", "../x?y");
    ASSERT_TRUE(list("[]"));
    EXPECT_EQ(last_url(), "https://acme.tulip.co/api/v3/w/..%2Fx%3Fy/machines");
}

TEST_F(Tulip, SlashesAfterTheInstancesUrlDoNotMatter) {
    for (const char* url : {"https://acme.tulip.co", "https://acme.tulip.co/", "https://acme.tulip.co///"}) {
        at(url);
        ASSERT_TRUE(list("[]"));
        EXPECT_EQ(last_url(), "https://acme.tulip.co/api/v3/machines");
    }
    at("https://gateway.example:8443/tulip/");
    ASSERT_TRUE(list("[]"));
    EXPECT_EQ(last_url(), "https://gateway.example:8443/tulip/api/v3/machines");
}

TEST_F(Tulip, AStartHasNoBodyAndSaysThatItIsJson) {
    ASSERT_TRUE(start(R"({"id":"j1"})"));
    EXPECT_EQ(http_.requests.back().method, "POST");
    EXPECT_EQ(http_.requests.back().body, "");
    EXPECT_THAT(http_.requests.back().headers, testing::Contains(testing::Pair("Content-Type", "application/json")));
}

TEST_F(Tulip, HostileIdsStayOneSegmentOfThePath) {
    const std::vector<std::pair<std::string, std::string>> rows{{"../../users", "..%2F..%2Fusers"},
                                                                {"a/b?c#d", "a%2Fb%3Fc%23d"},
                                                                {"100%", "100%25"},
                                                                {"%2F", "%252F"},
                                                                {"a b\r\nHost: x", "a%20b%0D%0AHost:%20x"},
                                                                {std::string("a\0b", 3), "a%00b"},
                                                                {"ä\"<>", "%C3%A4%22%3C%3E"},
                                                                {"\\..\\", "%5C..%5C"}};
    for (const auto& [id, encoded] : rows) {
        ASSERT_TRUE(start(R"({"id":"j1"})", {id, "name"}));
        EXPECT_EQ(last_url(), "https://acme.tulip.co/api/v3/machines/archive/" + encoded);
        ASSERT_TRUE(poll(R"({"status":"pending"})", id));
        EXPECT_EQ(last_url(), "https://acme.tulip.co/api/v3/machines/archive/csv/" + encoded);
    }
}

TEST_F(Tulip, AnIdThatIsADotOrEndlessIsNoId) {
    for (const std::string& id : {std::string("."), std::string(".."), std::string(201, 'x')}) {
        const auto listed = list(R"([{"id":"t","machines":[{"id":")" + id + R"(","name":"x"}]}])");
        ASSERT_FALSE(listed) << id;
        EXPECT_EQ(listed.error().kind, FailureKind::corrupt);
        EXPECT_THAT(listed.error().what, HasSubstr("/0/machines/0/id"));
        const auto started = start(R"({"id":")" + id + "\"}");
        ASSERT_FALSE(started) << id;
        EXPECT_EQ(started.error().kind, FailureKind::uncertain);
    }
}

TEST_F(Tulip, ListsWhatItsMachineTypesHold) {
    const auto listed = list(
        R"([{"id":"t1","machines":[{"id":"a","name":"Press"},{"id":"b"}]},{"machines":[]},)"
        R"({"machines":[{"id":"c","name":null},{"id":"d","name":"Press"},{"id":"e","name":"..\/\u0000\u202e"}]}])");
    ASSERT_TRUE(listed) << listed.error().what;
    EXPECT_THAT(*listed, ElementsAre(Target{"a", "Press"}, Target{"b", "b"}, Target{"c", "c"}, Target{"d", "Press"},
                                     Target{"e", std::string("../\0\xE2\x80\xAE", 7)}));
    EXPECT_THAT(*list("[]"), IsEmpty());
    EXPECT_THAT(*list(" [ ] \n"), IsEmpty());
}

TEST_F(Tulip, AListOfAnotherShapeIsRefusedWithThePlace) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"({"machines":[]})", "at its root: an array was expected"},
        {R"([{"id":"t"}])", "/0/machines: an array is missing"},
        {R"([{"machines":[]},7])", "/1/machines"},
        {R"([{"machines":{}}])", "/0/machines: an array was expected"},
        {R"([{"machines":null}])", "/0/machines: an array was expected"},
        {R"([{"machines":[{"id":"a"},{"id":7}]}])", "/0/machines/1/id: a string was expected"},
        {R"([{"machines":[{"name":"x"}]}])", "/0/machines/0/id: a string is missing"},
        {R"([{"machines":[{"id":null}]}])", "/0/machines/0/id: a string is missing"},
        {R"([{"machines":[{"id":""}]}])", "/0/machines/0/id: a string is missing"},
        {R"([{"machines":[["a"]]}])", "/0/machines/0: an object was expected"},
        {R"([{"machines":[{"id":"a","name":["x"]}]}])", "/0/machines/0/name: a string was expected"}};
    for (const auto& [body, place] : rows) {
        const auto listed = list(body);
        ASSERT_FALSE(listed) << body;
        EXPECT_EQ(listed.error().kind, FailureKind::corrupt) << body;
        EXPECT_THAT(listed.error().what, testing::AllOf(testing::StartsWith("list machines: "), HasSubstr(place)));
    }
}

TEST_F(Tulip, OfDuplicateKeysTheLastCounts) {
    EXPECT_EQ(*start(R"({"id":"first","id":"last"})"), "last");
    EXPECT_EQ(start(R"({"id":"first","id":7})").error().kind, FailureKind::uncertain);
}

TEST_F(Tulip, UnknownWordsAreWaitedOnAndSaidToBeUnknown) {
    for (const char* word : {"pending", "queued", "running", "processing", "in_progress", "started"})
        EXPECT_EQ(pending_word(word), word);
    EXPECT_EQ(pending_word(" Pending "), " Pending ");
    EXPECT_EQ(pending_word("compacting"), "compacting, unknown");
    EXPECT_EQ(pending_word("not complete"), "not complete, unknown");
    EXPECT_EQ(pending_word("r\\u001b[31med"), "r\\x1b[31med, unknown");
    EXPECT_LT(pending_word(std::string(5000, 'w')).size(), 120U);
}

TEST_F(Tulip, WordsOfABadEndMeanThatTheJobBringsNothing) {
    for (const char* word :
         {"failed", "error", "errored", "cancelled", "canceled", "aborted", "expired", "timeout", "FAILED", " Error "})
        EXPECT_EQ(pending_word(word), "gone") << word;
    EXPECT_THAT(poll(R"({"status":"failed"})").error().what,
                testing::AllOf(HasSubstr("poll archive job j1"), HasSubstr("'failed'")));
    EXPECT_EQ(poll(R"({"status":"failed","resource":"https://x/y"})").error().kind, FailureKind::gone);
}

TEST_F(Tulip, CompleteWithoutAnAddressIsNotReadyYet) {
    for (const char* body : {R"({"status":"complete"})", R"({"status":"complete","resource":""})",
                             R"({"status":"Completed","resource":null})"}) {
        const auto progress = poll(body);
        ASSERT_TRUE(progress) << body;
        const auto* pending = std::get_if<Pending>(&*progress);
        ASSERT_NE(pending, nullptr) << body;
        EXPECT_TRUE(pending->without_file);
        EXPECT_TRUE(pending->known);
    }
    EXPECT_TRUE(std::holds_alternative<Ready>(*poll(R"({"status":"COMPLETE","resource":"https://x/y"})")));
    EXPECT_TRUE(std::holds_alternative<Pending>(*poll(R"({"status":"pending","resource":"https://x/y"})")))
        << "an address before the end is not believed";
}

TEST_F(Tulip, AnAnswerAboutAnotherJobIsNotBelieved) {
    const auto other = poll(R"({"id":"j2","status":"complete","resource":"https://x/y"})");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, FailureKind::corrupt);
    EXPECT_THAT(other.error().what, HasSubstr("another job, j2"));
    EXPECT_TRUE(poll(R"({"status":"pending"})")) << "one without an id is about the job that was asked for";
    EXPECT_EQ(poll(R"({"id":7,"status":"pending"})").error().kind, FailureKind::corrupt);
    EXPECT_EQ(poll(R"({"id":"j1","status":"complete","resource":7})").error().kind, FailureKind::corrupt);
}

TEST_F(Tulip, AnAccountWithoutAWorkspaceIsRemindedOfIt) {
    http_.script = {reply(403, "{}")};
    EXPECT_THAT(finish(connector_->list_targets()).error().what, HasSubstr("`workspace`"));
    at("https://acme.tulip.co", "DEFAULT");
    http_.script = {reply(403, "{}")};
    EXPECT_THAT(finish(connector_->list_targets()).error().what, testing::Not(HasSubstr("`workspace`")));
}

TEST_F(Tulip, NothingIsDiscardedBecauseNoCallDeletesAnArchive) {
    EXPECT_TRUE(finish(connector_->discard({"m1", "Press 1"}, "j1")));
    EXPECT_THAT(http_.requests, IsEmpty());
    EXPECT_EQ(connector_->format(), ArtifactFormat::csv);
}

}  // namespace
}  // namespace garner
