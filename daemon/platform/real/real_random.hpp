// The operating system's generator: good enough for ids, nonces and jitter alike.
#pragma once

#include "platform/random.hpp"

namespace garner {

class RealRandom final : public Random {
public:
    std::uint64_t next() override;
};

}  // namespace garner
