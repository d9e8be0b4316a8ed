#include "command/verify_chain.hpp"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "store/publish.hpp"

namespace garner {
namespace {

using Place = std::pair<std::string, std::string>;  // store, path

// One look at the ledger.
struct Known {
    std::map<Place, ArtifactRecord> artifacts;
    std::set<std::string> runs_under_way;
    std::set<Place> moving;  ///< into the trash or out of it: they may be in either place
};

Result<Known> look(const LedgerReader& reader) {
    auto artifacts = reader.artifacts(ArtifactFilter());
    if (!artifacts) return artifacts.error();
    ArtifactFilter elsewhere;
    elsewhere.where = Whereabouts::away;
    const auto away = reader.artifacts(elsewhere);
    if (!away) return away.error();
    const auto runs = reader.unfinished_runs();
    if (!runs) return runs.error();
    Known known;
    for (const RunRecord& run : *runs) known.runs_under_way.insert(run.id);
    for (const ArtifactRecord& artifact : *away)
        if (artifact.place != ArtifactPlace::trash) known.moving.emplace(artifact.store, artifact.path);
    for (ArtifactRecord& artifact : *artifacts)
        known.artifacts.emplace(Place(artifact.store, artifact.path), std::move(artifact));
    return known;
}

class Examination {
public:
    Examination(const Known& before, const Known& after, std::set<std::string> gone)
        : before_(before), after_(after), gone_(std::move(gone)) {}

    void add(Catalogue catalogue) {
        for (const StoreTrouble& trouble : catalogue.troubles)
            if (!is_in_trash(trouble) && !is_being_published(trouble)) note_trouble(trouble);
        for (Manifest& manifest : catalogue.manifests) {
            const Place place(manifest.artifact.store, manifest.artifact.path);
            check(place, manifest.artifact);
            there_.emplace(place, std::move(manifest));
        }
    }

    // Of stores that could be read; what the configuration no longer has is not looked at.
    void find_missing(const std::set<std::string>& stores) {
        for (const auto& [place, artifact] : before_.artifacts) {
            if (there_.contains(place) || !stores.contains(place.first) || !after_.artifacts.contains(place)) continue;
            gone_.insert(artifact.manifest_sha256);  // told here, and not once more of the next one
            const Place manifest(place.first, place.second + std::string(manifest_suffix));
            if (seen_.contains(place) || seen_.contains(manifest)) continue;
            note(place, artifact.id, artifact.job, "has no manifest any more: it was removed");
        }
    }

    ChainReport finish() {
        std::map<std::tuple<std::string, std::string, std::string>, std::vector<const Manifest*>> chains;
        for (const auto& [place, manifest] : there_)
            chains[{place.first, manifest.artifact.source, manifest.artifact.target.id}].push_back(&manifest);
        report_.chains = chains.size();
        for (const auto& [_, manifests] : chains) {
            std::vector<ChainLink> links;
            for (const Manifest* manifest : manifests) links.push_back(link_of(*manifest));
            for (const ChainBreak& broken : follow_chain(links, gone_).breaks) {
                const ArtifactRecord& artifact = manifests[broken.link]->artifact;
                note({artifact.store, artifact.path}, artifact.id, artifact.job, broken.what);
            }
        }
        for (const auto& [place, manifest] : there_)
            if (!seen_.contains(place)) note(place, manifest.artifact.id, manifest.artifact.job, "");
        return std::move(report_);
    }

private:
    void check(const Place& place, const ArtifactRecord& found) {
        const auto listed = after_.artifacts.find(place);
        if (listed == after_.artifacts.end()) {
            if (before_.artifacts.contains(place)) return;  // retention took it meanwhile
            if (before_.moving.contains(place) || after_.moving.contains(place)) return;
            if (!after_.runs_under_way.contains(found.run) && !before_.runs_under_way.contains(found.run))
                note(place, found.id, found.job, "has a manifest that the ledger does not know");
            return;
        }
        const std::string& expected = listed->second.manifest_sha256;
        if (found.manifest_sha256 == expected) {
            // No chain covers its marks.
            if (found.acceptance && !listed->second.acceptance)
                note(place, found.id, found.job,
                     "has marks that say it was accepted, of which the ledger knows nothing");
            return;
        }
        gone_.insert(expected);
        note(place, found.id, found.job,
             "has a manifest that was edited: its SHA-256 is " + found.manifest_sha256 + ", the ledger says " +
                 expected);
    }

    // What leaves, leaves its manifest first; nothing there counts any more.
    static bool is_in_trash(const StoreTrouble& trouble) { return trouble.path.starts_with(".trash/"); }

    // Its file has its name before its manifest has.
    bool is_being_published(const StoreTrouble& trouble) const {
        if (trouble.path.ends_with(manifest_suffix)) return false;
        for (const Known* known : {&before_, &after_})
            if (known->moving.contains({trouble.store, trouble.path})) return true;
        for (const Known* known : {&before_, &after_})
            for (const std::string& run : known->runs_under_way)
                if (trouble.path.find("_" + run + ".") != std::string::npos) return true;
        return after_.artifacts.contains({trouble.store, trouble.path}) &&
               !before_.artifacts.contains({trouble.store, trouble.path});
    }

    void note_trouble(const StoreTrouble& trouble) {
        std::string path = trouble.path;
        for (const std::string_view suffix : {manifest_suffix, marks_suffix})
            if (path.ends_with(suffix)) path.resize(path.size() - suffix.size());
        const auto listed = after_.artifacts.find({trouble.store, path});
        const bool known = listed != after_.artifacts.end();
        note({trouble.store, trouble.path}, known ? listed->second.id : "", known ? listed->second.job : "",
             trouble.what);
    }

    void note(const Place& place, const std::string& artifact, const std::string& job, const std::string& trouble) {
        if (!seen_.insert(place).second) return;
        report_.manifests.push_back({place.first, place.second, artifact, job, trouble});
    }

    const Known& before_;
    const Known& after_;
    std::set<std::string> gone_;
    std::map<Place, Manifest> there_;
    std::set<Place> seen_;
    ChainReport report_;
};

}  // namespace

Result<ChainReport> verify_chain(const Settings& settings, const LedgerReader& reader, const ReadCatalogue& read) {
    const auto before = look(reader);
    if (!before) return before.error();
    std::vector<Catalogue> catalogues;
    std::set<std::string> stores;
    for (const auto& [name, store] : settings.stores) {
        auto catalogue = read(store);
        if (!catalogue) return catalogue.error();
        catalogues.push_back(std::move(*catalogue));
        stores.insert(name);
    }
    const auto after = look(reader);
    if (!after) return after.error();
    auto gone = reader.manifests_gone();
    if (!gone) return gone.error();
    Examination examination(*before, *after, std::move(*gone));
    for (Catalogue& catalogue : catalogues) examination.add(std::move(catalogue));
    examination.find_missing(stores);
    return examination.finish();
}

}  // namespace garner
