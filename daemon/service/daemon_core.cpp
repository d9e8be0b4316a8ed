#include "service/daemon_core.hpp"

#include <utility>

namespace garner {

DaemonCore::DaemonCore(Doors doors, Database& database, Worker& ledger_worker, std::shared_ptr<const Settings> settings,
                       Log& log)
    : doors_(std::move(doors)),
      ledger_(database, ledger_worker, doors_.executor),
      log_observer_(log),
      health_(doors_.clock, log_observer_),
      engine_(doors_, ledger_, std::move(settings), health_),
      housekeeping_(doors_, ledger_, engine_, health_),
      started_at_(doors_.clock.wall_now()),
      patience_(doors_.executor),
      beside_(doors_.executor) {}

Task<Result<void>> DaemonCore::recover() {
    patience_.spawn(housekeeping_.ask_for_patience());
    const Result<void> recovered = co_await engine_.recover();
    patience_.cancel();
    co_await patience_.join();
    if (!recovered) co_return recovered;
    co_await housekeeping_.measure_stores();
    health_.started();
    co_return recovered;
}

Task<> DaemonCore::run() {
    if (stopping_) co_return;
    beside_.spawn(housekeeping_.show_life());
    beside_.spawn(housekeeping_.watch_stores());
    co_await engine_.run();
    beside_.cancel();
    co_await beside_.join();
}

void DaemonCore::stop() {
    stopping_ = true;
    health_.stopping();
    engine_.stop();
}

LiveMetrics DaemonCore::live_metrics() const {
    LiveMetrics live;
    live.settings = engine_.settings();
    live.outlook = engine_.outlook();
    live.in_progress = engine_.in_progress();
    live.source_up = engine_.source_up();
    live.throttled_seconds = engine_.throttled_seconds();
    live.clock_suspect = !engine_.clock_suspect().empty();
    live.budget_wait_seconds = engine_.budget_wait_seconds();
    live.store_free_bytes = housekeeping_.store_free_bytes();
    live.scheduler_last_tick = health_.last_tick();
    live.started_at = started_at_;
    return live;
}

}  // namespace garner
