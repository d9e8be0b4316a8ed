// What was once listed stays: no artifact, no hold and no outcome of a run is lost between two looks. What retention
// removed is known to be removed.
#pragma once

#include <map>
#include <string>

#include "checkers/evidence.hpp"

namespace garner::checkers {

class History {
public:
    /// What this evidence has lost since the earlier ones; it is remembered in any case.
    Verdict add(const Evidence&);

private:
    std::map<std::string, ArtifactRecord> artifacts_;
    std::map<std::string, RunState> outcomes_;
};

}  // namespace garner::checkers
