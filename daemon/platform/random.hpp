// Door 2: chance. Real: the operating system's. Simulated: a seeded generator.
#pragma once

#include <cstdint>

namespace garner {

class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
};

}  // namespace garner
