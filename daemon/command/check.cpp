// `garner check`: loads the configuration exactly as garnerd does. `--online` then asks the vendors and the stores,
// with the engine's own code.
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <ostream>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "command/run_task.hpp"
#include "command/silent_observer.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"
#include "engine/engine.hpp"
#include "platform/real/host.hpp"
#include "platform/real/real_clock.hpp"
#include "platform/real/real_disk.hpp"
#include "platform/real/real_network.hpp"
#include "platform/real/real_random.hpp"
#include "platform/real/real_worker.hpp"
#include "settings/load.hpp"

namespace garner {
namespace {

namespace json = boost::json;

json::object diagnostic_json(const Diagnostic& diagnostic) {
    json::object object;
    object["file"] = json_text(diagnostic.file);
    object["line"] = diagnostic.line;
    object["column"] = diagnostic.column;
    object["path"] = json_text(diagnostic.path);
    object["message"] = json_text(diagnostic.message);
    return object;
}

json::object finding_json(const OnlineFinding& finding) {
    json::object object;
    object["subject"] = json_text(finding.subject);
    object["ok"] = finding.ok;
    object["text"] = json_text(finding.text);
    return object;
}

// As root one would prove what root can write, and leave directories that the daemon cannot: the owner of the state
// directory is the daemon's user.
Result<void> become_the_daemons_user(const std::string& state_directory) {
    struct stat info {};
    if (geteuid() != 0 || ::stat(state_directory.c_str(), &info) != 0 || info.st_uid == 0) return {};
    if (setgroups(1, &info.st_gid) != 0 || setegid(info.st_gid) != 0 || seteuid(info.st_uid) != 0)
        return Failure(FailureKind::local, "act as the owner of " + state_directory + ": " + std::strerror(errno));
    return {};
}

Result<std::vector<OnlineFinding>> ask_online(std::shared_ptr<const Settings> settings) {
    const auto user = become_the_daemons_user(settings->state_directory);
    if (!user) return user.error();
    asio::io_context context;
    RealClock clock(context.get_executor());
    RealRandom random;
    RealDisk disk;
    const std::unique_ptr<Network> network = make_real_network(context, nullptr);
    const Doors doors{context.get_executor(), clock, random, *network, disk, device_id_of_host()};
    // Nothing of this is to be remembered: the engine gets a ledger of its own, in memory.
    auto database = Database::open_for_writing("file:check?vfs=memdb");
    if (!database) return database.error();
    RealWorker worker(context.get_executor());
    Ledger ledger(*database, worker, context.get_executor());
    // Towards vendors it is the same installation as the daemon, where its ledger can be read.
    const auto daemons = Database::open_for_reading(settings->ledger_path());
    const auto known = daemons ? LedgerReader(*daemons).installation() : std::optional<Installation>();
    if (known && *known) {
        const auto taken = run_task(context, ledger.installation(**known));
        if (!taken) return taken.error();
    }
    SilentObserver observer;
    Engine engine(doors, ledger, std::move(settings), observer);
    auto in_use = daemons ? LedgerReader(*daemons).stores_in_use() : std::set<std::string>();
    return run_task(context, engine.check_online(in_use ? std::move(*in_use) : std::set<std::string>()));
}

void print_summary(const Invocation& call, const Settings& settings) {
    const auto counted = [](std::size_t n, const std::string& one) {
        return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
    };
    call.out << printable(call.config_path, 1000) << ": fine: " << counted(settings.sources.size(), "source") << ", "
             << counted(settings.stores.size(), "store") << ", " << counted(settings.jobs.size(), "job") << '\n';
}

}  // namespace

CommandExit check(const Invocation& call, const CheckOptions& options) {
    // Credentials of systemd are the service's alone; without asking anybody, that need not stop a check.
    LoadOptions reading;
    reading.credentials_optional = !options.online;
    Loaded loaded = load_settings(call.config_path, reading);
    const bool sound = loaded.settings.has_value();
    if (!call.json) {
        for (const Diagnostic& warning : loaded.warnings) call.err << "warning: " << warning.text() << '\n';
        for (const Diagnostic& error : loaded.errors) call.err << error.text() << '\n';
        if (sound) print_summary(call, *loaded.settings);
    }
    json::object report;
    report["ok"] = sound;
    report["errors"] = json_list(loaded.errors, diagnostic_json);
    report["warnings"] = json_list(loaded.warnings, diagnostic_json);

    CommandExit how = sound ? CommandExit::fine : CommandExit::usage;
    if (sound && options.online) {
        const auto findings = ask_online(std::make_shared<const Settings>(std::move(*loaded.settings)));
        if (!findings) return fail(call, findings.error().what, CommandExit::bad_news);
        for (const OnlineFinding& finding : *findings) {
            if (!finding.ok) how = CommandExit::bad_news;
            if (!call.json)
                call.out << (finding.ok ? "ok    " : "FAIL  ") << printable(finding.subject + ": " + finding.text, 2000)
                         << '\n';
        }
        report["online"] = json_list(*findings, finding_json);
        report["ok"] = how == CommandExit::fine;
    }
    if (call.json) print_json(call, report);
    return how;
}

}  // namespace garner
