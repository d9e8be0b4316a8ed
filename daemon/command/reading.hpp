// What the reading commands share: the configuration without its secrets, and the ledger, whether the daemon runs or
// not.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/invocation.hpp"
#include "core/settings.hpp"
#include "ledger/database.hpp"
#include "ledger/reader.hpp"

namespace garner {

/// The configuration for commands that need no secret. On errors each is printed, and nothing is returned.
std::optional<Settings> load_for_reading(const Invocation&);

/// The ledger, read-only. Where there is none yet: an empty one, and a word about it on `err`. Nothing after an error,
/// which is printed.
std::optional<Database> open_ledger(const Invocation&, const Settings&);

/// Prints the failure as "garner: ..." and gives the exit code.
CommandExit fail(const Invocation&, const std::string& what, CommandExit);

/// Prints the value and a line feed.
void print_json(const Invocation&, const boost::json::value&);

/// Local time of the job's zone (of the global one when the job is gone); "-" for nothing.
std::string local_time(const Settings&, const std::string& job, std::optional<WallTime>);
/// From when to when, in the same way; "-" for nothing.
std::string local_window(const Settings&, const std::string& job, const std::optional<Window>&);

/// RFC 3339, or a duration back from now ("7d"). `rejected` on anything else.
Result<WallTime> parse_since(const std::string& text, WallTime now);

/// RFC 3339, a local time of `zone` (2026-11-02, 2026-11-02T06:00) or a duration from now on ("2d"). `rejected` on
/// anything else.
Result<WallTime> parse_moment(const std::string& text, const Zone& zone, WallTime now);

/// Whether the job is in the configuration or has left something in the ledger; says what was meant otherwise.
Result<void> check_job_name(const Settings&, const LedgerReader&, const std::string& job);

/// By its id or an unambiguous part of one; `rejected` where there is none.
Result<ArtifactRecord> find_artifact(const LedgerReader&, const std::string& id);
/// The same; `rejected` also where its file is gone.
Result<ArtifactRecord> find_stored_artifact(const LedgerReader&, const std::string& id);
/// `rejected` where the configuration no longer has it.
Result<StoreSettings> store_of(const Settings&, const ArtifactRecord&);

/// "did you mean 'nightly'?" for a word that is none of these; with the whole list when it is short.
std::string suggestion(const std::string& word, const std::vector<std::string>& known);

template <class Map>
std::vector<std::string> names_of(const Map& map) {
    std::vector<std::string> names;
    for (const auto& [name, value] : map) names.push_back(name);
    return names;
}

}  // namespace garner
