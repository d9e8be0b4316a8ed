// The commands that change something: garnerd does them, asked over its socket.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fstream>
#include <ostream>
#include <regex>
#include <utility>

#include "command/commands.hpp"
#include "command/control_client.hpp"
#include "command/reading.hpp"
#include "core/text.hpp"
#include "settings/load.hpp"

namespace garner {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string describe_run(const json::object& run) {
    std::string name = text_of(run, "target_name");
    if (name.empty()) name = text_of(run, "target");
    std::string line =
        text_of(run, "job") + " of '" + name + "', run " + text_of(run, "id") + ": " + text_of(run, "state");
    const std::string reason = text_of(run, "reason");
    if (!reason.empty()) line += ": " + reason;
    return printable(line, 2000);
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(1024 * 1024, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

// The value behind `key:` anywhere in a file that is not even YAML; empty when there is none that is an absolute path.
std::string path_behind(const std::string& text, const std::string& key) {
    const std::regex pattern("(^|[\\n{, ])" + key + ":[ \\t]*[\"']?(/[^\\s\"',}#]*)");
    std::smatch found;
    return std::regex_search(text, found, pattern) ? found[2].str() : std::string();
}

Settings guess_control_socket(const std::string& text) {
    Settings settings;
    settings.control_socket = path_behind(text, "control_socket");
    const std::string state_directory = path_behind(text, "state_directory");
    if (!state_directory.empty()) settings.state_directory = state_directory;
    return settings;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
    std::vector<std::string> texts;
    const json::value* found = object.if_contains(key);
    if (found == nullptr || !found->is_array()) return texts;
    for (const json::value& text : found->get_array())
        if (text.is_string()) texts.emplace_back(text.get_string());
    return texts;
}

// The configuration, where it has the job; else that is said, and nothing returned.
std::optional<Settings> settings_with_job(const Invocation& call, const std::string& job) {
    auto settings = load_for_reading(call);
    if (!settings || settings->jobs.contains(job)) return settings;
    fail(call, "there is no job '" + printable(job, 80) + "'" + suggestion(job, names_of(settings->jobs)),
         CommandExit::usage);
    return std::nullopt;
}

// What a person wants of an artifact; the artifact as it is then.
std::pair<ControlAnswer, json::object> ask_of_artifact(const Settings& settings, const std::string& command,
                                                       const std::string& artifact, const std::string& reason,
                                                       const std::string& until = {}) {
    json::object request;
    request["command"] = command;
    request["artifact"] = artifact;
    request["reason"] = reason;
    if (!until.empty()) request["until"] = until;
    return ask_daemon_for(settings, request, "artifact");
}

}  // namespace

CommandExit run_job(const Invocation& call, const RunOptions& options) {
    const auto settings = settings_with_job(call, options.job);
    if (!settings) return CommandExit::usage;
    json::object request;
    request["command"] = "run";
    request["job"] = options.job;
    request["target"] = options.target;
    request["wait"] = options.wait;
    json::array runs;
    const auto take = [&](const json::object& run) {
        if (!call.json) call.out << describe_run(run) << std::endl;
        for (json::value& known : runs) {
            if (text_of(known.get_object(), "id") != text_of(run, "id")) continue;
            known = run;
            return;
        }
        runs.push_back(run);
    };
    const ControlAnswer answer = ask_daemon(*settings, request, [&](const json::object& line) {
        for (const std::string_view key : {"run", "ended"})
            if (const json::value* run = line.if_contains(key); run != nullptr && run->is_object())
                take(run->get_object());
    });
    if (call.json) print_json(call, runs);
    return conclude(call, answer);
}

CommandExit reload(const Invocation& call) {
    LoadOptions options;
    options.secrets = Secrets::skip;
    const Loaded loaded = load_settings(call.config_path, options);
    // A broken file reaches the daemon all the same: it is the one to say no, and to count it.
    const Settings settings = loaded.settings ? *loaded.settings : guess_control_socket(read_text(call.config_path));
    json::object request;
    request["command"] = "reload";
    json::object outcome;
    ControlAnswer answer = ask_daemon(settings, request, [&](const json::object& line) { outcome = line; });
    if (answer.exit == CommandExit::unreachable && !loaded.settings) {
        for (const Diagnostic& error : loaded.errors) call.err << error.text() << '\n';
        return CommandExit::usage;
    }
    // The daemon's "no" to a reload means that the configuration is wrong.
    if (answer.exit == CommandExit::bad_news) answer.exit = CommandExit::usage;
    if (call.json) {
        outcome["ok"] = answer.exit == CommandExit::fine;
        print_json(call, outcome);
        return conclude(call, answer);
    }
    for (const std::string& warning : texts_of(outcome, "warnings"))
        call.err << "warning: " << printable(warning, 2000) << '\n';
    for (const std::string& error : texts_of(outcome, "errors")) call.err << printable(error, 2000) << '\n';
    const std::vector<std::string> changes = texts_of(outcome, "changes");
    for (const std::string& change : changes) call.out << printable(change, 2000) << '\n';
    if (answer.exit == CommandExit::fine && changes.empty()) call.out << "reloaded; nothing changed\n";
    return conclude(call, answer);
}

CommandExit retry_source(const Invocation& call, const std::string& source) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    if (!settings->sources.contains(source))
        return fail(
            call,
            "there is no source '" + printable(source, 80) + "'" + suggestion(source, names_of(settings->sources)),
            CommandExit::usage);
    json::object request;
    request["command"] = "retry";
    request["source"] = source;
    const ControlAnswer answer = ask_daemon(*settings, request, [](const json::object&) {});
    if (answer.exit == CommandExit::fine && !call.json) call.out << source << ": the next run logs in again\n";
    if (answer.exit == CommandExit::fine && call.json) print_json(call, json::object{{"source", source}, {"ok", true}});
    return conclude(call, answer);
}

CommandExit hold_artifact(const Invocation& call, const HoldOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    std::string until;
    if (!options.until.empty()) {
        const auto moment = parse_moment(options.until, settings->zone, call.now);
        if (!moment) return fail(call, "--until: " + moment.error().what, CommandExit::usage);
        until = format_rfc3339(*moment);
    }
    const auto [answer, artifact] =
        ask_of_artifact(*settings, options.held ? "hold" : "release", options.artifact, options.reason, until);
    if (answer.exit != CommandExit::fine) return conclude(call, answer);
    if (call.json)
        print_json(call, artifact);
    else
        call.out << "artifact " << text_of(artifact, "id") << (options.held ? " is held\n" : " is no longer held\n");
    return CommandExit::fine;
}

CommandExit accept_artifact(const Invocation& call, const AcceptOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto [answer, artifact] = ask_of_artifact(*settings, "accept", options.artifact, options.reason);
    if (answer.exit != CommandExit::fine) return conclude(call, answer);
    if (call.json)
        print_json(call, artifact);
    else
        call.out << "artifact " << text_of(artifact, "id") << " is accepted: it counts as verified\n";
    return CommandExit::fine;
}

CommandExit pause_job(const Invocation& call, const PauseOptions& options) {
    const auto settings = settings_with_job(call, options.job);
    if (!settings) return CommandExit::usage;
    json::object request;
    request["command"] = "pause";
    request["job"] = options.job;
    request["reason"] = options.reason;
    if (!options.until.empty()) {
        const auto until = parse_moment(options.until, settings->jobs.at(options.job).zone, call.now);
        if (!until) return fail(call, "--until: " + until.error().what, CommandExit::usage);
        request["until"] = format_rfc3339(*until);
    }
    auto [answer, pause] = ask_daemon_for(*settings, request, "pause");
    if (answer.exit != CommandExit::fine) return conclude(call, answer);
    if (call.json) {
        pause["job"] = options.job;
        print_json(call, pause);
        return CommandExit::fine;
    }
    const auto until = parse_rfc3339(text_of(pause, "until"));
    call.out << options.job << " is paused "
             << (until ? "until " + local_time(*settings, options.job, until)
                       : "until `garner resume " + options.job + "`")
             << '\n';
    return CommandExit::fine;
}

CommandExit resume_job(const Invocation& call, const PauseOptions& options) {
    const auto settings = settings_with_job(call, options.job);
    if (!settings) return CommandExit::usage;
    json::object request;
    request["command"] = "resume";
    request["job"] = options.job;
    request["reason"] = options.reason;
    const ControlAnswer answer = ask_daemon(*settings, request, [](const json::object&) {});
    if (answer.exit != CommandExit::fine) return conclude(call, answer);
    if (call.json)
        print_json(call, json::object{{"job", options.job}, {"ok", true}});
    else
        call.out << options.job << " goes on; what its pause held back was skipped\n";
    return CommandExit::fine;
}

}  // namespace garner
