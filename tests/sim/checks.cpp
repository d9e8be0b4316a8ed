// What must hold, whatever has happened: invariants, apart from the scenarios.
#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "ledger/reader.hpp"
#include "platform/sha256.hpp"
#include "sim/world.hpp"
#include "store/artifact_store.hpp"

namespace garner::sim {
namespace {

// 1. Every artifact in the ledger is in its store with that size and digest, and its manifest says so.
std::string artifacts_are_whole(const std::vector<ArtifactRecord>& artifacts, const SimDisk& disk,
                                const std::string& store) {
    for (const ArtifactRecord& artifact : artifacts) {
        const std::string path = store + "/" + artifact.path;
        const std::string* bytes = disk.file(path);
        if (bytes == nullptr) return "the ledger lists " + path + ", the store has no such file";
        if (bytes->size() != artifact.size || Sha256::of(*bytes) != artifact.sha256)
            return path + " is not what the ledger recorded";
        const std::string* manifest = disk.file(path + ".manifest.json");
        if (manifest == nullptr) return path + " has no manifest";
        const auto read = parse_manifest(*manifest);
        if (!read) return path + ": " + read.error().what;
        if (read->artifact.sha256 != artifact.sha256 || read->artifact.id != artifact.id ||
            read->artifact.run != artifact.run)
            return path + ": its manifest is of another artifact";
    }
    return {};
}

// 3. One run per (job, target, instant); no vendor is asked for what it does not allow.
std::string runs_happen_once(const std::vector<RunRecord>& runs) {
    std::set<std::string> seen;
    for (const RunRecord& run : runs)
        if (!seen.insert(run.job + "|" + run.target.id + "|" + std::to_string(to_unix_ms(run.scheduled_at)) + "|" +
                         (run.window ? std::to_string(to_unix_ms(run.window->start)) : ""))
                 .second)
            return "two runs of " + run.target.name + " at " + format_rfc3339(run.scheduled_at);
    return {};
}

// A remote job as its vendor knows it.
struct RemoteJob {
    std::string id;
    std::string target_id;
    bool may_be_forgotten = false;  ///< we know that it brings nothing any more, and nothing of it is left there
};

std::vector<RemoteJob> remote_jobs(const sandbox::TulipModel& tulip, const sandbox::ServitlyModel& servitly,
                                   const sandbox::AppgateModel& appgate) {
    std::vector<RemoteJob> all;
    for (const auto& job : tulip.jobs())
        all.push_back(
            {job.id, job.machine_id, job.polls_complete > 0 || (job.polls > 0 && (job.fails || job.vanishes))});
    for (const auto& job : servitly.jobs())
        if (!job.foreign)
            all.push_back(
                {job.id, job.tenant, job.polls_complete > 0 || (job.polls > 0 && (job.fails || job.vanishes))});
    for (const auto& job : appgate.jobs())
        all.push_back({job.id, job.appliance_id, job.deleted || (job.polls > 0 && job.vanishes)});
    return all;
}

// 5. Every remote job that we started belongs to a run, or is listed as a leftover. A backup that a finished run has
// stored is still on its appliance only when it is listed.
std::string remote_jobs_are_known(const std::vector<RunRecord>& runs, const std::vector<LeftoverRecord>& leftovers,
                                  const std::vector<RemoteJob>& jobs, const sandbox::AppgateModel& appgate) {
    std::set<std::string> known;
    std::set<std::string> in_hand;
    std::map<std::string, std::size_t> unnamed;
    for (const RunRecord& run : runs) {
        if (!run.remote_job.empty()) known.insert(run.remote_job);
        if (!run.remote_job.empty() && !is_terminal(run.state)) in_hand.insert(run.remote_job);
        if (run.start_sent && run.remote_job.empty()) ++unnamed[run.target.id];
    }
    for (const LeftoverRecord& leftover : leftovers) {
        if (!leftover.remote_job.empty()) {
            known.insert(leftover.remote_job);
            in_hand.insert(leftover.remote_job);
        } else {
            ++unnamed[leftover.target.id];
        }
    }
    const std::vector<std::string> left = appgate.left_behind();
    const std::set<std::string> on_appliances(left.begin(), left.end());
    for (const RemoteJob& job : jobs) {
        if (on_appliances.contains(job.id) ? in_hand.contains(job.id) : known.contains(job.id)) continue;
        if (job.may_be_forgotten) continue;
        // An id that never reached us is covered by a leftover or an open question for its target.
        if (unnamed[job.target_id] > 0) {
            --unnamed[job.target_id];
            continue;
        }
        return "nobody knows of remote job " + job.id + " of " + job.target_id +
               (on_appliances.contains(job.id) ? ", which lies on its appliance" : "");
    }
    return {};
}

// 7. What is archived of a target's time does not overlap: no window is fetched twice as a success.
std::string windows_do_not_overlap(const std::vector<ArtifactRecord>& artifacts) {
    std::map<std::string, std::vector<Window>> covered;
    for (const ArtifactRecord& artifact : artifacts)
        if (artifact.window && artifact.verdict == Verdict::verified)
            covered[artifact.job + "|" + artifact.target.id].push_back(*artifact.window);
    for (auto& [target, windows] : covered) {
        std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return a.start < b.start; });
        for (std::size_t i = 1; i < windows.size(); ++i)
            if (windows[i].start < windows[i - 1].end)
                return target + ": two artifacts cover " + format_rfc3339(windows[i].start);
    }
    return {};
}

// 6. No secret in what was told, in the ledger, or in a file's name.
std::string no_secret(const World& world, const SimDisk& disk, const Database& ledger) {
    constexpr std::string_view canary = "7Qz0vXr2TtL9";
    if (world.told().find(canary) != std::string::npos) return "a secret was told to the observer";
    for (const std::string& path : disk.files())
        if (path.find(canary) != std::string::npos || disk.file(path)->find(canary) != std::string::npos)
            return "a secret is in " + path;
    const LedgerReader reader(ledger);
    const auto runs = reader.runs({});
    if (!runs) return runs.error().what;
    for (const RunRecord& run : *runs) {
        if (run.reason.find(canary) != std::string::npos) return "a secret is in the reason of run " + run.id;
        const auto timeline = reader.timeline(run.id);
        if (!timeline) return timeline.error().what;
        for (const TimelineEntry& entry : *timeline)
            if (entry.detail.find(canary) != std::string::npos ||
                entry.detail.find("X-Amz-Signature=") != std::string::npos)
                return "a secret is in the timeline of run " + run.id;
    }
    return {};
}

}  // namespace

std::string World::broken_invariant() const {
    if (!engine_error_.empty()) return "the engine failed: " + engine_error_;
    const LedgerReader reader(database_);
    const auto artifacts = reader.artifacts({});
    if (!artifacts) return artifacts.error().what;
    const auto runs = reader.runs({});
    if (!runs) return runs.error().what;
    const auto leftovers = reader.leftovers("");
    if (!leftovers) return leftovers.error().what;
    if (auto wrong = artifacts_are_whole(*artifacts, disk_, store_path()); !wrong.empty()) return wrong;
    if (auto wrong = runs_happen_once(*runs); !wrong.empty()) return wrong;
    const auto jobs = remote_jobs(vendor_, servitly_, appgate_);
    if (auto wrong = remote_jobs_are_known(*runs, *leftovers, jobs, appgate_); !wrong.empty()) return wrong;
    if (auto wrong = windows_do_not_overlap(*artifacts); !wrong.empty()) return wrong;
    if (auto wrong = no_secret(*this, disk_, database_); !wrong.empty()) return wrong;
    for (const std::vector<sandbox::Violation>* violations :
         {&vendor_.violations(), &faults_.violations(), &servitly_.violations(), &servitly_faults_.violations(),
          &appgate_.violations(), &appgate_faults_.violations()})
        if (!violations->empty())
            return "the vendor complains: " + violations->front().what + " at " +
                   format_rfc3339(violations->front().at);
    if (!network_.violations().empty()) return network_.violations().front();
    return {};
}

// 4. Once faults stop, every target succeeds within one interval, nothing is left open, no partial file is left.
std::string World::not_alive_again(WallTime since) const {
    const LedgerReader reader(database_);
    const auto unfinished = reader.unfinished_runs();
    if (!unfinished) return unfinished.error().what;
    if (!unfinished->empty())
        return "run " + unfinished->front().id + " is still " + std::string(to_string(unfinished->front().state));
    const auto statuses = reader.statuses();
    if (!statuses) return statuses.error().what;
    const std::size_t stateless_appliances = options_.appliances - std::min<std::size_t>(options_.appliances, 3);
    const std::size_t targets = (options_.tulip ? options_.machines : 0) + (options_.servitly ? options_.tenants : 0) +
                                (options_.appgate ? options_.appliances - stateless_appliances : 0);
    if (statuses->size() != targets) return std::to_string(statuses->size()) + " targets have a status";
    // What could be removed is removed; starts whose answer was lost cannot be.
    const auto leftovers = reader.leftovers("perimeter");
    if (!leftovers) return leftovers.error().what;
    for (const LeftoverRecord& leftover : *leftovers)
        if (leftover.fate == LeftoverFate::discard && leftover.next_try && *leftover.next_try <= clock_.wall_now())
            return "backup " + leftover.remote_job + " is still on its appliance: " + leftover.why;
    for (const TargetStatus& status : *statuses)
        if (!status.last_success || *status.last_success < since)
            return status.target.name + " has not succeeded since: " + status.reason;
    for (const std::string& path : disk_.files())
        if (path.find("/.staging/") != std::string::npos) return "left in staging: " + path;
    return {};
}

}  // namespace garner::sim
