// Every target that the sources ever listed, with the jobs that take it, and what a list that stands refused would
// change: `garner targets` and /api/v1/targets.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.hpp"
#include "ledger/reader.hpp"

namespace garner {

enum class Presence {
    listed,
    fresh,     ///< listed, for the first time within the last day; not of the source's first list
    vanished,  ///< no longer listed
    refused,   ///< only in the list that stands refused
};
std::string_view to_string(Presence);  ///< `fresh` is "new"

/// What becomes of a target when the list that stands refused is confirmed.
enum class IfAccepted { stays, appears, vanishes };
std::string_view to_string(IfAccepted);

struct InventoryEntry {
    std::string source;
    Target target;
    Presence presence = Presence::listed;
    std::optional<WallTime> first_seen;
    std::optional<WallTime> last_seen;
    std::vector<std::string> jobs;
    std::optional<IfAccepted>
        if_accepted;  ///< nothing: no list of the source stands refused, or it changes nothing here
};

/// Of the configured sources, or of the one that is named; by source, then name.
Result<std::vector<InventoryEntry>> read_inventory(const LedgerReader&, const Settings&, const std::string& source,
                                                   WallTime now);

/// One entry of `garner targets --json`.
boost::json::object inventory_json(const InventoryEntry&);

}  // namespace garner
