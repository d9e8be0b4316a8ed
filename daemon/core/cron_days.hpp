// Which days of a month a cron expression means. What a newcomer gets wrong: it depends on nothing but the month's
// length and the weekday of its first day, so that 28 bit sets say it all.
#pragma once

#include <array>
#include <cstdint>

namespace garner {

/// The day of month and day of week fields, as sets of bits. Weekdays count from Sunday, 0.
struct CronDays {
    std::uint32_t days = 0;                      ///< bit n: day n
    std::uint32_t before_last = 0;               ///< bit n: n days before the last (`L`, `L-3`)
    std::uint32_t near = 0;                      ///< bit n: the working day nearest to day n, in the same month (`15W`)
    bool last_working_day = false;               ///< `LW`
    std::uint8_t weekdays = 0;                   ///< bit n: each such weekday
    std::array<std::uint8_t, 7> nth_weekdays{};  ///< bit n: the nth of that weekday (`5#2`)
    std::uint8_t last_weekdays = 0;              ///< bit n: the last such weekday (`5L`)
    bool is_joined_by_and = true;                ///< a day must fit both fields; else one of them

    /// Bit n: day n of a month of that length (28 to 31) whose first day is that weekday.
    std::uint32_t in_month(int first_weekday, int length) const;
};

/// All the months that there are: by the weekday of their first day, and by their length from 28 on.
using CronMonths = std::array<std::array<std::uint32_t, 4>, 7>;

}  // namespace garner
