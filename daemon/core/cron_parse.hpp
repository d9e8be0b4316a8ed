// The text of a five-field cron expression: the Open Cron Pattern Specification 1.1 with `L`, `W` and `#`, and
// OpenBSD's
// `~`. What a newcomer gets wrong: `~` is chosen once, by a hash of the seed, and stays.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/cron_days.hpp"
#include "core/failure.hpp"

namespace garner {

struct CronFields {
    std::uint64_t minutes = 0;  ///< bit n: minute n
    std::uint32_t hours = 0;
    std::uint32_t months = 0;  ///< bit 1: January
    CronMonths days{};
    bool is_wildcard = false;  ///< minute or hour begins with `*`: follows the clock through its changes
};

/// Fails with FailureKind::rejected and a text that says which field is wrong and why; an expression that can never
/// come
/// (`0 0 31 2 *`) is refused too, whatever the seed.
Result<CronFields> parse_cron(std::string_view, std::string_view seed);

}  // namespace garner
