#include "core/zone.hpp"

#include <charconv>

#include "core/text.hpp"

namespace garner {

Result<Zone> Zone::load(std::string_view name) {
    const bool plain = !name.empty() && name.size() <= 64 && name.front() != '/' &&
                       name.find("..") == std::string_view::npos &&
                       name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
                           std::string_view::npos;
    absl::TimeZone zone;
    if (!plain || !absl::LoadTimeZone(std::string(name), &zone))
        return Failure(FailureKind::rejected, "no time zone '" + printable(name, 64) +
                                                  "' in the tz database; an IANA name such as Europe/Berlin is meant");
    return Zone(std::string(name), zone);
}

std::string Zone::format(WallTime t) const {
    return absl::FormatTime("%Y-%m-%d %H:%M:%S %Ez", absl::FromUnixMillis(to_unix_ms(t)), zone_);
}

std::optional<absl::CivilSecond> parse_local_time(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() != 10 && text.size() != 16 && text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t digits) {
        int value = 0;
        if (at < text.size()) std::from_chars(text.data() + at, text.data() + at + digits, value);
        return value;
    };
    const absl::CivilSecond time(number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2));
    // A day or an hour that there is not has become another one.
    const bool is_real = time.month() == number(5, 2) && time.day() == number(8, 2) && time.hour() == number(11, 2) &&
                         time.minute() == number(14, 2) && time.second() == number(17, 2);
    if (!is_real) return std::nullopt;
    return time;
}

WallTime Zone::instant_of(const absl::CivilSecond& local) const {
    const auto info = zone_.At(local);
    const absl::Time at = info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
    return from_unix_ms(absl::ToUnixMillis(at));
}

}  // namespace garner
