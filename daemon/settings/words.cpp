#include "settings/words.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>

#include "core/text.hpp"

namespace garner {
namespace {

bool only(std::string_view text, std::string_view extra) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               extra.find(c) != std::string_view::npos;
    });
}

bool is_host_name(std::string_view host) {
    return host.size() <= 253 && only(host, "-._") && !host.starts_with('.') && !host.starts_with('-') &&
           host.find("..") == std::string_view::npos;
}

bool is_v6(const std::string& host) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

std::optional<bool> parse_bool(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return std::nullopt;
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::uint64_t bytes;
    };
    static constexpr std::array<Unit, 14> units{{{"B", 1},
                                                 {"kB", 1'000},
                                                 {"KB", 1'000},
                                                 {"MB", 1'000'000},
                                                 {"GB", 1'000'000'000},
                                                 {"TB", 1'000'000'000'000},
                                                 {"PB", 1'000'000'000'000'000},
                                                 {"KiB", 1ULL << 10},
                                                 {"kiB", 1ULL << 10},
                                                 {"MiB", 1ULL << 20},
                                                 {"GiB", 1ULL << 30},
                                                 {"TiB", 1ULL << 40},
                                                 {"PiB", 1ULL << 50},
                                                 {"EiB", 1ULL << 60}}};
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_whole(text.substr(0, digits));
    std::string_view name = text.substr(digits);
    if (name.starts_with(' ')) name.remove_prefix(1);
    for (const Unit& unit : units) {
        if (!number || name != unit.name) continue;
        if (*number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit.bytes)
            return std::nullopt;
        return *number * unit.bytes;
    }
    return std::nullopt;
}

std::optional<HostPort> parse_host_port(std::string_view text) {
    HostPort address;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        address.host = to_lower_ascii(text.substr(1, close - 1));
        rest = text.substr(close + 1);
        if (!is_v6(address.host)) return std::nullopt;
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        address.host = to_lower_ascii(text.substr(0, colon));
        rest = text.substr(colon);
        if (!is_host_name(address.host)) return std::nullopt;
    }
    if (rest.empty()) return address;
    const auto port = rest.front() == ':' ? parse_whole(rest.substr(1)) : std::nullopt;
    if (!port || *port > 65535) return std::nullopt;
    address.port = static_cast<std::uint16_t>(*port);
    return address;
}

std::optional<UrlParts> parse_url(std::string_view text) {
    if (!only(text, "-._~:/?#[]@!$&'()*+,;=%")) return std::nullopt;
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos || scheme == 0 || !only(text.substr(0, scheme), "+-.")) return std::nullopt;
    UrlParts url;
    url.scheme = to_lower_ascii(text.substr(0, scheme));
    text.remove_prefix(scheme + 3);
    const std::size_t authority_end = std::min(text.find_first_of("/?#"), text.size());
    std::string_view authority = text.substr(0, authority_end);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        url.has_user = true;
        authority.remove_prefix(at + 1);
    }
    const auto address = parse_host_port(authority);
    if (!address || address->host.empty() || address->port == 0) return std::nullopt;
    url.address = *address;
    const std::string_view rest = text.substr(authority_end);
    const std::size_t path_end = std::min(rest.find_first_of("?#"), rest.size());
    url.path = rest.substr(0, path_end);
    url.has_query = path_end < rest.size() && rest[path_end] == '?';
    url.has_fragment = rest.find('#') != std::string_view::npos;
    return url;
}

std::string normal_url(const std::string& text) {
    const auto url = parse_url(text);
    if (!url) return text;
    const bool is_v6 = url->address.host.find(':') != std::string::npos;
    std::string normal = url->scheme + "://" + (is_v6 ? "[" + url->address.host + "]" : url->address.host);
    if (url->address.port) normal += ":" + std::to_string(*url->address.port);
    normal += url->path;
    while (normal.ends_with('/')) normal.pop_back();
    return normal;
}

std::optional<absl::CivilSecond> parse_local_time(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() != 10 && text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t digits) {
        int value = 0;
        if (at < text.size()) std::from_chars(text.data() + at, text.data() + at + digits, value);
        return value;
    };
    const absl::CivilSecond time(number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2));
    // A day or an hour that there is not has become another one.
    const bool is_real = time.month() == number(5, 2) && time.day() == number(8, 2) && time.hour() == number(11, 2) &&
                         time.minute() == number(14, 2) && time.second() == number(17, 2);
    if (!is_real) return std::nullopt;
    return time;
}

bool is_loopback(std::string_view host) {
    const std::string text(host);
    in_addr v4{};
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
    return text == "localhost";
}

std::string absolute_path(const std::string& directory, const std::string& path) {
    std::string text = (std::filesystem::path(directory) / path).lexically_normal().string();
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

}  // namespace garner
