// What of a target's artifacts is to stay (PRODUCT.md section 9), as the configuration says it.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace garner {

/// How many of the newest periods keep one artifact each: restic's meaning. 0: no such rule.
struct RetentionRule {
    std::uint32_t keep_last = 0;
    std::uint32_t keep_hourly = 0;
    std::uint32_t keep_daily = 0;
    std::uint32_t keep_weekly = 0;  ///< ISO weeks
    std::uint32_t keep_monthly = 0;
    std::uint32_t keep_yearly = 0;
    Duration keep_within{0};               ///< back from the newest verified artifact, never from now; 0: no such rule
    std::uint32_t min_good = 2;            ///< so many of the newest verified ones stay whatever the rules say
    Duration grace{7 * 24 * 3'600'000LL};  ///< in the store's trash, before it is gone

    /// Says of nothing that it stays: then everything does.
    bool empty() const {
        return keep_last + std::uint64_t{keep_hourly} + keep_daily + keep_weekly + keep_monthly + keep_yearly == 0 &&
               keep_within == Duration(0);
    }
    friend bool operator==(const RetentionRule&, const RetentionRule&) = default;
};

/// How much one pass may remove without a person's word: the larger of the two.
struct DeletionBudget {
    std::uint32_t count = 50;
    std::uint32_t percent = 20;  ///< of all artifacts that the pass looks at
    friend bool operator==(const DeletionBudget&, const DeletionBudget&) = default;
};

}  // namespace garner
