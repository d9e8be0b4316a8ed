// The machine's clocks, and one Asio timer for all who sleep. Lives on one loop: called from that loop's thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "platform/clock.hpp"

namespace garner {

class RealClock final : public Clock {
public:
    explicit RealClock(asio::any_io_executor executor);
    ~RealClock() override;

    WallTime wall_now() const override;
    SteadyTime steady_now() const override;
    Task<> sleep_until(SteadyTime when) override;

private:
    struct Sleepers;
    std::shared_ptr<Sleepers> sleepers_;
};

}  // namespace garner
