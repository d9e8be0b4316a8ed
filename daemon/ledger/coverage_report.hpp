// Coverage of every target of every job with windows, and what disappears at the vendors when: what `garner gaps`,
// /api/v1/gaps and the metrics say.
#pragma once

#include <boost/json/array.hpp>
#include <map>
#include <string>
#include <vector>

#include "core/coverage.hpp"
#include "ledger/target_report.hpp"

namespace garner {

struct TargetCoverage {
    std::string job;
    std::string source;
    Target target;
    std::string label;  ///< as in TargetReport
    std::vector<Span> spans;
};

/// Of the targets that jobs with windows take, in the reports' order. `schedules`: as the reports were made with.
Result<std::vector<TargetCoverage>> read_coverage(const LedgerReader&, const Settings&,
                                                  const std::vector<TargetReport>&, const ScheduleHistory& schedules,
                                                  WallTime now);

/// Reads what that needs as well.
Result<std::vector<TargetCoverage>> read_coverage(const LedgerReader&, const Settings&, WallTime now);

/// `garner gaps --json`: with `all` also what is archived, closed or open.
boost::json::array coverage_json(const std::vector<TargetCoverage>&, bool all);

/// Whether a span needs no attention: it is archived, closed or open.
bool is_settled(const Span&);

/// By source: when the first remote job that waits to be fetched disappears at the vendor.
Result<std::map<std::string, WallTime>> read_expiries(const LedgerReader&, const Settings&);

}  // namespace garner
