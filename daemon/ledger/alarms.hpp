// What a person should know beside how the targets stand: lists that are not believed, a clock that is not trusted,
// retention that waits for a word, artifacts that have changed.
// From the ledger, so that it is seen whether the daemon runs or not.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "ledger/piles.hpp"
#include "ledger/reader.hpp"

namespace garner {

struct ListAlarm {
    std::string source;
    RefusedList refused;
    std::size_t known = 0;  ///< targets of the list in force
};

struct Alarms {
    std::vector<ListAlarm> lists;
    std::optional<ClockSuspicion> clock;
    std::optional<PruneWait> prune;
    std::map<std::string, std::uint64_t> damaged;  ///< artifacts, by store
    struct Unread {
        std::uint64_t artifacts = 0;
        std::string why;  ///< of the first of them
    };
    std::map<std::string, Unread> unread;  ///< what the last reading of a store could not read

    /// Nothing that is archived is known or feared to be lost.
    bool archive_is_whole() const { return damaged.empty() && unread.empty(); }
};

/// Of the sources that are configured.
Result<Alarms> read_alarms(const LedgerReader&, const Settings&);

/// One sentence each, for people; times in the global zone.
std::vector<std::string> alarm_lines(const Alarms&, const Zone&);

/// Adds `refused_lists`, `clock_suspect`, `prune_waits`, `damaged` and `unreadable` to `garner status --json`; `ok` is
/// false where the archive is not whole, and `summary` says so.
void add_alarms(boost::json::object& status, const Alarms&);

}  // namespace garner
