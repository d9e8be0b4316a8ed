// Time intervals in an admin's words: what is accepted has an end that a walk finds, too, or none within ten years.
// Input: parts, each a letter for its kind and its text; `n` begins the next interval.
#include <algorithm>

#include "core/time_intervals.hpp"
#include "fuzz/fuzz.hpp"
#include "settings/interval_words.hpp"

namespace {

using namespace garner;

void add_range(std::vector<CalendarRange>& ranges, const Result<CalendarRange>& range) {
    if (range) {
        fuzz::require(range->first <= range->last || range->last < 0, "a range does not run backwards");
        ranges.push_back(*range);
    } else {
        fuzz::require_printable(range.error());
    }
}

// `06:00-22:00`
void add_time(std::vector<CalendarRange>& times, std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const Result<int> first = parse_time_of_day(text.substr(0, dash));
    const Result<int> last = parse_time_of_day(text.substr(std::min(dash + 1, text.size())));
    for (const Result<int>& time : {first, last})
        if (time)
            fuzz::require(*time >= 0 && *time <= 24 * 60, "a time is one of the day");
        else
            fuzz::require_printable(time.error());
    if (first && last && *first < *last) times.push_back({*first, *last});
}

NamedIntervals read(std::string_view input) {
    NamedIntervals named{"fuzz", {TimeInterval{}}};
    for (const std::string_view part : fuzz::parts_of(input)) {
        TimeInterval& interval = named.intervals.back();
        const std::string_view text = part.empty() ? part : part.substr(1);
        switch (part.empty() ? '\0' : part.front()) {
            case 't':
                add_time(interval.times, text);
                break;
            case 'w':
                add_range(interval.weekdays, parse_weekdays(text));
                break;
            case 'd':
                add_range(interval.days_of_month, parse_days_of_month(text));
                break;
            case 'm':
                add_range(interval.months, parse_months(text));
                break;
            case 'y':
                add_range(interval.years, parse_years(text));
                break;
            case 'z':
                if (const auto zone = Zone::load(text)) interval.location = *zone;
                break;
            case 'n':
                named.intervals.emplace_back();
                break;
            default:
                break;
        }
    }
    return named;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Zone berlin = Zone::load("Europe/Berlin").value();
    if (size > 512) return 0;
    const std::vector<NamedIntervals> blackout{read(fuzz::text_of(data, size))};
    for (const std::int64_t ms : {1'792'800'000'000, 1'774'700'000'500}) {
        const WallTime from = from_unix_ms(ms);
        const auto free = first_uncovered(blackout, berlin, from);
        const WallTime end = free ? *free : from + std::chrono::hours(24 * 3650);
        fuzz::require(end >= from, "the end is not before the beginning");
        fuzz::require(!free || covering(blackout, berlin, end) == nullptr, "at the end nothing covers");
        const Duration step = std::max<Duration>((end - from) / 100, std::chrono::minutes(1));
        for (WallTime t = from; t < end; t += step)
            fuzz::require(covering(blackout, berlin, t) != nullptr, "until the end something covers");
    }
    return 0;
}
