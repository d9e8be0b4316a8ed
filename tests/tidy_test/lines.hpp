// Rules that one line of code, or one expression, can break.
#pragma once

#include <vector>

#include "tidy_test/source_tree.hpp"

namespace garner::tidy {

/// Raw clocks, raw randomness, sleeping, catch-alls and postponed work.
std::vector<Finding> judge_lines(const SourceFile&);

/// The shapes of co_await that corrupt the heap with g++ 12 (docs/ARCHITECTURE.md, "Traps").
std::vector<Finding> judge_awaits(const SourceFile&);

}  // namespace garner::tidy
