// Appgate as the contract's subject: a controller of API version 23. Whether the appliance is online is asked before a
// start and answered here, so that a start is one request, too.
#include <memory>
#include <vector>

#include "connectors/appgate.hpp"
#include "subject.hpp"

namespace garner {
namespace {

class OnlineAppliances final : public HttpClient {
public:
    explicit OnlineAppliances(HttpClient& rest) : rest_(rest) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        if (request.method == "GET" && request.url.ends_with("/admin/appliances/status"))
            co_return reply(200, R"({"data":[],"range":"0-0/0"})");
        co_return co_await rest_.exchange(request);
    }
    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        co_return co_await rest_.download(request, sink);
    }

private:
    HttpClient& rest_;
};

}  // namespace

Subject appgate_subject() {
    Subject appgate;
    appgate.name = "appgate";
    const auto clients = std::make_shared<std::vector<std::unique_ptr<HttpClient>>>();
    appgate.make = [clients](ConnectorTools tools) {
        clients->push_back(std::make_unique<OnlineAppliances>(tools.http));
        const ConnectorTools wrapped{*clients->back(), tools.clock, tools.sessions, tools.device_id};
        SourceSettings settings;
        settings.name = "perimeter";
        settings.type = SourceType::appgate;
        settings.http.base_url = "https://sdp.acme.test:8443/admin";
        settings.vendor = AppgateSettings{"local", "backup", Secret("tSW3!QBv-hunter2")};
        return make_connector(settings, wrapped);
    };
    appgate.verbs = {Verb::list, Verb::start, Verb::poll, Verb::discard};
    appgate.target = {"4c07bc67-57ea-42dd-b702-c2d6c45419fc", "primary"};
    appgate.request.options = AppgateBackup{false, true};
    appgate.remote_job = "fd5ea380-496b-41eb-8bc8-2c84eb36b605";
    appgate.listed = {
        {"ee639d70-e075-4f01-596b-930d5f24f569", "gateway 1", {{}, {"gateway"}, true}},
        {"4c07bc67-57ea-42dd-b702-c2d6c45419fc", "primary", {{"backup", "dc1"}, {"controller", "logserver"}, false}}};
    appgate.good_list =
        R"({"data":[{"id":"ee639d70-e075-4f01-596b-930d5f24f569","name":"gateway 1","tags":[],"activated":true,)"
        R"("gateway":{"enabled":true},"controller":{"enabled":false}},)"
        R"({"id":"4c07bc67-57ea-42dd-b702-c2d6c45419fc","name":"primary","tags":["backup","dc1"],"activated":true,)"
        R"("controller":{"enabled":true},"logServer":{"enabled":true,"retentionDays":30}}],)"
        R"("range":"0-1/2","orderBy":"name","descending":false,"totalCount":2})";
    appgate.good_start = R"({"id":"fd5ea380-496b-41eb-8bc8-2c84eb36b605"})";
    appgate.good_pending = R"({"status":"processing","message":"Collecting configuration"})";
    appgate.good_ready = R"({"status":"done","result":"success","output":"","encoding":"utf-8"})";
    appgate.error_body = R"({"id":"some error","message":"the details"})";
    appgate.foreign_error = R"({"message":"from a gateway"})";
    appgate.escaped_error =
        R"({"id":"%s","message":"you sent %s","reason":"%s","errors":[{"field":"%s","message":"is %s"}]})";
    appgate.wrong_answers = {R"({"id":42,"status":1,"data":[1]})", R"({"id":null,"status":null,"data":null})",
                             R"({"id":"","status":"","data":{}})", R"({"id":["a"],"status":["done"],"data":"x"})",
                             R"({"id":"..","status":{},"data":[{"id":".."}]})"};
    const std::string base = "https://sdp.acme.test:8443/admin";
    const std::string backups = base + "/appliances/4c07bc67-57ea-42dd-b702-c2d6c45419fc/backup";
    appgate.list_url = base + "/appliances?orderBy=name&range=0-99";
    appgate.start_url = backups;
    appgate.discard_url = backups + "/fd5ea380-496b-41eb-8bc8-2c84eb36b605";
    appgate.poll_url = appgate.discard_url + "/status";
    appgate.resource = appgate.discard_url;
    appgate.download_authorization = "Bearer token-aB3_xyz.aB3_xyz";

    const HttpReply version = reply(200, R"({"peerVersion":23,"lowestPeerVersionSupported":19})");
    const HttpReply login =
        reply(200, R"({"user":{"name":"backup","needTwoFactorAuth":false},"token":"token-aB3_xyz.aB3_xyz",)"
                   R"("expires":"2027-01-15T20:00:00Z"})");
    appgate.login = {version, login};
    appgate.renewal = {login};
    appgate.login_refused_words = {"log in as backup", "password", "`login`"};
    appgate.login_words = "the source's `login`";
    appgate.scope_words = {{Verb::list, {"View", "Appliance"}},
                           {Verb::start, {"Backup", "Appliance"}},
                           {Verb::poll, {"Backup", "Appliance"}},
                           {Verb::discard, {"Backup", "Appliance"}}};
    appgate.authorization = appgate.download_authorization;
    appgate.secrets = {"tSW3!QBv-hunter2", "token-aB3_xyz.aB3_xyz"};

    // A 503 to a start may be a backup API that is disabled, so that is asked.
    appgate.own_answer = [](Verb verb, const HttpReply& answer) -> std::optional<OwnAnswer> {
        if (verb != Verb::start || answer.head.status != 503) return std::nullopt;
        const bool vendor_spoke = answer.body.find(R"("id":")") != std::string::npos;
        return OwnAnswer{{answer, reply(200, R"({"backupApiEnabled":true})")},
                         vendor_spoke ? FailureKind::transient : FailureKind::uncertain};
    };
    return appgate;
}

}  // namespace garner
