// The pace of looking at a remote job, told by what it is for: few looks, little lateness, whatever the durations.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/poll_pace.hpp"

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr PollPace pace{seconds(5), minutes(5)};
constexpr Duration ages = hours(10'000);

struct Watched {
    std::vector<Duration> looks;
    ObservedDuration seen;
    Duration lateness{0};
};

Watched watch(const std::vector<ObservedDuration>& history, Duration takes, Duration left = ages) {
    Watched watched;
    Duration at{0};
    while (watched.looks.empty() || at < takes) {
        watched.seen.pending = at;
        at += wait_before_look(history, pace, at, left - at);
        watched.looks.push_back(at);
    }
    watched.seen.ready = at;
    watched.lateness = at - takes;
    return watched;
}

// Runs one after the other, each of which learns from those before; those of the last one.
Watched watch_all(std::vector<ObservedDuration>& history, const std::vector<Duration>& durations) {
    Watched last;
    for (const Duration takes : durations) {
        last = watch(history, takes);
        history.insert(history.begin(), last.seen);
    }
    return last;
}

std::vector<ObservedDuration> all_took(Duration d, std::size_t count = 20) {
    return std::vector<ObservedDuration>(count, ObservedDuration{d - seconds(2), d + seconds(2)});
}

TEST(PollPace, without_history_the_waits_grow_by_half_from_initial_to_max) {
    const Watched watched = watch({}, hours(1));
    Duration wait = pace.initial;
    Duration at{0};
    for (const Duration look : watched.looks) {
        EXPECT_NEAR(static_cast<double>((look - at).count()), static_cast<double>(wait.count()), 10);
        wait = std::min(wait + wait / 2, pace.max);
        at = look;
    }
    EXPECT_EQ(watched.looks[0], pace.initial);
    EXPECT_EQ(watched.looks.back() - watched.looks[watched.looks.size() - 2], pace.max);
}

TEST(PollPace, the_first_look_is_near_the_usual_end_also_beyond_max) {
    const Watched watched = watch(all_took(minutes(20)), minutes(20));
    EXPECT_EQ(watched.looks, (std::vector<Duration>{minutes(20)}));
}

TEST(PollPace, a_long_job_is_looked_at_now_and_then_since_it_may_have_ended_early) {
    const Watched watched = watch(all_took(hours(4)), minutes(1));
    EXPECT_EQ(watched.looks, (std::vector<Duration>{6 * pace.max}));
    EXPECT_EQ(watch(all_took(hours(4)), hours(4)).looks.size(), 8U);
}

TEST(PollPace, never_more_often_than_initial_nor_rarer_than_max_once_it_is_due) {
    std::vector<ObservedDuration> history = all_took(minutes(10), 10);
    for (int i = 0; i < 10; ++i) history.push_back({minutes(i), minutes(i + 1)});
    const Watched watched = watch(history, hours(9));
    for (std::size_t i = 1; i < watched.looks.size(); ++i) {
        const Duration wait = watched.looks[i] - watched.looks[i - 1];
        EXPECT_GE(wait, pace.initial);
        EXPECT_LE(wait, pace.max);
    }
}

TEST(PollPace, what_takes_longer_than_ever_is_looked_at_soon_and_then_ever_more_rarely) {
    const Watched watched = watch(all_took(minutes(10)), hours(3));
    EXPECT_LE(watched.looks[1] - watched.looks[0], seconds(10));
    for (std::size_t i = 2; i < watched.looks.size(); ++i)
        EXPECT_GE(watched.looks[i] - watched.looks[i - 1], watched.looks[i - 1] - watched.looks[i - 2]);
    EXPECT_EQ(watched.looks.back() - watched.looks[watched.looks.size() - 2], pace.max);
}

TEST(PollPace, one_outlier_changes_nothing) {
    std::vector<ObservedDuration> history = all_took(minutes(10));
    history[3] = {hours(8), hours(9)};
    EXPECT_EQ(watch(history, minutes(10)).looks, watch(all_took(minutes(10)), minutes(10)).looks);
    EXPECT_LE(watch(history, minutes(11)).lateness, seconds(60)) << "nor does the one after it wait for eight hours";
}

TEST(PollPace, what_is_found_late_does_not_make_the_next_one_later) {
    std::vector<ObservedDuration> history;
    const Watched last = watch_all(history, std::vector<Duration>(500, minutes(7)));
    EXPECT_LE(last.looks.size(), 4U);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_LE(history[i].ready, minutes(7) + seconds(10)) << i;
}

TEST(PollPace, jobs_that_became_shorter_are_noticed_within_a_few_runs) {
    std::vector<ObservedDuration> history = all_took(minutes(20));
    const Watched last = watch_all(history, std::vector<Duration>(25, minutes(1)));
    EXPECT_LE(last.lateness, seconds(15));
}

TEST(PollPace, jobs_that_grow_are_followed) {
    std::vector<ObservedDuration> history;
    std::vector<Duration> durations;
    for (int run = 0; run < 300; ++run) durations.emplace_back(minutes(2) + seconds(3) * run);
    const Watched last = watch_all(history, durations);
    EXPECT_LE(last.looks.size(), 8U);
    EXPECT_LE(last.lateness, seconds(20));
}

TEST(PollPace, each_of_two_modes_is_found_soon) {
    std::vector<ObservedDuration> history;
    std::vector<Duration> durations;
    for (int run = 0; run < 60; ++run) durations.emplace_back(run % 3 == 0 ? minutes(20) : minutes(3));
    watch_all(history, durations);
    EXPECT_LE(watch(history, minutes(3)).lateness, seconds(20));
    const Watched second = watch(history, minutes(20));
    EXPECT_LE(second.lateness, seconds(60));
    EXPECT_LE(second.looks.size(), 14U);
}

TEST(PollPace, a_deadline_is_not_slept_through) {
    const Watched watched = watch(all_took(hours(4)), minutes(39), minutes(40));
    EXPECT_LE(watched.seen.ready, minutes(40));
}

TEST(PollPace, a_clock_that_was_set_back_does_no_harm) {
    EXPECT_EQ(wait_before_look(all_took(minutes(2)), pace, -hours(5), ages), minutes(2));
    EXPECT_EQ(wait_before_look({{Duration(0), Duration(0)}}, pace, Duration(0), ages), pace.initial);
    EXPECT_EQ(wait_before_look({}, pace, Duration(0), -hours(1)), pace.initial);
}

}  // namespace
}  // namespace garner
