// What the checkers are given of a world at rest.
#include <algorithm>

#include "ledger/coverage_report.hpp"
#include "platform/sha256.hpp"
#include "sim/world.hpp"

namespace garner::sim {
namespace {

// Vendors' words as the log shows them.
std::string said(const sandbox::Violation& violation) { return violation.what + " at " + format_rfc3339(violation.at); }

constexpr std::string_view store = "archive";

}  // namespace

checkers::Evidence World::evidence() const {
    checkers::Evidence evidence;
    evidence.now = clock_.true_now();
    if (const std::string unread = checkers::read_ledger(ledger(), evidence); !unread.empty())
        evidence.complaints.push_back("the ledger cannot be read: " + unread);

    evidence.store = store;
    const std::string prefix = store_path() + "/";
    for (const std::string& path : disk_.files()) {
        if (!path.starts_with(prefix)) continue;
        const std::string& bytes = *disk_.file(path);
        checkers::StoredFile& file = evidence.files[path.substr(prefix.size())];
        file.size = bytes.size();
        file.sha256 = Sha256::of(bytes);
        if (path.ends_with(".manifest.json") || path.ends_with(".marks.json")) file.text = bytes;
    }

    evidence.rotten = rotten_;

    const auto add = [&](std::string source, const auto& job, std::string target) -> checkers::RemoteJob& {
        checkers::RemoteJob& remote = evidence.remote_jobs.emplace_back();
        std::string& sha256 = given_[source + "|" + job.id];
        if (sha256.empty() && job.object.content) sha256 = job.object.content->sha256();
        remote.source = std::move(source);
        remote.id = job.id;
        remote.target_id = std::move(target);
        remote.started = job.started;
        remote.answer_lost = job.answer_lost;
        remote.brings_nothing = job.told();
        remote.sha256 = sha256;
        return remote;
    };
    for (const auto& job : vendor_.jobs()) add("plant", job, job.machine_id);
    for (const auto& job : servitly_.jobs())
        if (!job.foreign) add("fleet", job, job.tenant);
    const std::vector<std::string> left = appgate_.left_behind();
    for (const auto& job : appgate_.jobs()) {
        const bool lies = std::find(left.begin(), left.end(), job.id) != left.end();
        add("perimeter", job, job.appliance_id).lies_there = lies;
    }
    for (const std::vector<sandbox::Violation>* violations :
         {&vendor_.violations(), &faults_.violations(), &servitly_.violations(), &servitly_faults_.violations(),
          &appgate_.violations(), &appgate_faults_.violations()})
        for (const sandbox::Violation& violation : *violations) evidence.complaints.push_back(said(violation));
    for (const std::string& what : network_.violations()) evidence.complaints.push_back(what);
    if (!watch_.broken().empty()) evidence.complaints.push_back(watch_.broken());

    evidence.told = told_;
    evidence.metrics = metrics_;
    evidence.secrets = {std::string(canary)};
    return evidence;
}

std::string World::broken_invariant() {
    if (!engine_error_.empty()) return "the engine failed: " + engine_error_;
    const checkers::Evidence found = evidence();
    const checkers::Verdict lost = history_.add(found);
    const checkers::Verdict broken = checkers::first_broken(found);
    return !lost.empty() ? lost : broken;
}

std::string World::not_alive_again(WallTime since) const {
    // Of appliances the log server and what holds no state are left out by themselves.
    const std::size_t appliances = std::min<std::size_t>(options_.appliances, 3);
    const std::size_t targets = (options_.tulip ? options_.machines : 0) + (options_.servitly ? options_.tenants : 0) +
                                (options_.appgate ? appliances : 0);
    const checkers::Evidence found = evidence();
    // Lives of the tests end wherever an instant may be due.
    constexpr Duration young{3'600'000};
    const checkers::Verdict open = checkers::nothing_is_open(found, young);
    if (!open.empty()) return open;
    if (const auto unwritten = checkers::marks_are_written(found); !unwritten.empty()) return unwritten;
    if (const auto unseen = checkers::rot_is_found(found); !unseen.empty()) return unseen;
    const checkers::Verdict dead = checkers::lives_again(found, targets, since);
    return !dead.empty() ? dead : still_owed(since);
}

// What was owed by then is archived, or left to a person, or a run fetches it.
std::string World::still_owed(WallTime then) const {
    const auto coverage = read_coverage(LedgerReader(ledger()), *settings_, then);
    if (!coverage) return coverage.error().what;
    for (const TargetCoverage& one : *coverage)
        for (const Span& span : one.spans)
            if (span.state == SpanState::gap)
                return one.job + " of " + one.label + ": " + format_rfc3339(span.window.start) + " to " +
                       format_rfc3339(span.window.end) + " is a gap, and was owed by " + format_rfc3339(then);
    return {};
}

}  // namespace garner::sim
