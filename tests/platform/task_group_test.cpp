// Cancelling and joining, with real time: what a stop of the daemon is made of.
#include "platform/task_group.hpp"

#include <gtest/gtest.h>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include "platform/real/real_clock.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

using std::chrono::hours;

Task<> sleep_long(Clock& clock) { co_await clock.sleep_for(hours(1)); }

Task<Result<int>> sleep_long_for(Clock& clock, int value) {
    co_await clock.sleep_for(hours(1));
    co_return value;
}

Task<> sleep_within(Clock& clock) {
    const SteadyTime deadline = clock.steady_now() + hours(2);
    const auto result = co_await within(clock, deadline, sleep_long_for(clock, 7));
    EXPECT_TRUE(result.has_value()) << "never reached";
}

// As a run starts a remote job: a part that nothing interrupts, and then on.
Task<Result<int>> sleep_after_an_uninterrupted_part(Clock& clock) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await clock.sleep_for(Duration(1));
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_await clock.sleep_for(hours(1));
    co_return 1;
}

Task<> uninterrupted_within(Clock& clock) {
    const SteadyTime deadline = clock.steady_now() + hours(2);
    const auto result = co_await within(clock, deadline, sleep_after_an_uninterrupted_part(clock));
    EXPECT_TRUE(result.has_value()) << "never reached";
}

Task<> wait_for(Event& event) { co_await event.wait(); }

// Spawns the work, cancels the group from outside of it, joins.
template <class Work>
bool ends_when_cancelled(Work&& work) {
    asio::io_context loop;
    RealClock clock(loop.get_executor());
    const SteadyTime begun = clock.steady_now();
    TaskGroup group(loop.get_executor());
    group.spawn(work(clock));
    bool joined = false;
    auto join = [](TaskGroup& g, bool& done) -> Task<> {
        co_await g.join();
        done = true;
    };
    asio::co_spawn(loop, join(group, joined), [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
    while (clock.steady_now() < begun + Duration(5)) loop.run_one_for(Duration(1));
    group.cancel();
    for (int i = 0; i < 1000 && !joined; ++i) {
        loop.restart();
        loop.poll();
    }
    return joined;
}

TEST(TaskGroup, ASleeperEndsWhenItIsCancelled) {
    EXPECT_TRUE(ends_when_cancelled([](Clock& clock) { return sleep_long(clock); }));
}

TEST(TaskGroup, WorkWithADeadlineEndsWhenItIsCancelled) {
    EXPECT_TRUE(ends_when_cancelled([](Clock& clock) { return sleep_within(clock); }));
}

TEST(TaskGroup, WorkAfterAnUninterruptedPartEndsWhenItIsCancelled) {
    EXPECT_TRUE(ends_when_cancelled([](Clock& clock) { return uninterrupted_within(clock); }));
}

TEST(TaskGroup, AWaiterEndsWhenItIsCancelled) {
    asio::io_context other;
    Event event(other.get_executor());
    asio::io_context loop;
    TaskGroup group(loop.get_executor());
    Event local(loop.get_executor());
    group.spawn(wait_for(local));
    loop.poll();
    EXPECT_EQ(group.size(), 1U);
    group.cancel();
    loop.restart();
    loop.poll();
    EXPECT_EQ(group.size(), 0U);
}

TEST(TaskGroup, WhatIsSpawnedAfterwardsEndsAtItsFirstWait) {
    asio::io_context loop;
    RealClock clock(loop.get_executor());
    TaskGroup group(loop.get_executor());
    group.cancel();
    group.spawn(sleep_long(clock));
    for (int i = 0; i < 10; ++i) {
        loop.restart();
        loop.poll();
    }
    EXPECT_EQ(group.size(), 0U);
}

}  // namespace
}  // namespace garner
