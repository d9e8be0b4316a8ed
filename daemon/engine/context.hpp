// What every part of the engine works with.
#pragma once

#include <map>
#include <string>

#include "core/records.hpp"
#include "engine/observer.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "platform/event.hpp"

namespace garner {

struct EngineContext {
    EngineContext(Doors doors_, Ledger& ledger_, RunObserver& observer_)
        : doors(std::move(doors_)), ledger(ledger_), observer(observer_), run_ended(doors.executor) {}

    Doors doors;
    Ledger& ledger;
    RunObserver& observer;
    std::map<std::string, RunRecord> unfinished;  ///< by run id: every run that has begun and not ended
    Event run_ended;
    bool stopping = false;
    bool ledger_fails = false;

    /// Sleeps until the wall clock says `when`; never longer than 15 s at once, since wall clocks jump.
    Task<> sleep_until_wall(WallTime when);

    /// Repeats a ledger's verb until it is durable: a full disk stops the run here, not half way. Cancellable between
    /// tries.
    Task<> insist(const std::function<Task<Result<void>>()>& verb);

    std::string new_id();
    /// What a run may leave at the vendor, from now on; its remote job's id is still to be filled in where it is known.
    LeftoverRecord leftover_of(const RunRecord& run, std::string why);
};

}  // namespace garner
