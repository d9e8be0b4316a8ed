// What the tests of the Servitly model say again and again: requests of a polite client at an instant of their own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "sandbox/models/faults.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/servitly.hpp"
#include "sandbox_test/tulip_client.hpp"

namespace garner::sandbox {

inline ServitlyOptions servitly_options() {
    ServitlyOptions options;
    options.seed = 7;
    options.api_url = "https://acme.servitly.test/api";
    options.tenants = seeded_tenants(7, 2);
    options.scenario.job_duration_min = options.scenario.job_duration_max = Duration(1000);
    options.scenario.content_bytes_min = 20000;
    options.scenario.content_bytes_max = 40000;
    return options;
}

class ServitlyClient {
public:
    explicit ServitlyClient(ServitlyModel& model, FaultLayer* faults = nullptr) : model_(model), faults_(faults) {}

    WallTime now = from_unix_ms(1'800'000'000'000);
    std::string tenant_header = "x-servitly-tenant";
    std::string prefix = "/api";
    std::size_t tenant = 0;
    std::string token;
    std::string refresh_token;
    boost::json::object session;  ///< the body of the last login or renewal

    void wait(Duration d) { now += d; }
    const ServitlyTenantAccount& account() const { return model_.options().tenants.at(tenant); }

    ModelReply api(const std::string& method, const std::string& rest, const std::string& body = {}) {
        ModelRequest request{method, "acme.servitly.test", prefix + rest, {}, body};
        if (!tenant_header.empty()) request.headers.emplace_back(tenant_header, account().name);
        if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + token);
        if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
        return sent(VendorModel::Door::api, std::move(request));
    }

    ModelReply download(const std::string& url, std::vector<std::pair<std::string, std::string>> headers = {}) {
        const std::size_t path = url.find('/', url.find("://") + 3);
        return sent(VendorModel::Door::download,
                    ModelRequest{"GET", host_of_url(url), url.substr(path), std::move(headers), ""});
    }

    ModelReply log_in(const std::string& pat = {}) {
        boost::json::object body;
        body["apiKey"] = account().api_key;
        body["pat"] = pat.empty() ? account().pat : pat;
        token.clear();
        return took(api("POST", "/identity/users/patLogin", boost::json::serialize(body)));
    }

    ModelReply log_in_by_email() {
        boost::json::object body;
        body["email"] = account().email;
        body["password"] = account().password;
        token.clear();
        return took(api("POST", "/identity/users/login?apiKey=" + account().api_key, boost::json::serialize(body)));
    }

    ModelReply renew() {
        boost::json::object body;
        body["refreshToken"] = refresh_token;
        body["userId"] = session["userId"];
        body["tenantId"] = session["tenantId"];
        return took(api("POST", "/identity/users/me/renewToken", boost::json::serialize(body)));
    }

    ModelReply start(const std::string& name) {
        boost::json::object body;
        body["name"] = name;
        body["startTimestamp"] = 1'799'900'000'000;
        body["endTimestamp"] = 1'799'986'400'000;
        return api("POST", "/data/dataExports", boost::json::serialize(body));
    }
    ModelReply poll(const std::string& id) { return api("GET", "/data/dataExports/" + id); }

    /// Starts, waits, and asks for the URL.
    std::string finished(const std::string& name) {
        const std::string id = TulipClient::text(start(name), "id");
        wait(Duration(2000));
        return TulipClient::text(poll(id), "url");
    }

private:
    ModelReply sent(VendorModel::Door door, ModelRequest request) {
        return faults_ != nullptr ? faults_->handle(door, std::move(request), now).reply
                                  : model_.handle(door, request, now);
    }

    ModelReply took(ModelReply reply) {
        if (reply.status != 200) return reply;
        session = boost::json::parse(reply.body).as_object();
        token = session["token"].as_string();
        refresh_token = session["refreshToken"].as_string();
        return reply;
    }

    ServitlyModel& model_;
    FaultLayer* faults_;
};

}  // namespace garner::sandbox
