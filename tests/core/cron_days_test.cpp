// Random expressions against a walk through a calendar that takes each part of a field by itself.
#include <absl/time/civil_time.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/cron_expression.hpp"

namespace garner {
namespace {

int weekday_of(absl::CivilDay day) { return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7; }
absl::CivilDay last_of(absl::CivilDay day) { return absl::CivilDay(absl::CivilMonth(day) + 1) - 1; }
bool is_working(absl::CivilDay day) { return weekday_of(day) != 0 && weekday_of(day) != 6; }

// The working day of the month that is nearest to `wanted`; of two, which are never equally near, none is in another
// month.
absl::CivilDay nearest_working(absl::CivilDay wanted) {
    for (int distance = 0;; ++distance)
        for (const absl::CivilDay day : {wanted - distance, wanted + distance})
            if (is_working(day) && absl::CivilMonth(day) == absl::CivilMonth(wanted)) return day;
}

/// A part of a field, as text and as what it means.
struct Part {
    std::string text;
    std::function<bool(absl::CivilDay)> fits;
};

class Chance {
public:
    explicit Chance(unsigned seed) : engine_(seed) {}
    int from(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }

private:
    std::mt19937 engine_;
};

Part day_part(Chance& chance) {
    const int n = chance.from(1, 31);
    const int m = chance.from(n, 31);
    switch (chance.from(0, 6)) {
        case 0:
            return {std::to_string(n), [=](absl::CivilDay day) { return day.day() == n; }};
        case 1:
            return {std::to_string(n) + "-" + std::to_string(m),
                    [=](absl::CivilDay day) { return n <= day.day() && day.day() <= m; }};
        case 2:
            return {std::to_string(n) + "-" + std::to_string(m) + "/3",
                    [=](absl::CivilDay day) { return n <= day.day() && day.day() <= m && (day.day() - n) % 3 == 0; }};
        case 3:
            return {"L", [](absl::CivilDay day) { return day == last_of(day); }};
        case 4:
            return {"L-" + std::to_string(std::min(n, 30)),
                    [=](absl::CivilDay day) { return last_of(day) - day == std::min(n, 30); }};
        case 5:
            return {"LW", [](absl::CivilDay day) {
                        absl::CivilDay last = last_of(day);
                        while (!is_working(last)) --last;
                        return day == last;
                    }};
        default:
            return {std::to_string(n) + "W", [=](absl::CivilDay day) {
                        if (n > last_of(day).day()) return false;
                        return day == nearest_working(absl::CivilDay(day.year(), day.month(), n));
                    }};
    }
}

Part weekday_part(Chance& chance) {
    static const std::vector<std::string> names{"sun", "MON", "Tue", "wed", "thu", "fri", "sat"};
    const int w = chance.from(0, 6);
    const int n = chance.from(1, 5);
    switch (chance.from(0, 3)) {
        case 0:
            return {w == 0 ? "7" : std::to_string(w), [=](absl::CivilDay day) { return weekday_of(day) == w; }};
        case 1:
            return {names[static_cast<std::size_t>(w)] + "-6",
                    [=](absl::CivilDay day) { return weekday_of(day) >= w; }};
        case 2:
            return {names[static_cast<std::size_t>(w)] + "#" + std::to_string(n), [=](absl::CivilDay day) {
                        return weekday_of(day) == w && absl::CivilMonth(day - 7 * (n - 1)) == absl::CivilMonth(day) &&
                               absl::CivilMonth(day - 7 * n) != absl::CivilMonth(day);
                    }};
        default:
            return {std::to_string(w) + (chance.from(0, 1) == 0 ? "L" : "#L"), [=](absl::CivilDay day) {
                        return weekday_of(day) == w && absl::CivilMonth(day + 7) != absl::CivilMonth(day);
                    }};
    }
}

// One to three parts; day of month and day of week can also be a star.
Part field(Chance& chance, Part (*part)(Chance&)) {
    if (chance.from(0, 3) == 0) return {"*", [](absl::CivilDay) { return true; }};
    Part all = part(chance);
    for (int more = chance.from(0, 2); more > 0; --more) {
        const Part one = part(chance);
        all = {all.text + "," + one.text,
               [before = all.fits, fits = one.fits](absl::CivilDay day) { return before(day) || fits(day); }};
    }
    return all;
}

TEST(CronDays, are_those_that_a_walk_through_the_calendar_finds) {
    Chance chance(20261128);
    int compared = 0;
    for (int round = 0; round < 400; ++round) {
        const Part day = field(chance, day_part);
        const Part weekday = field(chance, weekday_part);
        const int month = chance.from(-12, 12);  // mostly all of them
        const bool is_and = day.text == "*" || weekday.text == "*";
        const std::string text =
            "0 12 " + day.text + " " + (month > 0 ? std::to_string(month) : "*") + " " + weekday.text;
        const absl::CivilDay begin(2023, 1, 1);
        const absl::CivilDay end(2033, 1, 1);
        std::vector<std::string> walked;
        for (absl::CivilDay d = begin; d < end; ++d)
            if ((month <= 0 || d.month() == month) &&
                (is_and ? day.fits(d) && weekday.fits(d) : day.fits(d) || weekday.fits(d)))
                walked.push_back(absl::FormatCivilTime(d));
        const auto cron = CronExpression::parse(text);
        if (!cron) {
            EXPECT_TRUE(walked.empty()) << text << ": " << cron.error().what;
            continue;
        }
        std::vector<std::string> found;
        for (absl::CivilMinute c = cron->local_from(absl::CivilMinute(begin)); absl::CivilDay(c) < end;
             c = cron->local_from(c + 1))
            found.push_back(absl::FormatCivilTime(absl::CivilDay(c)));
        ASSERT_EQ(found, walked) << text;
        ++compared;
    }
    EXPECT_GT(compared, 350);
}

}  // namespace
}  // namespace garner
