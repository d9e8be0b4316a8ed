// The words of time_intervals, as Alertmanager has them: `06:00`, `monday:friday`, `-3:-1`, `january:march`,
// `2026:2028`. What a newcomer gets wrong: a range never runs backwards, not over midnight, a weekend or New Year; it
// is two then.
#pragma once

#include <string_view>

#include "core/failure.hpp"
#include "core/time_intervals.hpp"

namespace garner {

/// Minutes since midnight of `HH:MM`, 00:00 to 24:00.
Result<int> parse_time_of_day(std::string_view);

/// Each takes one value or `first:last`; the failure's text says what is meant.
Result<CalendarRange> parse_weekdays(std::string_view);       ///< names
Result<CalendarRange> parse_days_of_month(std::string_view);  ///< 1 to 31, or -1 (the last day) to -31
Result<CalendarRange> parse_months(std::string_view);         ///< names, or 1 to 12
Result<CalendarRange> parse_years(std::string_view);          ///< 1970 to 9999

}  // namespace garner
