// `garner plan` over a configuration and a ledger, with no daemon running.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "command/plan_span.hpp"
#include "command/reading.hpp"
#include "command/support.hpp"
#include "core/planned_start.hpp"
#include "ledger/ledger.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Plans : public CommandTest {
protected:
    Plans() : CommandTest(instant("2026-03-27T12:00:00Z")) {}

    void configure(const std::string& jobs, const std::string& more = {}) {
        CommandTest::configure(
            "sources:\n"
            "  plant:\n"
            "    type: tulip\n"
            "    url: https://acme.example\n"
            "    limits: {max_concurrent_jobs: 2}\n"
            "    basic_auth: {username: apikey.2_x, password: {file: /nonexistent/secret}}\n"
            "  fleet:\n"
            "    type: servitly\n"
            "    url: https://api.example\n"
            "    tenants: {acme: {api_key: {env: NO_SUCH_KEY}, pat: {env: NO_SUCH_PAT}}}\n" +
                more + "jobs:\n" + jobs,
            ", timezone: Europe/Berlin");
    }

    // A run as the daemon leaves it; without an end it still goes on, without a beginning it is queued.
    void happened(const std::string& id, const std::string& job, const Target& target, WallTime due,
                  std::optional<Duration> began, std::optional<Duration> took) {
        dispatched(make_run(id, job, "plant", target, due));
        if (!began) return;
        RunUpdate update;
        update.started_at = due + *began;
        update.state = took ? RunState::succeeded : RunState::exporting;
        if (took) update.ended_at = due + *began + *took;
        in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.update_run(id, update))); });
    }

    json::array plan(std::vector<std::string> arguments, int how = 0) {
        arguments.insert(arguments.begin(), {"plan", "--json"});
        EXPECT_EQ(call(std::move(arguments)), how) << err_.str();
        return answer().as_array();
    }
    static std::vector<std::string> each(const json::array& entries, const char* key, const std::string& job = {}) {
        std::vector<std::string> texts;
        for (const json::value& entry : entries)
            if (job.empty() || entry.at("job").as_string() == job)
                texts.emplace_back(entry.at(key).is_string() ? std::string(entry.at(key).as_string())
                                                             : json::serialize(entry.at(key)));
        return texts;
    }
    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        std::istringstream text(out_.str());
        for (std::string line; std::getline(text, line);) all.push_back(line);
        return all;
    }
};

TEST_F(Plans, over_the_night_when_clocks_go_forward_each_job_runs_as_the_rule_says) {
    configure(
        "  at-half-past-one: {source: plant, machines: [A], schedule: \"30 1 * * *\", stores: [archive]}\n"
        "  at-half-past-two: {source: plant, machines: [B], schedule: \"30 2 * * *\", stores: [archive]}\n"
        "  at-half-past-three: {source: plant, machines: [C], schedule: \"30 3 * * *\", stores: [archive]}\n"
        "  hourly: {source: plant, machines: [D], schedule: \"0 * * * *\", stores: [archive]}\n");
    const json::array planned = plan({"--from", "2026-03-28", "--until", "2026-03-31"});
    EXPECT_THAT(each(planned, "local", "at-half-past-one"),
                ElementsAre("2026-03-28T01:30:00+01:00", "2026-03-29T01:30:00+01:00", "2026-03-30T01:30:00+02:00"));
    EXPECT_THAT(each(planned, "local", "at-half-past-two"),
                ElementsAre("2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"));
    EXPECT_THAT(each(planned, "local", "at-half-past-three"),
                ElementsAre("2026-03-28T03:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-30T03:30:00+02:00"));
    const auto hourly = each(planned, "at", "hourly");
    ASSERT_EQ(hourly.size(), 71U) << "one of the days has 23 hours";
    for (std::size_t i = 0; i < hourly.size(); ++i)
        EXPECT_EQ(hourly[i], format_rfc3339(instant("2026-03-27T23:00:00Z") + std::chrono::hours(i)));
    const auto decisions = each(planned, "decision", "at-half-past-two");
    EXPECT_EQ(decisions[0], "");
    EXPECT_THAT(decisions[1], HasSubstr("02:30 does not exist on 2026-03-29 in Europe/Berlin"));
    EXPECT_EQ(decisions[2], "");
    const auto at = each(planned, "at");
    EXPECT_TRUE(std::is_sorted(at.begin(), at.end()));
    for (const std::string& zone : each(planned, "zone")) EXPECT_EQ(zone, "Europe/Berlin");
}

TEST_F(Plans, over_the_night_when_clocks_go_back_fixed_times_run_once_and_hourly_jobs_in_both_hours) {
    configure(
        "  fixed: {source: plant, machines: [B], schedule: \"30 2 * * *\", stores: [archive]}\n"
        "  hourly: {source: plant, machines: [D], schedule: \"0 * * * *\", stores: [archive]}\n");
    const json::array planned = plan({"--from", "2026-10-25", "--until", "2026-10-26"});
    EXPECT_THAT(each(planned, "local", "fixed"), ElementsAre("2026-10-25T02:30:00+02:00"));
    EXPECT_EQ(each(planned, "at", "hourly").size(), 25U);
}

TEST_F(Plans, the_default_is_a_week_from_now) {
    configure("  nightly: {source: plant, machines: [A], schedule: \"0 12 * * *\", stores: [archive]}\n");
    const auto at = each(plan({}), "at");
    ASSERT_EQ(at.size(), 7U);
    EXPECT_EQ(at.front(), "2026-03-28T11:00:00Z");
    EXPECT_EQ(each(plan({"--for", "1d"}), "at").size(), 1U);
    EXPECT_EQ(each(plan({"--from", "2026-03-28T12:00", "--until", "2026-03-28T12:01"}), "at").size(), 1U);
    EXPECT_EQ(each(plan({"--from", "2026-03-28T12:01", "--until", "2026-03-29T12:00"}), "at").size(), 0U);
}

TEST_F(Plans, jitter_and_blackouts_move_each_target_as_the_scheduler_moves_it) {
    configure(
        "  nightly: {source: plant, machines: [\"*\"], schedule: \"0 2 * * *\", jitter: 20m, stores: [archive]}\n"
        "  morning: {source: plant, machines: [A], schedule: \"0 7 * * *\", blackout: [shift], stores: [archive]}\n",
        "time_intervals:\n"
        "  shift:\n"
        "    - times: [{start_time: \"06:00\", end_time: \"14:00\"}]\n");
    listed("plant", {{"m1", "A"}, {"m2", "B"}, {"m3", "C"}});
    const json::array planned = plan({"--until", "2026-03-28T23:00"});
    for (const json::value& entry : planned) {
        if (entry.at("job").as_string() != "nightly") continue;
        const std::string id(entry.at("target").as_string());
        const Duration jitter = jitter_of("nightly", id, Duration(20 * 60'000));
        EXPECT_EQ(entry.at("scheduled_at").as_string(), "2026-03-28T01:00:00Z");
        EXPECT_EQ(entry.at("at").as_string(), format_rfc3339(instant("2026-03-28T01:00:00Z") + jitter)) << id;
        EXPECT_THAT(std::string(entry.at("decision").as_string()), HasSubstr("jitter of "));
    }
    EXPECT_THAT(each(planned, "local", "morning"), ElementsAre("2026-03-28T14:00:00+01:00"));
    EXPECT_THAT(each(planned, "decision", "morning"), ElementsAre("moved from 07:00 to the end of blackout 'shift'"));
}

TEST_F(Plans, paused_jobs_are_listed_as_not_starting_with_the_reason) {
    configure(
        "  by-file: {source: plant, machines: [A], schedule: \"0 2 * * *\", paused: true, stores: [archive]}\n"
        "  by-hand: {source: plant, machines: [A], schedule: \"0 3 * * *\", stores: [archive]}\n");
    const Pause pause{from_unix_ms(0), instant("2026-03-28T12:00:00Z"), "uid 0", "the plant moves"};
    in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.pause("by-hand", pause))); });
    const json::array planned = plan({"--for", "2d"});
    ASSERT_EQ(planned.size(), 4U);
    const auto by_file = each(planned, "decision", "by-file");
    EXPECT_EQ(by_file[0], "does not start: paused by the configuration");
    EXPECT_THAT(by_file[1], HasSubstr("02:00 does not exist"));
    EXPECT_THAT(by_file[1], HasSubstr("; does not start: paused by the configuration"));
    EXPECT_THAT(
        each(planned, "decision", "by-hand"),
        ElementsAre(
            "does not start: paused by uid 0 since 1970-01-01T00:00:00Z until 2026-03-28T12:00:00Z: the plant moves",
            ""));
    EXPECT_THAT(each(planned, "paused", "by-hand"), ElementsAre("true", "false"));
    EXPECT_EQ(each(planned, "expected_end", "by-hand")[0], "null");
    EXPECT_EQ(call({"plan", "--for", "2d"}), 0);
    EXPECT_THAT(lines().back(), HasSubstr("1 run of 2 jobs; 3 will not start"));
}

TEST_F(Plans, it_says_when_runs_will_end_and_which_slot_they_wait_for) {
    configure("  nightly: {source: plant, machines: [\"*\"], schedule: \"0 2 * * *\", stores: [archive]}\n");
    const std::vector<Target> machines{{"m1", "A"}, {"m2", "B"}, {"m3", "C"}};
    listed("plant", machines);
    const WallTime last_night = instant("2026-03-27T01:00:00Z");
    for (int i = 0; i < 3; ++i)
        happened("run-" + std::to_string(i), "nightly", machines[static_cast<std::size_t>(i)], last_night, Duration(0),
                 std::chrono::minutes(10 * (i + 1)));
    const json::array planned = plan({"--for", "1d"});
    EXPECT_THAT(each(planned, "expected_end"),
                ElementsAre("2026-03-28T01:10:00Z", "2026-03-28T01:20:00Z", "2026-03-28T01:40:00Z"));
    EXPECT_THAT(each(planned, "waits_for"),
                ElementsAre("null", "null", "a slot of plant: nightly of A, due 2026-03-28T02:00:00+01:00"));
    EXPECT_EQ(each(planned, "expected_begin")[2], "2026-03-28T01:10:00Z");
    EXPECT_THAT(each(planned, "measured"), ElementsAre("true", "true", "true"));
}

TEST_F(Plans, runs_that_go_on_or_are_queued_come_first_and_the_next_one_is_skipped) {
    configure("  hourly: {source: plant, machines: [\"*\"], schedule: \"0 * * * *\", stores: [archive]}\n");
    const std::vector<Target> machines{{"m1", "A"}, {"m2", "B"}, {"m3", "C"}};
    listed("plant", machines);
    for (const Target& machine : machines)
        happened("done-" + machine.id, "hourly", machine, instant("2026-03-27T09:00:00Z"), Duration(0),
                 std::chrono::minutes(150));
    happened("goes-on", "hourly", machines[0], instant("2026-03-27T11:00:00Z"), Duration(0), std::nullopt);
    happened("goes-on-too", "hourly", machines[1], instant("2026-03-27T11:00:00Z"), Duration(0), std::nullopt);
    happened("waits", "hourly", machines[2], instant("2026-03-27T11:00:00Z"), std::nullopt, std::nullopt);
    const json::array planned = plan({"--from", "2026-03-27T13:00", "--for", "2h"});
    ASSERT_EQ(planned.size(), 7U);
    EXPECT_EQ(planned[0].at("run").as_string(), "waits");
    EXPECT_EQ(planned[0].at("expected_begin").as_string(), "2026-03-27T13:30:00Z");
    EXPECT_THAT(std::string(planned[0].at("waits_for").as_string()), HasSubstr("run goes-on"));
    for (std::size_t i = 1; i < 7; ++i) EXPECT_TRUE(planned[i].at("skipped").as_bool()) << i;
    EXPECT_THAT(std::string(planned[1].at("forecast").as_string()), HasSubstr("still going is run goes-on"));
}

TEST_F(Plans, a_run_that_will_miss_its_deadline_is_bad_news_but_a_guess_is_not) {
    configure(
        "  nightly: {source: plant, machines: [\"*\"], schedule: \"0 2 * * *\", deadline: 1h, stores: [archive]}\n"
        "  unknown: {source: fleet, tenants: [acme], schedule: \"0 2 * * *\", deadline: 1m, stores: [archive]}\n");
    listed("plant", {{"m1", "A"}, {"m2", "B"}});
    happened("run-1", "nightly", {"m1", "A"}, instant("2026-03-27T01:00:00Z"), Duration(0), std::chrono::hours(2));
    happened("run-2", "nightly", {"m2", "B"}, instant("2026-03-27T01:00:00Z"), Duration(0), std::chrono::minutes(2));
    EXPECT_EQ(each(plan({"--for", "1d", "--job", "unknown"}), "misses_deadline"), std::vector<std::string>{"false"});
    EXPECT_THAT(each(plan({"--for", "1d"}, 1), "misses_deadline", "nightly"), ElementsAre("true", "false"));
    EXPECT_EQ(call({"plan", "--for", "1d", "--all"}), 1);
    EXPECT_THAT(out_.str(), HasSubstr("will not make its deadline of 1h: takes 2h"));
    EXPECT_THAT(lines().back(), HasSubstr("1 will not make its deadline: nightly of A"));
}

TEST_F(Plans, many_targets_of_one_instant_are_one_line_unless_asked_for) {
    configure(
        "  nightly: {source: plant, machines: [\"*\"], schedule: \"15 2 * * *\", jitter: 20m, stores: [archive]}\n");
    std::vector<Target> machines;
    for (int i = 0; i < 300; ++i) machines.push_back({"m" + std::to_string(i), "Press " + std::to_string(i)});
    machines[7].name = "\x1b[2Jcleared";
    listed("plant", machines);
    EXPECT_EQ(call({"plan", "--for", "2d"}), 0);
    const auto told = lines();
    ASSERT_EQ(told.size(), 5U) << "a header, two instants, and the sum behind an empty line:\n" << out_.str();
    EXPECT_THAT(told[1], HasSubstr("Sat 2026-03-28"));
    EXPECT_THAT(told[1], HasSubstr("300 targets, 02:15"));
    EXPECT_THAT(told[1], HasSubstr("jitter of up to 20m"));
    EXPECT_THAT(told[2], HasSubstr("Sun 2026-03-29"));
    EXPECT_THAT(told[2], HasSubstr("not exist"));
    EXPECT_THAT(told[4], HasSubstr("600 runs of 1 job"));
    EXPECT_EQ(call({"plan", "--for", "1d", "--all"}), 0);
    EXPECT_EQ(lines().size(), 303U);
    EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
    EXPECT_EQ(call({"plan", "--for", "2d", "--target", "m12"}), 0);
    EXPECT_THAT(lines()[1], HasSubstr("Press 12"));
    EXPECT_EQ(each(plan({"--for", "2d", "--target", "Press 12"}), "target"), (std::vector<std::string>{"m12", "m12"}));
}

TEST_F(Plans, windows_are_listed_when_they_are_owed_each_once) {
    configure(
        "  telemetry:\n"
        "    source: fleet\n"
        "    tenants: [acme]\n"
        "    export: {window: 1d, start: 2026-03-25, settle_delay: 2h}\n"
        "    schedule: \"0 3,9 * * *\"\n"
        "    stores: [archive]\n");
    listed("fleet", {{"acme", "acme"}});
    const json::array planned = plan({"--for", "2d"});
    ASSERT_EQ(planned.size(), 4U);
    EXPECT_THAT(each(planned, "at"), ElementsAre("2026-03-28T02:00:00Z", "2026-03-28T02:00:00Z", "2026-03-28T02:00:00Z",
                                                 "2026-03-29T01:00:00Z"));
    std::vector<std::string> ends;
    for (const json::value& entry : planned) ends.emplace_back(entry.at("window").at("end").as_string());
    EXPECT_THAT(ends, ElementsAre("2026-03-25T23:00:00Z", "2026-03-26T23:00:00Z", "2026-03-27T23:00:00Z",
                                  "2026-03-28T23:00:00Z"));
}

TEST_F(Plans, targets_that_nobody_has_listed_yet_are_named_as_the_configuration_names_them) {
    configure(
        "  nightly: {source: plant, machines: [\"Press *\", \"id:m7\"], schedule: \"0 2 * * *\", jitter: 1h, "
        "stores: [archive]}\n");
    const json::array planned = plan({"--for", "1d"});
    EXPECT_THAT(each(planned, "target"), ElementsAre("Press *", "id:m7"));
    EXPECT_THAT(each(planned, "at"), ElementsAre("2026-03-28T01:00:00Z", "2026-03-28T01:00:00Z"));
    EXPECT_THAT(each(planned, "decision")[0], HasSubstr("known once the source was listed"));
    EXPECT_THAT(err_.str(), HasSubstr("there is no ledger yet"));
}

TEST_F(Plans, what_the_vendor_does_not_list_will_fail) {
    configure("  nightly: {source: plant, machines: [A, Gone], schedule: \"0 2 * * *\", stores: [archive]}\n");
    listed("plant", {{"m1", "A"}});
    const json::array planned = plan({"--for", "1d"});
    EXPECT_THAT(each(planned, "target"), ElementsAre("m1", "Gone"));
    EXPECT_THAT(each(planned, "decision")[1], HasSubstr("fails at once: "));
    EXPECT_EQ(each(planned, "expected_end")[1], "null");
}

TEST_F(Plans, wrong_words_end_with_2_and_say_what_to_write) {
    configure("  nightly: {source: plant, machines: [A], schedule: \"* * * * *\", stores: [archive]}\n");
    const struct {
        std::vector<std::string> arguments;
        const char* words;
    } cases[] = {
        {{"--from", "tomorrow"}, "write a day as 2026-03-28"},
        {{"--from", "2026-02-30"}, "write a day as 2026-03-28"},
        {{"--until", "2026-03-01"}, "is not after"},
        {{"--for", "7"}, "write one as 7d"},
        {{"--for", "0s"}, "write one as 7d"},
        {{"--for", "7d", "--until", "2026-04-01"}, "write one of them"},
        {{"--job", "nightli"}, "did you mean 'nightly'?"},
        {{"--target", "B"}, "no job takes a target 'B'"},
        {{"--for", "1y"}, "there are more than 200000 runs until 2027-03-27"},
    };
    for (const auto& [arguments, words] : cases) {
        std::vector<std::string> all{"plan"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        EXPECT_EQ(call(all), 2) << words;
        EXPECT_THAT(err_.str(), HasSubstr(words));
        EXPECT_EQ(out_.str(), "") << words;
    }
}

TEST_F(Plans, where_nothing_is_planned_it_says_so) {
    configure("  yearly: {source: plant, machines: [A], schedule: \"0 0 1 1 *\", stores: [archive]}\n");
    EXPECT_EQ(call({"plan"}), 0);
    EXPECT_THAT(err_.str(), HasSubstr("nothing is planned"));
    EXPECT_EQ(call({"plan", "--json"}), 0);
    EXPECT_EQ(out_.str(), "[]\n");
}

TEST(PlanSpans, local_times_at_clock_changes_are_the_first_instant_that_is_meant) {
    const Zone berlin = Zone::load("Europe/Berlin").value();
    const WallTime now = instant("2026-03-20T00:00:00Z");
    EXPECT_EQ(parse_moment("2026-03-29T02:30", berlin, now).value(), instant("2026-03-29T01:00:00Z"));
    EXPECT_EQ(parse_moment("2026-10-25T02:30:15", berlin, now).value(), instant("2026-10-25T00:30:15Z"));
    EXPECT_EQ(parse_moment("2026-03-28", berlin, now).value(), instant("2026-03-27T23:00:00Z"));
    EXPECT_EQ(parse_moment("2026-03-28T00:00:00-05:00", berlin, now).value(), instant("2026-03-28T05:00:00Z"));
    EXPECT_EQ(parse_moment("2d", berlin, now).value(), instant("2026-03-22T00:00:00Z"));
}

}  // namespace
}  // namespace garner
