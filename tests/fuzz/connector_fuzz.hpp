// A connector through all its verbs, with a vendor that answers whatever the input says. Parts of the input, between
// record separators, are replies: the first byte picks the status, the rest is the body.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "connectors/connector.hpp"
#include "fuzz/fuzz.hpp"

namespace garner::fuzz {

/// Begins with no hex digit: else the end of an escaped byte and what follows it may look like it.
inline constexpr std::string_view secret = "swordfish-5gT8wKq2-secret";

class AnsweringClient final : public HttpClient {
public:
    explicit AnsweringClient(std::string_view input) : parts_(parts_of(input)) {}

    Task<Result<HttpReply>> exchange(const HttpRequest&) override {
        HttpReply reply;
        reply.head.status = 500;
        if (++asked_ > most) throw std::runtime_error("a connector asks for ever");
        if (next_ < parts_.size()) {
            const std::string_view part = parts_[next_++];
            static constexpr int statuses[] = {200, 200, 200, 200, 201, 202, 204, 400, 401, 403,
                                               404, 406, 409, 410, 412, 422, 429, 500, 502, 503};
            reply.head.status =
                part.empty() ? 200 : statuses[static_cast<unsigned char>(part[0]) % std::size(statuses)];
            reply.body = part.empty() ? std::string() : std::string(part.substr(1));
        }
        reply.head.headers.emplace_back("content-type", "application/json");
        reply.head.content_length = reply.body.size();
        co_return reply;
    }

    Task<Result<HttpReply>> download(const HttpRequest&, ByteSink&) override {
        co_return Failure(FailureKind::local, "connectors do not download");
    }

private:
    static constexpr int most = 500;
    std::vector<std::string_view> parts_;
    std::size_t next_ = 0;
    int asked_ = 0;
};

class StandingClock final : public Clock {
public:
    WallTime wall_now() const override { return from_unix_ms(1'800'000'000'000); }
    SteadyTime steady_now() const override { return SteadyTime(Duration(5'000'000)); }
    Task<> sleep_until(SteadyTime) override { throw std::runtime_error("connectors do not wait"); }
};

template <class T>
void look_at(asio::io_context& loop, Task<Result<T>> task, std::optional<T>* into = nullptr) {
    asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& failed, Result<T> result) {
        if (failed) std::rethrow_exception(failed);
        if (!result) {
            require_printable(result.error());
            require(result.error().what.find(secret) == std::string::npos, "no secret is quoted", result.error().what);
        } else if constexpr (!std::is_void_v<T>) {
            if (into != nullptr) *into = std::move(*result);
        }
    });
    loop.restart();
    loop.run();
}

inline int try_connector(const SourceSettings& settings, ExportOptions options, std::string_view input) {
    asio::io_context loop;
    StandingClock clock;
    AnsweringClient http(input);
    const auto sessions = std::make_shared<Sessions>(loop.get_executor());
    const auto connector =
        make_connector(settings, ConnectorTools{http, clock, sessions, "4c07bc67-57ea-42dd-b702-c2d6c45419fc"});

    std::optional<std::vector<Target>> targets;
    look_at(loop, connector->list_targets(), &targets);
    Target target{"acme", "acme"};
    if (targets)
        for (const Target& one : *targets) {
            require(!one.id.empty() && one.id.size() < 4096, "a target has an id", one.id);
            // A vendor that calls a target by the secret knows it already, and names are quoted.
            if (one.id.find(secret) != std::string::npos || one.name.find(secret) != std::string::npos) return 0;
            target = one;
        }
    look_at(loop, connector->prepare_start(target));
    ExportRequest request;
    request.options = std::move(options);
    request.name = "garner telemetry";
    std::optional<std::string> id;
    look_at(loop, connector->start(target, request), &id);
    if (id) require(!id->empty(), "a remote job has an id");
    std::optional<Progress> progress;
    look_at(loop, connector->poll(target, id.value_or("remote-1")), &progress);
    if (progress)
        if (const auto* pending = std::get_if<Pending>(&*progress))
            require_printable(pending->vendor_state, "a vendor's word is printable");
    look_at(loop, connector->discard(target, id.value_or("remote-1")));
    std::optional<std::string> access;
    look_at(loop, connector->check_access(target), &access);
    if (access) require_printable(*access, "what is said of access is printable");
    return 0;
}

inline SourceSettings source_of(SourceType type, const std::string& url) {
    SourceSettings source;
    source.name = "source";
    source.type = type;
    source.http.base_url = url;
    return source;
}

}  // namespace garner::fuzz
