// A source's list of targets from one look to the next: what is new, what is gone, and whether a list is an inventory
// at all. A list that suddenly is far shorter is an alarm: nothing vanishes by it until a person confirms it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/records.hpp"
#include "core/time.hpp"

namespace garner {

/// From one list to the next, by the targets' ids.
struct ListDiff {
    std::vector<Target> appeared;
    std::vector<Target> vanished;
    std::vector<std::pair<Target, Target>> renamed;  ///< as it was, as it is
    bool empty() const { return appeared.empty() && vanished.empty() && renamed.empty(); }
};
ListDiff diff_lists(const std::vector<Target>& before, const std::vector<Target>& after);

/// Why a list of `listed` targets is not believed where `known` were listed before; empty when it is. None at all is
/// never believed, whatever the ratio; nor is anything held against the first list.
std::string why_not_believed(std::size_t known, std::size_t listed, double min_ratio);

/// How long after a look at the source's list the next one follows: a little less than `interval`, each source
/// differently and always the same, so that they do not all ask at once.
Duration refresh_period(std::string_view source, Duration interval);

/// A target as the ledger remembers it.
struct KnownTarget {
    Target target;
    WallTime first_seen;
    WallTime last_seen;
    std::optional<WallTime> vanished_at;  ///< not in the list that is in force
};

/// A list that was not believed.
struct RefusedList {
    WallTime since;                 ///< of the first one in a row
    std::string why;                ///< of the newest one
    std::vector<Target> targets{};  ///< of the newest one
};

/// What the ledger remembers of a source's lists.
struct TargetListRecord {
    std::optional<WallTime> accepted_at;  ///< the newest list that was believed
    WallTime asked_at;                    ///< the newest list, believed or not
    std::string fingerprint;              ///< list_fingerprint() of the settings that it was asked with
    std::optional<RefusedList> refused;
};

}  // namespace garner
