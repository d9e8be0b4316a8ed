// The five fields of a cron expression: their bounds and names, and single values in them.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/failure.hpp"

namespace garner {

struct CronField {
    enum Index { minute, hour, day_of_month, month, day_of_week };

    Index index;
    std::string_view name;
    int min;
    int max;
    std::span<const std::string_view> names;
    int first_name;

    /// The last value that a star means: as a weekday, 7 is only another word for Sunday.
    int star_max() const { return index == day_of_week ? 6 : max; }

    /// A number or, in any case, a name.
    Result<int> value(std::string_view) const;
    Result<int> step(std::string_view) const;
    Failure refused(const std::string& why) const;
};

extern const std::array<CronField, 5> cron_fields;  ///< by index

/// Nothing but decimal digits.
std::optional<int> parse_digits(std::string_view);

/// The text in single quotes, made safe for a message.
std::string in_quotes(std::string_view, std::size_t bytes_max = 40);

}  // namespace garner
