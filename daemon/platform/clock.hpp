// Door 1: time. Real: one Asio timer for all sleepers. Simulated: a sorted map of sleepers.
#pragma once

#include "core/time.hpp"
#include "platform/task.hpp"

namespace garner {

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall_now() const = 0;
    virtual SteadyTime steady_now() const = 0;

    /// Returns at or after `when`. Cancellable through the coroutine's cancellation slot: then throws
    /// boost::system::system_error(operation_aborted), as every Asio operation does.
    virtual Task<> sleep_until(SteadyTime when) = 0;

    Task<> sleep_for(Duration d) { return sleep_until(steady_now() + d); }
};

}  // namespace garner
