// `garner runs`, `garner show` and `garner leftovers`: history, from the ledger alone.
#include <boost/json/array.hpp>
#include <ostream>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "command/table.hpp"
#include "core/expiry.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

Cell state_cell(RunState state) {
    const std::string text(to_string(state));
    if (state == RunState::succeeded) return Cell(text, Tint::good);
    if (state == RunState::failed || state == RunState::suspect) return Cell(text, Tint::bad);
    return Cell(text);
}

std::string took(const RunRecord& run) {
    if (!run.started_at || !run.ended_at || *run.ended_at < *run.started_at) return "-";
    const Duration span = *run.ended_at - *run.started_at;
    if (span < Duration(1'000)) return format_duration(span);
    return format_duration(std::chrono::duration_cast<std::chrono::seconds>(span));
}

std::string name_of(const Target& target) { return target.name.empty() ? target.id : target.name; }

Result<RunFilter> filter_of(const Settings& settings, const LedgerReader& reader, const ListOptions& options,
                            WallTime now) {
    RunFilter filter;
    filter.job = options.job;
    filter.target = options.target;
    filter.limit = options.limit;
    const auto known = check_job_name(settings, reader, options.job);
    if (!known) return known.error();
    if (!options.state.empty()) {
        filter.state = parse_run_state(options.state);
        if (!filter.state)
            return Failure(
                FailureKind::rejected,
                "there is no state '" + printable(options.state, 40) + "'" +
                    suggestion(options.state, {"queued", "starting", "exporting", "downloading", "verifying",
                                               "publishing", "cleaning", "succeeded", "suspect", "failed", "skipped"}));
    }
    if (!options.since.empty()) {
        const auto since = parse_since(options.since, now);
        if (!since) return since.error();
        filter.since = *since;
    }
    return filter;
}

// When what the run has at the vendor disappears there: its own remote job, or the leftover that it had to leave.
Result<std::optional<WallTime>> expiry_of(const LedgerReader& reader, const Settings& settings, const RunRecord& run) {
    if (!is_terminal(run.state)) return expires_at(settings.sources, run);
    const auto leftovers = reader.leftovers(run.source);
    if (!leftovers) return leftovers.error();
    for (const LeftoverRecord& leftover : *leftovers)
        if (leftover.run == run.id) return expires_at(settings.sources, leftover);
    return std::optional<WallTime>();
}

void print_run(const Invocation& call, const Settings& settings, const RunRecord& run,
               std::optional<WallTime> expires) {
    const auto line = [&call](const std::string& key, const std::string& value) {
        if (!value.empty()) call.out << key << std::string(14 - key.size(), ' ') << printable(value, 2000) << '\n';
    };
    line("run", run.id);
    line("job", run.job);
    line("source", run.source);
    line("target", name_of(run.target) + (run.target.id.empty() ? "" : " (" + run.target.id + ")"));
    line("due", local_time(settings, run.job, run.scheduled_at));
    if (run.window) line("window", local_window(settings, run.job, run.window));
    line("trigger", std::string(to_string(run.trigger)));
    line("state", std::string(to_string(run.state)));
    line("reason", run.reason);
    line("attempts", std::to_string(run.attempts));
    line("remote job", run.remote_job);
    if (expires) line("expires", local_time(settings, run.job, expires));
    line("started", local_time(settings, run.job, run.started_at));
    line("ended", local_time(settings, run.job, run.ended_at));
    line("took", took(run));
    line("artifact", run.artifact);
}

}  // namespace

CommandExit list_runs(const Invocation& call, const ListOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto filter = filter_of(*settings, reader, options, call.now);
    if (!filter) return fail(call, filter.error().what, CommandExit::usage);
    const auto runs = reader.runs(*filter);
    if (!runs) return fail(call, runs.error().what, CommandExit::bad_news);
    if (call.json) {
        print_json(call, json_list(*runs, run_json));
        return CommandExit::fine;
    }
    Table table({"RUN", "JOB", "TARGET", "DUE", "WINDOW", "STATE", "TOOK", "REASON"});
    for (const RunRecord& run : *runs)
        table.add({run.id, run.job, name_of(run.target), local_time(*settings, run.job, run.scheduled_at),
                   local_window(*settings, run.job, run.window), state_cell(run.state), took(run), run.reason});
    if (table.empty()) call.err << "garner: no such runs\n";
    table.drop_if_unused("WINDOW");
    if (!table.empty()) table.print(call.out, call.colour);
    return CommandExit::fine;
}

CommandExit show_run(const Invocation& call, const std::string& id) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto run = reader.run(id);
    if (!run) return fail(call, run.error().what, CommandExit::usage);
    if (!*run)
        return fail(call, "there is no run '" + printable(id, 60) + "'; garner runs lists them", CommandExit::usage);
    const auto timeline = reader.timeline((*run)->id);
    if (!timeline) return fail(call, timeline.error().what, CommandExit::bad_news);
    const auto expires = expiry_of(reader, *settings, **run);
    if (!expires) return fail(call, expires.error().what, CommandExit::bad_news);
    if (call.json) {
        boost::json::object shown = run_json(**run);
        shown["expires"] = json_time(*expires);
        shown["timeline"] = json_list(*timeline, timeline_json);
        print_json(call, shown);
        return CommandExit::fine;
    }
    print_run(call, *settings, **run, *expires);
    if (timeline->empty()) return CommandExit::fine;
    Table table({"AT", "EVENT", "DETAIL"});
    for (const TimelineEntry& entry : *timeline)
        table.add({local_time(*settings, (*run)->job, entry.at), entry.event, entry.detail});
    call.out << '\n';
    table.print(call.out, call.colour);
    return CommandExit::fine;
}

CommandExit list_leftovers(const Invocation& call) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const auto leftovers = LedgerReader(*database).leftovers("");
    if (!leftovers) return fail(call, leftovers.error().what, CommandExit::bad_news);
    if (call.json) {
        print_json(call, json_list(*leftovers, [&](const LeftoverRecord& leftover) {
                       return leftover_json(leftover, expires_at(settings->sources, leftover));
                   }));
        return CommandExit::fine;
    }
    Table table({"SOURCE", "JOB", "TARGET", "REMOTE JOB", "SINCE", "NEXT TRY", "EXPIRES", "WHY"});
    for (const LeftoverRecord& leftover : *leftovers)
        table.add({leftover.source, leftover.job, name_of(leftover.target),
                   leftover.remote_job.empty() ? "unknown" : leftover.remote_job,
                   local_time(*settings, leftover.job, leftover.since),
                   local_time(*settings, leftover.job, leftover.next_try),
                   local_time(*settings, leftover.job, expires_at(settings->sources, leftover)), leftover.why});
    table.drop_if_unused("EXPIRES");
    if (table.empty())
        call.err << "garner: nothing is left over\n";
    else
        table.print(call.out, call.colour);
    return CommandExit::fine;
}

}  // namespace garner
