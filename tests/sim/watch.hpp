// Looks on while the daemon lives: at each request that leaves it and behind each commit. Every step is in the ledger,
// durably, before the next one acts on it; nothing is listed before it is durable; no start is repeated blindly.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"
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
    /// From now on no span of time may see more requests to the source than this; a month is not watched.
    void expect_budget(const std::string& source, const RequestLimits& limits) { budgets_[source] = limits; }
    /// When requests reached the source, all of its lives.
    const std::vector<SteadyTime>& requests_to(const std::string& source) const {
        static const std::vector<SteadyTime> none;
        const auto found = requests_.find(source);
        return found == requests_.end() ? none : found->second;
    }
    /// The ledger may have committed something.
    void committed();

    /// Is told the id of each artifact that is listed.
    void when_listed(std::function<void(const std::string&)> listed) { listed_ = std::move(listed); }

    /// The first thing that was wrong; empty: nothing.
    const std::string& broken() const { return broken_; }

private:
    bool holds(const char* sql, const std::string& source, const std::string& what);
    void complain(std::string what);
    void count(const std::string& source, SteadyTime now);

    const SimDisk& disk_;
    std::string store_;
    std::optional<Database> ledger_;
    std::function<void(const std::string&)> listed_;
    std::int64_t artifacts_seen_ = 0;
    std::map<std::string, SteadyTime> unsettled_;  ///< by source and target: when a start's answer was lost
    std::map<std::string, RequestLimits> budgets_;
    std::map<std::string, std::vector<SteadyTime>> requests_;
    std::map<std::string, int> open_;  ///< starts on their way
    std::string broken_;
};

}  // namespace garner::sim
