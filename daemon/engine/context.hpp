// What every part of the engine works with.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/records.hpp"
#include "engine/observer.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "platform/event.hpp"
#include "platform/slots.hpp"

namespace garner {

/// A vendor's call for one run. It lives here and not in the run, whose waiting coroutine would own what owns it.
struct Callback {
    explicit Callback(const asio::any_io_executor& executor) : event(executor) {}
    Event event;
    bool came = false;
};

/// By run id: the runs that a vendor may call.
using Callbacks = std::map<std::string, std::shared_ptr<Callback>>;

struct EngineContext {
    EngineContext(Doors doors_, Ledger& ledger_, RunObserver& observer_)
        : doors(std::move(doors_)),
          ledger(ledger_),
          observer(observer_),
          run_ended(doors.executor),
          leftovers_changed(doors.executor),
          discovery_due(doors.executor),
          prune_wanted(doors.executor),
          settings_changed(doors.executor) {}

    Doors doors;
    Ledger& ledger;
    RunObserver& observer;
    std::map<std::string, RunRecord> unfinished;  ///< by run id: every run that has begun and not ended
    Event run_ended;
    Event leftovers_changed;  ///< there is one more to remove at a vendor
    Event discovery_due;      ///< some list of targets is to be looked at now
    Event prune_wanted;
    bool prune_due = false;  ///< since the last pass of retention something changed that it goes by
    void want_prune() {
        prune_due = true;
        prune_wanted.notify_all();
    }
    Event settings_changed;  ///< a reload was applied
    Installation installation;
    std::string callback_url;  ///< where vendors reach us; empty: they are not told
    std::shared_ptr<Callbacks> callbacks = std::make_shared<Callbacks>();
    std::set<std::string> ended_there;    ///< ids of leftovers to adopt whose remote job was seen to have ended
    std::map<std::string, Pause> pauses;  ///< by job: the newest that a person asked for, over or not
    std::set<std::string> paused_jobs;    ///< those that the configuration pauses
    std::map<std::string, std::shared_ptr<Slots>> turns_by_target;  ///< by Connector::turn_key()
    bool stopping = false;
    bool ledger_fails = false;

    /// One remote job of ours at a time per target, whatever job or source names it.
    Slots& target_turns(const std::string& turn_key);

    /// The last part of the address that is told to a vendor for this run: nobody else can guess it.
    std::string callback_proof(const std::string& run) const;

    /// The job's pause: the configuration's, else the newest that a person asked for, over or not.
    std::optional<Pause> newest_pause(const std::string& job) const;

    /// Sleeps until the wall clock says `when`, or for the time that it had to go: a clock that is set back makes
    /// nobody wait twice.
    Task<> sleep_until_wall(WallTime when);

    /// Repeats a ledger's verb until it is durable: a full disk stops the run here, not half way. Cancellable between
    /// tries.
    Task<> insist(const std::function<Task<Result<void>>()>& verb);

    std::string new_id();
    /// What a run may leave at the vendor, from now on: its remote job, to be adopted by a later run.
    LeftoverRecord leftover_of(const RunRecord& run, std::string why);
};

}  // namespace garner
