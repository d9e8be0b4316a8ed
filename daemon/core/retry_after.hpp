// Retry-After, as vendors write it: seconds, or a date by the vendor's own clock.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/time.hpp"

namespace garner {

/// The longest of the values that make sense. A date counts from the reply's own `Date` header (one without it does not
/// count), so that a vendor's wrong clock does not matter. Nothing for garbage, negative numbers, or dates in the past;
/// capped at one day.
std::optional<Duration> parse_retry_after(std::span<const std::string_view> values,
                                          std::optional<std::string_view> date_header);

}  // namespace garner
