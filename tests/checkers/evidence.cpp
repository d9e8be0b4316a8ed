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
        !take(reader.totals(), evidence.totals, wrong))
        return wrong;
    for (const RunRecord& run : evidence.runs)
        if (!take(reader.timeline(run.id), evidence.timelines[run.id], wrong)) return wrong;
    return {};
}

Verdict first_broken(const Evidence& evidence) {
    for (const auto checker :
         {artifacts_are_whole, store_holds_nothing_unknown, runs_happen_once, windows_do_not_overlap,
          vendors_do_not_complain, remote_jobs_are_known, nothing_secret_is_said, metrics_tell_the_truth})
        if (Verdict broken = checker(evidence); !broken.empty()) return broken;
    return {};
}

}  // namespace garner::checkers
