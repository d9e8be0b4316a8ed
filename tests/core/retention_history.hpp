// Histories and rules of retention as a test writes them, and what becomes of them.
//
// A history: "03-01 03-02T14:00 2025-12-31? 03-04! 03-05..03-09". Local times, of 2026 and at 02:00 where nothing else
// is said; `2026-10-25T00:30Z` is UTC; `?` is suspect, `!` is held, `a..b` is one a day.
// A rule: "last 3 daily 14 within 36h min_good 0 in Europe/Berlin"; also "now 03-01", "failed" (the last run did not
// succeed) and "clock" (it is suspect). Where it does not say: min_good 0, in Europe/Berlin, now 2026-12-01.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/retention.hpp"

namespace garner {

struct WrittenRule {
    RetentionRule rule;
    Zone zone;
    RetentionConditions conditions;
};
WrittenRule written_rule(const std::string& text);

/// The ids are the items as written, without marks; those of a range "03-05", "03-06"... Stored a minute after they
/// were due, 100 bytes each.
std::vector<RetainedArtifact> written_history(const std::string& text, const Zone&);

RetentionPlan plan_of(const WrittenRule&, const std::vector<RetainedArtifact>&);

/// The ids of what stays, in the order of the history, joined by blanks.
std::string staying(const std::vector<RetainedArtifact>&, const RetentionPlan&);

}  // namespace garner
