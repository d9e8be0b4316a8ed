// Turns: at most so many at once. Inside a group first come, first served; the groups take turns, so that one with a
// long queue does not starve the others. A cancelled waiter leaves the queue; a turn that was already his goes to the
// next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "platform/event.hpp"
#include "platform/task.hpp"

namespace garner {

class Slots {
public:
    Slots(asio::any_io_executor executor, std::uint32_t capacity);
    ~Slots();
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    /// A turn; it ends with the object.
    class Turn {
    public:
        Turn() = default;
        explicit Turn(std::shared_ptr<void> held) : held_(std::move(held)) {}
        explicit operator bool() const { return held_ != nullptr; }
        void end() { held_.reset(); }

    private:
        std::shared_ptr<void> held_;
    };

    Task<Turn> acquire() { return acquire(std::string()); }
    Task<Turn> acquire(std::string group);
    /// More turns are given out at once; fewer only as turns end.
    void set_capacity(std::uint32_t capacity);
    std::uint32_t in_use() const;
    std::size_t waiting() const;
    /// Destroys the waiting coroutines where they stand; for the end of everything only.
    void drop_waiters();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace garner
