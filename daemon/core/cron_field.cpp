#include "core/cron_field.hpp"

#include <charconv>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

}  // namespace

constexpr std::array<CronField, 5> cron_fields{{{CronField::minute, "minute", 0, 59, {}, 0},
                                                {CronField::hour, "hour", 0, 23, {}, 0},
                                                {CronField::day_of_month, "day of month", 1, 31, {}, 0},
                                                {CronField::month, "month", 1, 12, month_names, 1},
                                                {CronField::day_of_week, "day of week", 0, 7, weekday_names, 0}}};

std::optional<int> parse_digits(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || text.front() == '-' || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::string in_quotes(std::string_view text, std::size_t bytes_max) { return "'" + printable(text, bytes_max) + "'"; }

Failure CronField::refused(const std::string& why) const {
    return Failure(FailureKind::rejected, std::string(name) + ": " + why);
}

Result<int> CronField::value(std::string_view text) const {
    const std::string lower = to_lower_ascii(text);
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == lower) return first_name + static_cast<int>(i);
    if (text == "?") return refused("'?' is not known here; write `*`");
    const auto number = parse_digits(text);
    if (!number) return refused(in_quotes(text) + " is neither a number" + (names.empty() ? "" : " nor a name"));
    if (*number < min || *number > max)
        return refused(in_quotes(text) + " is outside " + std::to_string(min) + "-" + std::to_string(max));
    return *number;
}

Result<int> CronField::step(std::string_view text) const {
    const auto step = parse_digits(text);
    if (!step || *step < 1 || *step > max)
        return refused("the step " + in_quotes(text) + " is not a number from 1 to " + std::to_string(max));
    return *step;
}

}  // namespace garner
