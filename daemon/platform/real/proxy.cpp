#include "platform/real/proxy.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "platform/real/address.hpp"

namespace garner {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return std::nullopt;
        plain += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    return plain;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) text += i + k <= bytes.size() ? letters[group >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

bool same_or_below(const std::string& host, std::string_view domain) {
    if (host == domain) return true;
    return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

Result<Proxy> parse_proxy(std::string_view proxy_url) {
    const Failure bad(FailureKind::rejected,
                      "proxy_url must be http://host:port, perhaps with user:password@ in front of the host");
    std::string plain(proxy_url);
    Proxy proxy;
    const std::size_t scheme = plain.find("://");
    if (scheme == std::string::npos) return bad;
    const std::size_t end = std::min(plain.find_first_of("/?#", scheme + 3), plain.size());
    const std::size_t at = plain.substr(0, end).rfind('@');
    if (at != std::string::npos && at > scheme) {
        const std::string user = plain.substr(scheme + 3, at - scheme - 3);
        plain.erase(scheme + 3, at + 1 - (scheme + 3));
        const std::size_t colon = std::min(user.find(':'), user.size());
        const auto name = percent_decoded(std::string_view(user).substr(0, colon));
        const auto password = percent_decoded(std::string_view(user).substr(std::min(colon + 1, user.size())));
        if (!name || !password) return bad;
        proxy.authorization = Secret("Basic " + base64(*name + ":" + *password));
    }
    auto url = parse_http_url(plain);
    if (!url || url->tls || url->target != "/") return bad;
    proxy.url = std::move(*url);
    return proxy;
}

bool goes_without_proxy(const std::vector<std::string>& no_proxy, const std::string& host) {
    const auto address = strict_address(host);
    return std::any_of(no_proxy.begin(), no_proxy.end(), [&](const std::string& entry) {
        std::string rule = to_lower_ascii(trim_ascii(entry));
        if (rule == "*") return true;
        if (rule.size() > 2 && rule.front() == '[' && rule.back() == ']') rule = rule.substr(1, rule.size() - 2);
        if (rule.empty()) return false;
        if (address) return strict_address(rule) == address;
        if (rule.front() == '.') return host.size() > rule.size() && host.ends_with(rule);
        return same_or_below(host, rule);
    });
}

std::string write_connect(const HttpUrl& url, const Proxy& proxy) {
    std::string text = "CONNECT " + url.host_and_port() + " HTTP/1.1\r\nHost: " + url.host_and_port() + "\r\n";
    if (proxy.authorization) text += "Proxy-Authorization: " + proxy.authorization->reveal() + "\r\n";
    return text + "\r\n";
}

}  // namespace garner
