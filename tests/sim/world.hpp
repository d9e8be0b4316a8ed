// The whole daemon in a world of its own: virtual time, seeded chance, vendors that keep their contracts strictly,
// disks that forget what was not synced. What lives in it is DaemonCore, as garnerd wires it up: engine, ledger,
// stores, connectors, log and metrics are the production ones.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkers/evidence.hpp"
#include "checkers/history.hpp"
#include "core/settings.hpp"
#include "ledger/database.hpp"
#include "platform/task.hpp"
#include "sandbox/models/appgate.hpp"
#include "sandbox/models/servitly.hpp"
#include "sandbox/models/tulip.hpp"
#include "sim/chance.hpp"
#include "sim/sim_disk.hpp"
#include "sim/sim_ledger_files.hpp"
#include "sim/sim_network.hpp"
#include "sim/virtual_clock.hpp"
#include "sim/watch.hpp"

namespace garner {
class DaemonCore;
class Engine;
}  // namespace garner

namespace garner::sim {

/// In every secret of this world, and nowhere else.
inline constexpr std::string_view canary = "7Qz0vXr2TtL9";

struct WorldOptions {
    std::uint64_t seed = 1;
    bool tulip = true;
    bool servitly = false;
    bool appgate = false;
    std::size_t machines = 2;
    std::uint32_t concurrent_jobs = 1;  ///< at Tulip: what we may have there, and what it bears
    RequestLimits limits{};             ///< of every source
    std::size_t tenants = 2;
    std::size_t appliances = 4;  ///< two controllers, a log server, and one that holds no state
    bool windows = false;        ///< Servitly's exports cover windows of one hour; else each covers everything
    WindowLength window = WindowLength::hour;
    int window_hours_before = 0;                     ///< so long before the first life the first window begins
    std::string beginning = "2026-11-01T00:00:00Z";  ///< when the first life begins: a Sunday
    std::string zone = "UTC";                        ///< of all jobs
    std::string schedule = "@every 10m";
    std::map<std::string, std::string> schedules{};  ///< by job, where it is another
    std::uint64_t content_bytes_max = 30'000;
    double held = 0;            ///< so many of the artifacts are held by somebody as soon as they are listed
    RetentionRule retention{};  ///< of all jobs
    DeletionBudget deletion_budget{};
    Duration deadline{3'600'000};
    std::uint32_t retries = 2;
    Duration retry_wait{60'000};
    NetworkFaults network;
    DiskFaults disk;
    LedgerFaults ledger;
};

enum class End {
    crash,  ///< power off in the middle of it
    stop,   ///< SIGTERM: parks what runs and ends
};

class World {
public:
    explicit World(WorldOptions options);
    ~World();

    /// One life of the daemon: until `until` of simulated time since the beginning, until `events` were handled, or
    /// until the ledger's disk loses power. One that gives up by itself, since a disk fails, is started again. Returns
    /// how many events were handled.
    std::uint64_t live(Duration until, End end, std::uint64_t events_max = ~0ULL);

    /// What somebody does to the daemon at that time since the beginning, in the life that is lived then.
    void at(Duration when, std::function<Task<>(Engine&)> act) { acts_.emplace_back(when, std::move(act)); }

    /// What happens in the world at that time, whether the daemon lives or not: a clock is set, a vendor falls ill.
    void happens(Duration when, std::function<void()> event) { weather_.emplace(when, std::move(event)); }

    /// A bit of the artifact's file turns over, and nobody is told.
    void rot(const ArtifactRecord& artifact);

    /// The machine is switched off for so long.
    void rest(Duration d) { clock_.pass(d); }

    /// Shortly before an instant of `@every <interval>`, after `instants` of them from now on: what was due has ended
    /// by then.
    Duration quiet_moment(Duration interval, int instants) const;

    /// From here on nothing goes wrong by itself: vendors and disks are well, the clock is right.
    void heal();

    /// What must hold whenever the daemon is down; the first that does not, or nothing. What is listed now must be
    /// listed at every later call.
    std::string broken_invariant();
    /// Also: no run is left unfinished, each target has succeeded since then, and no time that was owed by then is a
    /// gap.
    std::string not_alive_again(WallTime since) const;

    /// What the ledger knows of an artifact and does not stand beside it.
    std::string unwritten_marks() const { return checkers::marks_are_written(evidence()); }

    VirtualClock& clock() { return clock_; }
    SimDisk& disk() { return disk_; }
    SimNetwork& network() { return network_; }
    sandbox::TulipModel& vendor() { return vendor_; }
    sandbox::FaultLayer& faults() { return faults_; }
    sandbox::ServitlyModel& servitly() { return servitly_; }
    sandbox::FaultLayer& servitly_faults() { return servitly_faults_; }
    sandbox::AppgateModel& appgate() { return appgate_; }
    sandbox::FaultLayer& appgate_faults() { return appgate_faults_; }
    const WorldOptions& options() const { return options_; }
    SimLedgerFiles& ledger_files() { return ledger_files_; }
    const Watch& watch() const { return watch_; }
    /// Between lives: what survived of it.
    const Database& ledger() const;
    Settings& settings() { return *settings_; }
    const Trace& trace() const { return trace_; }
    /// Each line of the trace with the true time, as it comes.
    void show(std::function<void(const std::string&)> to);
    /// Every line of the daemon's log.
    const std::string& told() const { return told_; }
    const std::string& store_path() const { return settings_->stores.at("archive").path; }
    /// What went wrong with the engine itself; a test asserts that it is empty.
    const std::string& engine_error() const { return engine_error_; }

private:
    enum class Ending { crashed, stopped, gave_up };
    struct Life;
    Ending live_once(Duration until, End end, std::uint64_t& events, std::uint64_t events_max);
    void live_with(Database& database, Life& life, asio::io_context& loop, Duration until, End end,
                   std::uint64_t& events, std::uint64_t events_max);
    Task<> hold(Engine& engine, std::string artifact);
    static Task<> live_in(DaemonCore& core, Life& life);
    void act_on(DaemonCore& core, asio::io_context& loop);
    void let_it_happen();
    void client_is_gone(bool crashed);
    checkers::Evidence evidence() const;
    std::string still_owed(WallTime then) const;

    WorldOptions options_;
    SeededRandom random_;
    Trace trace_;
    VirtualClock clock_;
    sandbox::TulipModel vendor_;
    sandbox::FaultLayer faults_;
    sandbox::ServitlyModel servitly_;
    sandbox::FaultLayer servitly_faults_;
    sandbox::AppgateModel appgate_;
    sandbox::FaultLayer appgate_faults_;
    SimDisk disk_;
    SimLedgerFiles ledger_files_;
    Watch watch_;
    SimNetwork network_;
    std::shared_ptr<Settings> settings_;
    mutable std::optional<Database> reader_;            ///< between lives
    mutable std::map<std::string, std::string> given_;  ///< SHA-256 of what the vendors offer, by remote job
    checkers::History history_;
    std::string told_;
    std::set<std::string> rotten_;  ///< paths in the store
    std::string metrics_;           ///< as they were when the last life was stopped
    std::string engine_error_;
    std::vector<std::pair<Duration, std::function<Task<>(Engine&)>>> acts_;
    std::multimap<Duration, std::function<void()>> weather_;
    int lives_ = 0;
};

}  // namespace garner::sim
