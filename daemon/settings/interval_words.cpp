#include "settings/interval_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::array<std::string_view, 7> weekday_names{"sunday",   "monday", "tuesday", "wednesday",
                                                        "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> month_names{"january",   "february", "march",    "april",
                                                       "may",       "june",     "july",     "august",
                                                       "september", "october",  "november", "december"};

Failure refused(std::string text) { return Failure(FailureKind::rejected, std::move(text)); }

std::string quoted(std::string_view text) { return "'" + printable(text, 40) + "'"; }

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<int> place_in(std::span<const std::string_view> names, std::string_view word) {
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) return std::nullopt;
    return static_cast<int>(found - names.begin());
}

// One value of a field, or what is wrong with it.
using OneValue = Result<int> (*)(std::string_view word);

Result<CalendarRange> parse_range(std::string_view text, OneValue value_of) {
    const std::string lower = to_lower_ascii(trim_ascii(text));
    const std::string_view all = lower;
    const std::size_t colon = all.find(':');
    const Result<int> first = value_of(all.substr(0, colon));
    if (!first) return first.error();
    if (colon == std::string_view::npos) return CalendarRange{*first, *first};
    const Result<int> last = value_of(all.substr(colon + 1));
    if (!last) return last.error();
    return CalendarRange{*first, *last};
}

Failure backwards(std::string_view text) {
    return refused("the range " + quoted(text) + " runs backwards; write it as two");
}

Result<int> weekday_of(std::string_view word) {
    if (const auto day = place_in(weekday_names, word)) return *day;
    const std::string meant = near_miss(word, weekday_names);
    return refused(quoted(word) + " is no weekday" +
                   (meant.empty() ? "; write monday, or monday:friday" : ", did you mean '" + meant + "'?"));
}

Result<int> month_of(std::string_view word) {
    if (const auto month = place_in(month_names, word)) return *month + 1;
    if (const auto number = number_of(word); number && *number >= 1 && *number <= 12) return *number;
    const std::string meant = near_miss(word, month_names);
    return refused(quoted(word) + " is no month" +
                   (meant.empty() ? "; write january or 1, or january:march" : ", did you mean '" + meant + "'?"));
}

Result<int> day_of_month(std::string_view word) {
    const auto day = number_of(word);
    if (day && *day != 0 && *day >= -31 && *day <= 31) return *day;
    return refused(quoted(word) + " is no day of a month: write 1 to 31, or -1 (the last) to -31");
}

Result<int> year_of(std::string_view word) {
    const auto year = number_of(word);
    if (year && *year >= 1970 && *year <= 9999) return *year;
    return refused(quoted(word) + " is no year from 1970 to 9999");
}

}  // namespace

Result<int> parse_time_of_day(std::string_view text) {
    const bool shaped = text.size() == 5 && text[2] == ':' && text[0] != '-' && text[3] != '-';
    const auto hour = shaped ? number_of(text.substr(0, 2)) : std::nullopt;
    const auto minute = shaped ? number_of(text.substr(3)) : std::nullopt;
    if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60)
        return refused("must be a time such as 06:00, from 00:00 to 24:00, not " + quoted(text));
    return *hour * 60 + *minute;
}

Result<CalendarRange> parse_weekdays(std::string_view text) {
    const Result<CalendarRange> range = parse_range(text, weekday_of);
    if (range && range->first > range->last)
        return refused("the range " + quoted(text) + " runs backwards, since a week begins on Sunday; write it as two");
    return range;
}

Result<CalendarRange> parse_days_of_month(std::string_view text) {
    const Result<CalendarRange> range = parse_range(text, day_of_month);
    if (!range) return range;
    // From the end to a day that is counted from the beginning: which comes first differs from month to month.
    if (range->first < 0 && range->last > 0)
        return refused("the range " + quoted(text) + " begins at the end of the month; write it as two");
    const auto in_longest = [](int day) { return day < 0 ? 31 + day + 1 : day; };
    if (in_longest(range->first) > in_longest(range->last)) return backwards(text);
    return range;
}

Result<CalendarRange> parse_months(std::string_view text) {
    const Result<CalendarRange> range = parse_range(text, month_of);
    if (range && range->first > range->last) return backwards(text);
    return range;
}

Result<CalendarRange> parse_years(std::string_view text) {
    const Result<CalendarRange> range = parse_range(text, year_of);
    if (range && range->first > range->last) return backwards(text);
    return range;
}

}  // namespace garner
