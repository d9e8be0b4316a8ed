// A client that shows every small reply to somebody: what the vendor's clock says is in its head. Downloads are not
// shown, since their head is as old as they are long, and comes from another host.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "platform/http.hpp"

namespace garner {

class DatedClient final : public HttpClient {
public:
    using Show = std::function<void(const HttpHead&)>;

    DatedClient(std::unique_ptr<HttpClient> client, Show show) : client_(std::move(client)), show_(std::move(show)) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        auto reply = co_await client_->exchange(request);
        if (reply) show_(reply->head);
        co_return reply;
    }
    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        return client_->download(request, sink);
    }

private:
    std::unique_ptr<HttpClient> client_;
    Show show_;
};

}  // namespace garner
