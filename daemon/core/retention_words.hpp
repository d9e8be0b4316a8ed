// Retention's decisions in words: why an artifact stays or goes, and what would have to come for that to change.
#pragma once

#include <string>

#include "core/retention.hpp"

namespace garner {

/// `hold`, `keep_daily`: as in the configuration, where it is there.
std::string_view to_string(RetentionCause);

/// "keep_daily: the last of 2026-03-28 in Europe/Berlin, 3 of 14".
std::string describe(const RetentionReason&, const RetainedArtifact&, const RetentionRule&, const Zone&);

/// "its last run did not succeed".
std::string_view describe(RetentionBlock);

/// One line for an artifact of a plan: what keeps it, or why nothing does; then what keeps everything.
std::string describe(const RetentionDecision&, const RetentionPlan&, const RetainedArtifact&, const RetentionRule&,
                     const Zone&);

/// What would have to come before a kept one goes, "12 newer days have a verified artifact, and 2 newer verified ones
/// are there". Empty for one that goes.
std::string let_go_when(const RetentionDecision&, const RetentionPlan&, const RetainedArtifact&, const RetentionRule&);

/// "would remove 80 of 300 artifacts; 60 may go in one pass".
std::string describe(const BudgetVerdict&);

}  // namespace garner
