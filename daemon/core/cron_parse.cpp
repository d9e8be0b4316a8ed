#include "core/cron_parse.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/cron_field.hpp"
#include "core/stable_hash.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

Failure refused(std::string text) { return Failure(FailureKind::rejected, std::move(text)); }

std::uint64_t bit(int n) { return std::uint64_t{1} << static_cast<unsigned>(n); }

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

/// What the parts of a list say together.
struct Sets {
    std::array<std::uint64_t, 5> values{};  ///< of each field
    CronDays days;                          ///< L, W and #
};

class Parser {
public:
    /// `choice` turns what `~` chooses for the days: among all choices there is one that comes, if there is any.
    Parser(std::string_view text, std::string_view seed, std::uint64_t choice)
        : text_(text), seed_(seed), choice_(choice) {}

    Result<CronFields> parse();

    /// Whether `choice` was larger than the number of choices.
    bool is_exhausted() const { return choice_ > 0; }

private:
    Result<void> item(const CronField&, std::string_view);
    Result<void> range(const CronField&, std::string_view);
    Result<void> random(const CronField&, std::string_view);
    Result<bool> special_day(const CronField&, std::string_view);
    Result<bool> special_weekday(const CronField&, std::string_view);
    void add(const CronField& field, int low, int high, int step) {
        for (int value = low; value <= high; value += step) sets_.values[field.index] |= bit(value);
    }

    std::string_view text_;
    std::string_view seed_;
    std::uint64_t choice_;
    std::size_t position_ = 0;  ///< of the part in its list
    Sets sets_;
};

// One part of a list: `*`, `5`, `1-5`, `*/15`, `10-40/5`, or one of the special ones.
Result<void> Parser::item(const CronField& field, std::string_view item) {
    if (item.empty()) return field.refused("an empty place in the list");
    if (item.substr(0, item.find('/')).find('~') != std::string_view::npos) return random(field, item);
    if (field.index == CronField::day_of_month || field.index == CronField::day_of_week) {
        const auto special =
            field.index == CronField::day_of_month ? special_day(field, item) : special_weekday(field, item);
        if (!special) return special.error();
        if (*special) return {};
    }
    return range(field, item);
}

Result<void> Parser::range(const CronField& field, std::string_view item) {
    const std::size_t slash = item.find('/');
    const std::string_view base = item.substr(0, slash);
    const std::size_t dash = base.find('-');
    const bool is_star = base == "*";
    int low = field.min;
    int high = field.star_max();
    if (!is_star && dash == std::string_view::npos) {
        if (slash != std::string_view::npos)
            return field.refused(in_quotes(item) + ": a step needs a range or `*` before the `/`");
        const auto value = field.value(base);
        if (!value) return value.error();
        low = high = *value;
    } else if (!is_star) {
        const auto from = field.value(base.substr(0, dash));
        if (!from) return from.error();
        const auto to = field.value(base.substr(dash + 1));
        if (!to) return to.error();
        if (*from > *to)
            return field.refused("the range " + in_quotes(base) + " runs backwards; write it as two ranges");
        low = *from;
        high = *to;
    }
    if (slash == std::string_view::npos) {
        add(field, low, high, 1);
        return {};
    }
    const auto every = field.step(item.substr(slash + 1));
    if (!every) return every.error();
    add(field, low, high, *every);
    return {};
}

// `~`, `5~10`: one value for good. `~/15`: every 15th, beginning with one of the first 15.
Result<void> Parser::random(const CronField& field, std::string_view item) {
    const std::size_t slash = item.find('/');
    const std::string_view base = item.substr(0, slash);
    const std::string_view from = base.substr(0, base.find('~'));
    const std::string_view to = base.substr(from.size() + 1);
    int low = field.min;
    int high = field.star_max();
    if (!from.empty()) {
        const auto value = field.value(from);
        if (!value) return value.error();
        low = *value;
    }
    if (!to.empty()) {
        const auto value = field.value(to);
        if (!value) return value.error();
        high = *value;
    } else if (field.index == CronField::day_of_month && low <= 28) {
        high = 28;  // which every month has
    }
    if (low > high) return field.refused("the range " + in_quotes(base) + " runs backwards");
    int every = high - low + 1;
    if (slash != std::string_view::npos) {
        const auto given = field.step(item.substr(slash + 1));
        if (!given) return given.error();
        every = *given;
    }
    const auto choices = static_cast<std::uint64_t>(std::min(every, high - low + 1));
    std::uint64_t turn = 0;
    if (field.index >= CronField::day_of_month) {
        turn = choice_ % choices;
        choice_ /= choices;
    }
    const std::uint64_t hash = stable_hash({seed_, field.name, std::to_string(position_)});
    add(field, low + static_cast<int>((hash % choices + turn) % choices), high, every);
    return {};
}

// `L`, `L-3`, `LW`, `15W`.
Result<bool> Parser::special_day(const CronField& field, std::string_view item) {
    const std::string lower = to_lower_ascii(item);
    const std::string_view word = lower;
    if (word == "l") {
        sets_.days.before_last |= 1U;
        return true;
    }
    if (word == "lw") {
        sets_.days.last_working_day = true;
        return true;
    }
    if (word.starts_with("l-")) {
        const auto before = parse_digits(word.substr(2));
        if (!before || *before < 1 || *before > 30)
            return field.refused(in_quotes(item) + ": behind 'L-' a number of days from 1 to 30 is meant");
        sets_.days.before_last |= static_cast<std::uint32_t>(bit(*before));
        return true;
    }
    if (word.ends_with('w')) {
        const auto day = parse_digits(word.substr(0, word.size() - 1));
        if (!day) return field.refused(in_quotes(item) + ": before the 'W' a single day is meant, as in 15W or LW");
        if (*day < 1 || *day > 31) return field.refused(in_quotes(item) + " is outside 1W-31W");
        sets_.days.near |= static_cast<std::uint32_t>(bit(*day));
        return true;
    }
    if (word.find('#') != std::string_view::npos)
        return field.refused(in_quotes(item) + ": '#' belongs into the day of week, as in 1#2, the second Monday");
    return false;
}

// `5L`, `FRI#L`, `1#2`.
Result<bool> Parser::special_weekday(const CronField& field, std::string_view item) {
    const std::string lower = to_lower_ascii(item);
    const std::string_view word = lower;
    if (word == "l")
        return field.refused(
            "'L' alone names no weekday; the last Friday is 5L or FRI#L, the last day of the month is L "
            "in the day of month");
    const std::size_t hash = word.find('#');
    const bool is_last = hash == std::string_view::npos ? word.ends_with('l') : word.substr(hash + 1) == "l";
    if (hash == std::string_view::npos && !is_last) return false;
    const std::string_view name =
        hash == std::string_view::npos ? item.substr(0, item.size() - 1) : item.substr(0, hash);
    const auto weekday = field.value(name);
    if (!weekday) return weekday.error();
    const int place = *weekday % 7;
    if (is_last) {
        sets_.days.last_weekdays |= static_cast<std::uint8_t>(bit(place));
        return true;
    }
    const auto nth = parse_digits(word.substr(hash + 1));
    if (!nth || *nth < 1 || *nth > 5)
        return field.refused(in_quotes(item) + ": behind the '#' a number from 1 to 5 is meant, or L for the last");
    sets_.days.nth_weekdays[static_cast<std::size_t>(place)] |= static_cast<std::uint8_t>(bit(*nth));
    return true;
}

Result<CronFields> Parser::parse() {
    std::vector<std::string_view> parts = split(text_, " \t");
    std::erase_if(parts, [](std::string_view part) { return part.empty(); });
    if (parts.size() != cron_fields.size())
        return refused(in_quotes(text_, 60) + " has " + std::to_string(parts.size()) +
                       " fields; a schedule has five: minute, hour, day of month, month, day of week");
    for (const CronField& field : cron_fields) {
        position_ = 0;
        for (const std::string_view part : split(parts[field.index], ",")) {
            const auto fine = item(field, part);
            if (!fine) return fine.error();
            ++position_;
        }
    }
    const auto begins_with_star = [&](CronField::Index field) { return parts[field].front() == '*'; };
    CronDays& days = sets_.days;
    days.days = static_cast<std::uint32_t>(sets_.values[CronField::day_of_month]);
    days.weekdays = static_cast<std::uint8_t>(
        (sets_.values[CronField::day_of_week] | sets_.values[CronField::day_of_week] >> 7U) & 0x7FU);
    days.is_joined_by_and = begins_with_star(CronField::day_of_month) || begins_with_star(CronField::day_of_week);

    CronFields cron;
    cron.minutes = sets_.values[CronField::minute];
    cron.hours = static_cast<std::uint32_t>(sets_.values[CronField::hour]);
    cron.months = static_cast<std::uint32_t>(sets_.values[CronField::month]);
    for (int weekday = 0; weekday < 7; ++weekday)
        for (int length = 28; length <= 31; ++length)
            cron.days[static_cast<std::size_t>(weekday)][static_cast<std::size_t>(length - 28)] =
                days.in_month(weekday, length);
    cron.is_wildcard = begins_with_star(CronField::minute) || begins_with_star(CronField::hour);
    return cron;
}

// In 400 years each month begins on each weekday, February in leap years too.
bool comes(const CronFields& cron) {
    constexpr std::array<int, 13> longest_of{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int m = 1; m <= 12; ++m) {
        if ((cron.months & bit(m)) == 0) continue;
        const int longest = longest_of[static_cast<std::size_t>(m)];
        for (const auto& by_length : cron.days) {
            if (by_length[static_cast<std::size_t>(longest - 28)] != 0) return true;
            if (m == 2 && by_length[0] != 0) return true;
        }
    }
    return false;
}

}  // namespace

Result<CronFields> parse_cron(std::string_view text, std::string_view seed) {
    constexpr std::uint64_t choices_max = 10'000;
    for (std::uint64_t choice = 0; choice < choices_max; ++choice) {
        Parser parser(text, seed, choice);
        Result<CronFields> cron = parser.parse();
        if (!cron || (comes(*cron) && !parser.is_exhausted())) return cron;
        if (parser.is_exhausted()) break;
    }
    return refused(in_quotes(text, 60) + " never comes: no year has such a day");
}

}  // namespace garner
