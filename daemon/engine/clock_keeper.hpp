// Feeds the watch over the wall clock, and makes what it finds durable: a suspicion is in the ledger, where `garner
// status` reads it whether the daemon runs or not, and it stands over a restart.
#pragma once

#include <string>

#include "core/clock_watch.hpp"
#include "engine/context.hpp"
#include "platform/http.hpp"

namespace garner {

class ClockKeeper {
public:
    explicit ClockKeeper(EngineContext& context) : context_(context) {}

    /// Once, before the ledger gets its first record of this life: what it knows, and a first look.
    Task<Result<void>> remember();

    /// Until it is cancelled.
    Task<> keep();

    /// A reply that has just come from the source.
    void heard(const std::string& source, const HttpHead& head);

    /// Why the wall clock cannot be trusted; empty: it can.
    std::string suspicion() const;

private:
    Task<> look();

    EngineContext& context_;
    ClockWatch watch_;
    std::optional<ClockWitness> written_;  ///< what the suspicion in the ledger rests on; nothing: there is none
};

}  // namespace garner
