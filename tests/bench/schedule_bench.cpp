// How fast schedules are: parsing, the next due instant and the previous one, with real time zones, beside a walk from
// minute to minute that is measured in the same run.
#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/schedule.hpp"

namespace garner {
namespace {

using Steady = std::chrono::steady_clock;

constexpr double limit_ns = 5'000;  // a million in five seconds

struct Case {
    const char* expression;
    const char* zone;
    bool (*matches)(absl::CivilMinute);  ///< what the walk looks for
};

int weekday(absl::CivilMinute c) { return (static_cast<int>(absl::GetWeekday(absl::CivilDay(c))) + 1) % 7; }
bool is_last_day(absl::CivilMinute c) { return (absl::CivilDay(c) + 1).day() == 1; }

const std::vector<Case> cases{
    {"*/5 * * * *", "Europe/Berlin", [](absl::CivilMinute c) { return c.minute() % 5 == 0; }},
    {"15 2 * * *", "Europe/Berlin", [](absl::CivilMinute c) { return c.hour() == 2 && c.minute() == 15; }},
    {"30 1 * * 0", "America/New_York",
     [](absl::CivilMinute c) { return c.hour() == 1 && c.minute() == 30 && weekday(c) == 0; }},
    {"0 0 L * *", "Australia/Lord_Howe",
     [](absl::CivilMinute c) { return c.hour() == 0 && c.minute() == 0 && is_last_day(c); }},
    {"0 0 L 2 1#5", "Europe/Berlin",
     [](absl::CivilMinute c) { return c.hour() == 0 && c.minute() == 0 && c.month() == 2 && is_last_day(c); }},
    {"0 0 29 2 *", "UTC",
     [](absl::CivilMinute c) { return c.hour() == 0 && c.minute() == 0 && c.month() == 2 && c.day() == 29; }},
    {"0 0 */28 2 1", "Europe/Berlin",
     [](absl::CivilMinute c) {
         return c.hour() == 0 && c.minute() == 0 && c.month() == 2 && c.day() % 28 == 1 && weekday(c) == 1;
     }},
};

double ns_each(int count, const std::function<void()>& work) {
    const auto begin = Steady::now();
    work();
    return std::chrono::duration<double, std::nano>(Steady::now() - begin).count() / count;
}

const WallTime first = from_unix_ms(1'767'225'600'000);
const WallTime last = from_unix_ms(2'556'144'000'000);  // 25 years later: round and round

double next_ns(const CronExpression& cron, const Zone& zone, int count) {
    return ns_each(count, [&] {
        WallTime t = first;
        for (int i = 0; i < count; ++i)
            if (t = cron.next_after(t, zone); t > last) t = first;
    });
}

double previous_ns(const CronExpression& cron, const Zone& zone, int count) {
    return ns_each(count, [&] {
        WallTime t = last;
        for (int i = 0; i < count; ++i)
            if (t = cron.previous_before(t, zone); t < first) t = last;
    });
}

// As long as it takes, but not longer than half a second.
std::string walk_ns(const Case& one, const Zone& zone) {
    absl::Time t = absl::FromUnixMillis(to_unix_ms(first));
    int found = 0;
    const auto begin = Steady::now();
    std::chrono::duration<double, std::nano> spent{0};
    while (spent < std::chrono::milliseconds(500)) {
        for (int i = 0; i < 1000; ++i) {
            t += absl::Minutes(1);
            if (one.matches(absl::CivilMinute(zone.absl_zone().At(t).cs))) ++found;
        }
        spent = Steady::now() - begin;
    }
    const std::string more = found == 0 ? ">" : "";
    return more + std::to_string(static_cast<long>(spent.count() / std::max(found, 1)));
}

int run(int count) {
    bool is_slow = false;
    std::printf("%d calls each; limit %.0f ns\n%-16s %-20s %10s %10s %10s %16s\n", count, limit_ns, "expression",
                "zone", "parse ns", "next ns", "prev ns", "minute walk ns");
    for (const Case& one : cases) {
        const CronExpression cron = CronExpression::parse(one.expression).value();
        const Zone zone = Zone::load(one.zone).value();
        const double parse = ns_each(20'000, [&] {
            for (int i = 0; i < 20'000; ++i)
                if (!CronExpression::parse(one.expression)) std::abort();
        });
        const double next = next_ns(cron, zone, count);
        const double previous = previous_ns(cron, zone, count);
        is_slow = is_slow || next > limit_ns || previous > limit_ns;
        std::printf("%-16s %-20s %10.0f %10.0f %10.0f %16s\n", one.expression, one.zone, parse, next, previous,
                    walk_ns(one, zone).c_str());
    }
    if (is_slow) std::puts("slower than the limit");
    return is_slow ? 1 : 0;
}

}  // namespace
}  // namespace garner

int main(int count, char** arguments) { return garner::run(count > 1 ? std::atoi(arguments[1]) : 1'000'000); }
