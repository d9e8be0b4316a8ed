// How targets stand: configuration and history put together.
#include "ledger/target_report.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>

namespace garner {
namespace {

const WallTime noon = *parse_rfc3339("2026-11-02T12:00:00Z");

Settings settings_with(std::vector<std::string> include) {
    Settings settings;
    settings.sources["press-shop"].name = "press-shop";
    JobSettings job;
    job.name = "nightly";
    job.source = "press-shop";
    job.targets.include = std::move(include);
    job.schedule = Schedule({*CronExpression::parse("0 * * * *")});
    settings.jobs["nightly"] = job;
    return settings;
}

TargetStatus history(const std::string& id, const std::string& name) {
    TargetStatus status;
    status.job = "nightly";
    status.source = "press-shop";
    status.target = {id, name};
    status.first_seen = noon - Duration(86'400'000);
    status.last_attempt = noon - Duration(60'000);
    return status;
}

std::vector<TargetReport> report(const Settings& settings, const std::vector<TargetStatus>& statuses,
                                 const std::vector<Target>& known) {
    return report_targets(settings, statuses, {{"press-shop", known}}, noon);
}

TEST(target_report, a_target_that_is_named_and_was_never_seen_is_in_it) {
    const auto reports = report(settings_with({"Press 07"}), {}, {});
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].label, "Press 07");
    EXPECT_EQ(reports[0].next_run, noon + Duration(3'600'000));
    EXPECT_FALSE(reports[0].status.last_success);
    EXPECT_EQ(summarize(reports), "1 target: 0 fine, 1 without a success yet");
}

TEST(target_report, a_name_that_the_vendor_does_not_list_is_bad_news) {
    const auto reports = report(settings_with({"Press 09"}), {}, {{"M7", "Press 07"}});
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].standing, TargetStanding::unresolved);
    EXPECT_FALSE(all_well(reports));
}

TEST(target_report, the_newest_name_of_a_target_counts) {
    const auto reports = report(settings_with({"*"}), {history("M7", "Old name")}, {{"M7", "New name"}});
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].label, "New name");
    EXPECT_TRUE(reports[0].status.last_attempt);
}

TEST(target_report, what_is_no_longer_taken_keeps_its_history_and_alarms_nobody) {
    TargetStatus failing = history("M8", "Press 08");
    failing.consecutive_failures = 3;
    const auto reports = report(settings_with({"Press 07"}), {failing}, {{"M7", "Press 07"}, {"M8", "Press 08"}});
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[1].standing, TargetStanding::departed);
    EXPECT_FALSE(reports[1].overdue);
    EXPECT_TRUE(all_well(reports));
}

TEST(target_report, failing_and_overdue_targets_are_bad_news) {
    TargetStatus failing = history("M7", "Press 07");
    failing.last_success = noon - Duration(1'000'000);
    failing.consecutive_failures = 1;
    auto reports = report(settings_with({"*"}), {failing}, {{"M7", "Press 07"}});
    EXPECT_FALSE(all_well(reports));
    EXPECT_EQ(summarize(reports), "1 target: 0 fine, 1 failing");

    reports = report(settings_with({"*"}), {history("M7", "Press 07")}, {{"M7", "Press 07"}});
    EXPECT_TRUE(reports[0].overdue);
    EXPECT_EQ(summarize(reports), "1 target: 0 fine, 1 overdue");
}

TEST(target_report, labels_of_one_job_are_unique) {
    const auto reports =
        report(settings_with({"*"}), {}, {{"M1", "Press"}, {"M2", "Press"}, {"M3", "Press (M1)"}, {"M4", ""}});
    ASSERT_EQ(reports.size(), 4U);
    std::set<std::string> labels;
    for (const TargetReport& r : reports) labels.insert(r.label);
    EXPECT_EQ(labels.size(), 4U);
    EXPECT_TRUE(labels.contains("Press (M2)"));
    EXPECT_TRUE(labels.contains("M4"));
}

TEST(target_report, json_has_the_pinned_fields_and_null_for_what_is_not_known) {
    const auto reports = report(settings_with({"*"}), {}, {{"M7", "Press 07"}});
    EXPECT_EQ(boost::json::serialize(status_json(reports)),
              R"({"summary":"1 target: 0 fine, 1 without a success yet","ok":true,"targets":[{"job":"nightly",)"
              R"("source":"press-shop","target":"M7","target_name":"Press 07","last_success":null,"last_attempt":null,)"
              R"("verdict":null,"next_run":"2026-11-02T13:00:00Z","overdue":false,"paused":false,)"
              R"("consecutive_failures":0,"reason":"","standing":"selected"}]})");
}

}  // namespace
}  // namespace garner
