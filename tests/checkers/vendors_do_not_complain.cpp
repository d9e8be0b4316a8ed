// No vendor was asked for what it does not allow, nor more often, nor before Retry-After was over.
#include "checkers/evidence.hpp"

namespace garner::checkers {

Verdict vendors_do_not_complain(const Evidence& evidence) {
    return evidence.complaints.empty() ? Verdict() : "the vendor complains: " + evidence.complaints.front();
}

}  // namespace garner::checkers
