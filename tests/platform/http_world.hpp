// What the HTTP tests share: a loop, a real network with short patience, a sink and an observer that remember.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/http_scripted_server.hpp"
#include "platform/real/real_network.hpp"

namespace garner::testing_http {

class MemorySink : public ByteSink {
public:
    explicit MemorySink(std::size_t piece = 256 * 1024) : piece_(piece) {}

    Task<Result<void>> begin(const HttpHead& head) override {
        begun.push_back(head);
        if (refuse_to_begin) co_return Failure(FailureKind::corrupt, "the sink does not want this");
        co_return Result<void>();
    }
    std::span<std::byte> buffer() override {
        bytes.resize(used + piece_);
        return std::as_writable_bytes(std::span(bytes)).subspan(used);
    }
    Task<Result<void>> filled(std::size_t n) override {
        used += n;
        if (used > full_at) co_return Failure(FailureKind::local, "the sink is full");
        co_return Result<void>();
    }
    std::string text() const { return bytes.substr(0, used); }

    std::vector<HttpHead> begun;
    std::string bytes;
    std::size_t used = 0;
    bool refuse_to_begin = false;
    std::size_t full_at = std::string::npos;

private:
    std::size_t piece_;
};

class RememberingObserver : public HttpObserver {
public:
    void request_ended(const std::string&, int status, Duration) override { statuses.push_back(status); }
    void bytes_downloaded(const std::string&, std::uint64_t n) override { bytes += n; }
    std::vector<int> statuses;
    std::uint64_t bytes = 0;
};

/// Runs one coroutine to its end; what else the loop has to do (idle connections) waits for the next run.
template <class T>
T run(asio::io_context& io, Task<T> work) {
    std::optional<T> result;
    std::exception_ptr thrown;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr failed, T value) {
        thrown = failed;
        if (!failed) result.emplace(std::move(value));
        io.stop();
    });
    io.restart();
    io.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
}

struct HttpWorld : testing::Test {
    asio::io_context io;
    RememberingObserver observer;
    RealNetworkOptions options;
    TemporaryDirectory files;
    std::unique_ptr<Network> network;
    std::vector<std::unique_ptr<HttpClient>> clients;

    Network& net() {
        if (!network) network = make_real_network(io, &observer, options);
        return *network;
    }

    /// A plain http source.
    static HttpSettings plain(const ScriptedServer& server) {
        HttpSettings settings;
        settings.base_url = server.url("/");
        settings.allow_http = true;
        settings.timeout = Duration(20'000);
        return settings;
    }

    /// An https source that trusts the tests' CA.
    HttpSettings secure(const ScriptedServer& server) const {
        HttpSettings settings = plain(server);
        settings.allow_http = false;
        settings.tls.ca_file = files.write("ca.pem", test_authority().certificate_pem());
        return settings;
    }

    HttpClient& client(const HttpSettings& settings) {
        auto made = net().client_for("a-source", settings);
        if (!made) throw std::runtime_error(made.error().what);
        return *clients.emplace_back(std::move(*made));
    }

    Result<HttpReply> exchange(HttpClient& with, const HttpRequest& request) { return run(io, with.exchange(request)); }
    Result<HttpReply> get(HttpClient& with, const std::string& url) { return exchange(with, HttpRequest("GET", url)); }
    Result<HttpReply> download(HttpClient& with, const std::string& url, ByteSink& sink) {
        const HttpRequest request("GET", url);
        return run(io, with.download(request, sink));
    }
};

inline ServerTls good_tls() {
    ServerTls tls;
    tls.pair = test_authority().issue();
    return tls;
}

/// "kind: text" of a failure, or what came instead: for one look at both.
template <class T>
std::string told(const Result<T>& result) {
    return result ? "success" : std::string(to_string(result.error().kind)) + ": " + result.error().what;
}

}  // namespace garner::testing_http
