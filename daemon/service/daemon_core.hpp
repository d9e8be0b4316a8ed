// The daemon without its process: ledger, engine, what it says and what it does beside its work, wired up from the
// doors. garnerd puts sockets, signals and systemd around it; the simulated world puts itself around it. Both run this
// wiring.
#pragma once

#include <memory>

#include "engine/engine.hpp"
#include "ledger/database.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "platform/task_group.hpp"
#include "platform/worker.hpp"
#include "service/health.hpp"
#include "service/housekeeping.hpp"
#include "service/log.hpp"
#include "service/log_observer.hpp"
#include "service/metrics.hpp"

namespace garner {

class DaemonCore {
public:
    /// `database` is open for writing; it, `ledger_worker` (which does nothing else) and `log` outlive the core.
    DaemonCore(Doors doors, Database& database, Worker& ledger_worker, std::shared_ptr<const Settings> settings,
               Log& log);

    /// Brings ledger and stores in accord; ready to run afterwards. A failure is told to nobody yet.
    Task<Result<void>> recover();

    /// The work, and what goes on beside it, until stop().
    Task<> run();

    /// Nothing new starts, what runs is parked. Idempotent.
    void stop();

    Engine& engine() { return engine_; }
    Health& health() { return health_; }
    Housekeeping& housekeeping() { return housekeeping_; }

    /// What the engine, the stores and the scheduler know for /metrics; the process and its traffic are the caller's.
    LiveMetrics live_metrics() const;

private:
    Doors doors_;
    Ledger ledger_;
    LogObserver log_observer_;
    Health health_;
    Engine engine_;
    Housekeeping housekeeping_;
    WallTime started_at_;
    bool stopping_ = false;
    // Here and not where they are joined: whoever waits there would own what it waits for.
    TaskGroup patience_;
    TaskGroup beside_;
};

}  // namespace garner
