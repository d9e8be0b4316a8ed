// The Servitly connector against the sandbox's Servitly, without a network: what it asks must be what the vendor takes,
// logins are as many as needed, and nothing is impolite.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "connectors/servitly.hpp"
#include "model_client.hpp"
#include "sandbox/models/servitly.hpp"

namespace garner {
namespace {

using sandbox::ServitlyModel;
using sandbox::ServitlyOptions;
using sandbox::ServitlyScenario;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string api = "https://api.servitly.test";

class ServitlySandbox : public testing::Test {
protected:
    static ServitlyOptions options() {
        ServitlyOptions made;
        made.seed = 7;
        made.api_url = api;
        made.tenants = sandbox::seeded_tenants(7, 2);
        made.scenario.job_duration_min = made.scenario.job_duration_max = Duration(20'000);
        return made;
    }

    SourceSettings settings() const {
        SourceSettings source;
        source.name = "fleet";
        source.type = SourceType::servitly;
        source.http.base_url = api;
        ServitlySettings vendor;
        const auto& [acme, bravo] = std::tie(model_.options().tenants[0], model_.options().tenants[1]);
        vendor.tenants[acme.name] = {acme.name, Secret(acme.api_key), Secret(acme.pat), "", Secret()};
        vendor.tenants[bravo.name] = {bravo.name, Secret(bravo.api_key), Secret(), bravo.email, Secret(bravo.password)};
        source.vendor = vendor;
        return source;
    }

    Result<std::string> start(const std::string& tenant = "acme") {
        ExportRequest asked;
        asked.name = "garner telemetry " + std::to_string(++starts_);
        asked.window = Window{from_unix_ms(1'772'323'200'000), from_unix_ms(1'772'409'600'000)};
        ServitlyExport wanted;
        wanted.thing_file_name = "${thing.serialNumber}";
        wanted.include_unit = true;
        wanted.metrics = {{"temperature", "", "", "press"}};
        asked.options = wanted;
        return bench_.finish(connector_->start({tenant, tenant}, asked));
    }
    Result<Progress> poll(const std::string& job, const std::string& tenant = "acme") {
        bench_.clock.pass(Duration(500));
        return bench_.finish(connector_->poll({tenant, tenant}, job));
    }
    // The address of the file, polling every half second.
    std::string fetch(const std::string& job, const std::string& tenant = "acme") {
        for (int polls = 0; polls < 100; ++polls) {
            const auto progress = poll(job, tenant);
            if (!progress) return progress.error().what;
            if (const auto* ready = std::get_if<Ready>(&*progress)) return ready->download.url;
        }
        return "never ready";
    }

    std::vector<std::string> violations() const {
        std::vector<std::string> words;
        for (const auto& violation : model_.violations()) words.push_back(violation.what);
        return words;
    }

    ServitlyModel model_{options()};
    Bench bench_;
    ModelClient client_{model_, bench_.clock, api};
    std::unique_ptr<Connector> connector_ = make_servitly_connector(settings(), bench_.tools_with(client_));
    int starts_ = 0;
};

TEST_F(ServitlySandbox, AnExportIsStartedPolledAndReadyByBothKindsOfLogin) {
    for (const std::string tenant : {"acme", "bravo"}) {
        const auto job = start(tenant);
        ASSERT_TRUE(job) << job.error().what;
        EXPECT_EQ(*job, model_.jobs().back().id);
        EXPECT_EQ(model_.jobs().back().tenant, tenant);
        EXPECT_EQ(model_.jobs().back().name, "garner telemetry " + std::to_string(starts_));
        EXPECT_TRUE(fetch(*job, tenant).starts_with("https://files.servitly.test/")) << fetch(*job, tenant);
    }
    EXPECT_EQ(model_.logins().logins, 2U);
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(ServitlySandbox, AnAddressAtTheApisOwnHostComesWithTokenAndTenant) {
    model_.scenario().place = ServitlyScenario::Place::api;
    const auto job = start();
    ASSERT_TRUE(job);
    EXPECT_TRUE(fetch(*job).starts_with(api));
    const auto ready = poll(*job);
    ASSERT_TRUE(ready);
    const HttpRequest download = std::get<Ready>(*ready).download;
    const auto file = bench_.finish(client_.exchange(download));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->head.status, 200) << file->body;
}

TEST_F(ServitlySandbox, TokensThatLiveThreeSecondsAreRenewedWhenTheyEndAndNeverBefore) {
    model_.scenario().token_lifetime = Duration(3000);
    const auto job = start();
    ASSERT_TRUE(job);
    EXPECT_TRUE(fetch(*job).starts_with("https://"));
    EXPECT_EQ(model_.logins().logins, 1U);
    EXPECT_THAT(model_.logins().renewals, testing::AllOf(testing::Ge(5U), testing::Le(7U))) << "20 s of 3 s each";
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(ServitlySandbox, ARefreshTokenThatIsOverLeadsToALogin) {
    model_.scenario().token_lifetime = Duration(3000);
    model_.scenario().refresh_lifetime = Duration(4000);
    const auto job = start();
    ASSERT_TRUE(job);
    bench_.clock.pass(Duration(60'000));
    EXPECT_TRUE(fetch(*job).starts_with("https://"));
    EXPECT_EQ(model_.logins().logins, 2U);
    EXPECT_EQ(model_.logins().renewals, 0U);
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(ServitlySandbox, SomebodyElsesExportIsBusyWhateverTheVendorCallsIt) {
    model_.start_foreign_export("acme", bench_.clock.wall, Duration(30'000));
    for (const int status : {400, 409, 429}) {
        model_.scenario().busy_status = status;
        const auto job = start();
        ASSERT_FALSE(job);
        EXPECT_EQ(job.error().kind, FailureKind::busy) << job.error().what;
        bench_.clock.pass(Duration(5000));
    }
    EXPECT_TRUE(start("bravo")) << "another tenant has its own turn";
    bench_.clock.pass(Duration(30'000));
    EXPECT_TRUE(start());
}

TEST_F(ServitlySandbox, AWrongCredentialIsRejectedAndNotTriedAgainByOneCall) {
    SourceSettings wrong = settings();
    auto& tenants = std::get<ServitlySettings>(wrong.vendor).tenants;
    tenants["acme"].pat = Secret("not-the-token");
    tenants["bravo"].password = Secret("not-the-password");
    connector_ = make_servitly_connector(wrong, bench_.tools_with(client_));
    for (const std::string tenant : {"acme", "bravo"}) {
        const auto job = start(tenant);
        ASSERT_FALSE(job);
        EXPECT_TRUE(job.error().login_rejected) << job.error().what;
        EXPECT_THAT(job.error().what, HasSubstr("sources.fleet.tenants." + tenant));
    }
    EXPECT_EQ(model_.logins().rejected, 2U);
    EXPECT_THAT(violations(), IsEmpty()) << "once is not hammering";
}

TEST_F(ServitlySandbox, ExportsThatFailOrVanishAreGone) {
    EXPECT_EQ(poll("neverStarted").error().kind, FailureKind::gone);
    for (const char* word : {"ERROR", "ABORTED"}) {
        model_.scenario().fail_jobs = true;
        model_.scenario().bad_end = word;
        const auto failing = start();
        ASSERT_TRUE(failing) << failing.error().what;
        bench_.clock.pass(Duration(20'000));
        const auto ended = poll(*failing);
        ASSERT_FALSE(ended);
        EXPECT_EQ(ended.error().kind, FailureKind::gone);
        EXPECT_THAT(ended.error().what, HasSubstr(word));
    }
    model_.scenario().fail_jobs = false;
    model_.scenario().vanish_jobs = true;
    const auto vanishing = start();
    ASSERT_TRUE(vanishing);
    EXPECT_TRUE(poll(*vanishing));
    EXPECT_EQ(poll(*vanishing).error().kind, FailureKind::gone);
}

TEST_F(ServitlySandbox, ALateAddressAndUnknownWordsAreWaitedOn) {
    model_.scenario().running_words = {"PENDING", "QUEUED"};
    model_.scenario().polls_without_url = 1;
    const auto job = start();
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::get<Pending>(*poll(*job)).known);
    EXPECT_FALSE(std::get<Pending>(*poll(*job)).known);
    bench_.clock.pass(Duration(20'000));
    EXPECT_TRUE(std::get<Pending>(*poll(*job)).without_file);
    EXPECT_TRUE(std::holds_alternative<Ready>(*poll(*job)));
}

TEST_F(ServitlySandbox, AUsedUpQuotaIsThrottlingNotABusyTenant) {
    model_.scenario().requests_per_hour = 3;
    model_.scenario().retry_after = true;
    const auto job = start();
    ASSERT_TRUE(job);
    EXPECT_TRUE(poll(*job));
    const auto over = poll(*job);
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().kind, FailureKind::transient);
    EXPECT_TRUE(over.error().throttled);
    EXPECT_TRUE(over.error().retry_after);
}

}  // namespace
}  // namespace garner
