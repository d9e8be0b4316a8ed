// Instants and spans of time, and how they are written. Wall time is UTC with milliseconds; nothing here asks a clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garner {

using Duration = std::chrono::milliseconds;
using WallTime =
    std::chrono::time_point<std::chrono::system_clock, Duration>;  ///< what calendars and vendors say; may jump
using SteadyTime =
    std::chrono::time_point<std::chrono::steady_clock, Duration>;  ///< what waiting is measured with; never jumps

constexpr std::int64_t to_unix_ms(WallTime t) { return t.time_since_epoch().count(); }
constexpr WallTime from_unix_ms(std::int64_t ms) { return WallTime(Duration(ms)); }

/// RFC 3339 in UTC, "2026-03-01T02:15:00Z"; milliseconds only where there are some ("...00.250Z").
std::string format_rfc3339(WallTime);

/// Basic ISO 8601 in UTC to the second, "20260301T021500Z": the form in file names.
std::string format_basic(WallTime);

/// RFC 3339 with any offset; fractions beyond milliseconds are cut. Nothing on anything else.
std::optional<WallTime> parse_rfc3339(std::string_view);

/// IMF-fixdate of HTTP, "Sun, 06 Nov 1994 08:49:37 GMT". Nothing on anything else.
std::optional<WallTime> parse_http_date(std::string_view);

/// A duration as Prometheus writes it: `90s`, `15m`, `1h30m`, `7d`, `250ms`, `0s`; units y w d h m s ms, each once, in
/// that order, y = 365d. Nothing on a bare number, a sign, a fraction, a wrong order or more than 100 years.
std::optional<Duration> parse_duration(std::string_view);

/// The shortest form that parse_duration() reads back, "1h30m".
std::string format_duration(Duration);

}  // namespace garner
