#include "platform/slots.hpp"

#include <algorithm>
#include <utility>

namespace garner {

struct Slots::State {
    struct Ticket {
        explicit Ticket(const asio::any_io_executor& executor) : called(executor) {}
        Event called;
        bool granted = false;
    };

    asio::any_io_executor executor;
    std::uint32_t capacity = 1;
    std::uint32_t used = 0;
    std::deque<std::shared_ptr<Ticket>> queue;

    void call_next() {
        while (used < capacity && !queue.empty()) {
            const auto ticket = queue.front();
            queue.pop_front();
            ++used;
            ticket->granted = true;
            ticket->called.notify_all();
        }
    }

    void give_back() {
        --used;
        call_next();
    }
};

Slots::Slots(asio::any_io_executor executor, std::uint32_t capacity) : state_(std::make_shared<State>()) {
    state_->executor = std::move(executor);
    state_->capacity = std::max<std::uint32_t>(capacity, 1);
}

// Who still waits here waits in vain: dropping the waiters breaks the circle of a waiter that owns the ticket it waits
// at.
Slots::~Slots() {
    const auto waiting = std::exchange(state_->queue, {});
    for (const auto& ticket : waiting) ticket->called.drop_waiters();
}

Task<Slots::Turn> Slots::acquire() {
    const auto state = state_;
    const auto ticket = std::make_shared<State::Ticket>(state->executor);
    state->queue.push_back(ticket);
    state->call_next();

    // Owns the place in the queue, then the turn: gives back whichever it is, also when the wait is cancelled.
    struct Place {
        std::shared_ptr<State> state;
        std::shared_ptr<State::Ticket> ticket;
        Place(std::shared_ptr<State> s, std::shared_ptr<State::Ticket> t) : state(std::move(s)), ticket(std::move(t)) {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            if (ticket->granted)
                state->give_back();
            else
                std::erase(state->queue, ticket);
        }
    };
    auto place = std::make_shared<Place>(state, ticket);
    while (!ticket->granted) co_await ticket->called.wait();
    co_return Turn(std::move(place));
}

void Slots::set_capacity(std::uint32_t capacity) {
    state_->capacity = std::max<std::uint32_t>(capacity, 1);
    state_->call_next();
}

std::uint32_t Slots::in_use() const { return state_->used; }
std::size_t Slots::waiting() const { return state_->queue.size(); }

}  // namespace garner
