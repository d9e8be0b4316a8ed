// How each source stands, from the ledger alone: so `garner status` tells it while the daemon is down as well.
#pragma once

#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "ledger/reader.hpp"

namespace garner {

struct SourceReport {
    enum class Trouble { none, down, held, login_rejected };

    std::string source;
    Trouble trouble = Trouble::none;
    std::optional<WallTime> since;       ///< of the trouble
    std::optional<WallTime> held_until;  ///< the vendor asked to be left alone until then
    std::string reason;
    std::vector<std::string> waiting;  ///< runs of the source that have not ended, where there is trouble
};

/// One a configured source, by name.
Result<std::vector<SourceReport>> read_source_reports(const LedgerReader&, const Settings&, WallTime now);

/// `sources` of `garner status --json`.
boost::json::array sources_json(const std::vector<SourceReport>&);

/// "source plant cannot be reached since ...: ...; 3 runs wait: ..."; empty where there is no trouble.
std::string sentence_of(const SourceReport&);

}  // namespace garner
