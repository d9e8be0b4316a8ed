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

/// An instant (`2026-03-28T00:00:00Z`), or what parse_local() reads.
Result<WallTime> parse_moment(const std::string& text, const Zone&);

/// Empty words stand for now, and for a week. `rejected` on what cannot be read, on both ends of a kind, and on a span
/// that ends before it begins.
Result<PlanSpan> parse_span(const std::string& from, const std::string& until, const std::string& length, const Zone&,
                            WallTime now);

}  // namespace garner
