// An HttpClient whose requests go to a sandbox model, without a network. Replies come at the fake clock's instant.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "bench.hpp"
#include "core/text.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner {

class ModelClient final : public HttpClient {
public:
    /// `origin` is the API's, as requests name it: "https://acme.tulip.test".
    ModelClient(sandbox::VendorModel& model, const FakeClock& clock, std::string origin)
        : model_(model), clock_(clock), origin_(std::move(origin)) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        EXPECT_TRUE(request.url.starts_with(origin_)) << request.url;
        const std::string host = origin_.substr(origin_.find("//") + 2);
        sandbox::ModelRequest asked{request.method, host, request.url.substr(origin_.size()), {}, request.body};
        for (const auto& [name, value] : request.headers) asked.headers.emplace_back(to_lower_ascii(name), value);
        if (request.authorization) asked.headers.emplace_back("authorization", request.authorization->reveal());
        sandbox::ModelReply answer = model_.handle(sandbox::VendorModel::Door::api, asked, clock_.wall);
        co_return reply(answer.status, answer.body, answer.headers);
    }

    Task<Result<HttpReply>> download(const HttpRequest&, ByteSink&) override {
        co_return Failure(FailureKind::local, "connectors do not download");
    }

private:
    sandbox::VendorModel& model_;
    const FakeClock& clock_;
    std::string origin_;
};

}  // namespace garner
