// When a due instant may really begin.
#include "core/planned_start.hpp"

#include <gtest/gtest.h>

#include <set>

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

WallTime at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }

JobSettings job() {
    JobSettings settings;
    settings.name = "machine-activity";
    return settings;
}

NamedIntervals production() {
    TimeInterval interval;
    interval.times = {{6 * 60, 22 * 60}};
    return {"production", {interval}};
}

TEST(PlannedStart, without_jitter_and_blackout_it_is_the_instant) {
    const PlannedStart planned = planned_start(job(), "M1", at("2026-11-02T02:15:00Z"));
    EXPECT_EQ(planned.at, planned.instant);
    EXPECT_EQ(describe(planned), "");
}

// The numbers are of this hash for good: another one would re-roll every jitter with an upgrade.
TEST(PlannedStart, jitter_is_a_stable_hash_of_job_and_target) {
    EXPECT_EQ(jitter_of("machine-activity", "MmMvdcJpgDWrDgmLZ", minutes(20)), seconds(588));
    EXPECT_EQ(jitter_of("machine-activity", "MmMvdcJpgDWrDgmLa", minutes(20)), seconds(717));
    EXPECT_EQ(jitter_of("machine-activity", "", Duration(0)), Duration(0));
}

TEST(PlannedStart, jitter_spreads_targets_over_its_whole_span) {
    std::set<std::int64_t> minutes_hit;
    for (int target = 0; target < 300; ++target) {
        const Duration jitter = jitter_of("machine-activity", "machine-" + std::to_string(target), minutes(20));
        ASSERT_GE(jitter, Duration(0));
        ASSERT_LT(jitter, minutes(20));
        minutes_hit.insert(std::chrono::floor<minutes>(jitter).count());
    }
    EXPECT_EQ(minutes_hit.size(), 20U);
    EXPECT_NE(jitter_of("a", "bc", hours(24)), jitter_of("ab", "c", hours(24)));
}

TEST(PlannedStart, inside_a_blackout_it_is_the_blackouts_end) {
    JobSettings settings = job();
    settings.blackout = {production()};
    const PlannedStart planned = planned_start(settings, "M1", at("2026-11-02T06:00:00Z"));
    EXPECT_EQ(planned.at, at("2026-11-02T22:00:00Z"));
    EXPECT_EQ(planned.blackout, "production");
    EXPECT_EQ(describe(planned), "begins at 2026-11-02T22:00:00Z: blackout 'production'");
    EXPECT_EQ(planned_start(settings, "M1", at("2026-11-02T22:00:00Z")).at, at("2026-11-02T22:00:00Z"));
}

TEST(PlannedStart, jitter_may_carry_it_into_a_blackout) {
    JobSettings settings = job();
    settings.blackout = {production()};
    settings.jitter = hours(1);
    const WallTime due = at("2026-11-02T05:59:59Z");
    ASSERT_GT(jitter_of(settings.name, "M1", settings.jitter), seconds(1));
    EXPECT_EQ(planned_start(settings, "M1", due).at, at("2026-11-02T22:00:00Z"));
}

TEST(PlannedStart, what_is_caught_up_inside_a_blackout_waits_for_its_end_too) {
    JobSettings settings = job();
    settings.blackout = {production()};
    const WallTime due = at("2026-11-01T02:00:00Z");
    EXPECT_EQ(planned_start(settings, "M1", due, at("2026-11-02T05:00:00Z")).at, at("2026-11-02T05:00:00Z"));
    EXPECT_EQ(planned_start(settings, "M1", due, at("2026-11-02T09:00:00Z")).at, at("2026-11-02T22:00:00Z"));
}

}  // namespace
}  // namespace garner
