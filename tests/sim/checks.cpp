// What must hold, whatever has happened: invariants, apart from the scenarios.
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
        if (!seen.insert(run.job + "|" + run.target.id + "|" + std::to_string(to_unix_ms(run.scheduled_at))).second)
            return "two runs of " + run.target.name + " at " + format_rfc3339(run.scheduled_at);
    return {};
}

// 5. Every remote job that we started belongs to a run, or is listed as a leftover.
std::string remote_jobs_are_known(const std::vector<RunRecord>& runs, const std::vector<LeftoverRecord>& leftovers,
                                  const sandbox::TulipModel& vendor) {
    std::set<std::string> known;
    std::map<std::string, std::size_t> unnamed;
    for (const RunRecord& run : runs) {
        if (!run.remote_job.empty()) known.insert(run.remote_job);
        if (run.start_sent && run.remote_job.empty()) ++unnamed[run.target.id];
    }
    for (const LeftoverRecord& leftover : leftovers) {
        if (!leftover.remote_job.empty())
            known.insert(leftover.remote_job);
        else
            ++unnamed[leftover.target.id];
    }
    for (const auto& job : vendor.jobs()) {
        if (known.contains(job.id)) continue;
        // An id that never reached us is covered by a leftover or an open question for its machine.
        if (unnamed[job.machine_id] > 0) {
            --unnamed[job.machine_id];
            continue;
        }
        // One that we saw finished, or that ended badly, has been given up for good, with nothing left to fetch.
        if (job.polls_complete > 0) continue;
        if (job.polls > 0 && (job.fails || job.vanishes)) continue;
        return "nobody knows of remote job " + job.id + " of " + job.machine_name;
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
    if (auto wrong = remote_jobs_are_known(*runs, *leftovers, vendor_); !wrong.empty()) return wrong;
    if (auto wrong = no_secret(*this, disk_, database_); !wrong.empty()) return wrong;
    if (!vendor_.violations().empty()) return "the vendor complains: " + vendor_.violations().front().what;
    if (!faults_.violations().empty()) return "the vendor complains: " + faults_.violations().front().what;
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
    if (statuses->size() != options_.machines) return std::to_string(statuses->size()) + " targets have a status";
    for (const TargetStatus& status : *statuses)
        if (!status.last_success || *status.last_success < since)
            return status.target.name + " has not succeeded since: " + status.reason;
    for (const std::string& path : disk_.files())
        if (path.find("/.staging/") != std::string::npos) return "left in staging: " + path;
    return {};
}

}  // namespace garner::sim
