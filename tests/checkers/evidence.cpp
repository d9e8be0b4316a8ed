#include "checkers/evidence.hpp"

namespace garner::checkers {
namespace {

template <class T>
bool take(Result<T> read, T& into, std::string& wrong) {
    if (read) {
        into = std::move(*read);
        return true;
    }
    wrong = read.error().what;
    return false;
}

}  // namespace

std::string read_ledger(const Database& database, Evidence& evidence) {
    const LedgerReader reader(database);
    std::string wrong;
    if (!take(reader.runs({}), evidence.runs, wrong) || !take(reader.artifacts({}), evidence.artifacts, wrong) ||
        !take(reader.leftovers(""), evidence.leftovers, wrong) || !take(reader.statuses(), evidence.statuses, wrong) ||
        !take(reader.totals(), evidence.totals, wrong) || !take(reader.rules_in_force(), evidence.rules, wrong))
        return wrong;
    ArtifactFilter ever;
    ever.where = Whereabouts::anywhere;
    if (!take(reader.artifacts(ever), evidence.away, wrong)) return wrong;
    std::erase_if(evidence.away, [](const ArtifactRecord& artifact) { return artifact.place == ArtifactPlace::store; });
    for (const RunRecord& run : evidence.runs)
        if (!take(reader.timeline(run.id), evidence.timelines[run.id], wrong)) return wrong;
    return {};
}

Verdict first_broken(const Evidence& evidence) {
    for (const auto checker : {artifacts_are_whole, store_holds_nothing_unknown, retention_keeps_its_promises,
                               runs_happen_once, windows_do_not_overlap, vendors_do_not_complain, remote_jobs_are_known,
                               nothing_secret_is_said, metrics_tell_the_truth})
        if (Verdict broken = checker(evidence); !broken.empty()) return broken;
    return {};
}

}  // namespace garner::checkers
