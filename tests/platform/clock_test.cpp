// The real clock: one timer for all sleepers, each of which can be woken alone.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "platform/real/real_clock.hpp"
#include "platform/real/real_random.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

using namespace std::chrono_literals;

struct RealClockTest : testing::Test {
    boost::asio::io_context loop;
    RealClock clock{loop.get_executor()};
    std::vector<std::string> woken;

    Task<> sleeper(std::string name, SteadyTime when) {
        co_await clock.sleep_until(when);
        EXPECT_GE(clock.steady_now(), when);
        woken.push_back(std::move(name));
    }
};

TEST_F(RealClockTest, sleepers_wake_in_the_order_of_their_times_whatever_order_they_came_in) {
    const SteadyTime now = clock.steady_now();
    boost::asio::co_spawn(loop, sleeper("third", now + 12ms), boost::asio::detached);
    boost::asio::co_spawn(loop, sleeper("first", now - 1ms), boost::asio::detached);
    boost::asio::co_spawn(loop, sleeper("second", now + 4ms), boost::asio::detached);
    loop.run();
    EXPECT_EQ(woken, (std::vector<std::string>{"first", "second", "third"}));
}

TEST_F(RealClockTest, a_cancelled_sleeper_leaves_the_others_asleep_and_the_loop_free_to_end) {
    const SteadyTime now = clock.steady_now();
    boost::asio::cancellation_signal stop;
    bool aborted = false;
    boost::asio::co_spawn(loop, sleeper("never", now + 24h),
                          boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) {
                              try {
                                  if (error) std::rethrow_exception(error);
                              } catch (const boost::system::system_error& e) {
                                  aborted = e.code() == boost::asio::error::operation_aborted;
                              }
                          }));
    boost::asio::co_spawn(loop, sleeper("soon", now + 3ms), boost::asio::detached);
    loop.poll();
    stop.emit(boost::asio::cancellation_type::terminal);
    loop.run();
    EXPECT_TRUE(aborted);
    EXPECT_EQ(woken, std::vector<std::string>{"soon"});
    EXPECT_LT(clock.steady_now(), now + 1h);
}

Task<int> slow(Clock& clock) {
    co_await clock.sleep_for(Duration(24h));
    co_return 1;
}

Task<int> quick(Clock& clock) {
    co_await clock.sleep_for(Duration(1ms));
    co_return 2;
}

Task<> race(Clock& clock, std::vector<std::string>& seen) {
    auto late = co_await within(clock, clock.steady_now() + 2ms, slow(clock));
    seen.push_back(late ? "slow came" : "slow was cut off");
    auto early = co_await within(clock, clock.steady_now() + Duration(24h), quick(clock));
    seen.push_back(early ? "quick came" : "quick was cut off");
}

TEST_F(RealClockTest, a_deadline_cuts_work_off_and_is_gone_when_the_work_was_quicker) {
    boost::asio::co_spawn(loop, race(clock, woken), boost::asio::detached);
    loop.run();
    EXPECT_EQ(woken, (std::vector<std::string>{"slow was cut off", "quick came"}));
}

TEST_F(RealClockTest, thousands_of_deadlines_come_and_go) {
    const auto many = [](Clock& c, int& done) -> Task<> {
        for (int i = 0; i < 100; ++i) {
            auto result = co_await within(c, c.steady_now() + Duration(24h), quick(c));
            if (result) ++done;
        }
    };
    int done = 0;
    for (int i = 0; i < 100; ++i) boost::asio::co_spawn(loop, many(clock, done), boost::asio::detached);
    loop.run();
    EXPECT_EQ(done, 10'000);
}

TEST(RealClock, may_end_while_somebody_sleeps) {
    boost::asio::io_context loop;
    bool woken = false;
    const auto sleeper = [](Clock& c, bool& flag) -> Task<> {
        co_await c.sleep_for(Duration(24h));
        flag = true;
    };
    auto clock = std::make_unique<RealClock>(loop.get_executor());
    boost::asio::co_spawn(loop, sleeper(*clock, woken), boost::asio::detached);
    loop.poll();
    clock.reset();
    loop.restart();
    loop.run();
    EXPECT_FALSE(woken);
}

TEST(RealRandom, does_not_repeat_itself) {
    RealRandom random;
    const auto first = random.next();
    EXPECT_TRUE(random.next() != first || random.next() != first);
}

}  // namespace
}  // namespace garner
