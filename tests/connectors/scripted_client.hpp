// An HttpClient that answers from a script and remembers what it was asked. Running out of script fails the test.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/http.hpp"

namespace garner {

class ScriptedClient final : public HttpClient {
public:
    std::deque<Result<HttpReply>> script;
    std::vector<HttpRequest> requests;

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        requests.push_back(request);
        if (script.empty()) {
            ADD_FAILURE() << "a request too many: " << request.method << " " << request.url;
            co_return Failure(FailureKind::local, "the script has ended");
        }
        Result<HttpReply> next = std::move(script.front());
        script.pop_front();
        co_return next;
    }

    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink&) override {
        ADD_FAILURE() << "connectors do not download: " << request.url;
        co_return Failure(FailureKind::local, "not here");
    }
};

inline HttpReply reply(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    HttpReply made;
    made.head.status = status;
    made.head.headers = std::move(headers);
    made.head.content_length = body.size();
    made.body = std::move(body);
    return made;
}

/// Runs to the end on a loop of its own.
template <class T>
T finish(Task<T> task) {
    boost::asio::io_context loop;
    std::optional<T> value;
    boost::asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& failed, T result) {
        if (failed) std::rethrow_exception(failed);
        value.emplace(std::move(result));
    });
    loop.run();
    return std::move(value).value();
}

}  // namespace garner
