#include "ledger/target_report.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "core/overdue.hpp"
#include "core/report_json.hpp"
#include "core/selection.hpp"
#include "core/text.hpp"
#include "ledger/ledger.hpp"

namespace garner {
namespace {

constexpr std::size_t label_bytes_max = 128;

struct JobTarget {
    Target target;
    TargetStanding standing;
};

// A word of `include` that the vendor does not list is a target all the same: what was asked for and is missing must
// show.
Target target_of_word(const std::string& word) {
    constexpr std::string_view id_prefix = "id:";
    if (word.starts_with(id_prefix)) return {word.substr(id_prefix.size()), word.substr(id_prefix.size())};
    return {"", word};
}

std::vector<JobTarget> targets_of(const JobSettings& job, const std::vector<Target>& listed) {
    std::vector<JobTarget> all;
    Selection selection = select_targets(job.targets, listed);
    for (Target& target : selection.targets) all.push_back({std::move(target), TargetStanding::selected});
    for (const Unresolved& unresolved : selection.unresolved)
        all.push_back({target_of_word(unresolved.word), TargetStanding::unresolved});
    return all;
}

// The statuses of the ledger by job and target id, each handed out once.
class Histories {
public:
    explicit Histories(const std::vector<TargetStatus>& statuses) : statuses_(statuses) {
        for (const TargetStatus& status : statuses) by_id_.emplace(std::pair(status.job, status.target.id), &status);
    }

    const TargetStatus* take(const std::string& job, const JobTarget& wanted) {
        if (!wanted.target.id.empty()) {
            const auto found = by_id_.find({job, wanted.target.id});
            if (found != by_id_.end() && taken_.insert(found->second).second) return found->second;
        }
        if (wanted.standing != TargetStanding::unresolved) return nullptr;
        // A run of an unresolved word carries the word as its id, or no id.
        for (const TargetStatus& status : statuses_) {
            const bool same = status.job == job && status.target.name == wanted.target.name &&
                              (status.target.id.empty() || status.target.id == status.target.name);
            if (same && taken_.insert(&status).second) return &status;
        }
        return nullptr;
    }

    bool taken(const TargetStatus& status) const { return taken_.contains(&status); }

private:
    const std::vector<TargetStatus>& statuses_;
    std::map<std::pair<std::string, std::string>, const TargetStatus*> by_id_;
    std::set<const TargetStatus*> taken_;
};

void label_all(std::vector<TargetReport>& reports) {
    std::map<std::pair<std::string, std::string>, int> uses;
    for (TargetReport& report : reports) {
        const Target& target = report.status.target;
        report.label = printable(target.name.empty() ? target.id : target.name, label_bytes_max);
        ++uses[{report.status.job, report.label}];
    }
    std::set<std::pair<std::string, std::string>> taken;
    for (TargetReport& report : reports) {
        const std::string& job = report.status.job;
        const std::string id = printable(report.status.target.id, label_bytes_max);
        if (uses[{job, report.label}] > 1 && !id.empty()) report.label += " (" + id + ")";
        const std::string base = report.label;
        for (int n = 2; !taken.emplace(job, report.label).second; ++n) report.label = base + " #" + std::to_string(n);
    }
}

bool is_failing(const TargetReport& report) {
    return report.standing != TargetStanding::departed &&
           (report.status.consecutive_failures > 0 || report.standing == TargetStanding::unresolved);
}

// An unresolved word counts only once its source was listed: before that nobody knows.
bool was_listed(const std::map<std::string, std::vector<Target>>& known, const std::string& source) {
    const auto found = known.find(source);
    return found != known.end() && !found->second.empty();
}

struct JobHistory {
    std::optional<Pause> pause;  ///< that holds now
    std::optional<WallTime> counts_from;
};

// What the configuration pauses is paused, whatever a person said before.
JobHistory history_of(const JobSettings& job, const ScheduleHistory& schedules, WallTime now) {
    JobHistory history;
    if (const auto from = schedules.counting_from.find(job.name); from != schedules.counting_from.end())
        history.counts_from = from->second;
    if (job.paused) history.pause = pause_of_configuration(history.counts_from);
    const auto newest = schedules.pauses.find(job.name);
    if (newest == schedules.pauses.end()) return history;
    const Pause& pause = newest->second;
    if (pause.covers(now) && !history.pause) history.pause = pause;
    if (pause.until && *pause.until <= now)
        history.counts_from = std::max(history.counts_from.value_or(WallTime::min()), *pause.until);
    return history;
}

std::optional<WallTime> next_run_of(const JobSettings& job, const std::optional<Pause>& pause, WallTime now) {
    if (job.schedule.empty() || (pause && !pause->until)) return std::nullopt;
    return job.schedule.next_after(pause ? *pause->until - Duration(1) : now, job.zone);
}

}  // namespace

std::string_view to_string(TargetStanding standing) {
    switch (standing) {
        case TargetStanding::selected:
            return "selected";
        case TargetStanding::unresolved:
            return "unresolved";
        case TargetStanding::departed:
            return "departed";
    }
    return "selected";
}

std::vector<TargetReport> report_targets(const Settings& settings, const std::vector<TargetStatus>& statuses,
                                         const std::map<std::string, std::vector<Target>>& known, WallTime now,
                                         const ScheduleHistory& schedules) {
    std::vector<TargetReport> reports;
    Histories histories(statuses);
    for (const auto& [name, job] : settings.jobs) {
        const JobHistory history = history_of(job, schedules, now);
        const auto listed = known.find(job.source);
        const std::vector<Target> none;
        for (const JobTarget& wanted : targets_of(job, listed == known.end() ? none : listed->second)) {
            TargetReport report;
            report.status.job = name;
            report.status.source = job.source;
            report.status.target = wanted.target;
            if (const TargetStatus* past = histories.take(name, wanted)) {
                report.status = *past;
                report.status.target = wanted.target;
            }
            report.standing = wanted.standing;
            if (wanted.standing == TargetStanding::unresolved && !was_listed(known, job.source))
                report.standing = TargetStanding::selected;
            report.next_run = next_run_of(job, history.pause, now);
            report.pause = history.pause;
            report.overdue = !report.pause && is_overdue(job, report.status.last_success, report.status.first_seen, now,
                                                         history.counts_from);
            reports.push_back(std::move(report));
        }
    }
    for (const TargetStatus& status : statuses) {
        if (histories.taken(status)) continue;
        TargetReport report;
        report.status = status;
        report.standing = TargetStanding::departed;
        reports.push_back(std::move(report));
    }
    label_all(reports);
    std::sort(reports.begin(), reports.end(), [](const TargetReport& a, const TargetReport& b) {
        return std::tie(a.status.job, a.label) < std::tie(b.status.job, b.label);
    });
    return reports;
}

Result<std::map<std::string, std::vector<Target>>> read_known_targets(const LedgerReader& reader,
                                                                      const Settings& settings) {
    std::map<std::string, std::vector<Target>> known;
    for (const auto& [name, source] : settings.sources) {
        auto targets = reader.targets(name);
        if (!targets) return targets.error();
        known[name] = std::move(*targets);
    }
    return known;
}

Result<std::vector<TargetReport>> read_target_reports(const LedgerReader& reader, const Settings& settings,
                                                      WallTime now) {
    auto statuses = reader.statuses();
    if (!statuses) return statuses.error();
    auto known = read_known_targets(reader, settings);
    if (!known) return known.error();
    const auto schedules = read_schedule_history(reader);
    if (!schedules) return schedules.error();
    return report_targets(settings, *statuses, *known, now, *schedules);
}

Result<ScheduleHistory> read_schedule_history(const LedgerReader& reader) {
    auto pauses = reader.pauses();
    if (!pauses) return pauses.error();
    const auto cursors = reader.cursors();
    if (!cursors) return cursors.error();
    ScheduleHistory history;
    history.pauses = std::move(*pauses);
    for (const auto& [job, cursor] : *cursors)
        if (cursor.counts_from) history.counting_from[job] = *cursor.counts_from;
    return history;
}

bool all_well(const std::vector<TargetReport>& reports) {
    return std::none_of(reports.begin(), reports.end(),
                        [](const TargetReport& report) { return report.overdue || is_failing(report); });
}

std::string summarize(const std::vector<TargetReport>& reports) {
    std::size_t overdue = 0;
    std::size_t failing = 0;
    std::size_t waiting = 0;
    std::size_t departed = 0;
    std::size_t paused = 0;
    for (const TargetReport& report : reports) {
        if (report.standing == TargetStanding::departed) {
            ++departed;
        } else if (report.overdue) {
            ++overdue;
        } else if (is_failing(report)) {
            ++failing;
        } else if (report.pause) {
            ++paused;
        } else if (!report.status.last_success) {
            ++waiting;
        }
    }
    const std::size_t current = reports.size() - departed;
    if (current == 0) return "no targets yet";
    std::string text = std::to_string(current) + (current == 1 ? " target: " : " targets: ");
    text += std::to_string(current - overdue - failing - waiting - paused) + " fine";
    if (waiting > 0) text += ", " + std::to_string(waiting) + " without a success yet";
    if (failing > 0) text += ", " + std::to_string(failing) + " failing";
    if (paused > 0) text += ", " + std::to_string(paused) + " paused";
    if (overdue > 0) text += ", " + std::to_string(overdue) + " overdue";
    if (departed > 0) text += "; " + std::to_string(departed) + " no longer taken";
    return text;
}

boost::json::object target_json(const TargetReport& report) {
    const TargetStatus& status = report.status;
    boost::json::object object;
    object["job"] = status.job;
    object["source"] = status.source;
    object["target"] = json_text_or_null(status.target.id);
    object["target_name"] = json_text(status.target.name);
    object["last_success"] = json_time(status.last_success);
    object["last_attempt"] = json_time(status.last_attempt);
    if (status.verdict)
        object["verdict"] = std::string(to_string(*status.verdict));
    else
        object["verdict"] = nullptr;
    object["next_run"] = json_time(report.next_run);
    object["overdue"] = report.overdue;
    object["paused"] = report.pause.has_value();
    object["consecutive_failures"] = status.consecutive_failures;
    object["reason"] = json_text(status.reason);
    object["standing"] = std::string(to_string(report.standing));
    if (report.pause) object["pause"] = pause_json(*report.pause);
    return object;
}

boost::json::object status_json(const std::vector<TargetReport>& reports) {
    boost::json::object object;
    object["summary"] = summarize(reports);
    object["ok"] = all_well(reports);
    object["targets"] = json_list(reports, target_json);
    return object;
}

}  // namespace garner
