// The outside world, in one hand: made only by garnerd.cpp (real) and tests/sim (simulated).
#pragma once

#include <string>

#include "platform/clock.hpp"
#include "platform/disk.hpp"
#include "platform/http.hpp"
#include "platform/random.hpp"

namespace garner {

struct Doors {
    asio::any_io_executor executor;  ///< of the loop that everything runs on
    Clock& clock;
    Random& random;
    Network& network;
    Disk& disk;
    std::string device_id{};  ///< of this host, for vendors; empty: the engine draws one
};

}  // namespace garner
