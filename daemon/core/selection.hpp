// Which targets a job takes, out of those that the vendor lists.
#pragma once

#include <string>
#include <vector>

#include "core/records.hpp"
#include "core/settings.hpp"

namespace garner {

/// A word of `include` that names one target which cannot be taken: absent, or more than one of that name. Also all
/// words together, when they take nothing at all.
struct Unresolved {
    std::string word;    ///< as configured
    std::string reason;  ///< says what to write instead
};

struct Selection {
    std::vector<Target> targets;    ///< in the vendor's order, each once
    std::vector<Target> stateless;  ///< left out: they hold no state, and nobody asked for them by name or function
    std::vector<Unresolved> unresolved;  ///< each is a failed run: a target that is asked for and missing is loud
};

/// The words of `include`; `*` where only tags or functions are given.
std::vector<std::string> words_of(const TargetSelector&);

/// Names must match exactly and once; globs take all that match; `id:X` takes the target of that id. `exclude` wins
/// over all. A stateless target is taken by its exact name, its id, or a selector with `functions` that it has.
Selection select_targets(const TargetSelector&, const std::vector<Target>& listed);

}  // namespace garner
