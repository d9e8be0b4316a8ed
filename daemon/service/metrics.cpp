#include "service/metrics.hpp"

#include <array>
#include <limits>
#include <set>

#include "service/metrics_page.hpp"

namespace garner {
namespace {

using std::chrono::duration;

constexpr std::array terminal_states{RunState::succeeded, RunState::suspect, RunState::failed, RunState::skipped};
constexpr std::array unfinished_states{RunState::queued,      RunState::starting,  RunState::exporting,
                                       RunState::downloading, RunState::verifying, RunState::publishing,
                                       RunState::cleaning};

double seconds(Duration d) { return duration<double>(d).count(); }
double timestamp(std::optional<WallTime> t) { return t ? seconds(t->time_since_epoch()) : 0; }

template <class Map, class Key>
double value_of(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? 0 : static_cast<double>(found->second);
}

// Names that the ledger knows beside those of the configuration: a job that was taken out keeps its series.
std::set<std::string> all_jobs(const LedgerMetrics& ledger, const Settings& settings) {
    std::set<std::string> jobs;
    for (const auto& [name, job] : settings.jobs) jobs.insert(name);
    for (const auto& [key, count] : ledger.totals.runs) jobs.insert(key.first);
    for (const auto& [key, count] : ledger.totals.artifacts) jobs.insert(key.first);
    return jobs;
}

void add_targets(MetricsPage& page, const LedgerMetrics& ledger, const Settings& settings) {
    page.gauge("garner_run_last_success_timestamp_seconds",
               "When the newest succeeded run of the target ended; 0: never.");
    page.gauge("garner_run_last_attempt_timestamp_seconds",
               "When the newest run of the target that was tried ended, or began if it still goes on; 0: never.");
    page.gauge("garner_run_overdue", "1 when a success of the target is owed and late.");
    page.gauge("garner_run_consecutive_failures", "Failed or suspect runs of the target since its last success.");
    page.gauge("garner_artifact_last_size_bytes", "Size of the target's newest verified artifact; 0: none.");
    page.gauge("garner_targets",
               "Targets of the job: selected, unresolved (named and not listed), departed (no longer taken).");
    std::map<std::pair<std::string, TargetStanding>, double> standings;
    for (const auto& [name, job] : settings.jobs)
        for (const auto standing : {TargetStanding::selected, TargetStanding::unresolved, TargetStanding::departed})
            standings[{name, standing}] = 0;
    for (const TargetReport& report : ledger.targets) {
        const TargetStatus& status = report.status;
        const MetricsPage::Labels labels{{"job", status.job}, {"target", report.label}};
        page.set("garner_run_last_success_timestamp_seconds", labels, timestamp(status.last_success));
        page.set("garner_run_last_attempt_timestamp_seconds", labels, timestamp(status.last_attempt));
        page.set("garner_run_overdue", labels, report.overdue ? 1 : 0);
        page.set("garner_run_consecutive_failures", labels, status.consecutive_failures);
        page.set("garner_artifact_last_size_bytes", labels, static_cast<double>(status.last_size.value_or(0)));
        standings[{status.job, report.standing}] += 1;
    }
    for (const auto& [key, count] : standings) {
        const MetricsPage::Labels labels{{"job", key.first}, {"state", std::string(to_string(key.second))}};
        page.set("garner_targets", labels, count);
    }
}

void add_runs_and_artifacts(MetricsPage& page, const LedgerMetrics& ledger, const Settings& settings) {
    page.counter("garner_runs_total", "Runs that ended, by result.");
    page.histogram("garner_run_duration_seconds",
                   "How long succeeded runs took, from their first attempt to their end.");
    page.gauge("garner_artifacts", "Artifacts that the ledger has, by verdict.");
    page.gauge("garner_stored_bytes", "Bytes of the artifacts in the store, without those in its trash.");
    page.gauge("garner_trash_bytes", "Bytes of the artifacts in the store's trash.");
    page.counter("garner_pruned_total", "Artifacts that retention moved into the trash.");
    page.gauge("garner_prune_waiting_artifacts",
               "Artifacts that retention would remove at once, which is too many: garner prune --confirm.");
    page.set("garner_prune_waiting_artifacts", {},
             ledger.alarms.prune ? static_cast<double>(ledger.alarms.prune->verdict.wanted) : 0);
    const LedgerTotals& totals = ledger.totals;
    for (const std::string& job : all_jobs(ledger, settings)) {
        for (const RunState state : terminal_states) {
            const MetricsPage::Labels labels{{"job", job}, {"result", std::string(to_string(state))}};
            page.set("garner_runs_total", labels, value_of(totals.runs, std::pair(job, state)));
        }
        for (const Verdict verdict : {Verdict::verified, Verdict::suspect}) {
            const MetricsPage::Labels labels{{"job", job}, {"verdict", std::string(to_string(verdict))}};
            page.set("garner_artifacts", labels, value_of(totals.artifacts, std::pair(job, verdict)));
        }
        const auto durations = totals.durations.find(job);
        const LedgerTotals::Durations none;
        const LedgerTotals::Durations& taken = durations == totals.durations.end() ? none : durations->second;
        const MetricsPage::Labels labels{{"job", job}};
        page.set("garner_pruned_total", labels, value_of(totals.pruned, job));
        page.set_histogram("garner_run_duration_seconds", labels, run_duration_buckets, taken.counts,
                           taken.sum_seconds);
    }
    for (const auto& [name, job] : settings.jobs) {
        const MetricsPage::Labels labels{{"store", job.store}, {"job", name}};
        page.set("garner_stored_bytes", labels, value_of(totals.stored_bytes, std::pair(job.store, name)));
        page.set("garner_trash_bytes", labels, value_of(totals.trash_bytes, std::pair(job.store, name)));
    }
    for (const auto& [key, bytes] : totals.stored_bytes) {
        const MetricsPage::Labels labels{{"store", key.first}, {"job", key.second}};
        page.set("garner_stored_bytes", labels, static_cast<double>(bytes));
    }
    for (const auto& [key, bytes] : totals.trash_bytes) {
        const MetricsPage::Labels labels{{"store", key.first}, {"job", key.second}};
        page.set("garner_trash_bytes", labels, static_cast<double>(bytes));
    }
}

void add_remote(MetricsPage& page, const LedgerMetrics& ledger, const Settings& settings) {
    page.gauge("garner_remote_jobs", "Remote jobs of ours at the vendor: running, or left over.");
    page.gauge("garner_leftovers", "Remote jobs that may still exist at the vendor and are to be removed or adopted.");
    std::set<std::string> sources;
    for (const auto& [name, source] : settings.sources) sources.insert(name);
    for (const auto& [name, count] : ledger.totals.leftovers) sources.insert(name);
    page.gauge("garner_remote_expires_timestamp_seconds",
               "When the first remote job that waits to be fetched disappears at the vendor; 0: none.");
    for (const std::string& source : sources) {
        const auto expires = ledger.expiries.find(source);
        page.set("garner_remote_expires_timestamp_seconds", {{"source", source}},
                 expires == ledger.expiries.end() ? 0 : timestamp(expires->second));
        for (const std::string state : {"running", "leftover"})
            page.set("garner_remote_jobs", {{"source", source}, {"state", state}},
                     value_of(ledger.totals.remote_jobs, std::pair(source, state)));
        page.set("garner_leftovers", {{"source", source}}, value_of(ledger.totals.leftovers, source));
    }
}

void add_coverage(MetricsPage& page, const LedgerMetrics& ledger) {
    page.gauge("garner_coverage_gap_seconds", "Of the target's time, what is owed and not archived; 0: nothing.");
    page.gauge("garner_coverage_lost_seconds", "The part of the gap that the vendor has nothing of any more.");
    for (const TargetCoverage& one : ledger.coverage) {
        const MetricsPage::Labels labels{{"job", one.job}, {"target", one.label}};
        page.set("garner_coverage_gap_seconds", labels, seconds(missing_time(one.spans)));
        page.set("garner_coverage_lost_seconds", labels, seconds(time_in(one.spans, SpanState::lost)));
    }
}

void add_discovery(MetricsPage& page, const LedgerMetrics& ledger, const Settings& settings) {
    page.gauge("garner_discovery_refused",
               "1 while the source's newest list is not believed: garner targets --accept.");
    page.gauge(
        "garner_discovery_targets",
        "Targets of the source: listed, vanished (known from before), refused (in the list that is not believed).");
    page.gauge("garner_discovery_last_success_timestamp_seconds",
               "When the source last gave a list that was believed; 0: never.");
    for (const auto& [source, _] : settings.sources) {
        const auto found = ledger.totals.lists.find(source);
        const LedgerTotals::Lists lists = found == ledger.totals.lists.end() ? LedgerTotals::Lists{} : found->second;
        page.set("garner_discovery_refused", {{"source", source}}, lists.stands_refused ? 1 : 0);
        for (const auto& [state, count] : {std::pair("listed", lists.listed), std::pair("vanished", lists.vanished),
                                           std::pair("refused", lists.refused)})
            page.set("garner_discovery_targets", {{"source", source}, {"state", state}}, static_cast<double>(count));
        page.set("garner_discovery_last_success_timestamp_seconds", {{"source", source}}, timestamp(lists.accepted_at));
    }
}

void add_proofs(MetricsPage& page, const LedgerMetrics& ledger, const Settings& settings) {
    page.gauge("garner_verify_last_success_timestamp_seconds",
               "When a scheduled reading of the store last found all that was due as it was stored; 0: never.");
    page.gauge("garner_artifacts_damaged", "Artifacts that were found changed or missing after being stored.");
    for (const auto& [store, _] : settings.stores) {
        const auto found = ledger.totals.proofs.find(store);
        page.set("garner_verify_last_success_timestamp_seconds", {{"store", store}},
                 found == ledger.totals.proofs.end() ? 0 : timestamp(found->second.last_success));
        page.set("garner_artifacts_damaged", {{"store", store}}, value_of(ledger.totals.damaged, store));
    }
}

void add_schedule(MetricsPage& page, const LiveMetrics& live) {
    page.gauge("garner_runs_in_progress", "Runs that are going on, by state.");
    page.gauge("garner_schedule_next_run_timestamp_seconds", "The next due instant of the job; 0: none.");
    page.gauge("garner_schedule_expected_interval_seconds", "Time between the next two due instants of the job.");
    page.gauge("garner_schedule_paused", "1 while the job is paused.");
    page.gauge("garner_schedule_paused_since_timestamp_seconds", "Since when the job is paused; 0: it is not.");
    page.gauge("garner_scheduler_last_tick_timestamp_seconds",
               "When the scheduler last looked at what is due; 0: not yet.");
    page.set("garner_scheduler_last_tick_timestamp_seconds", {}, timestamp(live.scheduler_last_tick));
    for (const auto& [name, job] : live.settings->jobs) {
        for (const RunState state : unfinished_states)
            page.set("garner_runs_in_progress", {{"job", name}, {"state", std::string(to_string(state))}},
                     value_of(live.in_progress, std::pair(name, state)));
    }
    for (const JobOutlook& job : live.outlook) {
        page.set("garner_schedule_next_run_timestamp_seconds", {{"job", job.job}}, timestamp(job.next_run));
        page.set("garner_schedule_expected_interval_seconds", {{"job", job.job}}, seconds(job.interval));
        page.set("garner_schedule_paused", {{"job", job.job}}, job.pause ? 1 : 0);
        const bool since_known = job.pause && job.pause->since > WallTime::min();
        page.set("garner_schedule_paused_since_timestamp_seconds", {{"job", job.job}},
                 since_known ? timestamp(job.pause->since) : 0);
    }
}

void add_traffic(MetricsPage& page, const LiveMetrics& live) {
    page.gauge("garner_source_up",
               "0 while the source cannot be reached, after five failures in a row; NaN: it was not asked yet.");
    page.counter("garner_http_requests_total", "Requests to the source by status; code 0: no answer came.");
    page.histogram("garner_http_request_duration_seconds", "How long requests to the source took.");
    page.counter("garner_throttled_seconds_total", "Seconds that requests waited because the vendor asked for it.");
    page.counter("garner_budget_wait_seconds_total", "Seconds that requests waited for the source's own budget.");
    page.counter("garner_download_bytes_total", "Bytes downloaded from the source.");
    for (const auto& [name, source] : live.settings->sources) {
        const auto up = live.source_up.find(name);
        constexpr double not_tried = std::numeric_limits<double>::quiet_NaN();  // neither green nor red
        page.set("garner_source_up", {{"source", name}}, up == live.source_up.end() ? not_tried : up->second ? 1 : 0);
        const auto found = live.traffic.find(name);
        const SourceTraffic none;
        const SourceTraffic& traffic = found == live.traffic.end() ? none : found->second;
        page.set("garner_http_requests_total", {{"source", name}, {"code", "200"}}, value_of(traffic.requests, 200));
        for (const auto& [code, count] : traffic.requests)
            page.set("garner_http_requests_total", {{"source", name}, {"code", std::to_string(code)}},
                     static_cast<double>(count));
        page.set_histogram("garner_http_request_duration_seconds", {{"source", name}}, request_duration_buckets,
                           traffic.durations, traffic.duration_sum_seconds);
        page.set("garner_throttled_seconds_total", {{"source", name}}, value_of(live.throttled_seconds, name));
        page.set("garner_budget_wait_seconds_total", {{"source", name}}, value_of(live.budget_wait_seconds, name));
        page.set("garner_download_bytes_total", {{"source", name}}, static_cast<double>(traffic.bytes_downloaded));
    }
}

void add_stores(MetricsPage& page, const LiveMetrics& live) {
    page.gauge("garner_store_free_bytes", "Bytes that garner can still write on the store's file system.");
    page.gauge("garner_store_reserve_bytes", "Below this much free space no download starts.");
    for (const auto& [name, store] : live.settings->stores) {
        page.set("garner_store_reserve_bytes", {{"store", name}}, static_cast<double>(store.reserve_bytes));
        const auto free = live.store_free_bytes.find(name);
        if (free != live.store_free_bytes.end())
            page.set("garner_store_free_bytes", {{"store", name}}, static_cast<double>(free->second));
    }
}

void add_process(MetricsPage& page, const LiveMetrics& live) {
    page.gauge("garner_build_info", "The running version; always 1.");
    page.set("garner_build_info", {{"version", GARNER_VERSION}}, 1);
    page.gauge("garner_config_last_reload_successful", "Whether the last reload of the configuration was applied.");
    page.set("garner_config_last_reload_successful", {}, live.last_reload_successful ? 1 : 0);
    page.gauge("garner_config_last_reload_success_timestamp_seconds", "When a configuration was last applied.");
    page.set("garner_config_last_reload_success_timestamp_seconds", {}, timestamp(live.last_reload_success));
    page.gauge("garner_clock_suspect", "1 while the wall clock cannot be trusted.");
    page.set("garner_clock_suspect", {}, live.clock_suspect ? 1 : 0);
    page.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
    page.set("process_start_time_seconds", {}, timestamp(live.started_at));
    if (!live.process) return;
    page.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
    page.gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
    page.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
    page.gauge("process_open_fds", "Number of open file descriptors.");
    page.gauge("process_max_fds", "Maximum number of open file descriptors.");
    page.set("process_cpu_seconds_total", {}, live.process->cpu_seconds);
    page.set("process_resident_memory_bytes", {}, live.process->resident_bytes);
    page.set("process_virtual_memory_bytes", {}, live.process->virtual_bytes);
    page.set("process_open_fds", {}, live.process->open_fds);
    page.set("process_max_fds", {}, live.process->max_fds);
}

}  // namespace

Result<LedgerMetrics> read_ledger_metrics(const LedgerReader& reader, const Settings& settings, WallTime now) {
    auto totals = reader.totals();
    if (!totals) return totals.error();
    auto known = read_known_targets(reader, settings);
    if (!known) return known.error();
    LedgerMetrics metrics;
    const auto schedules = read_schedule_history(reader);
    if (!schedules) return schedules.error();
    metrics.targets = report_targets(settings, totals->targets, *known, now, *schedules);
    metrics.totals = std::move(*totals);
    auto coverage = read_coverage(reader, settings, metrics.targets, *schedules, now);
    if (!coverage) return coverage.error();
    metrics.coverage = std::move(*coverage);
    auto expiries = read_expiries(reader, settings);
    if (!expiries) return expiries.error();
    metrics.expiries = std::move(*expiries);
    auto alarms = read_alarms(reader, settings);
    if (!alarms) return alarms.error();
    metrics.alarms = std::move(*alarms);
    auto sources = read_source_reports(reader, settings, now);
    if (!sources) return sources.error();
    metrics.sources = std::move(*sources);
    return metrics;
}

std::string render_metrics(const LiveMetrics& live, const LedgerMetrics* ledger) {
    MetricsPage page;
    page.gauge("garner_ledger_readable", "Whether the ledger could be read for this page.");
    page.set("garner_ledger_readable", {}, ledger == nullptr ? 0 : 1);
    if (ledger != nullptr) {
        add_targets(page, *ledger, *live.settings);
        add_runs_and_artifacts(page, *ledger, *live.settings);
        add_remote(page, *ledger, *live.settings);
        add_coverage(page, *ledger);
        add_discovery(page, *ledger, *live.settings);
        add_proofs(page, *ledger, *live.settings);
    }
    add_schedule(page, live);
    add_traffic(page, live);
    add_stores(page, live);
    add_process(page, live);
    return page.text();
}

}  // namespace garner
