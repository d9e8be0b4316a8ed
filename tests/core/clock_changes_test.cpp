// Every clock change of every zone of the installed tz database, 1970 to 2040, against a walk through real time.
// The oracle knows nothing of the implementation: it looks at the local time of each real minute around a change, and
// says what is due from that alone.
#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/schedule.hpp"

namespace garner {
namespace {

const std::string directory = "/usr/share/zoneinfo/";

// Lines of the tz database: `Z NAME ...` is a zone, `L NAME OTHER` another name of one.
std::vector<std::pair<std::string, std::string>> lines_of_kind(const std::string& wanted) {
    std::ifstream database(directory + "tzdata.zi");
    std::vector<std::pair<std::string, std::string>> lines;
    for (std::string line; std::getline(database, line);) {
        std::istringstream words(line);
        std::string kind;
        std::string first;
        std::string second;
        if (words >> kind >> first >> second && kind == wanted) lines.emplace_back(first, second);
    }
    return lines;
}

std::string bytes_of(const std::string& name) {
    std::ifstream file(directory + name, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

struct Change {
    absl::Time at;
    absl::CivilSecond from;
    absl::CivilSecond to;
};

std::vector<Change> changes_of(const absl::TimeZone& zone) {
    std::vector<Change> changes;
    absl::Time t = absl::FromCivil(absl::CivilDay(1970, 1, 3), absl::UTCTimeZone());
    const absl::Time end = absl::FromCivil(absl::CivilDay(2040, 1, 1), absl::UTCTimeZone());
    absl::TimeZone::CivilTransition jump;
    while (zone.NextTransition(t, &jump)) {
        t += absl::Seconds(jump.from - zone.At(t).cs);
        if (t >= end) break;
        changes.push_back({t, jump.from, jump.to});
    }
    return changes;
}

/// A schedule in the oracle's own words.
struct Rule {
    const char* text;
    bool is_fixed;
    bool (*matches)(int hour, int minute, int weekday);
};

const std::vector<Rule> rules{
    {"0-59/5 0-23 * * *", true, [](int, int minute, int) { return minute % 5 == 0; }},
    {"*/5 * * * *", false, [](int, int minute, int) { return minute % 5 == 0; }},
    {"30 * * * *", false, [](int, int minute, int) { return minute == 30; }},
    {"10,45 */2 * * *", false,
     [](int hour, int minute, int) { return hour % 2 == 0 && (minute == 10 || minute == 45); }},
    {"15,30 0-3,23 * * *", true,
     [](int hour, int minute, int) { return (hour <= 3 || hour == 23) && (minute == 15 || minute == 30); }},
    {"0 0 * * sat,sun", true,
     [](int hour, int minute, int weekday) { return hour == 0 && minute == 0 && (weekday == 0 || weekday == 6); }},
};

bool matches(const Rule& rule, absl::CivilMinute c) {
    const int weekday = (static_cast<int>(absl::GetWeekday(absl::CivilDay(c))) + 1) % 7;
    return rule.matches(c.hour(), c.minute(), weekday);
}

struct Tick {
    absl::Time at;
    absl::CivilSecond local;
};

// What is due between the first and the last of the ticks, of which the first few are there to know what has been.
std::set<absl::Time> due_by_walking(const Rule& rule, const std::vector<Tick>& ticks, absl::Time begin) {
    std::set<absl::CivilDay> days;
    std::set<absl::CivilSecond> seen;
    std::set<absl::Time> due;
    for (const Tick& tick : ticks) days.insert(absl::CivilDay(tick.local));
    for (std::size_t i = 0; i < ticks.size(); ++i) {
        const auto& [at, local] = ticks[i];
        const bool is_first_pass = seen.insert(local).second;
        if (at < begin) continue;
        if (local.second() == 0 && (is_first_pass || !rule.is_fixed) && matches(rule, absl::CivilMinute(local)))
            due.insert(at);
        if (!rule.is_fixed || i == 0) continue;
        for (absl::CivilSecond gone = ticks[i - 1].local + 1; gone < local; ++gone)
            if (gone.second() == 0 && days.contains(absl::CivilDay(gone)) && matches(rule, absl::CivilMinute(gone)))
                due.insert(at);
    }
    return due;
}

WallTime to_wall(absl::Time t) { return from_unix_ms(absl::ToUnixMillis(t)); }

std::string explained(const std::string& zone, const Rule& rule, absl::Time t) {
    return zone + " " + rule.text + " at " + absl::FormatTime(t, absl::UTCTimeZone());
}

void check_change(const Zone& zone, const std::vector<Change>& changes, std::size_t which,
                  const std::vector<CronExpression>& expressions) {
    const absl::Duration shift = absl::Seconds(std::abs(changes[which].to - changes[which].from));
    const absl::Duration around = shift + absl::Minutes(75);
    const absl::Time begin = changes[which].at - around;
    const absl::Time end = changes[which].at + around;
    // A change that went before can have shown the same local times.
    absl::Time walk_from = begin;
    for (std::size_t i = which; i-- > 0 && changes[i].at > begin - absl::Hours(26);)
        walk_from = std::min(walk_from, changes[i].at - absl::Hours(26));
    const bool whole_minutes = changes[which].from.second() == 0 && changes[which].to.second() == 0;
    // The change itself is one of the ticks.
    const absl::Duration step = whole_minutes && walk_from == begin ? absl::Minutes(1) : absl::Seconds(1);
    std::vector<Tick> ticks;
    for (absl::Time t = walk_from; t < end; t += step) ticks.push_back({t, zone.absl_zone().At(t).cs});

    for (std::size_t r = 0; r < rules.size(); ++r) {
        const std::set<absl::Time> expected = due_by_walking(rules[r], ticks, begin);
        const Schedule schedule({expressions[r]});
        std::vector<WallTime> found;
        for (WallTime t = to_wall(begin) - Duration(1);;) {
            const WallTime next = schedule.next_after(t, zone);
            ASSERT_GT(next, t) << explained(zone.name(), rules[r], begin);
            if (next >= to_wall(end)) break;
            found.push_back(t = next);
        }
        std::vector<WallTime> walked;
        for (const absl::Time t : expected) walked.push_back(to_wall(t));
        ASSERT_EQ(found, walked) << explained(zone.name(), rules[r], changes[which].at);
        // From instants at which nothing is due, too: in the middle of a second pass, say.
        std::vector<absl::Time> probes;
        for (absl::Time t = begin; t < end; t += absl::Minutes(17)) probes.push_back(t);
        for (const int ms : {-1000, -1, 0, 1, 1000}) probes.push_back(changes[which].at + absl::Milliseconds(ms));
        for (const absl::Time t : probes) {
            const auto after = std::upper_bound(walked.begin(), walked.end(), to_wall(t));
            const auto until = std::lower_bound(walked.begin(), walked.end(), to_wall(t));
            if (after != walked.end()) {
                ASSERT_EQ(schedule.next_after(to_wall(t), zone), *after) << explained(zone.name(), rules[r], t);
            }
            if (until != walked.begin()) {
                ASSERT_EQ(schedule.previous_before(to_wall(t), zone), *(until - 1))
                    << explained(zone.name(), rules[r], t);
            }
        }
        std::vector<WallTime> backwards;
        for (WallTime t = to_wall(end);;) {
            const auto previous = schedule.previous_before(t, zone);
            ASSERT_TRUE(previous && *previous < t) << explained(zone.name(), rules[r], begin);
            if (*previous < to_wall(begin)) break;
            backwards.push_back(t = *previous);
        }
        std::reverse(backwards.begin(), backwards.end());
        ASSERT_EQ(backwards, walked) << explained(zone.name(), rules[r], changes[which].at);
    }
}

// The zones are dealt out to several tests, which ctest runs side by side.
void check_zones(std::size_t part, std::size_t parts) {
    const auto zones = lines_of_kind("Z");
    ASSERT_GT(zones.size(), 300U) << "the tz database is installed: package tzdata";
    std::vector<CronExpression> expressions;
    for (const Rule& rule : rules) expressions.push_back(CronExpression::parse(rule.text).value());
    std::size_t checked = 0;
    for (std::size_t i = part; i < zones.size(); i += parts) {
        const auto zone = Zone::load(zones[i].first);
        ASSERT_TRUE(zone) << zones[i].first;
        const std::vector<Change> changes = changes_of(zone->absl_zone());
        for (std::size_t which = 0; which < changes.size(); ++which) {
            check_change(*zone, changes, which, expressions);
            if (::testing::Test::HasFatalFailure()) return;
            ++checked;
        }
    }
    EXPECT_GT(checked, 2'000U) << "clocks are changed often";
}

TEST(ClockChanges, are_the_same_under_a_zone_s_other_names) {
    const auto links = lines_of_kind("L");
    EXPECT_GT(links.size(), 50U);
    for (const auto& [name, other] : links) EXPECT_EQ(bytes_of(name), bytes_of(other)) << other << " is not " << name;
}

TEST(ClockChanges, of_every_zone_since_1970_keep_the_rule_part_1_of_4) { check_zones(0, 4); }
TEST(ClockChanges, of_every_zone_since_1970_keep_the_rule_part_2_of_4) { check_zones(1, 4); }
TEST(ClockChanges, of_every_zone_since_1970_keep_the_rule_part_3_of_4) { check_zones(2, 4); }
TEST(ClockChanges, of_every_zone_since_1970_keep_the_rule_part_4_of_4) { check_zones(3, 4); }

}  // namespace
}  // namespace garner
