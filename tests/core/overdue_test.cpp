// When a missing success is late.
#include "core/overdue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace garner {
namespace {

JobSettings job_with(const std::string& schedule, Duration deadline = Duration(12 * 3'600'000)) {
    JobSettings job;
    job.schedule = Schedule({*CronExpression::parse(schedule)});
    job.deadline = deadline;
    return job;
}

std::string from(const JobSettings& job, const char* last_success, const char* first_seen) {
    const auto instant = [](const char* text) {
        return text == nullptr ? std::optional<WallTime>() : parse_rfc3339(text);
    };
    const auto late = overdue_from(job, instant(last_success), instant(first_seen));
    return late ? format_rfc3339(*late) : "never";
}

TEST(overdue, a_due_instant_is_given_the_deadline_and_ten_minutes) {
    const JobSettings nightly = job_with("15 2 * * *");
    EXPECT_EQ(from(nightly, "2026-11-01T02:30:00Z", "2026-10-01T02:15:00Z"), "2026-11-02T14:25:00Z");
}

TEST(overdue, a_frequent_job_is_late_when_the_next_instant_has_passed_too) {
    EXPECT_EQ(from(job_with("0 * * * *"), "2026-11-01T02:05:00Z", nullptr), "2026-11-01T04:10:00Z");
    EXPECT_EQ(from(job_with("@every 30s"), "2026-11-01T02:00:05Z", nullptr), "2026-11-01T02:11:00Z");
}

TEST(overdue, without_a_success_it_counts_from_the_first_run) {
    EXPECT_EQ(from(job_with("0 * * * *"), nullptr, "2026-11-01T02:00:00Z"), "2026-11-01T03:10:00Z");
}

TEST(overdue, a_target_that_was_never_seen_is_not_late) {
    EXPECT_EQ(from(job_with("0 * * * *"), nullptr, nullptr), "never");
}

TEST(overdue, begins_at_its_instant) {
    const JobSettings hourly = job_with("0 * * * *");
    const auto success = parse_rfc3339("2026-11-01T02:05:00Z");
    const WallTime late = *overdue_from(hourly, success, {});
    EXPECT_FALSE(is_overdue(hourly, success, {}, late - Duration(1)));
    EXPECT_TRUE(is_overdue(hourly, success, {}, late));
}

}  // namespace
}  // namespace garner
