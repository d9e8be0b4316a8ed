#include "core/zone.hpp"

#include "core/text.hpp"

namespace garner {

Result<Zone> Zone::load(std::string_view name) {
    const bool plain = !name.empty() && name.size() <= 64 && name.front() != '/' &&
                       name.find("..") == std::string_view::npos &&
                       name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
                           std::string_view::npos;
    absl::TimeZone zone;
    if (!plain || !absl::LoadTimeZone(std::string(name), &zone))
        return Failure(FailureKind::rejected, "no time zone '" + printable(name, 64) +
                                                  "' in the tz database; an IANA name such as Europe/Berlin is meant");
    return Zone(std::string(name), zone);
}

std::string Zone::format(WallTime t) const {
    return absl::FormatTime("%Y-%m-%d %H:%M:%S %Ez", absl::FromUnixMillis(to_unix_ms(t)), zone_);
}

}  // namespace garner
