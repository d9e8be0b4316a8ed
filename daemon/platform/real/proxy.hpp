// An HTTP proxy as settings say it: http://user:password@host:port, and which hosts go without it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "core/secret.hpp"
#include "platform/real/http_url.hpp"

namespace garner {

struct Proxy {
    HttpUrl url;                          ///< without user information
    std::optional<Secret> authorization;  ///< the value of Proxy-Authorization
};

/// `rejected` when this is not http://[user[:password]@]host[:port]; the text shows no user information.
Result<Proxy> parse_proxy(std::string_view proxy_url);

/// As Prometheus and curl read it: "*", an address, a name (with all below it), or ".suffix" (only what is below it).
bool goes_without_proxy(const std::vector<std::string>& no_proxy, const std::string& host);

/// The head of a CONNECT for `url`.
std::string write_connect(const HttpUrl& url, const Proxy&);

}  // namespace garner
