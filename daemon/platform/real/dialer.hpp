// From a URL's host to an open connection: name, addresses that may be visited, the proxy's tunnel, TLS.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "platform/real/connection.hpp"
#include "platform/real/proxy.hpp"
#include "platform/real/real_network.hpp"
#include "platform/real/visit_rules.hpp"

namespace garner {

/// One place that a request goes to, checked but for its addresses.
struct Destination {
    HttpUrl url;
    Nearness near = Nearness::foreign;
    bool through_proxy = false;
    std::string key;  ///< of the connections that would do
};

/// Text with credentials in it: nothing of them stays in freed memory.
struct WipedText {
    explicit WipedText(std::string text_) : text(std::move(text_)) {}
    WipedText(const WipedText&) = delete;
    WipedText& operator=(const WipedText&) = delete;
    ~WipedText();
    std::string text;
};

class Dialer {
public:
    Dialer(asio::io_context&, const RealNetworkOptions&, Resolver&, std::optional<Proxy>, std::shared_ptr<TlsTrust>,
           bool allow_private);

    /// Nothing of the request itself leaves here, so no failure is `uncertain`.
    Task<Result<std::unique_ptr<Connection>>> connect(const Destination&, TlsPeer);

    const std::optional<Proxy>& proxy() const { return proxy_; }
    /// The proxy's 407, with what to do about it.
    Failure proxy_login_refused() const;

private:
    Task<Result<std::unique_ptr<Connection>>> connect_any(const HttpUrl& next, const Destination&, Moment deadline);
    Task<Result<void>> open_tunnel(Connection&, const Destination&, Moment deadline);

    asio::io_context& io_;
    const RealNetworkOptions& options_;
    Resolver& resolver_;
    std::optional<Proxy> proxy_;
    std::shared_ptr<TlsTrust> trust_;
    bool allow_private_;
};

}  // namespace garner
