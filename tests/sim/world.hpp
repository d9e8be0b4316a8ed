// The whole daemon in a world of its own: virtual time, seeded chance, vendors that keep their contracts strictly, a
// disk that forgets what was not synced, a ledger that keeps what was committed. The engine, ledger, store and
// connectors are the production ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "ledger/database.hpp"
#include "platform/task.hpp"
#include "sandbox/models/appgate.hpp"
#include "sandbox/models/servitly.hpp"
#include "sandbox/models/tulip.hpp"
#include "sim/chance.hpp"
#include "sim/sim_disk.hpp"
#include "sim/sim_network.hpp"
#include "sim/virtual_clock.hpp"

namespace garner {
class Engine;
}

namespace garner::sim {

struct WorldOptions {
    std::uint64_t seed = 1;
    bool tulip = true;
    bool servitly = false;
    bool appgate = false;
    std::size_t machines = 2;
    std::size_t tenants = 2;
    std::size_t appliances = 4;  ///< two controllers, a log server, and one that holds no state
    bool windows = false;        ///< Servitly's exports cover windows of one hour; else each covers everything
    std::string schedule = "@every 10m";
    Duration deadline{3'600'000};
    std::uint32_t retries = 2;
    Duration retry_wait{60'000};
    NetworkFaults network;
    DiskFaults disk;
};

enum class End {
    crash,  ///< power off in the middle of it
    stop,   ///< SIGTERM: parks what runs and ends
};

class World {
public:
    explicit World(WorldOptions options);
    ~World();

    /// One life of the daemon: until `until` of simulated time since the beginning, or until `events` were handled.
    /// Returns how many were.
    std::uint64_t live(Duration until, End end, std::uint64_t events_max = ~0ULL);

    /// What somebody does to the daemon at that time since the beginning, in the life that is lived then.
    void at(Duration when, std::function<Task<>(Engine&)> act) { acts_.emplace_back(when, std::move(act)); }

    /// Shortly before an instant of `@every <interval>`, after `instants` of them from now on: what was due has ended
    /// by then.
    Duration quiet_moment(Duration interval, int instants) const;

    /// From here on nothing goes wrong by itself.
    void heal();

    /// What must hold whenever the daemon is down; the first that does not, or nothing.
    std::string broken_invariant() const;
    /// Also: no run is left unfinished and each target has succeeded within the last interval.
    std::string not_alive_again(WallTime since) const;

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
    const Database& ledger() const { return database_; }
    Settings& settings() { return *settings_; }
    const Trace& trace() const { return trace_; }
    /// Every line that the daemon told its observer.
    const std::string& told() const { return told_; }
    const std::string& store_path() const { return settings_->stores.at("archive").path; }
    /// What went wrong with the engine itself; a test asserts that it is empty.
    const std::string& engine_error() const { return engine_error_; }

private:
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
    SimNetwork network_;
    SimDisk disk_;
    Database database_;
    std::shared_ptr<Settings> settings_;
    std::string told_;
    std::string engine_error_;
    std::vector<std::pair<Duration, std::function<Task<>(Engine&)>>> acts_;
    int lives_ = 0;
};

}  // namespace garner::sim
