// Log lines: one line per event whatever a vendor sends, the same names for ever.
#include "service/log.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "service/fixed_clock.hpp"
#include "service/log_observer.hpp"

namespace garner {
namespace {

RunRecord some_run() {
    RunRecord run;
    run.id = "01jdq0000000abcd";
    run.job = "nightly";
    run.source = "press-shop";
    run.target = {"M1", "Press 07"};
    run.scheduled_at = *parse_rfc3339("2026-11-02T02:15:00Z");
    return run;
}

class log_lines : public testing::Test {
protected:
    std::vector<std::string> lines_;
    FixedClock clock_{*parse_rfc3339("2026-11-02T02:15:00Z")};
    Log log_{clock_, LogSettings(), [this](const std::string& line) { lines_.push_back(line); }};
};

TEST_F(log_lines, a_run_that_ended_is_told_with_its_names) {
    RunRecord run = some_run();
    run.state = RunState::failed;
    run.reason = "start machine M1: scope missing";
    run.attempts = 1;
    LogObserver(log_).run_ended(run);
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_EQ(
        lines_[0],
        "time=2026-11-02T02:15:00Z level=error event=run_ended job=nightly target=\"Press 07\" run=01jdq0000000abcd "
        "source=press-shop state=failed attempts=1 reason=\"start machine M1: scope missing\" "
        "msg=\"nightly of 'Press 07': failed: start machine M1: scope missing\"");
}

TEST_F(log_lines, what_is_below_the_level_is_not_written) {
    LogObserver(log_).run_queued(some_run());
    EXPECT_TRUE(lines_.empty());
    LogSettings settings;
    settings.level = LogLevel::debug;
    log_.configure(settings);
    LogObserver(log_).run_queued(some_run());
    EXPECT_EQ(lines_.size(), 1U);
}

TEST_F(log_lines, a_hostile_name_stays_one_line_and_one_field) {
    RunRecord run = some_run();
    run.state = RunState::succeeded;
    run.target.name = "a\" level=error\nevent=fake \x1b[31m\xff";
    LogObserver(log_).run_ended(run);
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_EQ(lines_[0].find('\n'), std::string::npos);
    EXPECT_EQ(lines_[0].find('\x1b'), std::string::npos);
    EXPECT_NE(lines_[0].find("target=\"a\\\" level=error"), std::string::npos) << lines_[0];
}

TEST_F(log_lines, json_is_one_object_a_line) {
    LogSettings settings;
    settings.format = LogFormat::json;
    log_.configure(settings);
    RunRecord run = some_run();
    run.state = RunState::succeeded;
    run.target.name = "a\"\n\\\xff";
    LogObserver(log_).run_ended(run);
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_EQ(lines_[0].find('\n'), std::string::npos);
    const auto object = boost::json::parse(lines_[0]).as_object();
    EXPECT_EQ(object.at("event").as_string(), "run_ended");
    EXPECT_EQ(object.at("run").as_string(), "01jdq0000000abcd");
}

TEST(journal_entry, has_the_fields_that_journalctl_searches_for) {
    LogEvent event(LogLevel::warn, "run_ended", "nightly: skipped");
    event.with("run", "01jd").with("job", "nightly");
    const auto fields = render_journal(event);
    const auto value = [&](const std::string& name) {
        for (const auto& [key, text] : fields)
            if (key == name) return text;
        return std::string("missing");
    };
    EXPECT_EQ(value("MESSAGE"), "nightly: skipped");
    EXPECT_EQ(value("PRIORITY"), "4");
    EXPECT_EQ(value("GARNER_RUN"), "01jd");
    EXPECT_EQ(value("GARNER_JOB"), "nightly");
    EXPECT_EQ(value("GARNER_EVENT"), "run_ended");
    // Fixed for ever: people's saved searches name it.
    EXPECT_EQ(value("MESSAGE_ID"), message_id("run_ended"));
    EXPECT_EQ(value("MESSAGE_ID").size(), 32U);
    EXPECT_NE(message_id("run_ended"), message_id("run_state"));
}

}  // namespace
}  // namespace garner
