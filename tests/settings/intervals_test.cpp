// time_intervals and what a job says about when it runs: Alertmanager's words in, checked values out.
#include "settings/support.hpp"

namespace garner::testing {
namespace {

class SettingsIntervals : public SettingsTest {
protected:
    static std::string with(const std::string& intervals, const std::string& job = "    blackout: production\n") {
        return whole("x", job) + "time_intervals:\n" + intervals;
    }
};

TEST_F(SettingsIntervals, take_alertmanager_s_words) {
    const Loaded loaded =
        load(with("  production:\n"
                  "    - weekdays: ['Monday:friday', sunday]\n"
                  "      times: [{start_time: '17:30', end_time: '24:00'}, {start_time: 06:00, end_time: 17:30}]\n"
                  "      location: Europe/Berlin\n"
                  "    - {days_of_month: ['1:7', -3:-1, 31], months: [january:march, 12], years: '2026:2028'}\n"));
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(shortened(loaded.warnings), std::vector<std::string>{});
    const JobSettings& job = loaded.settings->jobs.at("nightly");
    ASSERT_EQ(job.blackout.size(), 1U);
    EXPECT_EQ(job.blackout[0].name, "production");
    ASSERT_EQ(job.blackout[0].intervals.size(), 2U);
    using Ranges = std::vector<CalendarRange>;
    const TimeInterval& first = job.blackout[0].intervals[0];
    EXPECT_EQ(first.weekdays, (Ranges{{1, 5}, {0, 0}}));
    EXPECT_EQ(first.times, (Ranges{{360, 1440}})) << "what touches is one";
    EXPECT_EQ(first.location.value_or(Zone()).name(), "Europe/Berlin");
    const TimeInterval& second = job.blackout[0].intervals[1];
    EXPECT_EQ(second.days_of_month, (Ranges{{1, 7}, {-3, -1}, {31, 31}}));
    EXPECT_EQ(second.months, (Ranges{{1, 3}, {12, 12}}));
    EXPECT_EQ(second.years, (Ranges{{2026, 2028}}));
    EXPECT_FALSE(second.location.has_value());
}

TEST_F(SettingsIntervals, of_a_job_are_all_that_it_names) {
    const Loaded loaded =
        load(with("  a: [{times: [{start_time: '06:00', end_time: '07:00'}]}]\n  b: [{weekdays: monday}]\n",
                  "    blackout: [b, a]\n    jitter: 20m\n    catch_up: all\n    starting_deadline: 6h\n"
                  "    concurrency_policy: queue\n    paused: true\n"));
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    const JobSettings& job = loaded.settings->jobs.at("nightly");
    ASSERT_EQ(job.blackout.size(), 2U);
    EXPECT_EQ(job.blackout[0].name + job.blackout[1].name, "ba");
    EXPECT_EQ(job.jitter, Duration(20 * 60'000));
    EXPECT_EQ(job.catch_up, CatchUp::all);
    EXPECT_EQ(job.starting_deadline, Duration(6 * 3'600'000));
    EXPECT_EQ(job.concurrency_policy, ConcurrencyPolicy::queue);
    EXPECT_TRUE(job.paused);
}

TEST_F(SettingsIntervals, left_out_mean_every_moment_and_the_gentle_answers) {
    const Loaded loaded = load(whole());
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    const JobSettings& job = loaded.settings->jobs.at("nightly");
    EXPECT_EQ(job.jitter, Duration(0));
    EXPECT_EQ(job.catch_up, CatchUp::latest);
    EXPECT_FALSE(job.starting_deadline.has_value());
    EXPECT_EQ(job.concurrency_policy, ConcurrencyPolicy::forbid);
    EXPECT_TRUE(job.blackout.empty());
    EXPECT_FALSE(job.paused);
}

TEST_F(SettingsIntervals, are_not_all_that_moves_a_start_a_tilde_is_each_job_s_own) {
    const std::string jobs =
        "  other: {source: press, machines: ['*'], schedule: ['~ ~ * * *', '~ ~ * * *'], stores: [archive]}\n";
    std::string text = whole("x", jobs);
    text.replace(text.find("15 2 * * *"), 10, "~ ~ * * *");
    const Loaded loaded = load(text);
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    const Loaded again = load(text);
    const auto next = [](const Loaded& from, const std::string& job, WallTime after) {
        return from.settings->jobs.at(job).schedule.next_after(after, Zone());
    };
    const WallTime day = from_unix_ms(1'767'225'600'000);
    EXPECT_EQ(next(loaded, "nightly", day), next(again, "nightly", day)) << "the same in every life";
    const WallTime first = next(loaded, "other", day);
    EXPECT_NE(next(loaded, "nightly", day), first);
    EXPECT_LT(next(loaded, "other", first), day + std::chrono::hours(24)) << "and in each expression of a list";
}

TEST_F(SettingsIntervals, that_nobody_names_are_warned_about) {
    const Loaded loaded = load(with("  production: [{weekdays: monday}]\n", ""));
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(shortened(loaded.warnings),
              std::vector<std::string>{":16:3: time_intervals.production: is not used by any job"});
}

TEST_F(SettingsIntervals, of_included_files_are_known_too) {
    write("conf.d/intervals.yaml", "version: 1\ntime_intervals:\n  production: [{weekdays: monday}]\n");
    const std::string main = whole("x", "    blackout: production\n") + "include: conf.d/*.yaml\n";
    const Loaded loaded = load(main);
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(loaded.settings->jobs.at("nightly").blackout.size(), 1U);
    EXPECT_EQ(errors_of(main + "time_intervals: {production: [{weekdays: friday}]}\n"),
              std::vector<std::string>{"conf.d/intervals.yaml:3:3: time_intervals.production: is there twice, first at "
                                       "garner.yaml:17:18"});
}

TEST_F(SettingsIntervals, that_are_wrong_say_where_and_what) {
    const std::string p = "time_intervals.production[0]";
    const auto one = [](const std::string& keys) { return with("  production: [{" + keys + "}]\n"); };
    const std::vector<std::pair<std::string, std::string>> rows{
        {one("times: [{start_time: 22:00, end_time: 06:00}]"),
         ":17:55: " + p +
             ".times[0].end_time: must be later than start_time; a time over midnight is two: until 24:00, "
             "and from 00:00 (of the next day)"},
        {one("times: [{start_time: 6:00, end_time: 24:00}]"),
         ":17:38: " + p + ".times[0].start_time: must be a time such as 06:00, from 00:00 to 24:00, not '6:00'"},
        {one("times: [{start_time: 06:00, end_time: 24:01}]"),
         ":17:55: " + p + ".times[0].end_time: must be a time such as 06:00, from 00:00 to 24:00, not '24:01'"},
        {one("times: [{start_time: 06:00}]"),
         ":17:25: " + p + ".times[0].end_time: is missing: when it is over, such as 22:00 or 24:00"},
        {one("times: ['06:00-22:00']"), ":17:25: " + p + ".times[0]: must be a map of keys, not a single value"},
        {one("weekdays: mon"), ":17:27: " + p + ".weekdays: 'mon' is no weekday; write monday, or monday:friday"},
        {one("weekdays: [fridey]"), ":17:28: " + p + ".weekdays[0]: 'fridey' is no weekday, did you mean 'friday'?"},
        {one("weekdays: saturday:sunday"),
         ":17:27: " + p +
             ".weekdays: the range 'saturday:sunday' runs backwards, since a week begins on Sunday; write it "
             "as two"},
        {one("days_of_month: 0"),
         ":17:32: " + p + ".days_of_month: '0' is no day of a month: write 1 to 31, or -1 (the last) to -31"},
        {one("days_of_month: '-3:1'"),
         ":17:32: " + p + ".days_of_month: the range '-3:1' begins at the end of the month; write it as two"},
        {one("days_of_month: '-1:-3'"),
         ":17:32: " + p + ".days_of_month: the range '-1:-3' runs backwards; write it as two"},
        {one("days_of_month: 1-7"),
         ":17:32: " + p + ".days_of_month: '1-7' is no day of a month: write 1 to 31, or -1 (the last) to -31"},
        {one("months: 13"), ":17:25: " + p + ".months: '13' is no month; write january or 1, or january:march"},
        {one("months: november:february"),
         ":17:25: " + p + ".months: the range 'november:february' runs backwards; write it as two"},
        {one("years: '26'"), ":17:24: " + p + ".years: '26' is no year from 1970 to 9999"},
        {one("location: Berlin"), ":17:27: " + p +
                                      ".location: no time zone 'Berlin' in the tz database; an IANA name "
                                      "such as Europe/Berlin is meant"},
        {one("weekday: monday"), ":17:17: " + p + ".weekday: unknown key, did you mean 'weekdays'?"},
        {with("  production: {weekdays: monday}\n"),
         ":17:15: time_intervals.production: must be a list of maps, not a map"},
        {with("  production: []\n"), ":17:15: time_intervals.production: must name at least one"},
        {with("  production: [[{weekdays: monday}]]\n"), ":17:16: " + p + ": must be a map of keys, not a list"},
        {with("  - name: production\n    time_intervals: [{weekdays: monday}]\n"),
         ":17:3: time_intervals: must be a map from names to lists, not a list; where Alertmanager has '- name: NAME' "
         "with 'time_intervals:' below it, write 'NAME:' with that list below it"},
        {with("  productoin: [{weekdays: monday}]\n"),
         ":15:15: jobs.nightly.blackout: no time interval 'production', did you mean 'productoin'?"},
        {one(""),
         ":15:15: jobs.nightly.blackout: never ends: it covers every moment of ten years, so nothing would ever "
         "start"},
        {one("years: '2030:2099'"),
         ":15:15: jobs.nightly.blackout: never ends: from 2030 on it covers every moment of ten years, so nothing "
         "would "
         "ever start"},
    };
    for (const auto& [yaml, error] : rows) EXPECT_EQ(errors_of(yaml), std::vector<std::string>{error}) << yaml;
}

TEST_F(SettingsIntervals, that_never_end_are_told_together_with_all_other_errors) {
    EXPECT_EQ(
        errors_of(with("  production: [{}]\n", "    blackout: production\n    retries: x\n")),
        (std::vector<std::string>{
            ":15:15: jobs.nightly.blackout: never ends: it covers every moment of ten years, so nothing would ever "
            "start",
            ":16:14: jobs.nightly.retries: must be a whole number, not 'x'; plain decimal digits are meant"}));
}

}  // namespace
}  // namespace garner::testing
