// Time that passes only when nothing else can happen: a sorted map of sleepers and of timed events.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "platform/clock.hpp"

namespace garner::sim {

class VirtualClock final : public Clock {
public:
    explicit VirtualClock(WallTime start) : start_(start) {}

    WallTime wall_now() const override { return start_ + now_ + wall_step_; }
    SteadyTime steady_now() const override { return SteadyTime(now_); }
    Task<> sleep_until(SteadyTime when) override;

    /// What a vendor's clock says: not touched by steps of ours.
    WallTime true_now() const { return start_ + now_; }
    Duration elapsed() const { return now_; }
    void step_wall(Duration d) { wall_step_ += d; }
    /// Between lives nothing waits for time.
    void pass(Duration d) { now_ += d; }

    /// Runs `event` at that moment of steady time, unless the machine dies before.
    void at(SteadyTime when, std::function<void()> event);

    /// The loop of the present life; null between lives.
    void attach(asio::io_context* loop) { loop_ = loop; }
    /// Jumps to the next sleeper or event and makes it runnable. False when there is none before `until`.
    bool advance(Duration until);
    /// The machine is dead: nobody sleeps any more.
    void drop_all();

private:
    using Handler = asio::any_completion_handler<void(boost::system::error_code)>;
    struct Entry {
        Handler handler;
        std::function<void()> event;
    };

    WallTime start_;
    Duration now_{0};
    Duration wall_step_{0};
    asio::io_context* loop_ = nullptr;
    std::uint64_t sequence_ = 0;
    std::map<std::pair<Duration, std::uint64_t>, Entry> entries_;
};

}  // namespace garner::sim
