// An IANA time zone, as Abseil reads it: right beyond 2037, and it says what a local time means at a clock change.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "core/failure.hpp"
#include "core/time.hpp"

namespace garner {

class Zone {
public:
    Zone() : name_("UTC"), zone_(absl::UTCTimeZone()) {}

    /// By IANA name ("Europe/Berlin", "UTC"). Fails with FailureKind::rejected on a name that the tz database does not
    /// have.
    static Result<Zone> load(std::string_view name);

    const std::string& name() const { return name_; }
    const absl::TimeZone& absl_zone() const { return zone_; }

    /// "2026-03-29 03:00:00 +02:00": for people.
    std::string format(WallTime) const;

private:
    Zone(std::string name, absl::TimeZone zone) : name_(std::move(name)), zone_(zone) {}
    std::string name_;
    absl::TimeZone zone_;
};

}  // namespace garner
