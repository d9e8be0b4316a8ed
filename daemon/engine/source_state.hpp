// What all runs of a source share, in this life: turns, logins, the gate, the budget, the newest list of targets.
// Outlives a reload: the vendor does not care that a file was edited.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/session.hpp"
#include "core/failure.hpp"
#include "core/records.hpp"
#include "engine/budget_line.hpp"
#include "engine/discovery.hpp"
#include "engine/observer.hpp"
#include "engine/source_gate.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "platform/slots.hpp"

namespace garner {

struct SourceState {
    SourceState(const std::string& source, const Doors& doors, Ledger& ledger, RunObserver& observer,
                std::uint32_t capacity)
        : turns(doors.executor, capacity),
          sessions(std::make_shared<Sessions>(doors.executor)),
          gate(source, doors.executor, doors.clock, doors.random),
          budget(source, doors.executor, doors.clock, ledger, observer),
          targets(std::make_shared<TargetList>(doors.executor)) {}

    struct Rejection {
        Failure failure;
        std::string account;
    };
    using Prepaid = std::shared_ptr<BudgetLine::Place>;

    Slots turns;                         ///< max_concurrent_jobs, fair between jobs
    std::shared_ptr<Sessions> sessions;  ///< logins that hold
    SourceGate gate;
    BudgetLine budget;
    std::optional<bool> up;  ///< nothing: not asked yet
    /// Of logins, by fingerprint: what a run that began with the old secret is told does not stand against the new one.
    std::map<std::string, Rejection> rejections;
    std::shared_ptr<TargetList> targets;  ///< as listed

    /// A question's first request has its part of the budget before it is asked; what it did not use is given back with
    /// the object. Which of several questions uses which part does not matter, but that of a start is for a start.
    Prepaid prepay(BudgetLine::Place place, Repeat repeat) {
        auto prepaid = std::make_shared<BudgetLine::Place>(std::move(place));
        auto& all = repeat == Repeat::never ? prepaid_starts_ : prepaid_;
        std::erase_if(all, [](const auto& weak) { return weak.expired(); });
        all.push_back(prepaid);
        return prepaid;
    }
    BudgetLine::Place take_prepaid(bool may_be_start) {
        auto place = take_from(prepaid_);
        return place || !may_be_start ? std::move(place) : take_from(prepaid_starts_);
    }

    /// What the ledger knows of an earlier life.
    void recall(const SourceStanding& standing) {
        gate.recall(standing);
        if (gate.is_open()) up = false;
    }
    /// The engine stops: what waits to be sent is not sent.
    void close() {
        gate.close();
        budget.close();
    }
    /// Destroys the waiting coroutines where they stand; for the end of everything only.
    void drop_waiters() {
        turns.drop_waiters();
        gate.drop_waiters();
        budget.drop_waiters();
        targets->answered.drop_waiters();
    }

private:
    using AllPrepaid = std::list<std::weak_ptr<BudgetLine::Place>>;
    static BudgetLine::Place take_from(AllPrepaid& all) {
        while (!all.empty()) {
            const Prepaid prepaid = all.front().lock();
            all.pop_front();
            if (prepaid && *prepaid) return std::move(*prepaid);
        }
        return {};
    }

    AllPrepaid prepaid_;
    AllPrepaid prepaid_starts_;
};

}  // namespace garner
