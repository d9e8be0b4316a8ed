// `garner rebuild`: a new ledger from the manifests in the stores alone, for when the old one is gone or damaged.
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <ostream>
#include <tuple>
#include <utility>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "command/run_task.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"
#include "ledger/rebuild.hpp"
#include "ledger/state_lock.hpp"
#include "platform/real/real_disk.hpp"
#include "store/catalogue.hpp"

namespace garner {
namespace {

Result<Catalogue> read_stores(const Settings& settings) {
    asio::io_context context;
    RealDisk disk(1);
    Catalogue all;
    for (const auto& [_, store] : settings.stores) {
        auto one = run_task(context, read_catalogue(disk, store));
        if (!one) return one.error();
        for (Manifest& manifest : one->manifests) all.manifests.push_back(std::move(manifest));
        for (Manifest& manifest : one->trashed) all.trashed.push_back(std::move(manifest));
        for (StoreTrouble& trouble : one->troubles) all.troubles.push_back(std::move(trouble));
    }
    return all;
}

// When it went there is not known: its time there begins anew.
Removal found_in_trash(const Settings& settings, const ArtifactRecord& artifact, WallTime now) {
    const auto job = settings.jobs.find(artifact.job);
    Removal removal;
    removal.since = now;
    removal.until = now + (job == settings.jobs.end() ? RetentionRule().grace : job->second.retention.grace);
    removal.rule = "in the trash when the ledger was rebuilt";
    return removal;
}

// Each target's manifests in the order in which they name each other.
Rebuild plan(const Settings& settings, const Catalogue& catalogue, WallTime now) {
    std::map<std::tuple<std::string, std::string, std::string>, std::vector<const Manifest*>> chains;
    for (const auto* manifests : {&catalogue.manifests, &catalogue.trashed})
        for (const Manifest& manifest : *manifests)
            chains[{manifest.artifact.store, manifest.artifact.source, manifest.artifact.target.id}].push_back(
                &manifest);
    Rebuild rebuild;
    rebuild.now = now;
    for (const auto& [_, manifests] : chains) {
        std::vector<ChainLink> links;
        for (const Manifest* manifest : manifests) links.push_back(link_of(*manifest));
        const Chain chain = follow_chain(links, {});
        for (const std::size_t at : chain.order) {
            RebuiltArtifact one{manifests[at]->artifact, manifests[at]->started_at};
            if (one.artifact.place != ArtifactPlace::store)
                one.artifact.removal = found_in_trash(settings, one.artifact, now);
            rebuild.artifacts.push_back(std::move(one));
        }
        for (const ChainBreak& broken : chain.breaks)
            if (!broken.missing.empty()) rebuild.gone.push_back(broken.missing);
    }
    return rebuild;
}

void print_table(const Invocation& call, const std::string& path, const RebuiltLedger& made, const Rebuild& plan,
                 const std::vector<StoreTrouble>& troubles) {
    for (const StoreTrouble& trouble : troubles)
        call.out << trouble.store << ": " << printable(trouble.path + " " + trouble.what, 2000) << '\n';
    call.out << path << ": " << made.artifacts << " artifacts from their manifests, " << troubles.size()
             << " things that could not be taken or are not as they should be\n";
    if (!plan.gone.empty())
        call.out << plan.gone.size()
                 << " manifests that later ones name are not there: removed by retention, or lost\n";
    if (!made.kept.empty()) call.out << "the old ledger is kept: " << made.kept << '\n';
    if (made.held > 0) call.out << made.held << " held artifacts stay held\n";
}

}  // namespace

CommandExit rebuild(const Invocation& call) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto lock = StateLock::take(settings->state_directory);
    if (!lock) return fail(call, lock.error().what, CommandExit::bad_news);
    const auto catalogue = read_stores(*settings);
    if (!catalogue) return fail(call, catalogue.error().what + "; nothing was changed", CommandExit::bad_news);
    if (catalogue->manifests.empty() && catalogue->trashed.empty())
        return fail(call,
                    "no manifest was found in any store: there is nothing to make a ledger from; nothing was changed",
                    CommandExit::bad_news);
    const Rebuild what = plan(*settings, *catalogue, call.now);
    const auto made = rebuild_ledger(settings->ledger_path(), what);
    if (!made) return fail(call, made.error().what, CommandExit::bad_news);

    std::vector<StoreTrouble> troubles = catalogue->troubles;
    for (const auto& [artifact, why] : made->refused)
        troubles.push_back({artifact.store, artifact.path, why + ": it was not taken"});
    if (call.json) {
        boost::json::array list;
        for (const StoreTrouble& trouble : troubles) {
            boost::json::object shown;
            shown["store"] = trouble.store;
            shown["path"] = json_text(trouble.path);
            shown["reason"] = json_text(trouble.what);
            list.push_back(std::move(shown));
        }
        boost::json::object answer;
        answer["ledger"] = settings->ledger_path();
        answer["kept"] = made->kept.empty() ? boost::json::value(nullptr) : boost::json::value(made->kept);
        answer["artifacts"] = made->artifacts;
        answer["held"] = made->held;
        answer["manifests_gone"] = what.gone.size();
        answer["troubles"] = std::move(list);
        print_json(call, answer);
    } else {
        print_table(call, settings->ledger_path(), *made, what, troubles);
    }
    return troubles.empty() ? CommandExit::fine : CommandExit::bad_news;
}

}  // namespace garner
