// Once trouble has ended, every target succeeds within one interval.
#include "checkers/evidence.hpp"

namespace garner::checkers {

Verdict lives_again(const Evidence& evidence, std::size_t targets, WallTime since) {
    if (evidence.statuses.size() < targets)
        return "only " + std::to_string(evidence.statuses.size()) + " of " + std::to_string(targets) +
               " targets have a status";
    for (const TargetStatus& status : evidence.statuses)
        if (!status.last_success || *status.last_success < since)
            return status.job + ", " + status.target.name + " has not succeeded since: " + status.reason;
    return {};
}

}  // namespace garner::checkers
