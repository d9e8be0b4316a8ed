// Where a source's client may go, and what it may say there: PRODUCT.md section 7 as pure functions.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/settings.hpp"
#include "platform/http.hpp"
#include "platform/real/http_url.hpp"

namespace garner {

constexpr int redirects_max = 5;

/// How near a URL is to the source. Credentials go to the source's own origin only; its own host may have any address.
enum class Nearness { own_origin, own_host, foreign };

Nearness nearness(const HttpUrl& base, const HttpUrl&);

/// The scheme rules, and for a redirect (`from` given) also https to https only. `rejected`, with the setting that
/// would help.
Result<void> check_scheme(const HttpUrl&, const HttpUrl* from, bool allow_http);

/// The address rule for one address that a host has.
Result<void> check_address(const HttpUrl&, Nearness, const boost::asio::ip::address&, bool allow_private);

/// The address rule where a proxy resolves the name: all that can be judged here are addresses, and "localhost".
Result<void> check_unresolved(const HttpUrl&, Nearness, bool allow_private);

/// Where a reply to a GET sends it on, when it does: a 301, 302, 303, 307 or 308 with a Location.
std::optional<std::string> redirected_to(const HttpUrl& from, const HttpHead&);

/// Head and body of a request as they go out. `through_proxy` makes it the absolute form, with the proxy's credential.
/// `rejected` when a header would break the message.
Result<std::string> write_request(const HttpRequest&, const HttpUrl&, Nearness, const std::string* proxy_authorization,
                                  bool through_proxy);

}  // namespace garner
