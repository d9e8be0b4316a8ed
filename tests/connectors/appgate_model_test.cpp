// The Appgate connector against the sandbox's controller, without a network: what it asks must be what the controller
// takes, in whatever version, and never impolite.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench.hpp"
#include "connectors/appgate.hpp"
#include "core/text.hpp"
#include "sandbox/models/appgate.hpp"

namespace garner {
namespace {

using sandbox::AppgateModel;
using sandbox::AppgateOptions;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view origin = "https://sdp.acme.test:8443";

// Requests go to the model, at the instant of the bench's clock.
class ModelClient final : public HttpClient {
public:
    ModelClient(AppgateModel& model, const Clock& clock) : model_(model), clock_(clock) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        EXPECT_TRUE(request.url.starts_with(origin)) << request.url;
        sandbox::ModelRequest asked{
            request.method, "sdp.acme.test:8443", request.url.substr(origin.size()), {}, request.body};
        for (const auto& [name, value] : request.headers) asked.headers.emplace_back(to_lower_ascii(name), value);
        if (request.authorization) asked.headers.emplace_back("authorization", request.authorization->reveal());
        sandbox::ModelReply answer = model_.handle(sandbox::VendorModel::Door::api, asked, clock_.wall_now());
        std::string body = answer.body;
        if (answer.content) {
            body.resize(answer.content_length);
            answer.content->read(answer.content_offset, body);
        }
        co_return reply(answer.status, std::move(body), answer.headers);
    }

    Task<Result<HttpReply>> download(const HttpRequest&, ByteSink&) override {
        co_return Failure(FailureKind::local, "connectors do not download");
    }

private:
    AppgateModel& model_;
    const Clock& clock_;
};

class AppgateSandbox : public testing::Test {
protected:
    static AppgateOptions options() {
        AppgateOptions made;
        made.seed = 11;
        made.password = "correct horse";
        made.appliances = sandbox::seeded_appliances(11, 7);
        made.scenario.job_duration_min = made.scenario.job_duration_max = Duration(1000);
        return made;
    }

    void use(const std::string& password, const std::string& provider = "local") {
        SourceSettings settings;
        settings.name = "perimeter";
        settings.type = SourceType::appgate;
        settings.http.base_url = std::string(origin) + "/admin/";
        settings.vendor = AppgateSettings{provider, "backup", Secret(password)};
        connector_ = make_appgate_connector(settings, bench_.tools_with(client_));
    }

    void SetUp() override { use("correct horse"); }

    Target appliance(std::size_t index = 0) {
        return {model_.appliances()[index].id, model_.appliances()[index].name, {}};
    }
    Result<std::vector<Target>> list() { return bench_.finish(connector_->list_targets()); }
    Result<std::string> start(std::size_t index = 0) {
        ExportRequest request;
        request.options = AppgateBackup{false, true};
        return bench_.finish(connector_->start(appliance(index), request));
    }
    Result<Progress> poll(const std::string& job, Duration later = Duration(300)) {
        bench_.clock.pass(later);
        return bench_.finish(connector_->poll(appliance(), job));
    }
    Result<void> discard(const std::string& job) { return bench_.finish(connector_->discard(appliance(), job)); }

    // Polls and fetches the file as the engine does.
    HttpReply fetched(const std::string& job) {
        for (int polls = 0; polls < 20; ++polls) {
            const auto progress = poll(job);
            EXPECT_TRUE(progress) << progress.error().what;
            if (!progress) return {};
            const auto* ready = std::get_if<Ready>(&*progress);
            if (ready == nullptr) continue;
            HttpRequest request = ready->download;
            if (ready->range == RangeUse::always) request.headers.emplace_back("Range", "bytes=0-");
            const auto file = bench_.finish(client_.exchange(request));
            return file ? *file : HttpReply();
        }
        ADD_FAILURE() << "never ready";
        return {};
    }

    std::vector<std::string> violations() const {
        std::vector<std::string> texts;
        for (const auto& violation : model_.violations()) texts.push_back(violation.what);
        return texts;
    }

    Bench bench_;
    AppgateModel model_{options()};
    ModelClient client_{model_, bench_.clock};
    std::unique_ptr<Connector> connector_;
};

TEST_F(AppgateSandbox, ABackupIsStartedPolledFetchedAndDeletedInEveryVersion) {
    for (int version = 11; version <= 24; ++version) {
        SCOPED_TRACE(version);
        model_.scenario().version_min = std::max(11, version - 5);
        model_.scenario().version_max = version;
        const auto job = start();
        ASSERT_TRUE(job) << job.error().what;
        EXPECT_TRUE(model_.jobs().back().audit);
        EXPECT_FALSE(model_.jobs().back().logs);
        const HttpReply file = fetched(*job);
        EXPECT_TRUE(file.head.status == 200 || file.head.status == 206) << file.head.status << file.body;
        EXPECT_EQ(file.body.size(), model_.jobs().back().object.content->size());
        const auto gone = discard(*job);
        EXPECT_TRUE(gone) << gone.error().what;
        EXPECT_TRUE(discard(*job)) << "what is no more is discarded";
        bench_.clock.pass(Duration(60'000));
    }
    EXPECT_THAT(model_.left_behind(), IsEmpty());
    EXPECT_THAT(violations(), IsEmpty());
    EXPECT_EQ(model_.logins().logins, 1U) << "a product upgrade ends no token";
    EXPECT_EQ(model_.logins().device_ids.size(), 1U);
}

TEST_F(AppgateSandbox, AllAppliancesAreListedHoweverManyComeAtOnce) {
    for (const std::uint64_t page_max : {0U, 1U, 3U, 7U}) {
        model_.scenario().page_max = page_max;
        const auto listed = list();
        ASSERT_TRUE(listed) << listed.error().what;
        EXPECT_EQ(listed->size(), 7U);
    }
    model_.appliances() = sandbox::seeded_appliances(5, 230);
    const auto listed = list();
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->size(), 230U) << "at most 7 at once";
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(AppgateSandbox, TokensThatEndWhileABackupIsMadeAreReplacedInTime) {
    model_.scenario().token_lifetime = Duration(3000);
    model_.scenario().job_duration_min = model_.scenario().job_duration_max = Duration(20'000);
    const auto job = start();
    ASSERT_TRUE(job);
    for (int polls = 0; polls < 19; ++polls) ASSERT_TRUE(poll(*job, Duration(1000)));
    EXPECT_EQ(fetched(*job).body.size(), model_.jobs().back().object.content->size());
    EXPECT_TRUE(discard(*job));
    EXPECT_LE(model_.logins().logins, 9U);
    EXPECT_GE(model_.logins().logins, 7U);
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(AppgateSandbox, RefusedLoginsSayWhyAndLockNothing) {
    use("wrong");
    const auto wrong = list();
    ASSERT_FALSE(wrong);
    EXPECT_TRUE(wrong.error().login_rejected);
    EXPECT_THAT(wrong.error().what, HasSubstr("Invalid username or password"));
    use("correct horse", "elsewhere");
    const auto provider = list();
    ASSERT_FALSE(provider);
    EXPECT_TRUE(provider.error().login_rejected);
    EXPECT_THAT(provider.error().what, HasSubstr("providerName: no such identity provider"));
    model_.scenario().mfa_required = true;
    use("correct horse");
    const auto mfa = list();
    ASSERT_FALSE(mfa);
    EXPECT_TRUE(mfa.error().login_rejected);
    EXPECT_THAT(mfa.error().what, HasSubstr("exempt"));
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(AppgateSandbox, ALockedAccountIsToldApartFromAWrongPassword) {
    model_.scenario().lock_after = 1;
    use("wrong");
    EXPECT_FALSE(list());
    use("correct horse");
    const auto locked = list();
    ASSERT_FALSE(locked);
    EXPECT_THAT(locked.error().what, HasSubstr("account is locked"));
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(AppgateSandbox, TroubleOfABackupIsToldByItsKind) {
    model_.scenario().wrong_state = true;
    EXPECT_EQ(start().error().kind, FailureKind::busy);
    model_.scenario().wrong_state = false;

    model_.scenario().backup_api_enabled = false;
    const auto disabled = start();
    EXPECT_EQ(disabled.error().kind, FailureKind::rejected);
    EXPECT_THAT(disabled.error().what, HasSubstr("passphrase"));
    EXPECT_FALSE(bench_.finish(connector_->check_access(appliance())));
    model_.scenario().global_settings_forbidden = true;
    const auto unknown = start();
    EXPECT_EQ(unknown.error().kind, FailureKind::gone) << "a few attempts, then a person is told";
    EXPECT_THAT(unknown.error().what, HasSubstr("View on GlobalSetting"));
    EXPECT_TRUE(bench_.finish(connector_->check_access(appliance())));
    model_.scenario().backup_api_enabled = true;

    model_.scenario().fail_jobs = true;
    const auto failing = start();
    ASSERT_TRUE(failing);
    EXPECT_TRUE(poll(*failing));
    const auto failed = poll(*failing, Duration(1000));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, FailureKind::gone);
    EXPECT_TRUE(discard(*failing));
    model_.scenario().fail_jobs = false;

    EXPECT_EQ(poll("00000000-0000-4000-8000-000000000000").error().kind, FailureKind::gone);
    model_.scenario().refuse_delete = true;
    const auto kept = start();
    ASSERT_TRUE(kept) << kept.error().what;
    fetched(*kept);
    EXPECT_EQ(discard(*kept).error().kind, FailureKind::transient);
    EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(AppgateSandbox, AnOfflineApplianceIsGoneWithoutAStart) {
    for (const char* word : {"offline", "n/a"})
        for (const int version : {18, 23}) {
            model_.scenario().version_max = version;
            model_.appliances()[0].status = word;
            bench_.clock.pass(Duration(60'000));
            EXPECT_EQ(start().error().kind, FailureKind::gone);
        }
    EXPECT_THAT(model_.jobs(), IsEmpty());
    EXPECT_TRUE(start(1));
    EXPECT_THAT(violations(), IsEmpty());
}

}  // namespace
}  // namespace garner
