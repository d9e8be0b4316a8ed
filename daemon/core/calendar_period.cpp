#include "core/calendar_period.hpp"

#include <absl/time/time.h>

#include <array>
#include <cstdio>

namespace garner {
namespace {

absl::CivilDay thursday_of_week(const absl::CivilSecond& local) {
    const absl::CivilDay day(local);
    return absl::NextWeekday(day - 4, absl::Weekday::thursday);
}

int iso_week_of(const absl::CivilDay& thursday) { return (absl::GetYearDay(thursday) - 1) / 7 + 1; }

}  // namespace

absl::CivilSecond local_time_of(WallTime t, const Zone& zone) {
    return zone.absl_zone().At(absl::FromUnixMillis(to_unix_ms(t))).cs;
}

std::int64_t period_number(CalendarPeriod period, const absl::CivilSecond& local) {
    switch (period) {
        case CalendarPeriod::hour:
            return absl::CivilHour(local) - absl::CivilHour();
        case CalendarPeriod::day:
            return absl::CivilDay(local) - absl::CivilDay();
        case CalendarPeriod::week:
            return thursday_of_week(local) - absl::CivilDay();
        case CalendarPeriod::month:
            return absl::CivilMonth(local) - absl::CivilMonth();
        case CalendarPeriod::year:
            break;
    }
    return local.year();
}

std::string period_name(CalendarPeriod period, const absl::CivilSecond& local) {
    std::array<char, 64> text{};
    const auto year = static_cast<long long>(local.year());
    switch (period) {
        case CalendarPeriod::hour:
            std::snprintf(text.data(), text.size(), "%04lld-%02d-%02d %02d:00", year, local.month(), local.day(),
                          local.hour());
            break;
        case CalendarPeriod::day:
            std::snprintf(text.data(), text.size(), "%04lld-%02d-%02d", year, local.month(), local.day());
            break;
        case CalendarPeriod::week: {
            const absl::CivilDay thursday = thursday_of_week(local);
            std::snprintf(text.data(), text.size(), "%04lld-W%02d", static_cast<long long>(thursday.year()),
                          iso_week_of(thursday));
            break;
        }
        case CalendarPeriod::month:
            std::snprintf(text.data(), text.size(), "%04lld-%02d", year, local.month());
            break;
        case CalendarPeriod::year:
            std::snprintf(text.data(), text.size(), "%04lld", year);
            break;
    }
    return text.data();
}

}  // namespace garner
