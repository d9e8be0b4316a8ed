#include "core/local_time.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

namespace garner {
namespace {

template <class Civil>
std::optional<absl::CivilSecond> parse_civil(const std::string& text) {
    Civil civil;
    if (!absl::ParseCivilTime(text, &civil)) return std::nullopt;
    return absl::CivilSecond(civil);
}

std::optional<absl::CivilSecond> civil_of(const std::string& text) {
    constexpr std::string_view day = "2026-03-28";
    constexpr std::string_view minute = "2026-03-28T01:30";
    constexpr std::string_view second = "2026-03-28T01:30:00";
    if (text.size() == day.size()) return parse_civil<absl::CivilDay>(text);
    if (text.size() == minute.size()) return parse_civil<absl::CivilMinute>(text);
    if (text.size() == second.size()) return parse_civil<absl::CivilSecond>(text);
    return std::nullopt;
}

}  // namespace

std::string format_local(WallTime t, const Zone& zone, const char* pattern) {
    return absl::FormatTime(pattern, absl::FromUnixMillis(to_unix_ms(t)), zone.absl_zone());
}

std::string format_rfc3339_in(WallTime t, const Zone& zone) {
    const bool whole = t.time_since_epoch() % Duration(1000) == Duration(0);
    return format_local(t, zone, whole ? "%Y-%m-%dT%H:%M:%S%Ez" : "%Y-%m-%dT%H:%M:%E3S%Ez");
}

WallTime instant_of(const absl::CivilSecond& local, const Zone& zone) {
    const absl::TimeZone::TimeInfo info = zone.absl_zone().At(local);
    const bool skipped = info.kind == absl::TimeZone::TimeInfo::SKIPPED;
    return from_unix_ms(absl::ToUnixMillis(skipped ? info.trans : info.pre));
}

std::optional<WallTime> parse_local(std::string_view text, const Zone& zone) {
    const auto local = civil_of(std::string(text));
    if (!local) return std::nullopt;
    return instant_of(*local, zone);
}

}  // namespace garner
