// The hours, days, ISO weeks, months and years of a calendar, as numbers to compare and as names to read.
// What a newcomer gets wrong: an ISO week belongs to the year of its Thursday, so 2024-12-30 is in 2025-W01, and both
// passes of an hour that a clock change repeats are one hour.
#pragma once

#include <absl/time/civil_time.h>

#include <cstdint>
#include <string>

#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

enum class CalendarPeriod { hour, day, week, month, year };

absl::CivilSecond local_time_of(WallTime, const Zone&);

/// The same for two local times exactly when they are in the same period.
std::int64_t period_number(CalendarPeriod, const absl::CivilSecond&);

/// "2026-03-28 01:00", "2026-03-28", "2026-W13", "2026-03", "2026".
std::string period_name(CalendarPeriod, const absl::CivilSecond&);

}  // namespace garner
