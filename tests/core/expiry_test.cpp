// What disappears at the vendor first is fetched first.
#include "core/expiry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace garner {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

const WallTime zero = parse_rfc3339("2026-11-01T00:00:00Z").value();
WallTime hour(int n) { return zero + hours(n); }

SourcesByName sources() {
    SourcesByName all;
    all["fleet"].type = SourceType::servitly;
    all["press-shop"].type = SourceType::tulip;
    return all;
}

RunRecord run(const std::string& id, int first_hour, const std::string& source = "fleet") {
    RunRecord one;
    one.id = id;
    one.job = "telemetry";
    one.source = source;
    one.target = {"acme", "acme"};
    one.window = Window{hour(first_hour), hour(first_hour + 1)};
    return one;
}

LeftoverRecord left(int first_hour, int started, const std::string& source = "fleet") {
    LeftoverRecord one;
    one.job = "telemetry";
    one.source = source;
    one.target = {"acme", "acme"};
    one.window = Window{hour(first_hour), hour(first_hour + 1)};
    one.remote_job = "export";
    one.since = hour(started + 12);
    one.remote_started_at = hour(started);
    return one;
}

std::vector<std::string> ids(const std::vector<RunRecord>& runs) {
    std::vector<std::string> all;
    for (const RunRecord& one : runs) all.push_back(one.id);
    return all;
}

TEST(Expiry, is_30_days_after_the_start_of_an_export_at_servitly_and_nowhere_else) {
    RunRecord one = run("a", 0);
    EXPECT_EQ(expires_at(sources(), one), std::nullopt) << "nothing is at the vendor";
    one.remote_job = "export";
    one.remote_started_at = hour(5);
    one.state = RunState::exporting;
    EXPECT_EQ(expires_at(sources(), one), hour(5 + 720));
    one.state = RunState::verifying;
    EXPECT_EQ(expires_at(sources(), one), std::nullopt) << "it is here";
    one.state = RunState::downloading;
    one.source = "press-shop";
    EXPECT_EQ(expires_at(sources(), one), std::nullopt);
    one.source = "no longer configured";
    EXPECT_EQ(expires_at(sources(), one), std::nullopt);
}

TEST(Expiry, of_a_leftover_counts_from_the_start_of_its_export) {
    LeftoverRecord one = left(0, 3);
    EXPECT_EQ(expires_at(sources(), one), hour(3 + 720));
    one.remote_started_at.reset();
    EXPECT_EQ(expires_at(sources(), one), hour(15 + 720));
    one.fate = LeftoverFate::discard;
    EXPECT_EQ(expires_at(sources(), one), std::nullopt) << "nobody wants it";
    one = left(0, 3);
    one.remote_job.clear();
    EXPECT_EQ(expires_at(sources(), one), std::nullopt) << "nobody can fetch what has no id";
}

TEST(Expiry, orders_runs_by_what_they_fetch_and_leaves_the_others_in_their_order) {
    RunRecord goes_on = run("goes on", 9);
    goes_on.remote_job = "export";
    goes_on.remote_started_at = hour(100);
    goes_on.state = RunState::exporting;
    std::vector<RunRecord> runs{run("fresh 1", 1), run("late", 2), run("fresh 2", 3), goes_on, run("early", 4)};
    order_by_expiry(runs, {left(2, 200), left(4, 50), left(3, 10, "press-shop")}, sources());
    EXPECT_THAT(ids(runs), ElementsAre("early", "goes on", "late", "fresh 1", "fresh 2"));
}

TEST(Expiry, windows_that_wait_to_be_adopted_are_those_that_are_owed) {
    JobSettings job;
    job.name = "telemetry";
    job.source = "fleet";
    WindowRule rule;
    rule.start = absl::CivilSecond(2026, 11, 1, 2);
    rule.length = WindowLength::day;
    rule.settle_delay = hours(1);
    job.window = rule;
    const std::vector<Window> covered{{hour(6), hour(8)}};
    const auto wanted = [&](const std::vector<LeftoverRecord>& leftovers, int now) {
        return adoptable_windows(job, "acme", leftovers, covered, hour(now), sources());
    };
    EXPECT_THAT(wanted({left(9, 30), left(4, 20), left(5, 25)}, 100),
                ElementsAre(Window{hour(4), hour(5)}, Window{hour(5), hour(6)}, Window{hour(9), hour(10)}))
        << "by expiry, whatever the length of windows is now";
    EXPECT_THAT(wanted({left(1, 20)}, 100), IsEmpty()) << "before the start";
    EXPECT_THAT(wanted({left(7, 20)}, 100), IsEmpty()) << "archived already";
    EXPECT_THAT(wanted({left(9, 20)}, 10), IsEmpty()) << "not settled";
    LeftoverRecord other = left(9, 20);
    other.job = "another";
    EXPECT_THAT(wanted({other}, 100), IsEmpty());
    EXPECT_THAT(wanted({left(9, 20), left(9, 21)}, 100), ElementsAre(Window{hour(9), hour(10)})) << "once";
    EXPECT_THAT(adoptable_windows(job, "bravo", {left(9, 20)}, covered, hour(100), sources()), IsEmpty());
}

}  // namespace
}  // namespace garner
