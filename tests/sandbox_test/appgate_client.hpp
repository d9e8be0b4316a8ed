// What the tests of the Appgate model say again and again: requests of a polite client at an instant of their own.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "sandbox/models/appgate.hpp"
#include "sandbox/models/faults.hpp"

namespace garner::sandbox {

inline AppgateOptions appgate_test_options() {
    AppgateOptions options;
    options.seed = 7;
    options.password = "right";
    options.appliances = seeded_appliances(7, 7);
    options.scenario.job_duration_min = Duration(1000);
    options.scenario.job_duration_max = Duration(1000);
    options.scenario.content_bytes_min = 100000;
    options.scenario.content_bytes_max = 200000;
    return options;
}

class AppgateClient {
public:
    explicit AppgateClient(AppgateModel& model) : model_(model) {}

    using Headers = std::vector<std::pair<std::string, std::string>>;

    WallTime now = from_unix_ms(1'800'000'000'000);
    int version = 20;
    std::string token;
    std::string provider = "local";
    std::string username = "backup";
    std::string password = "right";
    std::string device = "4c07bc67-57ea-42dd-b702-c2d6c45419fc";
    bool lose_answers = false;

    void wait(Duration d) { now += d; }

    std::string accept(const std::string& kind = "json") const {
        return "application/vnd.appgate.peer-v" + std::to_string(version) + "+" + kind;
    }

    /// With this Accept header, whatever the version.
    ModelReply raw(const std::string& method, const std::string& path, const std::string& accept_header,
                   const std::string& body = {}, Headers headers = {}) {
        ModelRequest request{method, "appgate.test", "/admin" + path, std::move(headers), body};
        if (!accept_header.empty()) request.headers.emplace_back("accept", accept_header);
        if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + token);
        if (lose_answers) request.headers.emplace_back(std::string(kAnswerLostHeader), "1");
        return model_.handle(VendorModel::Door::api, request, now);
    }

    ModelReply api(const std::string& method, const std::string& path, const std::string& body = {}) {
        return raw(method, path, accept(), body);
    }

    ModelReply log_in() {
        boost::json::object body;
        const auto put = [&](const char* key, const std::string& value) {
            if (!value.empty()) body[key] = value;
        };
        put("providerName", provider);
        put("username", username);
        put("password", password);
        put("deviceId", device);
        token.clear();
        ModelReply reply = api("POST", "/login", boost::json::serialize(body));
        if (reply.status == 200 && !lose_answers) token = text(reply, "token");
        return reply;
    }

    std::string appliance(std::size_t index) const { return model_.options().appliances.at(index).id; }

    std::string path_of(std::size_t index, const std::string& job = {}) const {
        return "/appliances/" + appliance(index) + "/backup" + (job.empty() ? "" : "/" + job);
    }

    ModelReply start(std::size_t index, const std::string& body = R"({"logs":false,"audit":false})") {
        return api("POST", path_of(index), body);
    }
    /// The id of a started one; empty when it was refused.
    std::string started(std::size_t index) { return text(start(index), "id"); }
    ModelReply poll(std::size_t index, const std::string& job) { return api("GET", path_of(index, job) + "/status"); }
    ModelReply download(std::size_t index, const std::string& job, const std::string& range = "bytes=0-") {
        return raw("GET", path_of(index, job), accept("gpg"), {},
                   range.empty() ? Headers() : Headers{{"range", range}});
    }
    ModelReply remove(std::size_t index, const std::string& job) {
        return raw("DELETE", path_of(index, job), accept("gpg"));
    }

    static std::string text(const ModelReply& reply, std::string_view key) {
        boost::system::error_code broken;
        const boost::json::value body = boost::json::parse(reply.body, broken);
        if (broken || !body.is_object()) return {};
        const boost::json::value* const value = body.get_object().if_contains(key);
        return value == nullptr || !value->is_string() ? "" : std::string(value->get_string());
    }

private:
    AppgateModel& model_;
};

}  // namespace garner::sandbox
