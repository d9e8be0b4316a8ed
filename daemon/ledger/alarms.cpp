#include "ledger/alarms.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "core/report_json.hpp"

namespace garner {

Result<Alarms> read_alarms(const LedgerReader& reader, const Settings& settings) {
    Alarms alarms;
    for (const auto& [name, source] : settings.sources) {
        auto record = reader.target_list(name);
        if (!record) return record.error();
        if (!*record || !(*record)->refused) continue;
        const auto in_force = reader.targets(name);
        if (!in_force) return in_force.error();
        alarms.lists.push_back({name, std::move(*(*record)->refused), in_force->size()});
    }
    auto clock = reader.clock();
    if (!clock) return clock.error();
    alarms.clock = std::move(clock->standing);
    auto wait = reader.prune_wait();
    if (!wait) return wait.error();
    alarms.prune = std::move(*wait);
    auto damaged = reader.damaged_artifacts();
    if (!damaged) return damaged.error();
    alarms.damaged = std::move(*damaged);
    const auto proofs = reader.store_proofs();
    if (!proofs) return proofs.error();
    for (const auto& [store, memory] : *proofs)
        if (const auto read = settings.stores.find(store);
            memory.unread > 0 && read != settings.stores.end() && read->second.verify)
            alarms.unread[store] = {memory.unread, memory.trouble};
    return alarms;
}

std::vector<std::string> alarm_lines(const Alarms& alarms, const Zone& zone) {
    std::vector<std::string> lines;
    for (const ListAlarm& alarm : alarms.lists)
        lines.push_back("the list of source " + alarm.source + " is not believed since " +
                        zone.format(alarm.refused.since) + ": " + alarm.refused.why + "; garner targets --source " +
                        alarm.source + " shows what would change, garner targets --accept " + alarm.source +
                        " confirms it");
    if (alarms.clock)
        lines.push_back("the wall clock is suspect since " + zone.format(alarms.clock->since) + ": " +
                        alarms.clock->reason);
    if (alarms.prune) lines.push_back("since " + zone.format(alarms.prune->since) + " " + describe(*alarms.prune));
    for (const auto& [store, count] : alarms.damaged)
        lines.push_back("store " + store + " has " + std::to_string(count) + (count == 1 ? " artifact" : " artifacts") +
                        " that changed after being stored: garner artifacts --verdict suspect lists them; restore "
                        "their files from a copy, then garner accept");
    for (const auto& [store, unread] : alarms.unread)
        lines.push_back("store " + store + ": the last reading could not read " + std::to_string(unread.artifacts) +
                        (unread.artifacts == 1 ? " artifact: " : " artifacts: ") + unread.why);
    return lines;
}

void add_alarms(boost::json::object& status, const Alarms& alarms) {
    status["refused_lists"] = json_list(alarms.lists, [](const ListAlarm& alarm) {
        boost::json::object object;
        object["source"] = alarm.source;
        object["since"] = json_time(alarm.refused.since);
        object["targets"] = alarm.refused.targets.size();
        object["known"] = alarm.known;
        object["reason"] = json_text(alarm.refused.why);
        return object;
    });
    status["prune_waits"] = nullptr;
    if (alarms.prune) {
        boost::json::object object;
        object["since"] = json_time(alarms.prune->since);
        object["edited"] = alarms.prune->edited;
        object["wanted"] = alarms.prune->verdict.wanted;
        object["allowed"] = alarms.prune->verdict.allowed;
        object["of"] = alarms.prune->verdict.of;
        status["prune_waits"] = std::move(object);
    }
    boost::json::array damaged;
    for (const auto& [store, count] : alarms.damaged) {
        boost::json::object object;
        object["store"] = store;
        object["artifacts"] = count;
        damaged.push_back(std::move(object));
    }
    status["damaged"] = std::move(damaged);
    boost::json::array unread;
    for (const auto& [store, one] : alarms.unread) {
        boost::json::object object;
        object["store"] = store;
        object["artifacts"] = one.artifacts;
        object["reason"] = json_text(one.why);
        unread.push_back(std::move(object));
    }
    status["unreadable"] = std::move(unread);
    status["clock_suspect"] = json_text_or_null(alarms.clock ? alarms.clock->reason : std::string());
    if (alarms.archive_is_whole()) return;
    status["ok"] = false;
    std::string summary(status["summary"].get_string());
    status["summary"] = summary + "; the archive is not whole";
}

}  // namespace garner
