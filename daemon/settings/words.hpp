// The scalars of the configuration, read strictly. YAML's own ideas are not used: `no` is text, 010 is nobody's 8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/window.hpp"

namespace garner {

/// Only `true` and `false`.
std::optional<bool> parse_bool(std::string_view);

/// Plain decimal digits without a sign, leading zeros or separators.
std::optional<std::uint64_t> parse_whole(std::string_view);

/// Bytes: digits and a unit, `512MB` (decimal) or `64MiB` (binary), at most one space between. Below 2^63.
std::optional<std::uint64_t> parse_size(std::string_view);

/// An address as `host:port`, `[v6]:port`; the host may be empty where the caller allows it.
struct HostPort {
    std::string host;  ///< lower case, without brackets
    std::optional<std::uint16_t> port;
};
std::optional<HostPort> parse_host_port(std::string_view);

struct UrlParts {
    std::string scheme;  ///< lower case
    bool has_user = false;
    HostPort address;
    std::string path;  ///< with its slash, or empty
    bool has_query = false;
    bool has_fragment = false;
};
std::optional<UrlParts> parse_url(std::string_view);

/// The URL with scheme and host in lower case and without a slash at its end; what is no URL stays as it is.
std::string normal_url(const std::string&);

/// `2026-01-01` or `2026-01-01T06:00:00`, a day and time that the calendar has.
std::optional<absl::CivilSecond> parse_local_time(std::string_view);

/// Windows of exports begin before this year, which bounds how many of them there can be.
inline constexpr int window_year_end = 2100;

/// Whether a listener on this host is out of other machines' reach.
bool is_loopback(std::string_view host);

/// The path made absolute from `directory` and without `.`, `..` and a trailing slash.
std::string absolute_path(const std::string& directory, const std::string& path);

}  // namespace garner
