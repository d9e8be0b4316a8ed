#include "platform/real/real_random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace garner {

std::uint64_t RealRandom::next() {
    std::uint64_t number = 0;
    // Up to 256 bytes come whole once the generator is seeded; before that a signal may interrupt the wait.
    while (getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number))
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    return number;
}

}  // namespace garner
