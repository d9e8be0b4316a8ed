// Where requests wait for their source's budget, first come, first served. What leaves is in the ledger before it does,
// so that a crash never makes it less.
#pragma once

#include <memory>
#include <string>

#include "core/request_budget.hpp"
#include "engine/observer.hpp"
#include "ledger/ledger.hpp"
#include "platform/clock.hpp"
#include "platform/doors.hpp"
#include "platform/event.hpp"
#include "platform/slots.hpp"

namespace garner {

class BudgetLine {
    struct State;

public:
    BudgetLine(std::string source, const asio::any_io_executor& executor, Clock& clock, Ledger& ledger,
               RunObserver& observer);
    ~BudgetLine();
    BudgetLine(const BudgetLine&) = delete;
    BudgetLine& operator=(const BudgetLine&) = delete;

    void set_limits(const RequestLimits&);
    bool is_limited() const;
    void recall(const RequestCounts&);

    /// One request's part of the budget: given back where it did not leave, and counted from its answer where it did.
    class Place {
    public:
        Place() = default;
        Place(std::shared_ptr<State> state, std::uint64_t number) : state_(std::move(state)), number_(number) {}
        Place(Place&& other) noexcept;
        Place& operator=(Place&& other) noexcept;
        ~Place() { answered(); }
        explicit operator bool() const { return state_ != nullptr; }
        void answered();

    private:
        friend class BudgetLine;
        std::shared_ptr<State> state_;
        std::uint64_t number_ = 0;
        bool left_ = false;
    };

    /// Waits for a part of the budget; a failure when there is none before the deadline, or the engine stops.
    Task<Result<Place>> take(SteadyTime deadline);
    Task<Result<Place>> take();
    /// The request leaves now: returns when that is durable.
    Task<Result<void>> depart(Place& place);

    double waited_seconds() const;
    void close();
    void drop_waiters();

private:
    std::shared_ptr<State> state_;
};

}  // namespace garner
