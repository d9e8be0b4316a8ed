// `garner artifacts`: what the ledger has.
#include <boost/json/array.hpp>
#include <ostream>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "command/table.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

Result<ArtifactFilter> filter_of(const Settings& settings, const LedgerReader& reader, const ListOptions& options,
                                 WallTime now) {
    ArtifactFilter filter;
    filter.job = options.job;
    filter.target = options.target;
    filter.limit = options.limit;
    if (options.trash) filter.where = Whereabouts::away;
    const auto known = check_job_name(settings, reader, options.job);
    if (!known) return known.error();
    if (!options.state.empty()) {
        filter.verdict = parse_verdict(options.state);
        if (!filter.verdict)
            return Failure(FailureKind::rejected,
                           "there is no verdict '" + printable(options.state, 40) + "'; there are: verified, suspect");
    }
    if (!options.since.empty()) {
        const auto since = parse_since(options.since, now);
        if (!since) return since.error();
        filter.since = *since;
    }
    return filter;
}

// What people said of it.
std::string marks_of(const Settings& settings, const ArtifactRecord& artifact) {
    std::string marks = artifact.held ? "held" : "";
    if (artifact.held && artifact.held_until)
        marks += " until " + local_time(settings, artifact.job, artifact.held_until);
    if (artifact.acceptance) marks += marks.empty() ? "accepted" : ", accepted";
    return marks.empty() ? "-" : marks;
}

}  // namespace

CommandExit list_artifacts(const Invocation& call, const ListOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto filter = filter_of(*settings, reader, options, call.now);
    if (!filter) return fail(call, filter.error().what, CommandExit::usage);
    const auto artifacts = reader.artifacts(*filter);
    if (!artifacts) return fail(call, artifacts.error().what, CommandExit::bad_news);
    if (call.json) {
        print_json(call, json_list(*artifacts, artifact_json));
        return CommandExit::fine;
    }
    Table table({"ARTIFACT", "JOB", "TARGET", "DUE", "WINDOW", "SIZE", "VERDICT", "MARKS", "STORE", "PATH"});
    for (const ArtifactRecord& artifact : *artifacts) {
        const Tint tint = artifact.verdict == Verdict::verified ? Tint::good : Tint::bad;
        table.add({artifact.id, artifact.job, artifact.target.name.empty() ? artifact.target.id : artifact.target.name,
                   local_time(*settings, artifact.job, artifact.scheduled_at),
                   local_window(*settings, artifact.job, artifact.window), format_size(artifact.size),
                   Cell(std::string(to_string(artifact.verdict)), tint), marks_of(*settings, artifact), artifact.store,
                   artifact.path});
    }
    if (table.empty()) call.err << "garner: no such artifacts\n";
    table.drop_if_unused("WINDOW");
    table.drop_if_unused("MARKS");
    if (!table.empty()) table.print(call.out, call.colour);
    return CommandExit::fine;
}

}  // namespace garner
