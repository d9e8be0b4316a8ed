// The manual of retention, executable: a rule, a history, what stays, and what is said of one artifact.
// How rules and histories are written stands in retention_history.hpp.
#include "core/retention.hpp"

#include <gtest/gtest.h>

#include "core/retention_words.hpp"
#include "retention_history.hpp"

namespace garner {
namespace {

struct Row {
    const char* rule;
    const char* history;
    const char* stays;
    const char* about;
    const char* why;
};

void check(const Row& row) {
    SCOPED_TRACE(std::string(row.rule) + " | " + row.history);
    const WrittenRule written = written_rule(row.rule);
    const auto history = written_history(row.history, written.zone);
    const RetentionPlan plan = plan_of(written, history);
    EXPECT_EQ(staying(history, plan), row.stays);
    bool found = false;
    for (std::size_t i = 0; i < history.size(); ++i) {
        if (history[i].id != row.about) continue;
        found = true;
        EXPECT_EQ(describe(plan.decisions[i], plan, history[i], written.rule, written.zone), row.why) << row.about;
    }
    EXPECT_TRUE(found) << row.about << " is not in the history";
}

// clang-format off
TEST(Retention, keep_last_counts_artifacts) {
    for (const Row& row : {
        Row{"last 2", "03-01 03-02 03-03", "03-02 03-03", "03-01", "no rule keeps it (keep_last: 2 newer ones are there)"},
        Row{"last 2", "03-01 03-02 03-03", "03-02 03-03", "03-02", "keep_last: 2 of 2"},
        Row{"last 2", "03-01 03-02 03-03", "03-02 03-03", "03-03", "newest: the newest verified one; keep_last: 1 of 2"},
        Row{"last 1", "03-01 03-02", "03-02", "03-01", "no rule keeps it (keep_last: 1 newer one is there)"},
        Row{"last 5", "03-01 03-02 03-03", "03-01 03-02 03-03", "03-01", "keep_last: 3 of 5"},
        Row{"last 2", "03-01T01:00 03-01T02:00 03-01T03:00", "03-01T02:00 03-01T03:00", "03-01T02:00", "keep_last: 2 of 2"},
        Row{"last 2", "03-03 03-01 03-02", "03-03 03-02", "03-01", "no rule keeps it (keep_last: 2 newer ones are there)"},
        Row{"last 1", "2019-03-01", "2019-03-01", "2019-03-01", "newest: the newest verified one; keep_last: 1 of 1"},
    }) check(row);
}

TEST(Retention, keep_daily_keeps_the_last_of_each_day) {
    for (const Row& row : {
        Row{"daily 2", "03-01T02:00 03-01T14:00 03-02", "03-01T14:00 03-02", "03-01T02:00", "no rule keeps it (keep_daily: a newer one is there for 2026-03-01 in Europe/Berlin)"},
        Row{"daily 2", "03-01T02:00 03-01T14:00 03-02", "03-01T14:00 03-02", "03-01T14:00", "keep_daily: the last of 2026-03-01 in Europe/Berlin, 2 of 2"},
        Row{"daily 1", "03-01 03-02", "03-02", "03-01", "no rule keeps it (keep_daily: 1 newer day has one)"},
        Row{"daily 2", "03-01T00:00 03-01T23:59 03-02T00:00", "03-01T23:59 03-02T00:00", "03-01T00:00", "no rule keeps it (keep_daily: a newer one is there for 2026-03-01 in Europe/Berlin)"},
        Row{"daily 1", "03-01T08:00 03-01T09:00 03-01T10:00", "03-01T10:00", "03-01T09:00", "no rule keeps it (keep_daily: a newer one is there for 2026-03-01 in Europe/Berlin)"},
    }) check(row);
}

TEST(Retention, a_day_without_an_artifact_is_not_counted) {
    for (const Row& row : {
        Row{"daily 3", "01-05 02-07 03-01 03-09", "02-07 03-01 03-09", "02-07", "keep_daily: the last of 2026-02-07 in Europe/Berlin, 3 of 3"},
        Row{"daily 3", "01-05 02-07 03-01 03-09", "02-07 03-01 03-09", "01-05", "no rule keeps it (keep_daily: 3 newer days have one)"},
        Row{"daily 3", "2019-01-05 2021-02-07 2024-03-01", "2019-01-05 2021-02-07 2024-03-01", "2019-01-05", "keep_daily: the last of 2019-01-05 in Europe/Berlin, 3 of 3"},
        Row{"monthly 2", "2019-01-05 2021-02-07 2024-03-01", "2021-02-07 2024-03-01", "2021-02-07", "keep_monthly: the last of 2021-02 in Europe/Berlin, 2 of 2"},
        Row{"yearly 2", "2019-01-05 2021-02-07 2024-03-01", "2021-02-07 2024-03-01", "2019-01-05", "no rule keeps it (keep_yearly: 2 newer years have one)"},
    }) check(row);
}

TEST(Retention, keep_hourly_keeps_the_last_of_each_hour) {
    for (const Row& row : {
        Row{"hourly 2", "03-01T01:10 03-01T01:50 03-01T02:10 03-01T02:20", "03-01T01:50 03-01T02:20", "03-01T01:50", "keep_hourly: the last of 2026-03-01 01:00 in Europe/Berlin, 2 of 2"},
        Row{"hourly 3", "03-01T01:10 03-01T01:50 03-01T02:10 03-01T02:20", "03-01T01:50 03-01T02:20", "03-01T02:10", "no rule keeps it (keep_hourly: a newer one is there for 2026-03-01 02:00 in Europe/Berlin)"},
        Row{"hourly 2", "03-01T01:00 03-01T02:00 03-01T03:00", "03-01T02:00 03-01T03:00", "03-01T01:00", "no rule keeps it (keep_hourly: 2 newer hours have one)"},
        Row{"hourly 2", "03-01T13:00 03-02T13:00", "03-01T13:00 03-02T13:00", "03-01T13:00", "keep_hourly: the last of 2026-03-01 13:00 in Europe/Berlin, 2 of 2"},
    }) check(row);
}

TEST(Retention, keep_weekly_means_ISO_weeks) {
    for (const Row& row : {
        Row{"weekly 2", "03-01 03-02 03-08 03-09", "03-08 03-09", "03-02", "no rule keeps it (keep_weekly: a newer one is there for 2026-W10 in Europe/Berlin)"},
        Row{"weekly 3", "03-01 03-02 03-08 03-09", "03-01 03-08 03-09", "03-01", "keep_weekly: the last of 2026-W09 in Europe/Berlin, 3 of 3"},
        Row{"weekly 3", "2024-12-29 2024-12-30 2025-01-05 2025-01-06", "2024-12-29 2025-01-05 2025-01-06", "2024-12-30", "no rule keeps it (keep_weekly: a newer one is there for 2025-W01 in Europe/Berlin)"},
        Row{"weekly 2", "2020-12-27 2020-12-31 2021-01-03 2021-01-04", "2021-01-03 2021-01-04", "2021-01-03", "keep_weekly: the last of 2020-W53 in Europe/Berlin, 2 of 2"},
        Row{"weekly 2", "2020-12-27 2020-12-31 2021-01-03 2021-01-04", "2021-01-03 2021-01-04", "2020-12-31", "no rule keeps it (keep_weekly: a newer one is there for 2020-W53 in Europe/Berlin)"},
        Row{"weekly 4", "2022-12-31 2023-01-01 2023-01-02", "2023-01-01 2023-01-02", "2023-01-01", "keep_weekly: the last of 2022-W52 in Europe/Berlin, 2 of 4"},
    }) check(row);
}

TEST(Retention, months_and_years_are_the_calendars) {
    for (const Row& row : {
        Row{"monthly 2", "01-31 02-01 02-28 03-01", "02-28 03-01", "02-28", "keep_monthly: the last of 2026-02 in Europe/Berlin, 2 of 2"},
        Row{"monthly 3", "01-31 02-01 02-28 03-01", "01-31 02-28 03-01", "02-01", "no rule keeps it (keep_monthly: a newer one is there for 2026-02 in Europe/Berlin)"},
        Row{"monthly 12", "2025-03-15 03-15", "2025-03-15 03-15", "2025-03-15", "keep_monthly: the last of 2025-03 in Europe/Berlin, 2 of 12"},
        Row{"yearly 2", "2024-12-31 2025-01-01 2025-12-31 01-01", "2025-12-31 01-01", "2025-12-31", "keep_yearly: the last of 2025 in Europe/Berlin, 2 of 2"},
        Row{"yearly 3", "2024-12-31 2025-01-01 2025-12-31 01-01", "2024-12-31 2025-12-31 01-01", "2025-01-01", "no rule keeps it (keep_yearly: a newer one is there for 2025 in Europe/Berlin)"},
        Row{"monthly 2", "2024-02-29 2024-03-01", "2024-02-29 2024-03-01", "2024-02-29", "keep_monthly: the last of 2024-02 in Europe/Berlin, 2 of 2"},
    }) check(row);
}

TEST(Retention, an_artifact_stays_when_any_rule_keeps_it) {
    for (const Row& row : {
        Row{"daily 2 weekly 2 monthly 2", "01-31 02-20 02-28 03-01 03-02 03-03", "02-28 03-01 03-02 03-03", "02-28", "keep_monthly: the last of 2026-02 in Europe/Berlin, 2 of 2"},
        Row{"daily 2 weekly 2 monthly 2", "01-31 02-20 02-28 03-01 03-02 03-03", "02-28 03-01 03-02 03-03", "03-01", "keep_weekly: the last of 2026-W09 in Europe/Berlin, 2 of 2"},
        Row{"daily 2 weekly 2 monthly 2", "01-31 02-20 02-28 03-01 03-02 03-03", "02-28 03-01 03-02 03-03", "02-20", "no rule keeps it (keep_daily: 2 newer days have one; keep_weekly: 2 newer weeks have one; keep_monthly: a newer one is there for 2026-02 in Europe/Berlin)"},
        Row{"last 1 yearly 5", "2024-06-01 2025-06-01 03-01 03-02", "2024-06-01 2025-06-01 03-02", "03-01", "no rule keeps it (keep_last: 1 newer one is there; keep_yearly: a newer one is there for 2026 in Europe/Berlin)"},
        Row{"last 3 daily 2", "03-01T01:00 03-01T02:00 03-01T03:00 03-02", "03-01T02:00 03-01T03:00 03-02", "03-01T03:00", "keep_last: 2 of 3; keep_daily: the last of 2026-03-01 in Europe/Berlin, 2 of 2"},
        Row{"daily 2 monthly 3", "2025-11-30 2025-12-31 01-30 01-31", "2025-11-30 2025-12-31 01-30 01-31", "01-30", "keep_daily: the last of 2026-01-30 in Europe/Berlin, 2 of 2"},
    }) check(row);
}

TEST(Retention, keep_within_counts_back_from_the_newest_verified_one) {
    for (const Row& row : {
        Row{"within 2d", "03-01 03-02 03-03 03-04", "03-03 03-04", "03-02", "no rule keeps it (keep_within: not less than 2d older than the newest verified one)"},
        Row{"within 2d", "03-01 03-02T02:01 03-04", "03-02T02:01 03-04", "03-02T02:01", "keep_within: less than 2d older than the newest verified one"},
        Row{"within 2d now 11-30", "03-03 03-04", "03-03 03-04", "03-03", "keep_within: less than 2d older than the newest verified one"},
        Row{"within 1d", "03-01 03-02? 03-03?", "03-01 03-02 03-03", "03-01", "newest: the newest verified one; keep_within: less than 1d older than the newest verified one"},
        Row{"within 36h daily 1", "03-01 03-02 03-03", "03-02 03-03", "03-02", "keep_within: less than 1d12h older than the newest verified one"},
        Row{"within 1d", "03-28T02:30 03-29T03:00", "03-28T02:30 03-29T03:00", "03-28T02:30", "keep_within: less than 1d older than the newest verified one"},
        Row{"within 1d", "10-24T03:30 10-25T03:30", "10-25T03:30", "10-24T03:30", "no rule keeps it (keep_within: not less than 1d older than the newest verified one)"},
    }) check(row);
}

TEST(Retention, periods_are_those_of_the_zone) {
    for (const Row& row : {
        Row{"daily 2 in UTC", "2026-03-01T22:30Z 2026-03-01T23:30Z", "2026-03-01T23:30Z", "2026-03-01T22:30Z", "no rule keeps it (keep_daily: a newer one is there for 2026-03-01 in UTC)"},
        Row{"daily 2", "2026-03-01T22:30Z 2026-03-01T23:30Z", "2026-03-01T22:30Z 2026-03-01T23:30Z", "2026-03-01T23:30Z", "newest: the newest verified one; keep_daily: the last of 2026-03-02 in Europe/Berlin, 1 of 2"},
        Row{"yearly 2 in Pacific/Auckland", "2025-12-31T10:59Z 2025-12-31T11:00Z", "2025-12-31T10:59Z 2025-12-31T11:00Z", "2025-12-31T10:59Z", "keep_yearly: the last of 2025 in Pacific/Auckland, 2 of 2"},
        Row{"hourly 2 in Asia/Kolkata", "2026-03-01T00:29Z 2026-03-01T00:30Z", "2026-03-01T00:29Z 2026-03-01T00:30Z", "2026-03-01T00:29Z", "keep_hourly: the last of 2026-03-01 05:00 in Asia/Kolkata, 2 of 2"},
        Row{"weekly 2 in America/New_York", "2026-03-02T04:59Z 2026-03-02T05:00Z", "2026-03-02T04:59Z 2026-03-02T05:00Z", "2026-03-02T04:59Z", "keep_weekly: the last of 2026-W09 in America/New_York, 2 of 2"},
    }) check(row);
}

TEST(Retention, a_clock_change_makes_a_day_of_23_or_25_hours_and_a_repeated_hour_is_one) {
    for (const Row& row : {
        Row{"daily 2", "2026-03-28T22:59Z 2026-03-28T23:00Z 2026-03-29T21:59Z 2026-03-29T22:00Z", "2026-03-29T21:59Z 2026-03-29T22:00Z", "2026-03-28T23:00Z", "no rule keeps it (keep_daily: a newer one is there for 2026-03-29 in Europe/Berlin)"},
        Row{"daily 2", "2026-10-24T21:59Z 2026-10-24T22:00Z 2026-10-25T22:59Z 2026-10-25T23:00Z", "2026-10-25T22:59Z 2026-10-25T23:00Z", "2026-10-24T22:00Z", "no rule keeps it (keep_daily: a newer one is there for 2026-10-25 in Europe/Berlin)"},
        Row{"hourly 3", "2026-10-24T23:30Z 2026-10-25T00:30Z 2026-10-25T01:30Z", "2026-10-24T23:30Z 2026-10-25T01:30Z", "2026-10-25T00:30Z", "no rule keeps it (keep_hourly: a newer one is there for 2026-10-25 02:00 in Europe/Berlin)"},
        Row{"hourly 2", "2026-03-29T00:30Z 2026-03-29T01:30Z", "2026-03-29T00:30Z 2026-03-29T01:30Z", "2026-03-29T01:30Z", "newest: the newest verified one; keep_hourly: the last of 2026-03-29 03:00 in Europe/Berlin, 1 of 2"},
    }) check(row);
}

TEST(Retention, min_good_and_the_newest_stay_whatever_the_rules_say) {
    for (const Row& row : {
        Row{"last 1 min_good 2", "03-01 03-02 03-03", "03-02 03-03", "03-02", "min_good: one of the 2 newest verified ones"},
        Row{"yearly 1 min_good 3", "03-01 03-02 03-03 03-04", "03-02 03-03 03-04", "03-02", "min_good: one of the 3 newest verified ones"},
        Row{"daily 1 min_good 2", "03-01T01:00 03-01T02:00 03-01T03:00", "03-01T02:00 03-01T03:00", "03-01T02:00", "min_good: one of the 2 newest verified ones"},
        Row{"last 1 min_good 2", "03-01 03-02? 03-03? 03-04", "03-01 03-02 03-03 03-04", "03-01", "min_good: one of the 2 newest verified ones"},
        Row{"last 1 min_good 0", "03-01 03-02", "03-02", "03-02", "newest: the newest verified one; keep_last: 1 of 1"},
        Row{"last 1 min_good 5", "03-01 03-02", "03-01 03-02", "03-02", "newest: the newest verified one; min_good: one of the 5 newest verified ones; keep_last: 1 of 1"},
    }) check(row);
}

TEST(Retention, a_held_one_stays_and_counts_as_any_other) {
    for (const Row& row : {
        Row{"last 1", "03-01! 03-02 03-03", "03-01 03-03", "03-01", "hold: marked by a person"},
        Row{"last 2", "03-01 03-02! 03-03", "03-02 03-03", "03-01", "no rule keeps it (keep_last: 2 newer ones are there)"},
        Row{"daily 2", "03-01T02:00! 03-01T14:00 03-02", "03-01T02:00 03-01T14:00 03-02", "03-01T14:00", "keep_daily: the last of 2026-03-01 in Europe/Berlin, 2 of 2"},
        Row{"last 2", "03-01 03-02! 03-03", "03-02 03-03", "03-02", "hold: marked by a person; keep_last: 2 of 2"},
    }) check(row);
}

TEST(Retention, a_suspect_one_never_counts_and_goes_when_it_would_go_as_a_good_one) {
    for (const Row& row : {
        Row{"last 2", "03-01 03-02 03-03? 03-04?", "03-01 03-02 03-03 03-04", "03-03", "suspect: no newer verified one is there"},
        Row{"last 2", "03-01? 03-02 03-03 03-04", "03-03 03-04", "03-01", "suspect, and no rule would keep it if it were accepted (keep_last: 2 newer ones are there)"},
        Row{"last 3", "03-01 03-02? 03-03 03-04", "03-01 03-02 03-03 03-04", "03-02", "if it were accepted, keep_last: 3 of 3"},
        Row{"last 3", "03-01 03-02? 03-03 03-04", "03-01 03-02 03-03 03-04", "03-01", "keep_last: 3 of 3"},
        Row{"daily 3", "03-01T02:00 03-01T14:00? 03-02", "03-01T02:00 03-01T14:00 03-02", "03-01T02:00", "keep_daily: the last of 2026-03-01 in Europe/Berlin, 2 of 3"},
        Row{"daily 3", "03-01T02:00? 03-01T14:00 03-02", "03-01T14:00 03-02", "03-01T02:00", "suspect, and no rule would keep it if it were accepted (keep_daily: a newer one is there for 2026-03-01 in Europe/Berlin)"},
        Row{"last 1", "03-01?! 03-02", "03-01 03-02", "03-01", "hold: marked by a person"},
        Row{"last 1", "03-01? 03-02?", "03-01 03-02", "03-01", "suspect: no newer verified one is there"},
        Row{"last 1 min_good 2", "03-01? 03-02", "03-01 03-02", "03-01", "if it were accepted, min_good: one of the 2 newest verified ones"},
    }) check(row);
}

TEST(Retention, what_is_dated_in_the_future_never_counts_and_never_goes) {
    for (const Row& row : {
        Row{"last 1 now 03-10", "03-01 03-02 2031-01-01", "03-02 2031-01-01", "2031-01-01", "future: dated 2031-01-01T02:00:00+01:00, after now"},
        Row{"last 1 now 03-10", "03-01 03-02 2031-01-01", "03-02 2031-01-01", "03-02", "newest: the newest verified one; keep_last: 1 of 1"},
        Row{"within 1d now 03-10", "03-01 03-02T01:00 03-02 2031-01-01", "03-02T01:00 03-02 2031-01-01", "03-02T01:00", "keep_within: less than 1d older than the newest verified one"},
        Row{"last 1 min_good 2 now 03-10", "03-01 03-02 2031-01-01 2031-01-02", "03-01 03-02 2031-01-01 2031-01-02", "03-01", "min_good: one of the 2 newest verified ones"},
        Row{"last 1 now 03-10", "03-01? 2031-01-01", "03-01 2031-01-01", "03-01", "suspect: no newer verified one is there"},
        Row{"last 1 now 03-02", "03-01 03-02", "03-02", "03-02", "newest: the newest verified one; keep_last: 1 of 1"},
    }) check(row);
}

TEST(Retention, nothing_of_a_target_goes_when_something_is_not_as_it_should_be) {
    for (const Row& row : {
        Row{"last 1 failed", "03-01 03-02", "03-01 03-02", "03-01", "no rule keeps it (keep_last: 1 newer one is there), but nothing of its target is removed: its last run did not succeed"},
        Row{"last 1 failed", "03-01 03-02", "03-01 03-02", "03-02", "newest: the newest verified one; keep_last: 1 of 1"},
        Row{"last 1 clock", "03-01 03-02", "03-01 03-02", "03-01", "no rule keeps it (keep_last: 1 newer one is there), but nothing of its target is removed: the clock is suspect"},
        Row{"", "03-01 03-02", "03-01 03-02", "03-01", "no rule keeps it, but nothing of its target is removed: its rule is empty"},
        Row{"min_good 1", "03-01 03-02", "03-01 03-02", "03-01", "no rule keeps it, but nothing of its target is removed: its rule is empty"},
        Row{"failed clock", "03-01? 03-02", "03-01 03-02", "03-01", "suspect, and no rule would keep it if it were accepted, but nothing of its target is removed: its rule is empty, its last run did not succeed, the clock is suspect"},
    }) check(row);
}
// clang-format on

// What would have to come before something goes.
std::string waits_for(const std::string& rule, const std::string& history_text, const std::string& about) {
    const WrittenRule written = written_rule(rule);
    const auto history = written_history(history_text, written.zone);
    const RetentionPlan plan = plan_of(written, history);
    for (std::size_t i = 0; i < history.size(); ++i)
        if (history[i].id == about) return let_go_when(plan.decisions[i], plan, history[i], written.rule);
    return "not in the history: " + about;
}

TEST(Retention, says_what_would_let_an_artifact_go) {
    EXPECT_EQ(waits_for("last 3", "03-01 03-02", "03-01"), "2 newer verified ones have come");
    EXPECT_EQ(waits_for("last 2", "03-01 03-02", "03-01"), "1 newer verified one has come");
    EXPECT_EQ(waits_for("daily 14", "03-01..03-05", "03-03"), "12 more days have a verified one");
    EXPECT_EQ(waits_for("daily 2 monthly 2", "02-28 03-01", "02-28"),
              "1 more day has a verified one, and 1 more month has a verified one");
    EXPECT_EQ(waits_for("daily 3", "03-01 03-02", "03-02"),
              "a newer verified one is there, and a later verified one of the same day is there or 3 more days have a "
              "verified one");
    EXPECT_EQ(waits_for("last 1 min_good 3", "03-01 03-02", "03-01"), "2 newer verified ones have come");
    EXPECT_EQ(waits_for("within 30d", "03-01 03-02", "03-01"), "a verified one is there that is 30d newer");
    EXPECT_EQ(waits_for("last 1", "03-01! 03-02", "03-01"), "the hold is released");
    EXPECT_EQ(waits_for("last 1", "03-01?", "03-01"),
              "a newer verified one is there and no rule would keep it if it were accepted");
    EXPECT_EQ(waits_for("last 1 now 03-10", "03-01 2031-01-01", "2031-01-01"), "its date has come");
    EXPECT_EQ(waits_for("last 1 failed", "03-01 03-02", "03-01"), "a run of its target has succeeded");
    EXPECT_EQ(waits_for("last 2 clock", "03-01 03-02", "03-01"),
              "1 newer verified one has come, and the clock can be trusted");
    EXPECT_EQ(waits_for("", "03-01 03-02", "03-01"), "the rule says what to keep");
    EXPECT_EQ(waits_for("last 1", "03-01 03-02", "03-01"), "") << "it goes now";
}

TEST(Retention, what_goes_is_gone_when_the_grace_is_over) {
    WrittenRule written = written_rule("last 1 now 03-10");
    const auto history = written_history("03-01 03-02", written.zone);
    EXPECT_EQ(plan_of(written, history).decisions[0].until, written.conditions.now + std::chrono::hours(7 * 24));
    written.rule.grace = std::chrono::hours(1);
    const RetentionPlan plan = plan_of(written, history);
    EXPECT_EQ(plan.decisions[0].until, written.conditions.now + std::chrono::hours(1));
    EXPECT_EQ(plan.decisions[1].until, std::nullopt) << "it waits for artifacts, not for a time";
    EXPECT_EQ(plan.trash_count, 1u);
    EXPECT_EQ(plan.trash_bytes, 100u);
}

TEST(Retention, a_hold_ends_at_its_time_and_says_so_where_it_is_all_that_keeps) {
    const WrittenRule written = written_rule("last 2 now 03-10");
    auto history = written_history("03-01! 03-02! 03-03", written.zone);
    const WallTime end = written.conditions.now + std::chrono::hours(5);
    history[0].held_until = history[1].held_until = end;
    const RetentionPlan plan = plan_of(written, history);
    EXPECT_EQ(plan.decisions[0].until, end);
    EXPECT_EQ(describe(plan.decisions[0], plan, history[0], written.rule, written.zone),
              "hold: marked by a person until 2026-03-10T07:00:00+01:00");
    EXPECT_EQ(let_go_when(plan.decisions[0], plan, history[0], written.rule), "the hold has ended");
    EXPECT_EQ(plan.decisions[1].until, std::nullopt) << "keep_last keeps it, too";

    WrittenRule later = written;
    later.conditions.now = end;
    EXPECT_EQ(staying(history, plan_of(later, history)), "03-02 03-03");
}

TEST(Retention, of_two_of_one_instant_the_one_that_was_stored_later_is_the_newer) {
    const WrittenRule written = written_rule("daily 7");
    auto history = written_history("03-01 03-01 03-02", written.zone);
    history[0].id = "again";
    history[0].stored_at += std::chrono::hours(30);
    EXPECT_EQ(staying(history, plan_of(written, history)), "again 03-02");
    history[0].stored_at = history[1].stored_at;
    EXPECT_EQ(staying(history, plan_of(written, history)), "again 03-02") << "then the greater id, so that it is one";
}

TEST(Retention, a_window_stands_for_its_last_millisecond_and_anything_else_for_when_it_was_due) {
    ArtifactRecord record;
    record.scheduled_at = parse_rfc3339("2026-04-02T01:40:00Z").value();
    EXPECT_EQ(retained(record).instant, record.scheduled_at);
    record.window =
        Window{parse_rfc3339("2026-03-28T23:00:00Z").value(), parse_rfc3339("2026-03-29T22:00:00Z").value()};
    EXPECT_EQ(retained(record).instant, parse_rfc3339("2026-03-29T21:59:59.999Z")) << "the day, not the next one";
}

}  // namespace
}  // namespace garner
