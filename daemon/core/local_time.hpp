// Instants as the clock on the wall of a zone shows them, and back.
#pragma once

#include <absl/time/civil_time.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

/// By a pattern of strftime's letters; `%Ez` is the offset, "+02:00".
std::string format_local(WallTime, const Zone&, const char* pattern);

/// RFC 3339 with the zone's offset, "2026-03-29T03:00:00+02:00"; milliseconds only where there are some.
std::string format_rfc3339_in(WallTime, const Zone&);

/// When the local time comes: one that a clock change skips is the first instant after it; of one that comes twice it
/// is the first.
WallTime instant_of(const absl::CivilSecond& local, const Zone&);

/// A local time (`2026-03-28T01:30`, also with seconds) or the beginning of a local day (`2026-03-28`). One that a
/// clock change skips is the first instant after it; of one that comes twice it is the first. Nothing on anything else.
std::optional<WallTime> parse_local(std::string_view, const Zone&);

}  // namespace garner
