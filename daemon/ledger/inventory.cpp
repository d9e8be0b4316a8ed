#include "ledger/inventory.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>
#include <set>
#include <utility>

#include "core/report_json.hpp"
#include "core/selection.hpp"

namespace garner {
namespace {

constexpr Duration fresh_for{24 * 3'600'000LL};

// The jobs of the source by the ids of the targets that they take.
std::map<std::string, std::vector<std::string>> takers(const Settings& settings, const std::string& source,
                                                       const std::vector<Target>& listed) {
    std::map<std::string, std::vector<std::string>> jobs;
    for (const auto& [name, job] : settings.jobs) {
        if (job.source != source) continue;
        for (const Target& target : select_targets(job.targets, listed).targets) jobs[target.id].push_back(name);
    }
    return jobs;
}

std::set<std::string> ids_of(const std::vector<Target>& targets) {
    std::set<std::string> ids;
    for (const Target& target : targets) ids.insert(target.id);
    return ids;
}

// What only the refused list has.
void add_strangers(const std::string& source, const std::vector<Target>& refused, const std::vector<KnownTarget>& known,
                   std::vector<InventoryEntry>& entries) {
    std::set<std::string> ids;
    for (const KnownTarget& one : known) ids.insert(one.target.id);
    for (const Target& target : refused) {
        if (!ids.insert(target.id).second) continue;
        InventoryEntry entry;
        entry.source = source;
        entry.target = target;
        entry.presence = Presence::refused;
        entry.if_accepted = IfAccepted::appears;
        entries.push_back(std::move(entry));
    }
}

Result<void> add_source(const LedgerReader& reader, const Settings& settings, const std::string& source, WallTime now,
                        std::vector<InventoryEntry>& entries) {
    const auto known = reader.known_targets(source);
    if (!known) return known.error();
    const auto list = reader.target_list(source);
    if (!list) return list.error();
    std::vector<Target> listed;
    std::optional<WallTime> first_list;
    for (const KnownTarget& one : *known) {
        if (!one.vanished_at) listed.push_back(one.target);
        first_list = first_list ? std::min(*first_list, one.first_seen) : one.first_seen;
    }
    const auto jobs = takers(settings, source, listed);
    const RefusedList* refused = *list && (*list)->refused ? &*(*list)->refused : nullptr;
    const std::set<std::string> refused_ids = refused != nullptr ? ids_of(refused->targets) : std::set<std::string>();
    for (const KnownTarget& one : *known) {
        InventoryEntry entry;
        entry.source = source;
        entry.target = one.target;
        entry.first_seen = one.first_seen;
        entry.last_seen = one.last_seen;
        const bool fresh = one.first_seen > *first_list && now - one.first_seen < fresh_for;
        entry.presence = one.vanished_at ? Presence::vanished : fresh ? Presence::fresh : Presence::listed;
        if (const auto found = jobs.find(one.target.id); found != jobs.end()) entry.jobs = found->second;
        const bool comes = refused_ids.contains(one.target.id);
        if (refused != nullptr && !one.vanished_at)
            entry.if_accepted = comes ? IfAccepted::stays : IfAccepted::vanishes;
        if (refused != nullptr && one.vanished_at && comes) entry.if_accepted = IfAccepted::appears;
        entries.push_back(std::move(entry));
    }
    if (refused != nullptr) add_strangers(source, refused->targets, *known, entries);
    return {};
}

}  // namespace

std::string_view to_string(Presence presence) {
    switch (presence) {
        case Presence::listed:
            return "listed";
        case Presence::fresh:
            return "new";
        case Presence::vanished:
            return "vanished";
        case Presence::refused:
            return "refused";
    }
    return "listed";
}

std::string_view to_string(IfAccepted change) {
    switch (change) {
        case IfAccepted::stays:
            return "stays";
        case IfAccepted::appears:
            return "appears";
        case IfAccepted::vanishes:
            return "vanishes";
    }
    return "stays";
}

Result<std::vector<InventoryEntry>> read_inventory(const LedgerReader& reader, const Settings& settings,
                                                   const std::string& source, WallTime now) {
    std::vector<InventoryEntry> entries;
    for (const auto& [name, _] : settings.sources) {
        if (!source.empty() && name != source) continue;
        const auto added = add_source(reader, settings, name, now, entries);
        if (!added) return added.error();
    }
    return entries;
}

boost::json::object inventory_json(const InventoryEntry& entry) {
    boost::json::object object;
    object["source"] = entry.source;
    object["target"] = json_text(entry.target.id);
    object["target_name"] = json_text(entry.target.name);
    object["state"] = to_string(entry.presence);
    object["first_seen"] = json_time(entry.first_seen);
    object["last_seen"] = json_time(entry.last_seen);
    object["jobs"] = boost::json::array(entry.jobs.begin(), entry.jobs.end());
    if (entry.if_accepted)
        object["if_accepted"] = to_string(*entry.if_accepted);
    else
        object["if_accepted"] = nullptr;
    return object;
}

}  // namespace garner
