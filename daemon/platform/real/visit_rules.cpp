#include "platform/real/visit_rules.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "platform/real/address.hpp"

#ifndef GARNER_VERSION
#define GARNER_VERSION "0"
#endif

namespace garner {
namespace {

Failure rejected(std::string what) { return Failure(FailureKind::rejected, std::move(what)); }

bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// Written by the client itself, whatever a caller says.
bool is_ours(std::string_view lower) {
    constexpr std::array names{
        "host",       "content-length",  "transfer-encoding", "connection", "proxy-authorization",
        "keep-alive", "accept-encoding", "authorization",     "te",         "upgrade"};
    return std::find(names.begin(), names.end(), lower) != names.end();
}

bool may_leave_home(std::string_view lower) {
    return lower == "accept" || lower == "range" || lower == "if-range" || lower == "user-agent";
}

}  // namespace

Nearness nearness(const HttpUrl& base, const HttpUrl& url) {
    if (same_origin(base, url)) return Nearness::own_origin;
    return same_host(base, url) ? Nearness::own_host : Nearness::foreign;
}

Result<void> check_scheme(const HttpUrl& url, const HttpUrl* from, bool allow_http) {
    if (url.tls) return {};
    if (from != nullptr && from->tls)
        return rejected("a redirect from https to " + url.shown() + " is refused: it would give up the encryption");
    if (!allow_http)
        return rejected(url.shown() + " is not encrypted: use https://, or set allow_http: true for this source");
    return {};
}

Result<void> check_address(const HttpUrl& url, Nearness near, const boost::asio::ip::address& address,
                           bool allow_private) {
    if (near != Nearness::foreign || allow_private) return {};
    const std::string_view kind = non_public_kind(address);
    if (kind.empty()) return {};
    return rejected(url.host + " is not the source's own host and has the " + std::string(kind) + " address " +
                    address.to_string() +
                    ": refused. If that is right, set allow_private_downloads: true for this source");
}

Result<void> check_unresolved(const HttpUrl& url, Nearness near, bool allow_private) {
    if (near != Nearness::foreign || allow_private) return {};
    if (url.host == "localhost" || url.host.ends_with(".localhost"))
        return check_address(url, near, boost::asio::ip::address_v4::loopback(), allow_private);
    const auto address = numeric_address(url.host);
    return address ? check_address(url, near, *address, allow_private) : Result<void>();
}

std::optional<std::string> redirected_to(const HttpUrl& from, const HttpHead& head) {
    constexpr std::array statuses{301, 302, 303, 307, 308};
    if (std::find(statuses.begin(), statuses.end(), head.status) == statuses.end()) return std::nullopt;
    const auto location = head.header("location");
    if (!location || trim_ascii(*location).empty()) return std::nullopt;
    return resolve_location(from, *location);
}

Result<std::string> write_request(const HttpRequest& request, const HttpUrl& url, Nearness near,
                                  const std::string* proxy_authorization, bool through_proxy) {
    if (!is_token(request.method)) return rejected("the method is not a word");
    std::string text;
    text.reserve(512 + url.target.size() + request.body.size());
    const auto line = [&text](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };

    text.append(request.method).append(" ");
    if (through_proxy) text.append(url.tls ? "https://" : "http://").append(url.authority());
    text.append(url.target).append(" HTTP/1.1\r\n");
    line("Host", url.authority());
    bool agent = false;
    bool accept = false;
    for (const auto& [name, value] : request.headers) {
        const std::string lower = to_lower_ascii(name);
        if (!is_token(name) || !is_header_value(value))
            return rejected("the header " + printable(name, 40) + " has forbidden characters");
        if (is_ours(lower) || (near != Nearness::own_origin && !may_leave_home(lower))) continue;
        agent = agent || lower == "user-agent";
        accept = accept || lower == "accept";
        line(name, value);
    }
    if (!agent) line("User-Agent", "garner/" GARNER_VERSION);
    if (!accept) line("Accept", "*/*");
    line("Accept-Encoding", "identity");
    if (request.authorization && near == Nearness::own_origin) {
        if (!is_header_value(request.authorization->reveal()))
            return rejected(
                "the credential has a line break or NUL in it: correct the file or variable that it comes from");
        line("Authorization", request.authorization->reveal());
    }
    if (through_proxy && proxy_authorization != nullptr && !proxy_authorization->empty())
        line("Proxy-Authorization", *proxy_authorization);
    const bool has_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (has_body || !request.body.empty()) line("Content-Length", std::to_string(request.body.size()));
    text.append("\r\n").append(request.body);
    return text;
}

}  // namespace garner
