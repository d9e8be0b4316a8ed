#include "core/retry_after.hpp"

#include <algorithm>
#include <charconv>

#include "core/text.hpp"

namespace garner {

std::optional<Duration> parse_retry_after(std::span<const std::string_view> values,
                                          std::optional<std::string_view> date_header) {
    constexpr Duration longest{86'400'000};
    std::optional<Duration> wait;
    const auto consider = [&](Duration d) { wait = std::max(wait.value_or(Duration(0)), std::min(d, longest)); };
    for (std::string_view value : values) {
        value = trim_ascii(value);
        std::int64_t seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        const bool digits = !value.empty() && end == value.data() + value.size() && value.front() != '-';
        if (digits && error == std::errc{}) {
            consider(Duration(std::min<std::int64_t>(seconds, 86'400) * 1000));
        } else if (digits && error == std::errc::result_out_of_range) {
            consider(longest);
        } else if (const auto until = parse_http_date(value); until && date_header) {
            if (const auto vendor_now = parse_http_date(*date_header); vendor_now && *until > *vendor_now)
                consider(*until - *vendor_now);
        }
    }
    return wait;
}

}  // namespace garner
