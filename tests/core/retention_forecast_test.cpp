// A target's artifacts a year from now, held against playing every night by hand.
#include "core/retention_forecast.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/local_time.hpp"
#include "retention_history.hpp"

namespace garner {
namespace {

WallTime at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }

JobSettings job(std::string_view expression) {
    JobSettings settings;
    settings.zone = Zone::load("Europe/Berlin").value();
    if (!expression.empty()) settings.schedule = Schedule({CronExpression::parse(expression).value()});
    return settings;
}

std::string days(const std::vector<WallTime>& instants, const Zone& zone) {
    std::string text;
    for (const WallTime t : instants) text += (text.empty() ? "" : " ") + format_local(t, zone, "%Y-%m-%d");
    return text;
}

TEST(RetentionForecast, a_daily_job_comes_to_its_steady_state) {
    const JobSettings daily = job("15 2 * * *");
    const WrittenRule written = written_rule("daily 3 monthly 4 min_good 2");
    const RetentionForecast forecast =
        simulate_retention({}, written.rule, daily, at("2026-01-01T12:00:00Z"), at("2026-12-31T12:00:00Z"));
    EXPECT_EQ(days(forecast.kept_instants, daily.zone),
              "2026-09-30 2026-10-31 2026-11-30 2026-12-29 2026-12-30 2026-12-31");
    ASSERT_EQ(forecast.months.size(), 12u);
    EXPECT_EQ(forecast.months[0].month, absl::CivilMonth(2026, 1));
    EXPECT_EQ(forecast.months[0].kept, 3u);
    EXPECT_EQ(forecast.months[0].in_trash, 7u) << "a week of grace";
    EXPECT_EQ(forecast.months[11].kept, 6u);
    EXPECT_EQ(forecast.months[11].oldest, at("2026-09-30T00:15:00Z"));
}

TEST(RetentionForecast, says_when_todays_artifacts_go) {
    const JobSettings daily = job("0 2 * * *");
    const WrittenRule written = written_rule("daily 3 min_good 2");
    auto history = written_history("03-25..03-27 03-20! 03-19?", daily.zone);
    const RetentionForecast forecast =
        simulate_retention(history, written.rule, daily, at("2026-03-27T12:00:00Z"), at("2026-04-10T00:00:00Z"));
    ASSERT_EQ(forecast.trashed_at.size(), 5u);
    EXPECT_EQ(forecast.trashed_at[0], at("2026-03-28T01:00:00Z"));
    EXPECT_EQ(forecast.trashed_at[1], at("2026-03-29T01:00:00Z")) << "02:00 does not exist on this day";
    EXPECT_EQ(forecast.trashed_at[2], at("2026-03-30T00:00:00Z"));
    EXPECT_EQ(forecast.trashed_at[3], std::nullopt) << "held";
    EXPECT_EQ(forecast.trashed_at[4], at("2026-03-28T01:00:00Z"));
}

TEST(RetentionForecast, new_artifacts_are_as_large_as_the_last_ones_usually_were) {
    const JobSettings daily = job("0 2 * * *");
    const WrittenRule written = written_rule("daily 2");
    auto history = written_history("02-01 03-01..03-09 03-10?", daily.zone);
    history[0].size = 7;
    for (std::size_t i = 1; i < history.size(); ++i) history[i].size = 1000 * i;
    history.back().size = 3;
    const RetentionForecast forecast =
        simulate_retention(history, written.rule, daily, at("2026-03-10T12:00:00Z"), at("2026-05-01T12:00:00Z"));
    EXPECT_EQ(forecast.usual_bytes, 5000u);
    ASSERT_EQ(forecast.months.size(), 3u);
    EXPECT_EQ(forecast.months[1].kept_bytes, 10'000u);
    EXPECT_EQ(forecast.months[1].in_trash, 7u);
    EXPECT_EQ(forecast.months[1].trash_bytes, 35'000u);
}

TEST(RetentionForecast, an_empty_rule_and_a_job_without_a_schedule_remove_nothing) {
    const JobSettings daily = job("0 2 * * *");
    const auto history = written_history("03-01..03-10", daily.zone);
    const RetentionForecast grows =
        simulate_retention(history, RetentionRule(), daily, at("2026-03-10T12:00:00Z"), at("2026-04-10T12:00:00Z"));
    EXPECT_EQ(grows.kept_instants.size(), 41u);
    const RetentionForecast stays = simulate_retention(history, written_rule("daily 20").rule, job(""),
                                                       at("2026-03-10T12:00:00Z"), at("2026-04-10T12:00:00Z"));
    EXPECT_EQ(stays.kept_instants.size(), 10u);
    EXPECT_EQ(stays.months.size(), 2u);
}

TEST(RetentionForecast, a_job_with_windows_brings_each_window_that_closes) {
    JobSettings weekly = job("0 4 * * 1");
    weekly.window = WindowRule{WindowLength::day, absl::CivilSecond(2026, 3, 1), std::chrono::hours(2)};
    const WrittenRule written = written_rule("daily 400");
    std::vector<RetainedArtifact> history(1);
    history[0].instant = at("2026-03-02T22:59:59.999Z");  // the window of March 2nd
    const RetentionForecast forecast =
        simulate_retention(history, written.rule, weekly, at("2026-03-04T12:00:00Z"), at("2026-03-16T12:00:00Z"));
    EXPECT_EQ(days(forecast.kept_instants, weekly.zone),
              "2026-03-02 2026-03-03 2026-03-04 2026-03-05 2026-03-06 2026-03-07 2026-03-08 2026-03-09 2026-03-10 "
              "2026-03-11 2026-03-12 2026-03-13 2026-03-14 2026-03-15");
    const RetentionForecast from_nothing =
        simulate_retention({}, written.rule, weekly, at("2026-03-04T12:00:00Z"), at("2026-03-10T12:00:00Z"));
    EXPECT_EQ(days(from_nothing.kept_instants, weekly.zone),
              "2026-03-01 2026-03-02 2026-03-03 2026-03-04 2026-03-05 2026-03-06 2026-03-07 2026-03-08");
}

// One pass a day of an hourly job ends with what a pass after each run would have left.
TEST(RetentionForecast, fewer_passes_leave_the_same) {
    const JobSettings hourly = job("30 * * * *");
    const WrittenRule written = written_rule("last 5 hourly 30 daily 9 weekly 5 monthly 3 within 40h min_good 2");
    const WallTime from = at("2026-02-20T12:00:00Z"), until = at("2026-04-20T12:00:00Z");
    std::vector<RetainedArtifact> there;
    for (WallTime t = hourly.schedule.next_after(from, hourly.zone); t < until;
         t = hourly.schedule.next_after(t, hourly.zone)) {
        RetainedArtifact artifact;
        artifact.instant = artifact.stored_at = t;
        there.push_back(artifact);
        RetentionConditions conditions;
        conditions.now = t;
        const RetentionPlan plan = plan_retention(there, written.rule, hourly.zone, conditions);
        std::size_t index = 0;
        std::erase_if(
            there, [&](const RetainedArtifact&) { return plan.decisions[index++].action == RetentionAction::trash; });
    }
    std::vector<WallTime> expected;
    for (const RetainedArtifact& artifact : there) expected.push_back(artifact.instant);
    EXPECT_EQ(simulate_retention({}, written.rule, hourly, from, until).kept_instants, expected);
    EXPECT_GT(expected.size(), 40u);
}

}  // namespace
}  // namespace garner
