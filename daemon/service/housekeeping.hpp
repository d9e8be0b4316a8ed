// What the daemon does beside the work: it proves that the ledger can be written, tells systemd that it lives (only if
// it does), asks the stores how much is free, and proves failing stores again. Each on its own, so that a dead file
// system does not hold up the watchdog's food or a scrape.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/engine.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "service/health.hpp"

namespace garner {

class Housekeeping {
public:
    Housekeeping(Doors doors, Ledger& ledger, Engine& engine, Health& health)
        : doors_(doors), ledger_(ledger), engine_(engine), health_(health) {}

    /// While recovery goes on: systemd's patience is prolonged. Until cancelled.
    Task<> ask_for_patience();
    /// Heartbeat, watchdog, status line. Until cancelled.
    Task<> show_life();
    /// Free space, and whether stores can be written. Until cancelled.
    Task<> watch_stores();

    /// Asks every store how much is free, once.
    Task<> measure_stores();
    const std::map<std::string, std::uint64_t>& store_free_bytes() const { return store_free_bytes_; }

private:
    void tell_status();

    Doors doors_;
    Ledger& ledger_;
    Engine& engine_;
    Health& health_;
    std::map<std::string, std::uint64_t> store_free_bytes_;
};

}  // namespace garner
