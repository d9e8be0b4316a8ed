#include "core/time.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <array>
#include <charconv>

namespace garner {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

constexpr std::array<Unit, 7> units{{{"y", 365LL * 86'400'000},
                                     {"w", 7LL * 86'400'000},
                                     {"d", 86'400'000},
                                     {"h", 3'600'000},
                                     {"m", 60'000},
                                     {"s", 1'000},
                                     {"ms", 1}}};

constexpr std::int64_t longest_ms = 100 * 365LL * 86'400'000;

absl::CivilSecond civil_utc(WallTime t) {
    return absl::ToCivilSecond(absl::FromUnixMillis(to_unix_ms(t)), absl::UTCTimeZone());
}

// absl's parser skips blanks and takes short numbers and negative years; here each place has its kind: 0 a digit, a a
// letter, anything else itself.
bool has_shape(std::string_view text, std::string_view shape) {
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool fits = shape[i] == '0' ? c >= '0' && c <= '9' : shape[i] == 'a' ? letter : c == shape[i];
        if (!fits) return false;
    }
    return true;
}

// "Z", ".250+01:00": what follows the seconds.
bool is_fraction_and_offset(std::string_view text) {
    if (text.starts_with('.')) {
        const std::size_t end = text.find_first_not_of("0123456789", 1);
        if (end == 1 || end == std::string_view::npos) return false;
        text.remove_prefix(end);
    }
    return text == "Z" || text == "z" || has_shape(text, "+00:00") || has_shape(text, "-00:00");
}

}  // namespace

std::string format_rfc3339(WallTime t) {
    const absl::CivilSecond c = civil_utc(t);
    std::array<char, 80> text{};
    const int ms = static_cast<int>(((to_unix_ms(t) % 1000) + 1000) % 1000);
    if (ms == 0)
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02dZ", static_cast<int>(c.year()), c.month(),
                      c.day(), c.hour(), c.minute(), c.second());
    else
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", static_cast<int>(c.year()),
                      c.month(), c.day(), c.hour(), c.minute(), c.second(), ms);
    return text.data();
}

std::string format_basic(WallTime t) {
    const absl::CivilSecond c = civil_utc(t);
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%04d%02d%02dT%02d%02d%02dZ", static_cast<int>(c.year()), c.month(),
                  c.day(), c.hour(), c.minute(), c.second());
    return text.data();
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    if (text.size() < 20 || text.size() > 40) return std::nullopt;
    std::string head(text.substr(0, 19));
    if (head[10] == 't') head[10] = 'T';
    if (!has_shape(head, "0000-00-00T00:00:00") || !is_fraction_and_offset(text.substr(19))) return std::nullopt;
    absl::Time t;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &t, &error)) return std::nullopt;
    if (t == absl::InfiniteFuture() || t == absl::InfinitePast()) return std::nullopt;
    return from_unix_ms(absl::ToUnixMillis(t));
}

std::optional<WallTime> parse_http_date(std::string_view text) {
    if (!has_shape(text, "aaa, 00 aaa 0000 00:00:00 GMT")) return std::nullopt;
    absl::Time t;
    std::string error;
    if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", std::string(text), &t, &error)) return std::nullopt;
    return from_unix_ms(absl::ToUnixMillis(t));
}

std::optional<Duration> parse_duration(std::string_view text) {
    if (text.empty() || text.size() > 64) return std::nullopt;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    while (at != end) {
        if (*at < '0' || *at > '9') return std::nullopt;
        std::int64_t number = 0;
        const auto [rest, error] = std::from_chars(at, end, number);
        if (error != std::errc{} || rest == end) return std::nullopt;
        std::string_view name(rest, static_cast<std::size_t>(end - rest));
        name = name.substr(0, name.find_first_of("0123456789"));
        std::size_t unit = next_unit;
        while (unit < units.size() && units[unit].name != name) ++unit;
        if (unit == units.size()) return std::nullopt;
        if (number > longest_ms / units[unit].ms) return std::nullopt;
        total += number * units[unit].ms;
        if (total > longest_ms) return std::nullopt;
        next_unit = unit + 1;
        at = rest + name.size();
    }
    return Duration(total);
}

std::string format_duration(Duration d) {
    if (d.count() <= 0) return "0s";
    std::string text;
    std::int64_t rest = d.count();
    for (const Unit& unit : units) {
        if (unit.name == "y" || (unit.name == "w" && rest % unit.ms != 0)) continue;
        if (const std::int64_t n = rest / unit.ms; n > 0) {
            text += std::to_string(n);
            text += unit.name;
            rest -= n * unit.ms;
        }
    }
    return text;
}

}  // namespace garner
