// What is Appgate's own: lists in pages, appliances that are offline, a backup API that is disabled, states of a backup
// and what hostile JSON makes of all that.
#include <boost/asio/detached.hpp>

#include "appgate_bench.hpp"

namespace garner {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Appgate : public AppgateBench {
protected:
    void SetUp() override { log_in(); }

    static std::string appliance(std::size_t number, const std::string& more = "") {
        return R"({"id":"id-)" + std::to_string(number) + R"(","name":"name )" + std::to_string(number) + "\"" + more +
               "}";
    }
    // Appliances [from, to), and what the page says about the whole.
    static HttpReply page(std::size_t from, std::size_t to, const std::string& more = "") {
        std::string data;
        for (std::size_t at = from; at < to; ++at) data += (data.empty() ? "" : ",") + appliance(at);
        return reply(200, "{\"data\":[" + data + "]" + more + "}");
    }
    static std::string total(std::size_t from, std::size_t to, std::size_t all) {
        return R"(,"range":")" + std::to_string(from) + "-" + std::to_string(to) + "/" + std::to_string(all) + "\"";
    }

    std::vector<std::string> names_of(const Result<std::vector<Target>>& listed) {
        std::vector<std::string> names;
        if (!listed) return {listed.error().what};
        for (const Target& target : *listed) names.push_back(target.name);
        return names;
    }

    Result<Target> one(const std::string& json) {
        script({reply(200, "{\"data\":[" + json + "]}")});
        const auto listed = list();
        if (!listed) return listed.error();
        return listed->empty() ? Target{"", "", {}} : listed->front();
    }

    Progress progress(const std::string& body) {
        script({reply(200, body)});
        const auto polled = poll();
        EXPECT_TRUE(polled) << polled.error().what;
        return polled ? *polled : Progress();
    }
    Failure bad_end(const std::string& body) {
        script({reply(200, body)});
        const auto polled = poll();
        EXPECT_FALSE(polled);
        return polled ? Failure(FailureKind::local, "no failure at all") : polled.error();
    }
    Failure failed_start(std::vector<Result<HttpReply>> replies) {
        replies.insert(replies.begin(), online());
        bench_.clock.pass(Duration(60'000));
        script(std::move(replies));
        const auto started = start();
        EXPECT_FALSE(started);
        EXPECT_TRUE(http_.script.empty());
        return started ? Failure(FailureKind::local, "no failure at all") : started.error();
    }
};

TEST_F(Appgate, ALongListComesInPages) {
    script(
        {page(0, 100, total(0, 99, 250)), page(100, 200, total(100, 199, 250)), page(200, 250, total(200, 249, 250))});
    const auto listed = list();
    ASSERT_TRUE(listed) << listed.error().what;
    ASSERT_EQ(listed->size(), 250U);
    EXPECT_EQ(listed->back().name, "name 249");
    EXPECT_THAT(asked(), ElementsAre("GET /appliances?orderBy=name&range=0-99 v23+json",
                                     "GET /appliances?orderBy=name&range=100-199 v23+json",
                                     "GET /appliances?orderBy=name&range=200-299 v23+json"));
    script({page(0, 100, total(0, 99, 100))});
    EXPECT_EQ(list()->size(), 100U) << "a total that is reached needs no further page";
    script({page(0, 100, R"(,"totalCount":130)"), page(100, 130, R"(,"totalCount":130)")});
    EXPECT_EQ(list()->size(), 130U);
}

TEST_F(Appgate, AControllerThatGivesFewerThanAskedForIsAskedForTheRest) {
    script({page(0, 40, total(0, 39, 90)), page(40, 80, total(40, 79, 90)), page(80, 90, total(80, 89, 90))});
    EXPECT_EQ(list()->size(), 90U);
    EXPECT_EQ(asked()[1], "GET /appliances?orderBy=name&range=40-139 v23+json");
}

TEST_F(Appgate, AListWithoutATotalEndsWithAPageThatIsShortEmptyOrKnown) {
    script({page(0, 100), page(100, 103)});
    EXPECT_EQ(list()->size(), 103U);
    script({page(0, 100), page(0, 0)});
    EXPECT_EQ(list()->size(), 100U);
    script({page(0, 150), page(0, 150)});
    EXPECT_EQ(list()->size(), 150U) << "`range` is ignored: everything came at once";
    script({page(0, 150, total(0, 149, 150))});
    EXPECT_EQ(list()->size(), 150U);
    script({page(0, 0)});
    EXPECT_EQ(list()->size(), 0U);
    for (const char* nonsense : {R"(,"range":"0-2/2")", R"(,"range":"all")", R"(,"range":"0-3/-1")", R"(,"range":7)",
                                 R"(,"range":"1/99999999999999999999")", R"(,"totalCount":"many")",
                                 R"(,"totalCount":-4)", R"(,"totalCount":1e300)"}) {
        script({page(0, 4, nonsense)});
        EXPECT_EQ(list()->size(), 4U) << nonsense;
    }
}

TEST_F(Appgate, AListThatGrowsOrShrinksMeanwhileNamesEachApplianceOnce) {
    script({page(0, 100, total(0, 99, 120)), page(99, 121, total(100, 120, 121))});
    EXPECT_EQ(list()->size(), 121U);
    script({page(0, 100, total(0, 99, 120)), page(0, 0, total(100, 100, 100))});
    EXPECT_EQ(list()->size(), 100U);
}

TEST_F(Appgate, AListThatCannotBeReadToItsEndIsNoList) {
    script({page(0, 50, total(0, 49, 150)), page(0, 50, total(0, 49, 150))});
    const auto repeated = list();
    ASSERT_FALSE(repeated) << "a third of the appliances must not pass for all";
    EXPECT_EQ(repeated.error().kind, FailureKind::corrupt);
    EXPECT_THAT(repeated.error().what, HasSubstr("150"));

    std::vector<Result<HttpReply>> endless;
    for (std::size_t at = 0; at < 1000; ++at) endless.emplace_back(page(at, at + 1, total(at, at, 5'000'000)));
    script(endless);
    const auto listed = list();
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().kind, FailureKind::corrupt);

    script({page(0, 100, total(0, 99, 120)), trouble(500, "oops")});
    EXPECT_EQ(list().error().kind, FailureKind::transient);
}

TEST_F(Appgate, FunctionsAndTagsOfAnApplianceAreRead) {
    const auto controller = one(
        appliance(1, R"(,"tags":["backup","dc 1"],"controller":{"enabled":true},"logServer":{"enabled":true},)"
                     R"("gateway":{"enabled":false},"portal":{"enabled":true},"metricsAggregator":{"enabled":true})"));
    ASSERT_TRUE(controller);
    EXPECT_THAT(controller->traits.tags, ElementsAre("backup", "dc 1"));
    EXPECT_THAT(controller->traits.functions, ElementsAre("controller", "logserver", "portal", "metricsaggregator"));
    EXPECT_FALSE(controller->traits.stateless);

    const auto forwarder = one(
        appliance(1, R"(,"gateway":{"enabled":true},"connector":{"enabled":true},"logForwarder":{"enabled":true})"));
    EXPECT_THAT(forwarder->traits.functions, ElementsAre("gateway", "logforwarder", "connector"));
    EXPECT_TRUE(forwarder->traits.stateless);
    EXPECT_FALSE(one(appliance(1, R"(,"gateway":{"enabled":true},"logServer":{"enabled":true})"))->traits.stateless);
    EXPECT_FALSE(one(appliance(1))->traits.stateless) << "of what is not known to be a gateway there is a backup";
    EXPECT_EQ(one(R"({"id":"x","name":""})")->name, "x");
    EXPECT_EQ(one(R"({"id":"x","name":null,"tags":null,"controller":null})")->name, "x");
}

TEST_F(Appgate, AnApplianceThatWasNeverActivatedIsNoTarget) {
    script({reply(200, "{\"data\":[" + appliance(1, R"(,"activated":false)") + "," +
                           appliance(2, R"(,"activated":true)") + "," + appliance(3) + "]}")});
    EXPECT_THAT(names_of(list()), ElementsAre("name 2", "name 3"));
}

TEST_F(Appgate, AListOfAnotherShapeIsRefusedWithItsPlace) {
    for (const auto& [json, place] : std::vector<std::pair<std::string, std::string>>{
             {"42", "/data/0"},
             {"null", "/data/0"},
             {R"({"name":"n"})", "/data/0/id"},
             {R"({"id":7,"name":"n"})", "/data/0/id"},
             {R"({"id":"..","name":"n"})", "/data/0/id"},
             {R"({"id":")" + std::string(300, 'x') + R"("})", "/data/0/id"},
             {R"({"id":"x","name":{}})", "/data/0/name"},
             {R"({"id":"x","tags":"a"})", "/data/0/tags"},
             {R"({"id":"x","tags":[1]})", "/data/0/tags"},
             {R"({"id":"x","controller":true})", "/data/0/controller"},
             {R"({"id":"x","gateway":{"enabled":"yes"}})", "/data/0/gateway/enabled"},
             {R"({"id":"x","activated":"no"})", "/data/0/activated"}}) {
        const auto target = one(json);
        ASSERT_FALSE(target) << json;
        EXPECT_EQ(target.error().kind, FailureKind::corrupt);
        EXPECT_THAT(target.error().what, AllOf(HasSubstr("list appliances"), HasSubstr(place)));
    }
}

TEST_F(Appgate, IdsAreOnePartOfAPath) {
    primary_ = {"../a b?c#d", "primary"};
    script({online(), reply(202, R"({"id":"b/../1"})")});
    EXPECT_EQ(*start(), "b/../1");
    EXPECT_EQ(http_.requests[1].url, std::string(base) + "/appliances/..%2Fa%20b%3Fc%23d/backup");
    EXPECT_EQ(connector_->turn_key(primary_), std::string(base) + "/appliances/../a b?c#d");
    EXPECT_EQ(connector_->account_of(primary_), "");
    EXPECT_EQ(connector_->format(), ArtifactFormat::openpgp);
}

TEST_F(Appgate, AStartAsksForWhatTheJobAsksFor) {
    request_.options = AppgateBackup{true, false};
    script({online(), reply(202, R"({"id":"b1"})")});
    ASSERT_TRUE(start());
    EXPECT_EQ(http_.requests[1].body, R"({"logs":true,"audit":false})");
    EXPECT_EQ(header(http_.requests[1], "Content-Type"), "application/json");
    request_.options = AppgateBackup{false, true};
    request_.notify_url = "https://garner.acme.test/notify/0a1b?<&>";
    script({reply(202, R"({"id":"b1"})")});
    ASSERT_TRUE(start());
    EXPECT_EQ(http_.requests[0].body,
              R"({"logs":false,"audit":true,"notifyUrl":"https://garner.acme.test/notify/0a1b?<&>"})");
    request_ = {};
    script({reply(202, R"({"id":"b1"})")});
    ASSERT_TRUE(start());
    EXPECT_EQ(http_.requests[0].body, R"({"logs":false,"audit":false})");
}

TEST_F(Appgate, AnApplianceThatIsOfflineIsNotAsked) {
    for (const char* word : {"offline", "n/a", "Offline"}) {
        bench_.clock.pass(Duration(60'000));
        script({reply(
            200, R"({"data":[{"id":"other","status":"healthy"},{"id":"a1","status":")" + std::string(word) + "\"}]}")});
        const auto started = start();
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().kind, FailureKind::gone);
        EXPECT_THAT(started.error().what,
                    AllOf(HasSubstr("appliance primary"), HasSubstr("is offline"), HasSubstr("answers nothing")));
        EXPECT_THAT(asked(), ElementsAre("GET /appliances/status v23+json"));
    }
}

TEST_F(Appgate, AnApplianceWhoseStatusIsNotKnownToBeBadIsAsked) {
    for (const char* entry :
         {R"({"id":"a1","status":"healthy"})", R"({"id":"a1","status":"busy"})", R"({"id":"a1","status":"error"})",
          R"({"id":"a1","status":"warning"})", R"({"id":"a1","status":"hibernating"})", R"({"id":"a1","status":""})",
          R"({"id":"a1"})", R"({"id":"a1","status":42})", R"({"id":"a2","status":"offline"})",
          R"({"id":"a1","online":true})", "42", R"({"status":"offline"})"}) {
        SCOPED_TRACE(entry);
        bench_.clock.pass(Duration(60'000));
        script({reply(200, "{\"data\":[" + std::string(entry) + "]}"), reply(202, R"({"id":"b1"})")});
        EXPECT_TRUE(start());
    }
}

TEST_F(Appgate, TroubleWithTheStatusDoesNotKeepABackupFromBeingMade) {
    const std::vector<Result<HttpReply>> troubles{trouble(403, "no"),
                                                  trouble(500, "oops"),
                                                  trouble(412, "busy"),
                                                  reply(200, "<html>"),
                                                  reply(200, ""),
                                                  reply(200, "{}"),
                                                  reply(200, R"({"data":{}})"),
                                                  Failure(FailureKind::transient, "connect: refused"),
                                                  Failure(FailureKind::uncertain, "no answer within 30s"),
                                                  Failure(FailureKind::corrupt, "too large")};
    for (const auto& answer : troubles) {
        bench_.clock.pass(Duration(60'000));
        script({answer, reply(202, R"({"id":"b1"})"), reply(202, R"({"id":"b2"})")});
        EXPECT_EQ(*start(), "b1");
        EXPECT_EQ(*start(), "b2") << "and it is not asked again for a minute";
    }
}

TEST_F(Appgate, BeforeV20TheStatusIsElsewhere) {
    log_in(18);
    script({reply(404, ""), reply(200, R"({"data":[{"id":"a1","online":false}]})")});
    const auto started = start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().kind, FailureKind::gone);
    EXPECT_THAT(asked(), ElementsAre("GET /appliances/status v18+json", "GET /stats/appliances v18+json"));
    bench_.clock.pass(Duration(60'000));
    script({reply(404, ""), reply(404, ""), reply(200, R"({"id":"b1"})")});
    EXPECT_TRUE(start());
}

Task<> start_one(Connector& connector, std::string id, int& started) {
    const Target target{id, id, {}};
    const ExportRequest request;
    const auto job = co_await connector.start(target, request);
    started += job ? 1 : 0;
}

TEST_F(Appgate, TwentyStartsWithinAMinuteAskForTheStatusOnce) {
    LaterClient later(http_);
    connector_ = make_appgate_connector(settings(), bench_.tools_with(later));
    std::vector<Result<HttpReply>> replies{reply(200, R"({"data":[{"id":"3","status":"offline"}]})")};
    for (int at = 0; at < 19; ++at) replies.emplace_back(reply(202, R"({"id":"b1"})"));
    script(replies);
    int started = 0;
    for (int at = 0; at < 20; ++at)
        asio::co_spawn(bench_.loop, start_one(*connector_, std::to_string(at), started), asio::detached);
    bench_.loop.restart();
    bench_.loop.run();
    EXPECT_EQ(started, 19);
    EXPECT_EQ(asked().front(), "GET /appliances/status v23+json");
    EXPECT_EQ(http_.requests.size(), 20U);

    bench_.clock.pass(Duration(59'999));
    script({reply(202, R"({"id":"b1"})")});
    EXPECT_TRUE(start());
    bench_.clock.pass(Duration(1));
    script({online(), reply(202, R"({"id":"b1"})")});
    EXPECT_TRUE(start());
}

TEST_F(Appgate, ALoginThatIsRefusedWhileTheStatusIsAskedIsTheEnd) {
    bench_.forget_logins();
    connector_ = make_appgate_connector(settings(), bench_.tools());
    script({version(19, 23), trouble(401, "Invalid username or password.")});
    EXPECT_TRUE(start().error().login_rejected);
    log_in();
    script({trouble(401, "Token error."), trouble(401, "Invalid username or password.")});
    const auto started = start();
    ASSERT_FALSE(started);
    EXPECT_TRUE(started.error().login_rejected) << "and the password is not tried a second time";
}

TEST_F(Appgate, ADisabledBackupApiIsFinalAndSaysWhatToDo) {
    for (const HttpReply& unavailable :
         {trouble(503, "Service unavailable."), reply(503, "<html>"), reply(503, "", {{"retry-after", "30"}})}) {
        const Failure failure = failed_start({unavailable, reply(200, R"({"backupApiEnabled":false})")});
        EXPECT_EQ(failure.kind, FailureKind::rejected);
        EXPECT_EQ(failure.http_status, 503);
        EXPECT_FALSE(failure.login_rejected);
        EXPECT_FALSE(failure.throttled);
        EXPECT_THAT(failure.what, AllOf(HasSubstr("the backup API is disabled"), HasSubstr("passphrase"),
                                        HasSubstr("sdpctl appliance backup api")));
        EXPECT_EQ(asked().back(), "GET /global-settings v23+json");
    }
}

TEST_F(Appgate, A503OfAnEnabledBackupApiIsWorthAnotherTry) {
    const HttpReply enabled = reply(200, R"({"backupApiEnabled":true})");
    const Failure spoken = failed_start({trouble(503, "Try later."), enabled});
    EXPECT_EQ(spoken.kind, FailureKind::transient);
    EXPECT_THAT(spoken.what, AllOf(HasSubstr("Try later."), Not(HasSubstr("backup API"))));
    EXPECT_EQ(failed_start({reply(503, "<html>502</html>"), enabled}).kind, FailureKind::uncertain);
    EXPECT_EQ(failed_start({reply(503, "", {{"retry-after", "7"}}), enabled}).retry_after, Duration(7000));
}

TEST_F(Appgate, A503ThatCannotBeToldApartNamesBothPossibilities) {
    using enum FailureKind;
    // What stays unknown ends the attempt; what may be told a minute later does not.
    const std::vector<std::pair<Result<HttpReply>, FailureKind>> answers{
        {trouble(403, "no"), gone},        {trouble(500, "oops"), transient},
        {reply(200, "{}"), gone},          {reply(200, R"({"backupApiEnabled":"no"})"), gone},
        {reply(200, "<html>"), transient}, {Failure(transient, "connect: refused"), transient}};
    for (const auto& [answer, kind] : answers) {
        const Failure failure = failed_start({trouble(503, "Try later."), answer});
        EXPECT_EQ(failure.kind, kind);
        EXPECT_THAT(failure.what, AllOf(HasSubstr("Try later."), HasSubstr("not available at the moment"),
                                        HasSubstr("the backup API is disabled")));
        EXPECT_EQ(failed_start({reply(503, ""), answer}).kind, FailureKind::uncertain);
    }
    EXPECT_THAT(failed_start({trouble(503, "x"), trouble(403, "no")}).what, HasSubstr("View on GlobalSetting"));
}

// Section 5 of the vendor facts, as far as the contract does not cover it.
TEST_F(Appgate, RefusalsOfAStartMeanWhatTheyMean) {
    const Failure busy = failed_start({trouble(412, "Appliance is not in the right state.")});
    EXPECT_EQ(busy.kind, FailureKind::busy);
    const Failure invalid = failed_start({reply(
        422,
        R"({"id":"unprocessable entity","message":"Invalid.","errors":[{"field":"notifyUrl","message":"bad"}]})")});
    EXPECT_EQ(invalid.kind, FailureKind::rejected);
    EXPECT_THAT(invalid.what, HasSubstr("notifyUrl: bad"));
    const Failure forbidden = failed_start({trouble(403, "You don't have permission.")});
    EXPECT_EQ(forbidden.kind, FailureKind::rejected);
    EXPECT_FALSE(forbidden.login_rejected);
    EXPECT_THAT(forbidden.what, AllOf(HasSubstr("You don't have permission."), HasSubstr("Backup on Appliance")));
    EXPECT_THAT(failed_start({trouble(404, "unknown")}).what, HasSubstr("does it still exist"));
    const Failure named =
        failed_start({reply(500, R"({"id":"0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f","message":"Unexpected."})")});
    EXPECT_EQ(named.kind, FailureKind::transient);
    EXPECT_EQ(named.vendor_id, "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f");
    EXPECT_EQ(failed_start({reply(500, R"({"message":"from a proxy"})")}).kind, FailureKind::uncertain);
}

TEST_F(Appgate, AStartWithoutAUsableIdMayHaveHappened) {
    for (const char* body : {"", "{}", R"({"id":""})", R"({"id":"..."})", R"({"id":[]})", "[]", "<html>"})
        EXPECT_EQ(failed_start({reply(202, body)}).kind, FailureKind::uncertain) << body;
    EXPECT_EQ(failed_start({reply(200, R"({"id":")" + std::string(500, 'x') + "\"}")}).kind, FailureKind::uncertain);
}

TEST_F(Appgate, ABackupThatIsProcessedIsWaitedFor) {
    const auto pending = [&](const std::string& body) {
        const Progress made = progress(body);
        const auto* waits = std::get_if<Pending>(&made);
        EXPECT_FALSE(waits != nullptr && waits->without_file);
        return waits == nullptr ? std::string("ready") : waits->vendor_state + (waits->known ? "" : ", unknown");
    };
    EXPECT_EQ(pending(R"({"status":"processing"})"), "processing");
    EXPECT_EQ(pending(R"({"status":"processing","message":"Dumping database"})"), "processing: Dumping database");
    EXPECT_EQ(pending(R"({"status":"processing","message":7,"output":[],"result":null})"), "processing");
    EXPECT_EQ(pending(R"({"status":"compressing"})"), "compressing, unknown");
    EXPECT_EQ(pending(R"({"status":"not done","result":"success"})"), "not done, unknown");
    EXPECT_EQ(pending(R"({"status":"processing","message":"\u001b[31m token-1"})"), "processing: \\x1b[31m ***");
    EXPECT_LT(pending(R"({"status":"processing","message":")" + std::string(5000, 'w') + "\"}").size(), 170U);
    EXPECT_EQ(pending(R"({"status":"done"})"), "ready") << "up to v16 there is no result";
    EXPECT_EQ(pending(R"({"status":"Done","result":"Success"})"), "ready");
}

TEST_F(Appgate, ABackupThatEndedBadlySaysWhy) {
    struct Row {
        const char* body;
        const char* words;
    };
    for (const Row& row :
         {Row{R"({"status":"done","result":"failure","output":"disk full","encoding":"utf-8"})", "disk full"},
          Row{R"({"status":"done","result":"failure","output":"ZGlzayBmdWxsCg==","encoding":"base64"})", "disk full"},
          Row{R"({"status":"done","result":"failure","output":"ZGlz\nayBmdWxs","encoding":"Base64"})", "disk full"},
          Row{R"({"status":"done","result":"failure","output":"disk full!","encoding":"base64"})", "disk full!"},
          Row{R"({"status":"done","result":"failure","output":"a\n\u001bb"})", "a\\x0a\\x1bb"},
          Row{R"({"status":"done","result":"failure","output":" \n"})", "not why"},
          Row{R"({"status":"done","result":"failure"})", "'failure'"},
          Row{R"({"status":"done","result":"failure","output":{},"encoding":1})", "not why"},
          Row{R"({"status":"done","result":"partial"})", "'partial'"},
          Row{R"({"status":"done","result":"failure","output":"with dG9rZW4tMQ== token-1"})", "with dG9rZW4tMQ== ***"},
          Row{R"({"status":"done","result":"failure","output":"dG9rZW4tMQ==","encoding":"base64"})", "***"}}) {
        const Failure failure = bad_end(row.body);
        EXPECT_EQ(failure.kind, FailureKind::gone);
        EXPECT_THAT(failure.what, AllOf(HasSubstr("poll backup b1 of appliance primary"), HasSubstr(row.words)));
        EXPECT_THAT(failure.what, Not(HasSubstr("token-1")));
    }
    const Failure much =
        bad_end(R"({"status":"done","result":"failure","output":")" + std::string(5000, 'w') + R"( the cause"})");
    EXPECT_LT(much.what.size(), 600U);
    EXPECT_THAT(much.what, HasSubstr("w the cause")) << "of a command's output the end says why";
}

TEST_F(Appgate, AStatusOfAnotherShapeIsCorrupt) {
    for (const char* body : {R"({"result":"success"})", R"({"status":true})", R"({"status":"done","result":{}})"})
        EXPECT_EQ(bad_end(body).kind, FailureKind::corrupt) << body;
}

TEST_F(Appgate, AccessIsToldAsFarAsTheApiTellsIt) {
    script({reply(200, R"({"backupApiEnabled":true})")});
    EXPECT_EQ(*check_access(), "");
    EXPECT_THAT(asked(), ElementsAre("GET /global-settings v23+json"));
    script({reply(200, R"({"backupApiEnabled":false})")});
    const auto disabled = check_access();
    ASSERT_FALSE(disabled);
    EXPECT_EQ(disabled.error().kind, FailureKind::rejected);
    EXPECT_THAT(disabled.error().what, HasSubstr("passphrase"));
    script({trouble(403, "no")});
    EXPECT_THAT(*check_access(), AllOf(HasSubstr("cannot be told"), HasSubstr("View on GlobalSetting")));
    script({reply(200, "{}")});
    EXPECT_THAT(*check_access(), HasSubstr("does not say"));
    script({trouble(500, "oops")});
    EXPECT_EQ(check_access().error().kind, FailureKind::transient);
}

}  // namespace
}  // namespace garner
