#include "ledger/coverage_report.hpp"

#include <algorithm>

#include "core/expiry.hpp"
#include "core/report_json.hpp"

namespace garner {

Result<std::vector<TargetCoverage>> read_coverage(const LedgerReader& reader, const Settings& settings,
                                                  const std::vector<TargetReport>& reports,
                                                  const ScheduleHistory& schedules, WallTime now) {
    std::vector<TargetCoverage> all;
    for (const TargetReport& report : reports) {
        const TargetStatus& status = report.status;
        const auto job = settings.jobs.find(status.job);
        if (report.standing == TargetStanding::departed || job == settings.jobs.end() || !job->second.window) continue;
        auto facts = reader.coverage_facts(status.job, status.source, status.target.id);
        if (!facts) return facts.error();
        if (const auto from = schedules.counting_from.find(status.job); from != schedules.counting_from.end())
            facts->counts_from = from->second;
        all.push_back({status.job, status.source, status.target, report.label, coverage_of(job->second, *facts, now)});
    }
    return all;
}

Result<std::vector<TargetCoverage>> read_coverage(const LedgerReader& reader, const Settings& settings, WallTime now) {
    const auto reports = read_target_reports(reader, settings, now);
    if (!reports) return reports.error();
    const auto schedules = read_schedule_history(reader);
    if (!schedules) return schedules.error();
    return read_coverage(reader, settings, *reports, *schedules, now);
}

bool is_settled(const Span& span) {
    return span.state == SpanState::archived || span.state == SpanState::closed || span.state == SpanState::open;
}

boost::json::array coverage_json(const std::vector<TargetCoverage>& coverage, bool all) {
    boost::json::array list;
    for (const TargetCoverage& one : coverage) {
        for (const Span& span : one.spans) {
            if (!all && is_settled(span)) continue;
            boost::json::object object;
            object["job"] = one.job;
            object["source"] = one.source;
            object["target"] = json_text_or_null(one.target.id);
            object["target_name"] = json_text(one.target.name);
            object["start"] = format_rfc3339(span.window.start);
            object["end"] = format_rfc3339(span.window.end);
            object["state"] = std::string(to_string(span.state));
            object["late"] = span.late;
            object["note"] = json_text(span.note);
            list.push_back(std::move(object));
        }
    }
    return list;
}

Result<std::map<std::string, WallTime>> read_expiries(const LedgerReader& reader, const Settings& settings) {
    std::map<std::string, WallTime> first;
    const auto note = [&](const std::string& source, std::optional<WallTime> expires) {
        if (!expires) return;
        const auto known = first.emplace(source, *expires).first;
        known->second = std::min(known->second, *expires);
    };
    const auto runs = reader.unfinished_runs();
    if (!runs) return runs.error();
    for (const RunRecord& run : *runs) note(run.source, expires_at(settings.sources, run));
    const auto leftovers = reader.leftovers("");
    if (!leftovers) return leftovers.error();
    for (const LeftoverRecord& leftover : *leftovers) note(leftover.source, expires_at(settings.sources, leftover));
    return first;
}

}  // namespace garner
