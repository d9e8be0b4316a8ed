#include "core/cron_days.hpp"

namespace garner {
namespace {

constexpr int sunday = 0;
constexpr int saturday = 6;

constexpr std::uint32_t bit(int n) { return 1U << static_cast<unsigned>(n); }

}  // namespace

std::uint32_t CronDays::in_month(int first_weekday, int length) const {
    const auto weekday_of = [&](int day) { return (first_weekday + day - 1) % 7; };
    const std::uint32_t whole_month =
        static_cast<std::uint32_t>((std::uint64_t{2} << static_cast<unsigned>(length)) - 2);

    std::uint32_t by_day = days;
    for (int day = 1; day <= length; ++day) {
        if ((before_last & bit(length - day)) != 0) by_day |= bit(day);
        if ((near & bit(day)) == 0) continue;
        if (weekday_of(day) == saturday)
            by_day |= bit(day == 1 ? 3 : day - 1);
        else if (weekday_of(day) == sunday)
            by_day |= bit(day == length ? day - 2 : day + 1);
        else
            by_day |= bit(day);
    }
    if (last_working_day) {
        const int weekday = weekday_of(length);
        by_day |= bit(weekday == saturday ? length - 1 : weekday == sunday ? length - 2 : length);
    }

    std::uint32_t by_weekday = 0;
    for (int day = 1; day <= length; ++day) {
        const int weekday = weekday_of(day);
        const bool is_nth = (nth_weekdays[static_cast<std::size_t>(weekday)] & bit((day + 6) / 7)) != 0;
        const bool is_last = day + 7 > length && (last_weekdays & bit(weekday)) != 0;
        if ((weekdays & bit(weekday)) != 0 || is_nth || is_last) by_weekday |= bit(day);
    }
    return (is_joined_by_and ? by_day & by_weekday : by_day | by_weekday) & whole_month;
}

}  // namespace garner
