#include "platform/slots.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <utility>

namespace garner {

struct Slots::State {
    struct Ticket {
        explicit Ticket(const asio::any_io_executor& executor) : called(executor) {}
        Event called;
        bool granted = false;
    };
    struct Group {
        std::string name;
        std::deque<std::shared_ptr<Ticket>> queue;  ///< never empty
    };

    asio::any_io_executor executor;
    std::uint32_t capacity = 1;
    std::uint32_t used = 0;
    std::list<Group> groups;  ///< the front one is served next

    void add(const std::string& group, const std::shared_ptr<Ticket>& ticket) {
        auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == group; });
        if (found == groups.end()) found = groups.insert(groups.end(), Group{group, {}});
        found->queue.push_back(ticket);
        call_next();
    }

    void remove(const std::shared_ptr<Ticket>& ticket) {
        for (auto group = groups.begin(); group != groups.end(); ++group) {
            if (std::erase(group->queue, ticket) == 0) continue;
            if (group->queue.empty()) groups.erase(group);
            return;
        }
    }

    void call_next() {
        while (used < capacity && !groups.empty()) {
            const auto served = groups.begin();
            const auto ticket = served->queue.front();
            served->queue.pop_front();
            if (served->queue.empty())
                groups.erase(served);
            else
                groups.splice(groups.end(), groups, served);
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
Slots::~Slots() { drop_waiters(); }

void Slots::drop_waiters() {
    const auto waiting = std::exchange(state_->groups, {});
    for (const auto& group : waiting)
        for (const auto& ticket : group.queue) ticket->called.drop_waiters();
}

Task<Slots::Turn> Slots::acquire(std::string group) {
    const auto state = state_;
    const auto ticket = std::make_shared<State::Ticket>(state->executor);
    state->add(group, ticket);

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
                state->remove(ticket);
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

std::size_t Slots::waiting() const {
    std::size_t count = 0;
    for (const auto& group : state_->groups) count += group.queue.size();
    return count;
}

}  // namespace garner
