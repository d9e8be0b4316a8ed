#include "service/daemon.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <optional>

#include "ledger/database.hpp"
#include "ledger/state_lock.hpp"
#include "platform/doors.hpp"
#include "platform/real/host.hpp"
#include "platform/real/real_clock.hpp"
#include "platform/real/real_disk.hpp"
#include "platform/real/real_network.hpp"
#include "platform/real/real_random.hpp"
#include "platform/real/real_worker.hpp"
#include "platform/real/systemd.hpp"
#include "platform/task_group.hpp"
#include "service/control_commands.hpp"
#include "service/control_server.hpp"
#include "service/daemon_core.hpp"
#include "service/http_metrics.hpp"
#include "service/ledger_view.hpp"
#include "service/log.hpp"
#include "service/pages.hpp"
#include "service/reload.hpp"
#include "service/state_directory.hpp"
#include "service/web_server.hpp"

namespace garner {
namespace {

// Seconds from the request to stop until the process ends whatever still hangs: systemd and admins are promised ten.
// Nothing is lost: every step is durable in the ledger before it acts.
constexpr unsigned stop_seconds_max = 9;

extern "C" void end_at_once(int) {
    const char text[] =
        "level=warn event=stopped msg=\"not everything ended in time; the next start goes on from the ledger\"\n";
    if (write(2, text, sizeof(text) - 1) < 0) _exit(0);
    _exit(0);
}

class Daemon {
public:
    Daemon(asio::io_context& context, const std::string& config_path, std::shared_ptr<const Settings> settings,
           RealClock& clock, Log& log, Database& database)
        : log_(log),
          http_traffic_(),
          network_(make_real_network(context, &http_traffic_)),
          doors_{context.get_executor(), clock, random_, *network_, disk_, device_id_of_host()},
          ledger_worker_(context.get_executor()),
          reader_worker_(context.get_executor()),
          password_worker_(context.get_executor()),
          core_(doors_, database, ledger_worker_, settings, log),
          view_(reader_worker_, settings->ledger_path()),
          pages_(
              context.get_executor(), clock, core_.health(), view_, [this] { return live_metrics(); },
              [this](const std::string& run, const std::string& proof) {
                  return core_.engine().called_back(run, proof);
              }),
          web_(context.get_executor(), clock, random_, password_worker_, pages_),
          reloader_(context.get_executor(), Reloader::Parts{config_path, reader_worker_, clock, core_.engine(), web_,
                                                            core_.health(), core_.housekeeping(), log}),
          commands_(core_.engine(), reloader_, core_.health(), log),
          control_(context.get_executor(), clock, commands_),
          signals_(context, SIGTERM, SIGINT, SIGHUP),
          beside_(context.get_executor()) {}

    // From recovery to the end. Whether it went well.
    Task<bool> live() {
        beside_.spawn(heed_signals());
        const bool well = co_await work();
        log_.write(LogEvent(LogLevel::debug, "closing", "closing the listeners"));
        co_await web_.stop();
        co_await control_.stop();
        boost::system::error_code error;
        signals_.cancel(error);
        beside_.cancel();
        co_await beside_.join();
        co_return well;
    }

private:
    Task<bool> work() {
        const Result<void> recovered = co_await core_.recover();
        if (!recovered) {
            say_cannot_start(recovered.error());
            co_return stopping_;
        }
        if (stopping_) co_return true;
        if (!open_listeners()) co_return false;

        ready_ = true;
        notify_service_manager("READY=1\nSTATUS=started");
        log_.write(
            LogEvent(LogLevel::info, "started", "garnerd " GARNER_VERSION " is ready").with("version", GARNER_VERSION));
        co_await core_.run();
        co_return true;
    }

    bool open_listeners() {
        const std::shared_ptr<const Settings> settings = core_.engine().settings();
        const auto control = control_.listen(settings->control_socket_path());
        if (!control) return say_cannot_start(control.error());
        const auto web = web_.listen(settings->web);
        if (!web) return say_cannot_start(web.error());
        for (const std::string& address : *web)
            log_.write(LogEvent(LogLevel::info, "listening", "metrics, health and API on " + address)
                           .with("address", address));
        return true;
    }

    bool say_cannot_start(const Failure& failure) {
        log_.write(LogEvent(LogLevel::error, "start_failed", failure.what).with("kind", to_string(failure.kind)));
        return false;
    }

    Task<> heed_signals() {
        while (true) {
            boost::system::error_code error;
            auto wait = asio::redirect_error(asio::use_awaitable, error);
            const int signal = co_await signals_.async_wait(wait);
            if (error) co_return;
            if (signal == SIGHUP) {
                if (ready_ && !stopping_) beside_.spawn(reload_by_signal());
                continue;  // while it starts there is nothing to reload into
            }
            if (stopping_ && signal == SIGINT) _exit(0);
            stop(signal);
        }
    }

    void stop(int signal) {
        if (stopping_) return;
        stopping_ = true;
        std::signal(SIGALRM, end_at_once);
        alarm(stop_seconds_max);
        notify_service_manager("STOPPING=1\nSTATUS=stopping: parking what is going on");
        const std::string name = signal == SIGINT ? "SIGINT" : "SIGTERM";
        log_.write(LogEvent(LogLevel::info, "stopping", name + ": parking what is going on").with("signal", name));
        core_.stop();
    }

    Task<> reload_by_signal() {
        const std::string who = "SIGHUP";
        co_await reloader_.reload(who);
    }

    LiveMetrics live_metrics() const {
        LiveMetrics live = core_.live_metrics();
        live.traffic = http_traffic_.traffic();
        live.last_reload_successful = reloader_.last_successful();
        live.last_reload_success = reloader_.last_success();
        live.process = read_process_use();
        return live;
    }

    Log& log_;
    RealRandom random_;
    RealDisk disk_;
    HttpMetrics http_traffic_;
    std::unique_ptr<Network> network_;
    Doors doors_;
    RealWorker ledger_worker_;
    RealWorker reader_worker_;
    RealWorker password_worker_;
    DaemonCore core_;
    LedgerView view_;
    Pages pages_;
    WebServer web_;
    Reloader reloader_;
    ControlCommands commands_;
    ControlServer control_;
    asio::signal_set signals_;
    TaskGroup beside_;
    bool ready_ = false;
    bool stopping_ = false;
};

}  // namespace

void harden_process() {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(0077);
    std::signal(SIGPIPE, SIG_IGN);
}

DaemonExit run_daemon(const std::string& config_path, std::shared_ptr<const Settings> settings) {
    asio::io_context context(1);
    RealClock clock(context.get_executor());
    Log log(clock, settings->log);
    const auto cannot_start = [&log](const Failure& failure) {
        log.write(LogEvent(LogLevel::error, "start_failed", failure.what).with("kind", to_string(failure.kind)));
        return DaemonExit::failed;
    };
    const auto directory = make_state_directory(settings->state_directory);
    if (!directory) return cannot_start(directory.error());
    const auto lock = StateLock::take(settings->state_directory);
    if (!lock) return cannot_start(lock.error());
    auto database = Database::open_for_writing(settings->ledger_path());
    if (!database) return cannot_start(database.error());

    Daemon daemon(context, config_path, std::move(settings), clock, log, *database);
    bool well = false;
    std::exception_ptr mistake;
    auto ended = [&](std::exception_ptr error, bool how) {
        mistake = error;
        well = how;
        context.stop();  // what is left are idle connections to the vendors and their timers
    };
    asio::co_spawn(context, daemon.live(), ended);
    context.run();  // not run_for(): that wakes up every second for nothing
    if (mistake) {
        // Our own mistake. What is durable is in the ledger; coroutines that still hang are not worth a clean end.
        try {
            std::rethrow_exception(mistake);
        } catch (const std::exception& e) {
            log.write(LogEvent(LogLevel::error, "internal_error", std::string("internal error: ") + e.what()));
        }
        _exit(static_cast<int>(DaemonExit::failed));
    }
    log.write(
        LogEvent(LogLevel::info, "stopped", well ? "stopped; the next start goes on from the ledger" : "stopped"));
    return well ? DaemonExit::asked_to_stop : DaemonExit::failed;
}

}  // namespace garner
