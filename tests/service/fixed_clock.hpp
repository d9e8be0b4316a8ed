// A clock that stands still until it is told otherwise; nobody sleeps by it.
#pragma once

#include "platform/clock.hpp"

namespace garner {

class FixedClock : public Clock {
public:
    explicit FixedClock(WallTime now) : wall(now) {}
    WallTime wall_now() const override { return wall; }
    SteadyTime steady_now() const override { return steady; }
    Task<> sleep_until(SteadyTime when) override {
        steady = when;
        co_return;
    }

    WallTime wall;
    SteadyTime steady{};
};

}  // namespace garner
