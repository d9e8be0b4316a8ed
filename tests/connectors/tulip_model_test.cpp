// The Tulip connector against the sandbox's Tulip, without a network: what it asks must be what the vendor takes, and
// never impolite.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/tulip.hpp"
#include "model_client.hpp"
#include "sandbox/models/tulip.hpp"

namespace garner {
namespace {

using sandbox::TulipModel;
using sandbox::TulipOptions;
using sandbox::TulipScope;
using sandbox::TulipToken;
using testing::IsEmpty;

constexpr std::string_view origin = "https://acme.tulip.test";

class TulipSandbox : public testing::Test {
protected:
    static TulipOptions options() {
        TulipOptions made;
        made.seed = 11;
        made.machine_types = sandbox::seeded_machines(11, 6);
        made.tokens["apikey.2_rw:secret-rw"] = {};
        made.tokens["apikey.2_ro:secret-ro"] = {TulipToken::Level::workspace, {TulipScope::machines_read}};
        made.tokens["apikey.2_acc:secret-acc"] = {TulipToken::Level::account,
                                                  {TulipScope::machines_read, TulipScope::machines_write}};
        made.scenario.job_duration_min = made.scenario.job_duration_max = Duration(1000);
        return made;
    }

    void use(const std::string& user, const std::string& secret, const std::string& workspace = "") {
        SourceSettings settings;
        settings.http.base_url = std::string(origin) + "/";
        settings.vendor = TulipSettings{workspace, user, Secret(secret)};
        connector_ = make_tulip_connector(settings, bench_.tools_with(client_));
    }

    void SetUp() override { use("apikey.2_rw", "secret-rw"); }

    Result<std::string> start() {
        const ExportRequest everything;
        return finish(connector_->start(machine(), everything));
    }
    Result<Progress> poll(const std::string& job) {
        bench_.clock.pass(Duration(500));
        return finish(connector_->poll(machine(), job));
    }
    Target machine() const {
        const auto& first = model_.options().machine_types.front().machines.front();
        return {first.id, first.name};
    }

    TulipModel model_{options()};
    Bench bench_;
    ModelClient client_{model_, bench_.clock, std::string(origin)};
    std::unique_ptr<Connector> connector_;
};

TEST_F(TulipSandbox, AnArchiveIsStartedPolledAndReady) {
    const auto listed = finish(connector_->list_targets());
    ASSERT_TRUE(listed) << listed.error().what;
    EXPECT_EQ(listed->size(), 6U);
    EXPECT_EQ(listed->front(), machine());
    const auto job = start();
    ASSERT_TRUE(job) << job.error().what;
    EXPECT_EQ(*job, model_.jobs().front().id);
    EXPECT_TRUE(std::holds_alternative<Pending>(*poll(*job)));
    bench_.clock.pass(Duration(1000));
    const auto done = poll(*job);
    ASSERT_TRUE(done) << done.error().what;
    ASSERT_TRUE(std::holds_alternative<Ready>(*done));
    const std::string first = std::get<Ready>(*done).download.url;
    EXPECT_NE(std::get<Ready>(*poll(*job)).download.url, first) << "each poll signs the address afresh";
    EXPECT_THAT(model_.violations(), IsEmpty());
}

TEST_F(TulipSandbox, BothFormsOfTheAddressWorkWithTheirTokensOnly) {
    use("apikey.2_acc", "secret-acc", "DEFAULT");
    EXPECT_TRUE(finish(connector_->list_targets()));
    const auto job = start();
    ASSERT_TRUE(job) << job.error().what;
    EXPECT_TRUE(poll(*job));
    use("apikey.2_acc", "secret-acc");
    EXPECT_EQ(finish(connector_->list_targets()).error().http_status, 403);
    use("apikey.2_rw", "secret-rw", "DEFAULT");
    EXPECT_EQ(finish(connector_->list_targets()).error().http_status, 403);
    use("apikey.2_acc", "secret-acc", "OTHER");
    EXPECT_EQ(finish(connector_->list_targets()).error().http_status, 404);
}

TEST_F(TulipSandbox, AReadOnlyTokenListsButDoesNotArchive) {
    use("apikey.2_ro", "secret-ro");
    EXPECT_TRUE(finish(connector_->list_targets()));
    const auto job = start();
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().kind, FailureKind::rejected);
    EXPECT_FALSE(job.error().login_rejected);
    EXPECT_THAT(job.error().what, testing::HasSubstr("machines:write"));
    EXPECT_EQ(job.error().vendor_id.size(), 43U) << "Tulip's errorUniqueID";
    EXPECT_THAT(model_.jobs(), IsEmpty());
}

TEST_F(TulipSandbox, ARevokedTokenIsARejectedLogin) {
    model_.set_tokens({});
    const auto listed = finish(connector_->list_targets());
    ASSERT_FALSE(listed);
    EXPECT_TRUE(listed.error().login_rejected);
    EXPECT_EQ(listed.error().kind, FailureKind::rejected);
    EXPECT_THAT(model_.violations(), IsEmpty()) << "once is not hammering";
}

TEST_F(TulipSandbox, JobsThatFailVanishOrAreUnknownAreGone) {
    EXPECT_EQ(poll("neverStarted").error().kind, FailureKind::gone);
    EXPECT_EQ(poll("../../machines").error().kind, FailureKind::gone);
    model_.scenario().vanish_jobs = true;
    const auto vanishing = start();
    ASSERT_TRUE(vanishing);
    EXPECT_TRUE(poll(*vanishing));
    EXPECT_EQ(poll(*vanishing).error().kind, FailureKind::gone);
    bench_.clock.pass(Duration(2000));
    model_.scenario().vanish_jobs = false;
    model_.scenario().fail_jobs = true;
    const auto failing = start();
    ASSERT_TRUE(failing) << failing.error().what;
    bench_.clock.pass(Duration(2000));
    EXPECT_EQ(poll(*failing).error().kind, FailureKind::gone);
}

TEST_F(TulipSandbox, WordsThatNoDocumentNamesAndALateAddressAreWaitedOn) {
    model_.scenario().running_words = {"pending", "compacting"};
    model_.scenario().polls_without_resource = 1;
    const auto job = start();
    ASSERT_TRUE(job);
    bench_.clock.pass(-Duration(200));
    EXPECT_TRUE(std::get<Pending>(*poll(*job)).known);
    EXPECT_FALSE(std::get<Pending>(*poll(*job)).known);
    bench_.clock.pass(Duration(1000));
    EXPECT_TRUE(std::get<Pending>(*poll(*job)).without_file);
    EXPECT_TRUE(std::holds_alternative<Ready>(*poll(*job)));
}

TEST_F(TulipSandbox, AMachineThatIsNoMoreIsRejected) {
    const ExportRequest everything;
    const auto job = finish(connector_->start({"noSuchMachine", "Press 9"}, everything));
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().kind, FailureKind::rejected);
    EXPECT_EQ(job.error().http_status, 404);
    EXPECT_THAT(job.error().what, testing::HasSubstr("Press 9"));
}

}  // namespace
}  // namespace garner
