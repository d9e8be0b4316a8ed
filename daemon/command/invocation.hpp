// One call of `garner`: what was asked for everywhere, and where the answer goes. Data goes to `out`, talk to `err`.
#pragma once

#include <iosfwd>
#include <string>

#include "core/time.hpp"

namespace garner {

/// PRODUCT.md section 2.
enum class CommandExit { fine = 0, bad_news = 1, usage = 2, unreachable = 3 };

struct Invocation {
    std::ostream& out;
    std::ostream& err;
    WallTime now;
    bool colour = false;  ///< out is a terminal and NO_COLOR is not set
    std::string config_path = "/etc/garner/garner.yaml";
    bool json = false;
};

}  // namespace garner
