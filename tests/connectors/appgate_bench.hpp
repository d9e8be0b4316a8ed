// An Appgate connector before a controller that answers from a script; what was asked reads as one line a request.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bench.hpp"
#include "connectors/appgate.hpp"

namespace garner {

// Answers come later, so that several calls are under way at once.
class LaterClient final : public HttpClient {
public:
    explicit LaterClient(HttpClient& rest) : rest_(rest) {}
    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        for (int turns = 0; turns < 3; ++turns) co_await asio::post(asio::use_awaitable);
        co_return co_await rest_.exchange(request);
    }
    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        co_return co_await rest_.download(request, sink);
    }

private:
    HttpClient& rest_;
};

class AppgateBench : public testing::Test {
protected:
    static constexpr const char* base = "https://sdp.acme.test:8443/admin";

    static SourceSettings settings(std::string url = base, std::string password = "tSW3!QBv-hunter2") {
        SourceSettings made;
        made.name = "perimeter";
        made.type = SourceType::appgate;
        made.http.base_url = std::move(url);
        made.vendor = AppgateSettings{"local", "backup", Secret(std::move(password))};
        return made;
    }

    static HttpReply version(int lowest, int newest) {
        return reply(200, R"({"peerVersion":)" + std::to_string(newest) + R"(,"lowestPeerVersionSupported":)" +
                              std::to_string(lowest) + "}");
    }
    static HttpReply login(const std::string& token, const std::string& expires = "2027-01-15T20:00:00Z") {
        return reply(200, R"({"user":{"name":"backup","needTwoFactorAuth":false},"token":")" + token +
                              R"(","expires":")" + expires + R"("})");
    }
    static HttpReply not_acceptable(int min, int max) {
        return reply(406, R"({"id":"not acceptable","message":"Invalid 'Accept' header.","minSupportedVersion":)" +
                              std::to_string(min) + R"(,"maxSupportedVersion":)" + std::to_string(max) + "}");
    }
    static HttpReply trouble(int status, const std::string& message) {
        return reply(status, R"({"id":"some error","message":")" + message + "\"}");
    }

    void script(std::vector<Result<HttpReply>> replies) {
        http_.requests.clear();
        http_.script.assign(replies.begin(), replies.end());
    }

    // Logged in, at that version, with no request remembered.
    void log_in(int api_version = 23) {
        bench_.forget_logins();
        connector_ = make_appgate_connector(settings(), bench_.tools());
        script({version(1, api_version), login("token-1"), processing()});
        ASSERT_TRUE(poll());
        script({});
    }

    static HttpReply processing() { return reply(200, R"({"status":"processing"})"); }
    static HttpReply online() { return reply(200, R"({"data":[]})"); }

    Result<std::vector<Target>> list() { return bench_.finish(connector_->list_targets()); }
    Result<std::string> check_access() { return bench_.finish(connector_->check_access(primary_)); }
    Result<std::string> start() { return bench_.finish(connector_->start(primary_, request_)); }
    Result<Progress> poll() { return bench_.finish(connector_->poll(primary_, "b1")); }
    Result<void> discard() { return bench_.finish(connector_->discard(primary_, "b1")); }

    static std::string header(const HttpRequest& request, const std::string& name) {
        for (const auto& [key, value] : request.headers)
            if (key == name) return value;
        return {};
    }

    // "GET /appliances/status v23+json", for each request.
    std::vector<std::string> asked() const {
        std::vector<std::string> lines;
        for (const HttpRequest& request : http_.requests) {
            std::string path = request.url;
            if (path.starts_with(base)) path.erase(0, std::string(base).size());
            std::string accept = header(request, "Accept");
            const std::string vendor = "application/vnd.appgate.peer-";
            if (accept.starts_with(vendor)) accept.erase(0, vendor.size());
            lines.push_back(request.method + " " + path + " " + accept);
        }
        return lines;
    }

    std::size_t logins() const {
        std::size_t count = 0;
        for (const HttpRequest& request : http_.requests) count += request.url.ends_with("/login") ? 1 : 0;
        return count;
    }

    Bench bench_;
    ScriptedClient& http_ = bench_.http;
    std::unique_ptr<Connector> connector_ = make_appgate_connector(settings(), bench_.tools());
    Target primary_{"a1", "primary"};
    ExportRequest request_;
};

}  // namespace garner
