// The span that `garner plan` looks at, from the words of its options.
#pragma once

#include <string>

#include "core/failure.hpp"
#include "core/time.hpp"
#include "core/zone.hpp"

namespace garner {

struct PlanSpan {
    WallTime from;
    WallTime until;  ///< exclusive
};

/// Empty words stand for now, and for a week. `rejected` on what cannot be read, on both ends of a kind, and on a span
/// that ends before it begins.
Result<PlanSpan> parse_span(const std::string& from, const std::string& until, const std::string& length, const Zone&,
                            WallTime now);

}  // namespace garner
