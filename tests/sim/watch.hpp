// Looks on while the daemon lives: at each request that leaves it and behind each commit. Every step is in the ledger,
// durably, before the next one acts on it; nothing is listed before it is durable; no start is repeated blindly.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/database.hpp"
#include "sandbox/models/vendor_model.hpp"
#include "sim/sim_disk.hpp"

namespace garner::sim {

class Watch {
public:
    /// `store`: where the only store lies on the disk.
    Watch(const SimDisk& disk, std::string store) : disk_(disk), store_(std::move(store)) {}

    /// A life begins with this ledger, or ends: then what was asked for and not answered never will be.
    void begin(const std::string& ledger_uri);
    void end(SteadyTime now);

    /// A request to the source's own host leaves the machine; later, whether its answer told what became of it.
    void asked(const std::string& source, const sandbox::ModelRequest&, SteadyTime now);
    void answered(const std::string& source, const sandbox::ModelRequest&, bool settled, SteadyTime now);
    /// The ledger may have committed something.
    void committed();

    /// Is told the id of each artifact that is listed.
    void when_listed(std::function<void(const std::string&)> listed) { listed_ = std::move(listed); }

    /// The first thing that was wrong; empty: nothing.
    const std::string& broken() const { return broken_; }

private:
    bool holds(const char* sql, const std::string& source, const std::string& what);
    void complain(std::string what);

    const SimDisk& disk_;
    std::string store_;
    std::optional<Database> ledger_;
    std::function<void(const std::string&)> listed_;
    std::int64_t artifacts_seen_ = 0;
    std::map<std::string, SteadyTime> unsettled_;  ///< by source and target: when a start's answer was lost
    std::map<std::string, int> open_;              ///< starts on their way
    std::string broken_;
};

}  // namespace garner::sim
