// When the wall clock is not to be trusted: stories of clocks, told look by look.
#include "core/clock_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace garner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

// A machine whose wall clock can be set, among vendors whose clocks are right.
class ClockStory : public testing::Test {
protected:
    ClockWatch::Look pass(Duration d) {
        steady_ += d;
        return look();
    }
    ClockWatch::Look look() { return watch_.look(wall(), SteadyTime(steady_)); }
    void vendor(const std::string& source, Duration off = Duration(0)) {
        watch_.heard(source, truth() + off, wall(), SteadyTime(steady_));
    }
    WallTime truth() const { return from_unix_ms(1'772'000'000'000) + steady_; }
    WallTime wall() const { return truth() + wrong_; }
    std::string reason() const { return watch_.suspicion() ? watch_.suspicion()->reason : ""; }

    ClockWatch watch_;
    Duration steady_{0};
    Duration wrong_{0};
};

TEST_F(ClockStory, nothing_is_held_against_a_clock_that_goes_right) {
    look();
    for (int i = 0; i < 1000; ++i) {
        vendor("plant", seconds(-1));
        const auto look = pass(seconds(15));
        EXPECT_FALSE(look.jumped || look.began || look.ended);
    }
    EXPECT_EQ(reason(), "");
}

TEST_F(ClockStory, it_is_suspect_while_it_is_behind_the_ledgers_newest_record) {
    ClockMemory memory;
    memory.newest = truth() + hours(1);
    watch_.remember(memory);
    EXPECT_TRUE(look().began);
    EXPECT_THAT(reason(), HasSubstr("1h behind the ledger's newest record, of 2026-02-25T"));
    EXPECT_EQ(watch_.suspicion()->witness, ClockWitness::ledger);
    EXPECT_FALSE(pass(minutes(30)).began) << "told once";
    EXPECT_THAT(reason(), HasSubstr("30m behind"));
    EXPECT_TRUE(pass(minutes(30)).ended);
    EXPECT_EQ(reason(), "");
}

TEST_F(ClockStory, a_record_of_half_a_minute_ahead_is_a_clock_that_was_slewed) {
    ClockMemory memory;
    memory.newest = truth() + seconds(30);
    watch_.remember(memory);
    EXPECT_FALSE(look().began);
}

TEST_F(ClockStory, a_clock_that_is_set_back_while_the_daemon_runs_is_behind_what_was_written) {
    look();
    pass(hours(1));
    wrong_ = -hours(1);
    const auto jumped = pass(seconds(15));
    EXPECT_EQ(jumped.jumped, -hours(1));
    EXPECT_TRUE(jumped.began);
    wrong_ = Duration(0);
    const auto back = pass(seconds(15));
    EXPECT_EQ(back.jumped, hours(1));
    EXPECT_TRUE(back.ended);
}

TEST_F(ClockStory, steps_below_two_minutes_are_no_jump) {
    look();
    wrong_ = seconds(119);
    EXPECT_FALSE(pass(seconds(15)).jumped);
    wrong_ = Duration(0);
    EXPECT_FALSE(pass(seconds(15)).jumped);
    wrong_ = seconds(121);
    EXPECT_EQ(pass(seconds(15)).jumped, seconds(121));
}

TEST_F(ClockStory, one_source_that_says_otherwise_counts) {
    look();
    wrong_ = minutes(6);
    pass(seconds(15));
    EXPECT_EQ(reason(), "") << "a jump alone proves nothing: the machine may have slept";
    vendor("plant");
    EXPECT_TRUE(pass(seconds(15)).began);
    EXPECT_EQ(reason(), "it is 6m ahead of the clock of source plant");
    wrong_ = Duration(0);
    EXPECT_FALSE(pass(seconds(15)).ended) << "nobody has confirmed it yet";
    vendor("plant");
    EXPECT_TRUE(pass(minutes(7)).ended);
}

TEST_F(ClockStory, five_minutes_are_let_pass_and_no_more) {
    vendor("plant", seconds(300));
    EXPECT_FALSE(look().began);
    vendor("plant", seconds(301));
    EXPECT_TRUE(look().began);
    EXPECT_EQ(reason(), "it is 5m1s behind the clock of source plant");
}

TEST_F(ClockStory, one_wrong_vendor_among_three_or_two_is_the_vendors_fault) {
    vendor("plant");
    vendor("fleet", hours(3));
    EXPECT_FALSE(look().began);
    vendor("perimeter", seconds(2));
    EXPECT_FALSE(look().began);
    vendor("plant", hours(3));
    EXPECT_TRUE(look().began) << "two of three";
    EXPECT_THAT(reason(), HasSubstr("behind the clocks of the vendors"));
}

TEST_F(ClockStory, two_that_are_off_to_both_sides_speak_against_it_too) {
    vendor("plant", -hours(1));
    vendor("fleet", hours(1));
    EXPECT_TRUE(look().began);
}

TEST_F(ClockStory, what_a_vendor_said_hours_ago_neither_accuses_nor_acquits) {
    vendor("plant", minutes(10));
    EXPECT_TRUE(look().began);
    EXPECT_FALSE(pass(hours(3)).ended) << "no news is no acquittal";
    EXPECT_THAT(reason(), HasSubstr("source plant"));
    vendor("fleet");
    EXPECT_TRUE(pass(seconds(15)).ended) << "the old word of plant no longer counts";
}

TEST_F(ClockStory, what_was_measured_before_a_jump_does_not_count_behind_it) {
    look();
    vendor("plant");
    pass(seconds(15));
    wrong_ = hours(8);  // or the machine slept and its steady clock did not
    EXPECT_EQ(pass(seconds(15)).jumped, hours(8));
    EXPECT_EQ(reason(), "");
}

TEST_F(ClockStory, what_vendors_said_stands_over_a_restart_until_they_are_heard_again) {
    ClockMemory memory;
    memory.newest = truth();
    memory.standing = ClockSuspicion{truth(), ClockWitness::vendors, "it is 6m ahead of the clock of source plant"};
    watch_.remember(memory);
    const auto first = look();
    EXPECT_FALSE(first.began || first.ended);
    EXPECT_EQ(reason(), "it is 6m ahead of the clock of source plant");
    vendor("plant");
    EXPECT_TRUE(pass(seconds(15)).ended);
}

TEST_F(ClockStory, what_the_ledger_said_is_looked_at_anew_after_a_restart) {
    ClockMemory memory;
    memory.newest = truth();
    memory.standing = ClockSuspicion{truth() - hours(1), ClockWitness::ledger, "it was behind"};
    watch_.remember(memory);
    EXPECT_TRUE(look().ended);
}

TEST_F(ClockStory, a_record_of_ten_years_ahead_is_disproved_by_a_day_of_vendors_that_agree) {
    ClockMemory memory;
    memory.newest = truth() + hours(24 * 3650);
    watch_.remember(memory);
    EXPECT_TRUE(look().began);
    int quarters = 0;
    for (; watch_.suspicion() && quarters < 200; ++quarters) {
        vendor("plant");
        const auto look = pass(minutes(15));
        EXPECT_EQ(look.record_disproved, look.ended);
    }
    EXPECT_EQ(quarters, 97) << "a day behind the first look that heard a vendor";
    EXPECT_LE(watch_.newest(), wall());
}

TEST_F(ClockStory, witnesses_are_read_back_as_they_are_written) {
    for (const ClockWitness witness : {ClockWitness::ledger, ClockWitness::vendors})
        EXPECT_EQ(parse_clock_witness(to_string(witness)), witness);
    EXPECT_EQ(parse_clock_witness("somebody"), std::nullopt);
}

}  // namespace
}  // namespace garner
