// Servitly as the contract's subject: a tenant that logs in with a personal access token.
#include "connectors/servitly.hpp"
#include "subject.hpp"

namespace garner {

Subject servitly_subject() {
    Subject servitly;
    servitly.name = "servitly";
    servitly.make = [](ConnectorTools tools) {
        SourceSettings settings;
        settings.name = "fleet";
        settings.type = SourceType::servitly;
        settings.http.base_url = "https://api.servitly.test";
        ServitlySettings vendor;
        vendor.tenants["acme"] = {"acme", Secret("key-hunter2/key"), Secret("pat-hunter2\"pat"), "", Secret()};
        vendor.tenants["bravo"] = {"bravo", Secret("another-key"), Secret(), "export@bravo.test", Secret("swordfish")};
        settings.vendor = vendor;
        return make_connector(settings, std::move(tools));
    };
    servitly.verbs = {Verb::start, Verb::poll};  // the tenants are in the settings, exports go by themselves
    servitly.target = {"acme", "acme"};
    servitly.request.name = "garner telemetry 2026-03-01T02:40:00Z 0abc";
    servitly.request.options = ServitlyExport{};
    servitly.remote_job = "5f1d7a9e0b";
    servitly.listed = {{"acme", "acme"}, {"bravo", "bravo"}};
    servitly.resource = "https://files.example/acme/x.zip?X-Amz-Signature=aB%2F%2b+c&x=../y#z";
    servitly.good_start = R"({"id":"5f1d7a9e0b","name":"n","state":"PENDING"})";
    servitly.good_pending = R"({"id":"5f1d7a9e0b","name":"n","state":"PENDING","includeUnit":true})";
    servitly.good_ready = R"({"id":"5f1d7a9e0b","state":"COMPLETED","url":")" + servitly.resource + R"("})";
    servitly.error_body = R"({"message":"the details"})";
    servitly.foreign_error = R"({"error":"from a gateway"})";
    servitly.escaped_error = R"({"message":"you sent %s and %s"})";
    servitly.wrong_answers = {R"({"id":42,"state":"COMPLETED"})", R"({"id":null,"state":null})",
                              R"({"id":"","state":""})", R"({"id":["a"],"state":["COMPLETED"]})"};
    const std::string base = "https://api.servitly.test/data/dataExports";
    servitly.start_url = base;
    servitly.poll_url = base + "/5f1d7a9e0b";
    servitly.login = {reply(200, R"({"token":"first.jwt.sig","tokenExpirationTimestamp":1800003600000,)"
                                 R"("refreshToken":"refresh-first","userId":"u1","tenantId":"t1"})")};
    // A token that is refused before its time cannot be renewed: the vendor says 400, and only a login helps.
    servitly.renewal = {reply(400, R"({"message":"The token is not expired"})"), servitly.login.front()};
    servitly.login_refused_words = {"`api_key`", "`pat`", "sources.fleet.tenants.acme"};
    servitly.login_words = "sources.fleet.tenants.acme";
    servitly.scope_words = {{Verb::start, {"EXPORT_DATA", "API key"}}, {Verb::poll, {"EXPORT_DATA", "API key"}}};
    servitly.authorization = servitly.download_authorization = "Bearer first.jwt.sig";
    servitly.secrets = {"key-hunter2/key", "pat-hunter2\"pat", "pat-hunter2\\\"pat", "first.jwt.sig", "refresh-first"};
    return servitly;
}

}  // namespace garner
