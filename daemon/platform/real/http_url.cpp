#include "platform/real/http_url.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cctype>
#include <charconv>
#include <system_error>
#include <vector>

#include "core/text.hpp"
#include "platform/real/address.hpp"

namespace garner {
namespace {

Failure refused(std::string what) { return Failure(FailureKind::rejected, std::move(what)); }

// The length of "scheme" when the text begins with "scheme:", else 0.
std::size_t scheme_length(std::string_view text) {
    if (text.empty() || std::isalpha(static_cast<unsigned char>(text[0])) == 0) return 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ':') return i;
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '+' && c != '-' && c != '.') return 0;
    }
    return 0;
}

// RFC 3986, section 5.2.4.
std::string remove_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    bool ends_in_slash = false;
    for (std::size_t at = 1; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view segment = path.substr(at, end - at);
        ends_in_slash = segment == "." || segment == "..";
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (segment != ".") {
            kept.push_back(segment);
        }
        at = end + 1;
    }
    std::string clean;
    for (std::string_view segment : kept) clean.append("/").append(segment);
    if (ends_in_slash || clean.empty()) clean += '/';
    return clean;
}

}  // namespace

std::string HttpUrl::host_and_port() const {
    const bool bracketed = host.find(':') != std::string::npos;
    return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string HttpUrl::authority() const {
    std::string text = host_and_port();
    if (port == (tls ? 443 : 80)) text.resize(text.rfind(':'));
    return text;
}

std::string HttpUrl::origin() const { return (tls ? "https://" : "http://") + host_and_port(); }

std::string HttpUrl::shown() const { return redact_url((tls ? "https://" : "http://") + authority() + target); }

Result<HttpUrl> parse_http_url(std::string_view text) {
    const std::size_t scheme = scheme_length(text);
    if (scheme == 0) return refused("this is not an absolute URL");
    const std::string name = to_lower_ascii(text.substr(0, scheme));
    if (name != "https" && name != "http") return refused("a URL with " + printable(name, 20) + ": is refused");
    if (text.substr(scheme, 3) != "://") return refused("a URL without a host is refused");

    HttpUrl url;
    url.tls = name == "https";
    const std::string_view rest = text.substr(scheme + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos)
        return refused("a URL with user information (user@host) is refused");

    const auto parsed = boost::urls::parse_authority(boost::urls::string_view(authority.data(), authority.size()));
    if (!parsed || parsed->encoded_host().empty() || authority.find('%') != std::string_view::npos)
        return refused("the URL's host is not valid");
    url.host = to_lower_ascii(std::string_view(parsed->encoded_host().data(), parsed->encoded_host().size()));
    if (url.host.front() == '[') {
        url.host = url.host.substr(1, url.host.size() - 2);
        const auto address = strict_address(url.host);
        if (!address) return refused("the URL's host is not valid");
        url.host = address->to_string();
    }
    if (url.host.size() > 1 && url.host.back() == '.') url.host.pop_back();

    url.port = url.tls ? 443 : 80;
    if (parsed->has_port() && !parsed->port().empty()) {
        // Not port_number(): it wraps round beyond 65535.
        const auto digits = parsed->port();
        const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
        if (bad != std::errc() || end != digits.data() + digits.size() || url.port == 0)
            return refused("the URL's port is not valid");
    }

    std::string_view target = rest.substr(authority.size());
    target = target.substr(0, target.find('#'));
    if (!std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
        return refused("the URL has spaces, control characters or letters beyond ASCII");
    if (target.empty() || target.front() != '/') url.target = "/";
    url.target += target;
    return url;
}

std::string resolve_location(const HttpUrl& from, std::string_view location) {
    const std::string scheme = from.tls ? "https:" : "http:";
    location = trim_ascii(location.substr(0, location.find('#')));
    if (scheme_length(location) != 0) return std::string(location);
    if (location.starts_with("//")) return scheme + std::string(location);

    const std::string origin = scheme + "//" + from.authority();
    if (location.starts_with("/")) return origin + std::string(location);
    if (location.empty()) return origin + from.target;

    const std::string_view path = std::string_view(from.target).substr(0, from.target.find('?'));
    if (location.starts_with("?")) return origin + std::string(path) + std::string(location);

    const std::size_t query = std::min(location.find('?'), location.size());
    const std::string merged =
        std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location.substr(0, query));
    return origin + remove_dot_segments(merged) + std::string(location.substr(query));
}

bool same_host(const HttpUrl& a, const HttpUrl& b) { return a.host == b.host; }

bool same_origin(const HttpUrl& a, const HttpUrl& b) { return a.tls == b.tls && a.host == b.host && a.port == b.port; }

}  // namespace garner
