// Windows of time that exports cover: a grid of half-open calendar spans in a zone, and which of them are still owed.
// What a newcomer gets wrong: a day is not 24 hours when the clock changes, and two windows share an instant, never a
// millisecond.
#pragma once

#include <absl/time/civil_time.h>

#include <optional>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

/// Half-open span of time that an artifact covers.
struct Window {
    WallTime start;
    WallTime end;
    friend bool operator==(const Window&, const Window&) = default;
};

enum class WindowLength { hour, day, week, month };
std::string_view to_string(WindowLength);  ///< `1h`, `1d`, `1w`, `1mo`: as the configuration has it
std::optional<WindowLength> parse_window_length(std::string_view);

/// Windows follow each other from `start` on. Hours are of real time; days, weeks and months are of the calendar in the
/// job's zone, so that a day is 23 or 25 hours long when the clock changes; a month ends on the day of `start` or,
/// where the month is too short, on its last.
struct WindowRule {
    WindowLength length = WindowLength::day;
    absl::CivilSecond start;   ///< local time of the first window's start
    Duration settle_delay{0};  ///< a window is closed, and owed, this long after its end: late data has arrived by then
    std::optional<Duration>
        available_for{};  ///< the vendor has data for so long: what ended before is not owed; nothing: for good
    friend bool operator==(const WindowRule&, const WindowRule&) = default;
};

/// The first window that ends after `t` (the very first one when `t` is before the rule's start).
Window window_ending_after(const WindowRule&, const Zone&, WallTime t);

/// The spans that are owed at `now`, oldest first, at most `count_max`: of every window that is closed by then and that
/// the vendor may still have, the parts that none of `covered` (in any order, overlaps allowed) covers. An uncovered
/// part is never longer than its window.
std::vector<Window> owed_windows(const WindowRule&, const Zone&, const std::vector<Window>& covered, WallTime now,
                                 std::size_t count_max);

/// Whether the vendor may still have data of the window's end: before that it is not worth asking.
bool is_offered(const WindowRule&, const Window&, WallTime now);

/// When the first window that is not closed at `t` will be: its end and the settle delay.
WallTime next_closing(const WindowRule&, const Zone&, WallTime t);

}  // namespace garner
