// The metrics page: every series from the start, nothing that Prometheus refuses.
#include "service/metrics.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "service/metrics_page.hpp"

namespace garner {
namespace {

const WallTime now = *parse_rfc3339("2026-11-02T12:00:00Z");

Schedule daily() { return Schedule({*CronExpression::parse("15 2 * * *")}); }

std::shared_ptr<Settings> some_settings() {
    auto settings = std::make_shared<Settings>();
    settings->sources["press-shop"].name = "press-shop";
    settings->stores["archive"] = {"archive", "/srv/archive", 5};
    JobSettings job;
    job.name = "nightly";
    job.source = "press-shop";
    job.store = "archive";
    job.schedule = daily();
    job.targets.include = {"*", "Press 09"};
    settings->jobs["nightly"] = job;
    return settings;
}

LiveMetrics some_live() {
    LiveMetrics live;
    live.settings = some_settings();
    live.started_at = now;
    JobOutlook outlook;
    outlook.job = "nightly";
    outlook.next_run = *parse_rfc3339("2026-11-03T02:15:00Z");
    outlook.interval = Duration(86'400'000);
    live.outlook.push_back(outlook);
    return live;
}

LedgerMetrics some_ledger(const Settings& settings, const std::vector<Target>& known) {
    LedgerMetrics ledger;
    ledger.targets = report_targets(settings, {}, {{"press-shop", known}}, now);
    return ledger;
}

bool has_line(const std::string& page, const std::string& line) {
    return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

TEST(metrics, every_series_is_there_before_the_first_run) {
    const LiveMetrics live = some_live();
    const LedgerMetrics ledger = some_ledger(*live.settings, {{"M7", "Press 07"}});
    const std::string page = render_metrics(live, &ledger);
    for (const std::string line :
         {"garner_run_last_success_timestamp_seconds{job=\"nightly\",target=\"Press 07\"} 0",
          "garner_run_last_success_timestamp_seconds{job=\"nightly\",target=\"Press 09\"} 0",
          "garner_run_overdue{job=\"nightly\",target=\"Press 07\"} 0",
          "garner_runs_total{job=\"nightly\",result=\"failed\"} 0",
          "garner_runs_in_progress{job=\"nightly\",state=\"exporting\"} 0",
          "garner_run_duration_seconds_count{job=\"nightly\"} 0",
          "garner_artifacts{job=\"nightly\",verdict=\"suspect\"} 0",
          "garner_stored_bytes{store=\"archive\",job=\"nightly\"} 0", "garner_store_reserve_bytes{store=\"archive\"} 5",
          "garner_targets{job=\"nightly\",state=\"selected\"} 1",
          "garner_targets{job=\"nightly\",state=\"unresolved\"} 1",
          "garner_remote_jobs{source=\"press-shop\",state=\"running\"} 0", "garner_leftovers{source=\"press-shop\"} 0",
          "garner_http_requests_total{source=\"press-shop\",code=\"200\"} 0",
          "garner_schedule_expected_interval_seconds{job=\"nightly\"} 86400",
          "garner_build_info{version=\"" GARNER_VERSION "\"} 1", "garner_config_last_reload_successful 1"})
        EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
}

TEST(metrics, a_ledger_that_cannot_be_read_shows_and_the_rest_is_served) {
    const std::string page = render_metrics(some_live(), nullptr);
    EXPECT_TRUE(has_line(page, "garner_ledger_readable 0"));
    EXPECT_TRUE(has_line(page, "garner_clock_suspect 0"));
    EXPECT_EQ(page.find("garner_runs_total"), std::string::npos);
}

TEST(metrics, lists_of_targets_and_a_suspect_clock_are_told) {
    LiveMetrics live = some_live();
    live.clock_suspect = true;
    LedgerMetrics ledger = some_ledger(*live.settings, {});
    std::string page = render_metrics(live, &ledger);
    EXPECT_TRUE(has_line(page, "garner_discovery_refused{source=\"press-shop\"} 0")) << "before it was ever listed";
    LedgerTotals::Lists& lists = ledger.totals.lists["press-shop"];
    lists.listed = 6;
    lists.vanished = 1;
    lists.stands_refused = true;
    lists.accepted_at = from_unix_ms(1'772'000'000'000);
    page = render_metrics(live, &ledger);
    for (const std::string line : {"garner_discovery_refused{source=\"press-shop\"} 1",
                                   "garner_discovery_targets{source=\"press-shop\",state=\"listed\"} 6",
                                   "garner_discovery_targets{source=\"press-shop\",state=\"vanished\"} 1",
                                   "garner_discovery_targets{source=\"press-shop\",state=\"refused\"} 0",
                                   "garner_discovery_last_success_timestamp_seconds{source=\"press-shop\"} 1772000000",
                                   "garner_clock_suspect 1"})
        EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
}

TEST(metrics, coverage_and_what_disappears_are_told) {
    LiveMetrics live = some_live();
    LedgerMetrics ledger = some_ledger(*live.settings, {});
    std::string page = render_metrics(live, &ledger);
    EXPECT_TRUE(has_line(page, "garner_remote_expires_timestamp_seconds{source=\"press-shop\"} 0"));
    EXPECT_EQ(page.find("garner_coverage_gap_seconds{"), std::string::npos) << "no job has windows";
    TargetCoverage whole{"nightly", "press-shop", {"M7", "Press 07"}, "Press 07", {}};
    TargetCoverage torn{"nightly", "press-shop", {"M8", "Press 08"}, "Press 08", {}};
    const auto hour = [](int n) { return Window{now + n * Duration(3'600'000), now + (n + 1) * Duration(3'600'000)}; };
    whole.spans = {{hour(0), SpanState::archived, false, {}}, {hour(1), SpanState::open, false, {}}};
    torn.spans = {{hour(0), SpanState::lost, true, {}},
                  {hour(1), SpanState::filling, false, {}},
                  {hour(2), SpanState::closed, false, "by a person"},
                  {hour(3), SpanState::gap, true, {}},
                  {hour(4), SpanState::suspect, true, {}}};
    ledger.coverage = {whole, torn};
    ledger.expiries["press-shop"] = from_unix_ms(1'772'000'000'000);
    page = render_metrics(live, &ledger);
    for (const std::string line : {"garner_coverage_gap_seconds{job=\"nightly\",target=\"Press 07\"} 0",
                                   "garner_coverage_lost_seconds{job=\"nightly\",target=\"Press 07\"} 0",
                                   "garner_coverage_gap_seconds{job=\"nightly\",target=\"Press 08\"} 14400",
                                   "garner_coverage_lost_seconds{job=\"nightly\",target=\"Press 08\"} 3600",
                                   "garner_remote_expires_timestamp_seconds{source=\"press-shop\"} 1772000000"})
        EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
}

TEST(metrics, the_same_state_gives_the_same_page) {
    const LiveMetrics live = some_live();
    const LedgerMetrics ledger = some_ledger(*live.settings, {{"M7", "Press 07"}, {"M8", "Press 08"}});
    EXPECT_EQ(render_metrics(live, &ledger), render_metrics(live, &ledger));
}

TEST(metrics, http_traffic_is_counted_by_code_and_duration) {
    HttpMetrics traffic;
    traffic.request_ended("press-shop", 200, Duration(300));
    traffic.request_ended("press-shop", 0, Duration(90'000));
    traffic.bytes_downloaded("press-shop", 4096);
    LiveMetrics live = some_live();
    live.traffic = traffic.traffic();
    const std::string page = render_metrics(live, nullptr);
    for (const std::string line : {"garner_http_requests_total{source=\"press-shop\",code=\"0\"} 1",
                                   "garner_http_requests_total{source=\"press-shop\",code=\"200\"} 1",
                                   "garner_http_request_duration_seconds_bucket{source=\"press-shop\",le=\"0.25\"} 0",
                                   "garner_http_request_duration_seconds_bucket{source=\"press-shop\",le=\"0.5\"} 1",
                                   "garner_http_request_duration_seconds_count{source=\"press-shop\"} 2",
                                   "garner_download_bytes_total{source=\"press-shop\"} 4096"})
        EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
}

TEST(metrics, two_targets_of_one_name_are_two_series) {
    const LiveMetrics live = some_live();
    const LedgerMetrics ledger = some_ledger(*live.settings, {{"M1", "Press"}, {"M2", "Press"}});
    const std::string page = render_metrics(live, &ledger);
    EXPECT_TRUE(has_line(page, "garner_run_overdue{job=\"nightly\",target=\"Press (M1)\"} 0")) << page;
    EXPECT_TRUE(has_line(page, "garner_run_overdue{job=\"nightly\",target=\"Press (M2)\"} 0"));
}

TEST(metrics, hostile_names_pass_the_exposition_format_and_promtool) {
    const LiveMetrics live = some_live();
    const LedgerMetrics ledger = some_ledger(
        *live.settings, {{"M1", "a\"b\\c\nd"}, {"M2", "\xff\xfe"}, {"M3", "</script>\x1b[0m"}, {"M4", "\xff\xfe"}});
    const std::string page = render_metrics(live, &ledger);
    EXPECT_EQ(page.find('\xff'), std::string::npos);
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
    const auto file = std::filesystem::temp_directory_path() / ("garner-metrics-" + std::to_string(getpid()));
    std::ofstream(file) << page;
    const std::string command = "promtool check metrics < " + file.string() + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string said;
    char buffer[4096];
    while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, n);
    EXPECT_EQ(pclose(pipe), 0) << said;
    EXPECT_EQ(said, "");
    std::filesystem::remove(file);
}

TEST(metrics_page, a_second_series_with_the_same_labels_is_dropped) {
    MetricsPage page;
    page.gauge("x", "two\nlines");
    page.set("x", {{"a", "1"}}, 1);
    page.set("x", {{"a", "1"}}, 2);
    const std::string text = page.text();
    EXPECT_TRUE(has_line(text, "x{a=\"1\"} 1")) << text;
    EXPECT_EQ(text.find("} 2"), std::string::npos);
    EXPECT_EQ(text.find("two\nlines"), std::string::npos);
}

}  // namespace
}  // namespace garner
