// `garner status`: how every target stands. Exit 1 when something is overdue or failing, so that a script needs no
// JSON.
#include <ostream>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "command/table.hpp"
#include "core/text.hpp"
#include "ledger/alarms.hpp"
#include "ledger/source_report.hpp"
#include "ledger/target_report.hpp"

namespace garner {
namespace {

Cell standing_cell(const TargetReport& report) {
    if (report.standing == TargetStanding::departed) return Cell("no longer taken", Tint::dim);
    const std::string paused = report.pause ? ", paused" : "";
    if (report.overdue) return Cell("overdue", Tint::bad);
    if (report.status.consecutive_failures > 0)
        return Cell("failing (" + std::to_string(report.status.consecutive_failures) + ")" + paused, Tint::bad);
    if (report.standing == TargetStanding::unresolved) return Cell("not listed", Tint::bad);
    if (report.pause) return Cell("paused");
    if (!report.status.last_success) return Cell("no success yet");
    return Cell("fine", Tint::good);
}

}  // namespace

CommandExit status(const Invocation& call) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const auto reports = read_target_reports(LedgerReader(*database), *settings, call.now);
    if (!reports) return fail(call, reports.error().what, CommandExit::bad_news);
    const auto sources = read_source_reports(LedgerReader(*database), *settings, call.now);
    if (!sources) return fail(call, sources.error().what, CommandExit::bad_news);
    const auto alarms = read_alarms(LedgerReader(*database), *settings);
    if (!alarms) return fail(call, alarms.error().what, CommandExit::bad_news);
    const CommandExit how =
        all_well(*reports) && alarms->archive_is_whole() ? CommandExit::fine : CommandExit::bad_news;
    if (call.json) {
        boost::json::object report = status_json(*reports);
        report["sources"] = sources_json(*sources);
        add_alarms(report, *alarms);
        print_json(call, report);
        return how;
    }
    for (const std::string& line : alarm_lines(*alarms, settings->zone)) call.out << printable(line, 1000) << '\n';
    call.out << summarize(*reports) << '\n';
    for (const SourceReport& source : *sources)
        if (const std::string sentence = sentence_of(source); !sentence.empty()) call.out << sentence << '\n';
    if (reports->empty()) return how;
    Table table({"JOB", "TARGET", "STATE", "LAST SUCCESS", "LAST ATTEMPT", "VERDICT", "NEXT RUN", "REASON"});
    for (const TargetReport& report : *reports) {
        const TargetStatus& status = report.status;
        table.add({status.job, report.label, standing_cell(report),
                   local_time(*settings, status.job, status.last_success),
                   local_time(*settings, status.job, status.last_attempt),
                   status.verdict ? Cell(std::string(to_string(*status.verdict))) : Cell("-"),
                   local_time(*settings, status.job, report.next_run),
                   report.pause ? describe(*report.pause) : status.reason});
    }
    call.out << '\n';
    table.print(call.out, call.colour);
    return how;
}

}  // namespace garner
