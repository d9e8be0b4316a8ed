#include "core/cron_days.hpp"

namespace garner {
namespace {

constexpr int sunday = 0;
constexpr int saturday = 6;

constexpr std::uint32_t bit(int n) { return 1U << static_cast<unsigned>(n); }

struct Month {
    int first_weekday;
    int length;

    int weekday_of(int day) const { return (first_weekday + day - 1) % 7; }
    int first(int weekday) const { return 1 + (weekday - first_weekday + 7) % 7; }

    // Of a Saturday the Friday before it, of a Sunday the Monday after it, unless that is in another month.
    int working_day_near(int day) const {
        if (weekday_of(day) == saturday) return day == 1 ? 3 : day - 1;
        if (weekday_of(day) == sunday) return day == length ? day - 2 : day + 1;
        return day;
    }
    int last_working_day() const {
        const int weekday = weekday_of(length);
        return weekday == saturday ? length - 1 : weekday == sunday ? length - 2 : length;
    }
};

}  // namespace

std::uint32_t CronDays::in_month(int first_weekday, int length) const {
    const Month month{first_weekday, length};
    std::uint32_t by_day = days & (bit(length) * 2 - 1);
    for (int day = 1; (before_last | near) != 0 && day <= length; ++day) {
        if ((before_last & bit(length - day)) != 0) by_day |= bit(day);
        if ((near & bit(day)) != 0) by_day |= bit(month.working_day_near(day));
    }
    if (last_working_day) by_day |= bit(month.last_working_day());

    std::uint32_t by_weekday = 0;
    for (int weekday = 0; weekday < 7; ++weekday) {
        const std::uint8_t nth = nth_weekdays[static_cast<std::size_t>(weekday)];
        int n = 1;
        for (int day = month.first(weekday); day <= length; day += 7, ++n) {
            const bool is_last = day + 7 > length && (last_weekdays & bit(weekday)) != 0;
            if ((weekdays & bit(weekday)) != 0 || (nth & bit(n)) != 0 || is_last) by_weekday |= bit(day);
        }
    }
    return is_joined_by_and ? by_day & by_weekday : by_day | by_weekday;
}

}  // namespace garner
