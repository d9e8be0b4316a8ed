// /metrics: every name of PRODUCT.md section 12 that garner can fill. What speaks of runs and artifacts comes from the
// ledger and is the same after a restart; the rest is what the process knows now.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/settings.hpp"
#include "engine/engine.hpp"
#include "ledger/alarms.hpp"
#include "ledger/coverage_report.hpp"
#include "ledger/reader.hpp"
#include "ledger/source_report.hpp"
#include "ledger/target_report.hpp"
#include "service/http_metrics.hpp"
#include "service/process_metrics.hpp"

namespace garner {

/// The ledger's part: one consistent read.
struct LedgerMetrics {
    std::vector<SourceReport> sources;
    LedgerTotals totals;
    std::vector<TargetReport> targets;
    std::vector<TargetCoverage> coverage;
    std::map<std::string, WallTime> expiries;  ///< by source
    Alarms alarms;
};

Result<LedgerMetrics> read_ledger_metrics(const LedgerReader&, const Settings&, WallTime now);

/// The process's part, copied on the loop.
struct LiveMetrics {
    std::shared_ptr<const Settings> settings;
    std::vector<JobOutlook> outlook;
    std::map<std::pair<std::string, RunState>, std::size_t> in_progress;
    std::map<std::string, bool> source_up;
    std::map<std::string, double> throttled_seconds;
    bool clock_suspect = false;
    std::map<std::string, double> budget_wait_seconds;
    std::map<std::string, SourceTraffic> traffic;
    std::map<std::string, std::uint64_t> store_free_bytes;  ///< absent: could not be asked
    bool last_reload_successful = true;
    std::optional<WallTime> last_reload_success;
    std::optional<WallTime> scheduler_last_tick;
    WallTime started_at;
    std::optional<ProcessUse> process;
};

/// The page. Without the ledger's part (null: it could not be read) garner_ledger_readable is 0 and the ledger's
/// families are missing.
std::string render_metrics(const LiveMetrics&, const LedgerMetrics*);

}  // namespace garner
