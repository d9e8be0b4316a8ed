// `garner targets`: what the sources list, since when, and which jobs take it. Exit 1 while a list stands refused.
// Confirming one is garnerd's business, asked over its socket.
#include <boost/json/array.hpp>
#include <ostream>

#include "command/commands.hpp"
#include "command/control_client.hpp"
#include "command/reading.hpp"
#include "command/table.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"
#include "ledger/alarms.hpp"
#include "ledger/inventory.hpp"

namespace garner {
namespace {

namespace json = boost::json;

CommandExit unknown_source(const Invocation& call, const Settings& settings, const std::string& source) {
    return fail(call,
                "there is no source '" + printable(source, 80) + "'" + suggestion(source, names_of(settings.sources)),
                CommandExit::usage);
}

Cell presence_cell(Presence presence) {
    const std::string text(to_string(presence));
    if (presence == Presence::vanished) return Cell(text, Tint::dim);
    if (presence == Presence::refused) return Cell(text, Tint::bad);
    return presence == Presence::fresh ? Cell(text, Tint::good) : Cell(text);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "-" : text;
}

void print_inventory(const Invocation& call, const Settings& settings, const std::vector<InventoryEntry>& entries) {
    Table table({"SOURCE", "TARGET", "ID", "STATE", "FIRST SEEN", "LAST SEEN", "JOBS", "IF ACCEPTED"});
    for (const InventoryEntry& entry : entries)
        table.add({entry.source, entry.target.name, entry.target.id, presence_cell(entry.presence),
                   local_time(settings, "", entry.first_seen), local_time(settings, "", entry.last_seen),
                   joined(entry.jobs), entry.if_accepted ? std::string(to_string(*entry.if_accepted)) : "-"});
    table.drop_if_unused("IF ACCEPTED");
    if (table.empty())
        call.err << "garner: no source was listed yet\n";
    else
        table.print(call.out, call.colour);
}

CommandExit accept(const Invocation& call, const Settings& settings, const std::string& source) {
    json::object request;
    request["command"] = "accept_targets";
    request["source"] = source;
    json::object accepted;
    const ControlAnswer answer = ask_daemon(settings, request, [&](const json::object& line) {
        if (const json::value* found = line.if_contains("accepted"); found != nullptr && found->is_object())
            accepted = found->get_object();
    });
    if (!answer.error.empty()) return fail(call, answer.error, answer.exit);
    if (call.json) {
        print_json(call, accepted);
        return answer.exit;
    }
    call.out << source << ": the list is confirmed\n";
    for (const std::string_view change : {"appeared", "vanished"}) {
        const json::value* names = accepted.if_contains(change);
        if (names == nullptr || !names->is_array()) continue;
        for (const json::value& name : names->get_array())
            if (name.is_string())
                call.out << "  " << change << ": " << printable(std::string(name.get_string()), 200) << '\n';
    }
    return answer.exit;
}

}  // namespace

CommandExit list_targets(const Invocation& call, const TargetsOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    for (const std::string& source : {options.source, options.accept})
        if (!source.empty() && !settings->sources.contains(source)) return unknown_source(call, *settings, source);
    if (!options.accept.empty() && !options.source.empty() && options.accept != options.source)
        return fail(call, "--source and --accept name two sources; --accept alone will do", CommandExit::usage);
    if (!options.accept.empty()) return accept(call, *settings, options.accept);

    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto entries = read_inventory(reader, *settings, options.source, call.now);
    if (!entries) return fail(call, entries.error().what, CommandExit::bad_news);
    auto alarms = read_alarms(reader, *settings);
    if (!alarms) return fail(call, alarms.error().what, CommandExit::bad_news);
    alarms->clock.reset();
    if (!options.source.empty())
        std::erase_if(alarms->lists, [&](const ListAlarm& alarm) { return alarm.source != options.source; });
    const CommandExit how = alarms->lists.empty() ? CommandExit::fine : CommandExit::bad_news;
    if (call.json) {
        print_json(call, json_list(*entries, inventory_json));
        return how;
    }
    for (const std::string& line : alarm_lines(*alarms, settings->zone)) call.out << printable(line, 1000) << '\n';
    if (!alarms->lists.empty()) call.out << '\n';
    print_inventory(call, *settings, *entries);
    return how;
}

}  // namespace garner
