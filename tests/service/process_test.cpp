// Small parts of the daemon as a process: what a reload changes, what systemd reads, where state lies, when it is
// ready.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "service/basic_auth.hpp"
#include "service/fixed_clock.hpp"
#include "service/health.hpp"
#include "service/listen_address.hpp"
#include "service/log.hpp"
#include "service/log_observer.hpp"
#include "service/process_metrics.hpp"
#include "service/settings_diff.hpp"
#include "service/state_directory.hpp"
#include "service/status_line.hpp"

namespace garner {
namespace {

SourceSettings tulip(const std::string& password) {
    SourceSettings source;
    source.name = "press-shop";
    source.http.base_url = "https://acme.example";
    TulipSettings vendor;
    vendor.username = "apikey";
    vendor.password = Secret(password);
    source.vendor = vendor;
    return source;
}

TEST(reload, says_what_changes_and_no_secret) {
    Settings before;
    before.sources["press-shop"] = tulip("canary-one");
    before.jobs["old"].name = "old";
    before.jobs["nightly"].name = "nightly";
    Settings after = before;
    after.sources["press-shop"] = tulip("canary-two");
    after.jobs.erase("old");
    after.jobs["new"].name = "new";
    after.jobs["nightly"].retries = 7;
    const auto lines = describe_changes(before, after);
    const std::vector<std::string> expected{"source press-shop: changed (credential)", "job old: removed",
                                            "job new: added", "job nightly: changed (retries)"};
    std::vector<std::string> sorted = lines;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::string> wanted = expected;
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(sorted, wanted);
    for (const std::string& line : lines) EXPECT_EQ(line.find("canary"), std::string::npos);
    EXPECT_TRUE(describe_changes(before, before).empty());
}

TEST(reload, says_what_changes_of_a_job_s_manners) {
    Settings before;
    before.jobs["nightly"].name = "nightly";
    const std::vector<std::pair<std::string, std::function<void(JobSettings&)>>> table{
        {"jitter", [](JobSettings& job) { job.jitter = Duration(60'000); }},
        {"catch_up", [](JobSettings& job) { job.catch_up = CatchUp::all; }},
        {"starting_deadline", [](JobSettings& job) { job.starting_deadline = Duration(60'000); }},
        {"concurrency_policy", [](JobSettings& job) { job.concurrency_policy = ConcurrencyPolicy::queue; }},
        {"blackout",
         [](JobSettings& job) {
             job.blackout = {{"production", {}}};
         }},
        {"paused", [](JobSettings& job) { job.paused = true; }},
        {"expect", [](JobSettings& job) { job.expect.min_rows = 1; }}};
    for (const auto& [key, change] : table) {
        Settings after = before;
        change(after.jobs["nightly"]);
        EXPECT_EQ(describe_changes(before, after), std::vector<std::string>{"job nightly: changed (" + key + ")"});
    }
    before.jobs["nightly"].blackout = {{"production", {TimeInterval{}}}};
    Settings after = before;
    after.jobs["nightly"].blackout[0].intervals[0].times = {{0, 60}};
    EXPECT_EQ(describe_changes(before, after), std::vector<std::string>{"job nightly: changed (blackout)"})
        << "under the same name";
}

TEST(reload, names_what_needs_a_restart) {
    Settings before;
    Settings after = before;
    after.web.listen = {"0.0.0.0:9847"};
    after.state_directory = "/srv/garner";
    const auto lines = changes_that_need_a_restart(before, after);
    ASSERT_EQ(lines.size(), 3U);  // the control socket lies in the state directory
    EXPECT_TRUE(lines[0].starts_with("global.state_directory: ")) << lines[0];
    EXPECT_TRUE(changes_that_need_a_restart(before, before).empty());
}

TEST(status_line, says_what_is_next) {
    Settings settings;
    settings.sources["press-shop"] = tulip("x");
    settings.jobs["machine-activity"].name = "machine-activity";
    settings.jobs["machine-activity"].zone = *Zone::load("Europe/Berlin");
    JobOutlook outlook;
    outlook.job = "machine-activity";
    outlook.next_run = *parse_rfc3339("2026-11-03T01:15:00Z");
    EXPECT_EQ(status_line(settings, 0, {outlook}, ""), "idle: 1 source, 0 running, next machine-activity 02:15");
    EXPECT_EQ(status_line(settings, 2, {}, "the ledger cannot be written: disk full\nmore"),
              "not ready: the ledger cannot be written: disk full;more (working: 1 source, 2 running)");
}

TEST(state_directory, is_made_for_user_and_group_whatever_the_umask) {
    const auto top = std::filesystem::temp_directory_path() / ("garner-state-" + std::to_string(getpid()));
    std::filesystem::remove_all(top);
    const mode_t before = umask(0077);
    const std::string path = (top / "a" / "garner").string();
    EXPECT_TRUE(make_state_directory(path));
    EXPECT_TRUE(make_state_directory(path));
    umask(before);
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0750U);
    ASSERT_EQ(stat((top / "a").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0755U);
    std::filesystem::remove_all(top);
    const auto refused = make_state_directory("/proc/garner");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("/proc/garner"), std::string::npos);
}

class health : public testing::Test {
protected:
    FixedClock clock_{*parse_rfc3339("2026-11-02T00:00:00Z")};
    std::vector<std::string> lines_;
    Log log_{clock_, LogSettings(), [this](const std::string& line) { lines_.push_back(line); }};
    LogObserver observer_{log_};
    Health health_{clock_, observer_};
};

TEST_F(health, is_ready_while_the_scheduler_ticks_and_the_ledger_commits) {
    EXPECT_TRUE(health_.why_not_ready().starts_with("starting"));
    health_.started();
    health_.scheduler_ticked(clock_.wall_now());
    EXPECT_EQ(health_.why_not_ready(), "");
    clock_.steady += Duration(31'000);
    EXPECT_NE(health_.why_not_ready().find("scheduler"), std::string::npos);
    health_.scheduler_ticked(clock_.wall_now());
    health_.ledger_proved(Failure(FailureKind::local, "No space left on device"));
    EXPECT_NE(health_.why_not_ready().find("No space left on device"), std::string::npos);
    health_.ledger_proved(Result<void>());
    EXPECT_EQ(health_.why_not_ready(), "");
    EXPECT_EQ(lines_.size(), 2U);  // that it fails, and that it works again
}

TEST_F(health, a_store_fails_until_something_is_stored_in_it) {
    health_.started();
    health_.scheduler_ticked(clock_.wall_now());
    health_.store_failing("archive", Failure(FailureKind::local, "read-only file system"));
    EXPECT_EQ(health_.why_not_ready(), "store archive cannot be used: read-only file system");
    ArtifactRecord artifact;
    artifact.store = "archive";
    health_.artifact_stored(RunRecord(), artifact);
    EXPECT_EQ(health_.why_not_ready(), "");
}

TEST(listen_address, is_read_as_people_write_it) {
    EXPECT_EQ(format_endpoint(resolve_listen_address("127.0.0.1:9847")->front()), "127.0.0.1:9847");
    EXPECT_EQ(format_endpoint(resolve_listen_address("[::1]:80")->front()), "[::1]:80");
    EXPECT_EQ(format_endpoint(resolve_listen_address(":80")->front()), "[::]:80");
    for (const std::string bad : {"9847", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", "::1:80", ""})
        EXPECT_FALSE(resolve_listen_address(bad)) << bad;
}

TEST(base64, is_decoded_strictly) {
    EXPECT_EQ(decode_base64("YWRtaW46c2VjcmV0"), "admin:secret");
    EXPECT_EQ(decode_base64("YQ=="), "a");
    EXPECT_EQ(decode_base64("YQ"), "");
    EXPECT_EQ(decode_base64("Y!=="), "");
}

TEST(process, its_use_is_read_from_the_system) {
    const auto use = read_process_use();
    ASSERT_TRUE(use);
    EXPECT_GT(use->resident_bytes, 1e6);
    EXPECT_GE(use->open_fds, 3);
}

TEST(unit_file, is_sound_and_tight) {
    const int status = std::system("sh " GARNER_SOURCE_DIR "/tests/service/unit_file.sh " GARNER_SOURCE_DIR
                                   "/systemd/garnerd.service");
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "systemd-analyze is not installed";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace garner
