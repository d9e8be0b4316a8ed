#include "command/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <ostream>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

// The parsed words of every command; only those of the one that was called are used.
struct Words {
    CheckOptions check;
    PlanOptions plan;
    ListOptions list;
    GapsOptions gaps;
    GetOptions get;
    VerifyOptions verify;
    RunOptions run;
    HoldOptions hold;
    AcceptOptions accept;
    TargetsOptions targets;
    PauseOptions pause;
    PruneOptions prune;
    SimulateOptions simulate;
    std::string id;
    std::function<CommandExit()> act;
};

// Both before and after the subcommand: the same words, the same variables.
void add_common(CLI::App& app, Invocation& call) {
    app.add_option("--config.file", call.config_path, "The configuration (default /etc/garner/garner.yaml)")
        ->type_name("PATH");
    app.add_flag("--json", call.json, "Print JSON instead of a table");
}

CLI::App& add_command(CLI::App& app, Invocation& call, Words& words, const std::string& name, const std::string& what,
                      std::function<CommandExit()> act) {
    CLI::App& command = *app.add_subcommand(name, what);
    add_common(command, call);
    command.callback([&words, act = std::move(act)] { words.act = act; });
    return command;
}

void add_list_options(CLI::App& command, ListOptions& list, const std::string& state_option,
                      const std::string& state_help) {
    command.add_option("--job", list.job, "Only of this job");
    command.add_option("--target", list.target, "Only of this target, by name or id");
    command.add_option(state_option, list.state, state_help);
    command.add_option("--since", list.since, "Only due since: an instant (2026-11-02T00:00:00Z) or a time back (7d)");
    command.add_option("--limit", list.limit, "At most so many, the newest");
}

void add_commands(CLI::App& app, Invocation& call, Words& words) {
    const auto add = [&](const std::string& name, const std::string& what,
                         std::function<CommandExit()> act) -> CLI::App& {
        return add_command(app, call, words, name, what, std::move(act));
    };
    add("check", "Load the configuration as garnerd does and say all that is wrong with it", [&] {
        return check(call, words.check);
    }).add_flag("--online", words.check.online, "Also log in, list the targets and prove the stores");
    add("schema", "The JSON Schema of the configuration, for editors", [&] { return print_schema(call); });
    add("status", "How every target stands; exit 1 when something is overdue or failing", [&] { return status(call); });
    CLI::App& planned =
        add("plan", "Every run that will start, why then, and when it will end; exit 1 when one will be late",
            [&] { return plan(call, words.plan); });
    planned.add_option("--from", words.plan.from,
                       "From here on: a day (2026-03-28), a local time (2026-03-28T01:30), an instant (default now)");
    planned.add_option("--until", words.plan.until, "Up to there, exclusive; written in the same way");
    planned.add_option("--for", words.plan.length, "For so long instead (default 7d)");
    planned.add_option("--job", words.plan.job, "Only of this job");
    planned.add_option("--target", words.plan.target, "Only of this target, by name or id");
    planned.add_flag("--all", words.plan.each, "A line for each target, also where many start at one instant");
    add_list_options(add("runs", "The runs, newest first", [&] { return list_runs(call, words.list); }), words.list,
                     "--state", "Only in this state: queued, ..., succeeded, suspect, failed, skipped");
    add("show", "One run and its timeline", [&] { return show_run(call, words.id); })
        .add_option("RUN", words.id, "The run's id, or an unambiguous part of it")
        ->required();
    CLI::App& artifacts =
        add("artifacts", "The artifacts, newest first", [&] { return list_artifacts(call, words.list); });
    add_list_options(artifacts, words.list, "--verdict", "Only with this verdict: verified, suspect");
    artifacts.add_flag("--trash", words.list.trash, "Those in the trash instead");
    CLI::App& get =
        add("get", "Fetch an artifact back, its hash checked", [&] { return get_artifact(call, words.get); });
    get.add_option("ARTIFACT", words.get.artifact, "The artifact's id, or an unambiguous part of it")->required();
    get.add_option("-o,--output", words.get.output, "Write here instead of the artifact's name; - is standard output")
        ->type_name("FILE");
    CLI::App& verify = add("verify", "Read artifacts back, compare length and SHA-256 and probe the format",
                           [&] { return verify_artifacts(call, words.verify); });
    verify.add_option("ARTIFACT", words.verify.artifacts, "Ids of artifacts");
    verify.add_flag("--all", words.verify.all, "Every artifact");
    verify.add_option("--sample", words.verify.sample, "So many of all, by chance: 10%")->type_name("PERCENT");
    verify.add_flag(
        "--chain", words.verify.chain,
        "Also every manifest against the ledger and the one before it: finds edited, missing and moved ones");
    add("rebuild", "Make a new ledger from the manifests in the stores; garnerd must be stopped",
        [&] { return rebuild(call); });
    CLI::App& run = add("run", "Start a job now, by hand", [&] { return run_job(call, words.run); });
    run.add_option("JOB", words.run.job, "The job")->required();
    run.add_option("--target", words.run.target, "Only this target, by name or id");
    run.add_flag("--wait", words.run.wait, "Wait for the runs; exit 0 only if all succeeded");
    add("reload", "Make garnerd reload its configuration and print what changed", [&] { return reload(call); });
    add("retry", "Forget that a source rejected its login", [&] { return retry_source(call, words.id); })
        .add_option("SOURCE", words.id, "The source")
        ->required();
    for (const bool held : {true, false}) {
        CLI::App& mark = add(held ? "hold" : "release",
                             held ? "Mark an artifact that no rule of retention may remove" : "Take that mark away",
                             [&call, &words, held] {
                                 words.hold.held = held;
                                 return hold_artifact(call, words.hold);
                             });
        mark.add_option("ARTIFACT", words.hold.artifact, "The artifact's id, or an unambiguous part of it")->required();
        mark.add_option("--reason", words.hold.reason, "Why; kept in the timeline of its run")->required();
        if (held)
            mark.add_option("--until", words.hold.until,
                            "Only until then: an instant, a local time (2026-11-02T06:00), or a time from now (2d)");
    }
    CLI::App& pruned = add("prune", "Carry retention out now; exit 1 when that is too much to go at once",
                           [&] { return prune(call, words.prune); });
    pruned.add_flag("--dry-run", words.prune.dry_run, "Only say what would go, and what keeps the others");
    pruned.add_flag("--confirm", words.prune.confirm, "However much it removes");
    add("explain", "Which rule keeps an artifact or lets it go, until when, and what would change that",
        [&] { return explain_artifact(call, words.id); })
        .add_option("ARTIFACT", words.id, "The artifact's id, or an unambiguous part of it")
        ->required();
    CLI::App& simulated =
        add("simulate-retention", "What each job will have at the end of each month, by its schedule and its rule",
            [&] { return forecast_retention(call, words.simulate); });
    simulated.add_option("--for", words.simulate.length, "For so long (default 1y)");
    simulated.add_option("--job", words.simulate.job, "Only of this job");
    CLI::App& restored = add("restore-trash", "Take an artifact out of the trash, and hold it",
                             [&] { return restore_trash(call, words.hold); });
    restored.add_option("ARTIFACT", words.hold.artifact, "The artifact's id, or an unambiguous part of it")->required();
    restored.add_option("--reason", words.hold.reason, "Why; kept in the timeline of its run");
    CLI::App& accept = add("accept", "Make a suspect artifact verified, since somebody has looked at it",
                           [&] { return accept_artifact(call, words.accept); });
    accept.add_option("ARTIFACT", words.accept.artifact, "The artifact's id, or an unambiguous part of it")->required();
    accept.add_option("--reason", words.accept.reason, "Why; kept beside it and in the timeline of its run")
        ->required();
    CLI::App& targets =
        add("targets", "What the sources list, and which jobs take it; exit 1 while a list stands refused",
            [&] { return list_targets(call, words.targets); });
    targets.add_option("--source", words.targets.source, "Only of this source");
    targets.add_option("--accept", words.targets.accept, "Confirm the list of this source that stands refused")
        ->type_name("SOURCE");
    CLI::App& pause = add("pause", "Let a job's schedule start nothing for a while; what has begun goes on",
                          [&] { return pause_job(call, words.pause); });
    pause.add_option("JOB", words.pause.job, "The job")->required();
    pause.add_option("--until", words.pause.until,
                     "Until then: an instant, a local time (2026-11-02T06:00), or a time from now (2d)");
    pause.add_option("--reason", words.pause.reason, "Why; told by garner status and in what is skipped");
    CLI::App& resume = add("resume", "End a pause; what it held back was skipped, not missed",
                           [&] { return resume_job(call, words.pause); });
    resume.add_option("JOB", words.pause.job, "The job")->required();
    resume.add_option("--reason", words.pause.reason, "Why; kept in the log");
    CLI::App& gaps = add("gaps", "Which spans of time are not archived; exit 1 when one is late or lost",
                         [&] { return list_gaps(call, words.gaps); });
    gaps.add_option("--job", words.gaps.job, "Only of this job");
    gaps.add_option("--target", words.gaps.target, "Only of this target, by name or id");
    gaps.add_flag("--all", words.gaps.all, "Also what is archived, closed or not over yet");
    gaps.add_option("--close", words.gaps.close, "Nothing is owed of that span any more")
        ->expected(4)
        ->type_name("JOB TARGET START END");
    gaps.add_option("--reopen", words.gaps.reopen, "What was closed within that span is owed again")
        ->expected(4)
        ->type_name("JOB TARGET START END");
    gaps.add_option("--reason", words.gaps.reason, "Why; shown by garner gaps --all");
    add("leftovers", "What may still lie at a vendor", [&] { return list_leftovers(call); });
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

// CLI11 only says "a subcommand is required" to a mistyped one.
std::string unknown_command(const CLI::App& app, const std::vector<std::string>& arguments) {
    const std::vector<std::string> names = command_names(app);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word == "--config.file") {
            ++i;
        } else if (!word.starts_with('-')) {
            if (std::find(names.begin(), names.end(), word) != names.end()) return "";
            return "there is no command '" + printable(word, 60) + "'" + suggestion(word, names);
        }
    }
    return "";
}

}  // namespace

CommandExit run_command_line(Invocation& call, std::vector<std::string> arguments) {
    CLI::App app("The admin's command of garner, the backup-and-archive daemon.", "garner");
    app.set_version_flag("--version", "garner " GARNER_VERSION);
    app.require_subcommand(0, 1);
    Words words;
    add_common(app, call);
    add_commands(app, call, words);

    const std::string unknown = unknown_command(app, arguments);
    if (!unknown.empty()) return fail(call, unknown, CommandExit::usage);
    try {
        std::reverse(arguments.begin(), arguments.end());  // CLI11 wants the last word first
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& problem) {
        if (problem.get_exit_code() == 0) {
            app.exit(problem, call.out, call.err);  // --help, --version
            return CommandExit::fine;
        }
        return fail(call, std::string(problem.what()) + "; garner --help lists what there is", CommandExit::usage);
    }
    if (!words.act) {
        call.err << app.help();
        return CommandExit::usage;
    }
    return words.act();
}

}  // namespace garner
