// A URL taken apart for speaking HTTP. The request target stays byte for byte what came: a presigned URL that is
// decoded and encoded again, or normalised, is another URL with a wrong signature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/failure.hpp"

namespace garner {

struct HttpUrl {
    bool tls = true;
    std::string host;  ///< lower case, without brackets and without the dot of a rooted name
    std::uint16_t port = 443;
    std::string target;  ///< path and query as they came, "/" at least; the fragment is gone

    /// For the Host header: with brackets around IPv6, and with the port unless it is the scheme's own.
    std::string authority() const;
    /// "host:port", with brackets around IPv6: for CONNECT and for messages.
    std::string host_and_port() const;
    /// "https://host:port"
    std::string origin() const;
    /// For messages: without the query.
    std::string shown() const;
};

/// `rejected` on another scheme than http and https, on user information, and on what is not a URL. The text names no
/// secret.
Result<HttpUrl> parse_http_url(std::string_view);

/// What a Location header means for a request to `from` (RFC 3986, section 5.2).
std::string resolve_location(const HttpUrl& from, std::string_view location);

bool same_origin(const HttpUrl&, const HttpUrl&);
bool same_host(const HttpUrl&, const HttpUrl&);

}  // namespace garner
