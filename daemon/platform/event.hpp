// Something that several coroutines wait for and another one announces. Announcing wakes those who wait now; it is not
// remembered, so a waiter checks its condition before each wait.
#pragma once

#include <list>
#include <memory>

#include "platform/task.hpp"

namespace garner {

class Event {
public:
    explicit Event(asio::any_io_executor executor);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    /// Cancellable as every Asio operation: throws boost::system::system_error(operation_aborted).
    Task<> wait();
    void notify_all();
    /// Destroys the waiting coroutines where they stand; for the end of everything only.
    void drop_waiters();

private:
    struct Waiters;
    asio::any_io_executor executor_;
    std::shared_ptr<Waiters> waiters_;
};

}  // namespace garner
