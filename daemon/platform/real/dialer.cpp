#include "platform/real/dialer.hpp"

#include <string.h>

#include <algorithm>
#include <functional>

#include "platform/real/conversation.hpp"

namespace garner {
namespace {

Moment now() { return std::chrono::steady_clock::now(); }

}  // namespace

WipedText::~WipedText() { explicit_bzero(text.data(), text.size()); }

Dialer::Dialer(asio::io_context& io, const RealNetworkOptions& options, Resolver& resolver, std::optional<Proxy> proxy,
               std::shared_ptr<TlsTrust> trust, bool allow_private)
    : io_(io),
      options_(options),
      resolver_(resolver),
      proxy_(std::move(proxy)),
      trust_(std::move(trust)),
      allow_private_(allow_private) {}

Task<Result<std::unique_ptr<Connection>>> Dialer::connect(const Destination& place, TlsPeer peer) {
    const Moment deadline = now() + options_.connect;
    const HttpUrl& next = place.through_proxy ? proxy_->url : place.url;
    Result<std::unique_ptr<Connection>> connection = co_await connect_any(next, place, deadline);
    if (!connection || !place.url.tls) co_return connection;

    if (place.through_proxy) {
        const Result<void> tunnel = co_await open_tunnel(**connection, place, deadline);
        if (!tunnel) co_return tunnel.error();
    }
    std::shared_ptr<TlsTrust> trust = trust_;
    const Io<> secured = co_await (*connection)->start_tls(std::move(trust), std::move(peer), deadline);
    if (!secured)
        co_return Failure(kind_before_sending(secured.error()),
                          "TLS handshake with " + place.url.host_and_port() + ": " + secured.error().what);
    co_return connection;
}

Task<Result<std::unique_ptr<Connection>>> Dialer::connect_any(const HttpUrl& next, const Destination& place,
                                                              Moment deadline) {
    const Moment resolve_until = std::min(deadline, now() + options_.resolve);
    const Result<Addresses> found = co_await resolver_.resolve(next.host, resolve_until);
    if (!found) co_return found.error();

    // The addresses that are checked here are the very ones that are connected to: no second look-up can bring others.
    Addresses allowed;
    Failure problem(FailureKind::transient, "no address");
    for (const asio::ip::address& address : *found) {
        const Result<void> fine =
            place.through_proxy ? Result<void>() : check_address(place.url, place.near, address, allow_private_);
        if (fine) {
            allowed.push_back(address);
        } else {
            problem = fine.error();
        }
    }
    for (std::size_t i = 0; i < allowed.size(); ++i) {
        const bool last = i + 1 == allowed.size();
        const Moment until = last ? deadline : std::min(deadline, now() + options_.connect_address);
        auto connection = std::make_unique<Connection>(io_);
        const asio::ip::tcp::endpoint endpoint(allowed[i], next.port);
        const Io<> opened = co_await connection->open(endpoint, until);
        if (opened) {
            if (i > 0) resolver_.prefer(next.host, allowed[i]);
            co_return connection;
        }
        problem =
            Failure(kind_before_sending(opened.error()),
                    std::string(place.through_proxy ? "connect to the proxy " : "connect to ") + next.host_and_port() +
                        (next.host == allowed[i].to_string() ? "" : " (" + allowed[i].to_string() + ")") + ": " +
                        opened.error().what);
        if (problem.kind == FailureKind::local || now() >= deadline) break;
    }
    co_return problem;
}

Task<Result<void>> Dialer::open_tunnel(Connection& connection, const Destination& place, Moment deadline) {
    const std::string operation = "CONNECT through the proxy " + proxy_->url.host_and_port();
    const Duration left = std::max(Duration(1), std::chrono::duration_cast<Duration>(deadline - now()));
    const WipedText text(write_connect(place.url, *proxy_));
    const std::function<void(std::size_t)> nobody;
    Conversation conversation(connection, options_, left);
    const Result<HttpReply> reply = co_await conversation.perform(text.text, true, 0, nullptr, nobody);
    if (!reply) {
        // Nothing of the request itself has left yet, whatever became of the CONNECT.
        Failure failure = reply.error().during(operation);
        if (failure.kind == FailureKind::uncertain) failure.kind = FailureKind::transient;
        co_return failure;
    }
    const int status = reply->head.status;
    if (status == 407) co_return proxy_login_refused();
    if (status / 100 != 2) {
        const FailureKind kind = status == 403 ? FailureKind::rejected : FailureKind::transient;
        co_return Failure(kind, operation + ": it answered " + std::to_string(status) + " for " +
                                    place.url.host_and_port() +
                                    (status == 403 ? ": allow that host there, or name it in no_proxy" : ""));
    }
    if (!connection.input.empty()) co_return Failure(FailureKind::corrupt, operation + ": more than an answer came");
    co_return Result<void>();
}

Failure Dialer::proxy_login_refused() const {
    const std::string proxy = "the proxy " + proxy_->url.host_and_port();
    return Failure(
        FailureKind::rejected,
        proxy_->authorization
            ? proxy + " refuses the login in proxy_url (407): correct its user and password"
            : proxy + " wants a login (407): set proxy_url to http://USER:PASSWORD@" + proxy_->url.host_and_port());
}

}  // namespace garner
