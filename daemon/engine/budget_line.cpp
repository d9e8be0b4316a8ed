#include "engine/budget_line.hpp"

#include <algorithm>

#include "platform/within.hpp"

namespace garner {
namespace {

constexpr Duration look_again{60'000};  // wall clocks jump
constexpr Duration long_wait{30'000};
constexpr Duration for_ever{400LL * 86'400'000};
constexpr Duration ledger_pause{5'000};

Task<bool> announced(Event& event) {
    co_await event.wait();
    co_return true;
}

Failure stopped() { return Failure(FailureKind::transient, "the daemon stops: this request was not sent"); }

}  // namespace

struct BudgetLine::State {
    State(std::string source_, const asio::any_io_executor& executor, Clock& clock_, Ledger& ledger_,
          RunObserver& observer_)
        : source(std::move(source_)),
          clock(clock_),
          ledger(ledger_),
          observer(observer_),
          line(executor, 1),
          changed(executor),
          began(clock.steady_now()),
          began_at(clock.wall_now()) {}

    std::string source;
    Clock& clock;
    Ledger& ledger;
    RunObserver& observer;
    RequestBudget budget;
    Slots line;
    Event changed;
    SteadyTime began;
    WallTime began_at;  ///< by the wall clock, which may be set later
    double waited_seconds = 0;
    bool told = false;  ///< that requests wait for long
    bool closed = false;
};

BudgetLine::Place::Place(Place&& other) noexcept
    : state_(std::move(other.state_)), number_(other.number_), left_(other.left_) {
    other.state_.reset();
}

BudgetLine::Place& BudgetLine::Place::operator=(Place&& other) noexcept {
    answered();
    state_ = std::exchange(other.state_, nullptr);
    number_ = other.number_;
    left_ = other.left_;
    return *this;
}

void BudgetLine::Place::answered() {
    const auto state = std::exchange(state_, nullptr);
    if (!state) return;
    if (left_)
        state->budget.answered(number_, state->clock.steady_now());
    else
        state->budget.take_back(number_);
    state->changed.notify_all();
}

BudgetLine::BudgetLine(std::string source, const asio::any_io_executor& executor, Clock& clock, Ledger& ledger,
                       RunObserver& observer)
    : state_(std::make_shared<State>(std::move(source), executor, clock, ledger, observer)) {}

BudgetLine::~BudgetLine() { drop_waiters(); }

void BudgetLine::set_limits(const RequestLimits& limits) {
    state_->budget.set_limits(limits);
    state_->changed.notify_all();
}

bool BudgetLine::is_limited() const { return state_->budget.is_limited(); }

void BudgetLine::recall(const RequestCounts& counts) {
    const SteadyTime now = state_->clock.steady_now();
    const WallTime wall = state_->clock.wall_now();
    for (const auto& [second, count] : counts.seconds) state_->budget.remember(now, wall, second, count);
    for (const auto& [month, count] : counts.months) state_->budget.remember_month(month, count);
}

Task<Result<BudgetLine::Place>> BudgetLine::take() { return take(state_->clock.steady_now() + for_ever); }

Task<Result<BudgetLine::Place>> BudgetLine::take(SteadyTime deadline) {
    const auto state = state_;
    const SteadyTime began = state->clock.steady_now();
    auto turn = co_await within(state->clock, deadline, state->line.acquire());
    for (;;) {
        if (state->closed) co_return stopped();
        const SteadyTime now = state->clock.steady_now();
        const RequestBudget::Answer next = state->budget.next(now, state->clock.wall_now());
        if (next.at - now >= long_wait && !std::exchange(state->told, true))
            state->observer.budget_exhausted(state->source, next.limit, next.at - now);
        if (!turn || (next.at > now && next.at >= deadline))
            co_return Failure(FailureKind::transient,
                              "the budget of source " + state->source +
                                  (next.limit.empty() ? "" : " (" + std::string(next.limit) + ")") +
                                  " lets this request leave too late for its deadline");
        if (next.at <= now) break;
        const SteadyTime until = std::min(next.at, now + look_again);
        co_await within(state->clock, until, announced(state->changed));
    }
    const SteadyTime now = state->clock.steady_now();
    if (now - began < long_wait && state->line.waiting() == 0) state->told = false;
    state->waited_seconds += std::chrono::duration<double>(now - began).count();
    co_return Place(state, state->budget.take(now, state->clock.wall_now()));
}

Task<Result<void>> BudgetLine::depart(Place& place) {
    const auto state = state_;
    for (;;) {
        const SteadyTime now = state->clock.steady_now();
        const WallTime wall = state->clock.wall_now();
        RequestLeft request;
        request.source = state->source;
        request.at = state->began_at + (now - state->began);
        request.wall_ahead = wall - request.at;
        request.month = state->budget.month(now, wall);
        const auto written = co_await state->ledger.request_left(request);
        if (written) break;
        state->observer.ledger_failing(written.error());
        if (state->closed) co_return stopped();
        co_await within(state->clock, state->clock.steady_now() + ledger_pause, announced(state->changed));
    }
    place.left_ = true;
    state->budget.left(place.number_, state->clock.steady_now());
    co_return Result<void>();
}

double BudgetLine::waited_seconds() const { return state_->waited_seconds; }

void BudgetLine::close() {
    state_->closed = true;
    state_->changed.notify_all();
}

void BudgetLine::drop_waiters() {
    state_->line.drop_waiters();
    state_->changed.drop_waiters();
}

}  // namespace garner
