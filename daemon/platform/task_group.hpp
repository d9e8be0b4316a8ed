// Whoever spawns, joins: a group of coroutines that can be cancelled together and waited for.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <list>
#include <memory>

#include "platform/event.hpp"
#include "platform/task.hpp"

namespace garner {

class TaskGroup {
public:
    explicit TaskGroup(asio::any_io_executor executor);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts the work; after cancel() it is started and cancelled at its first wait.
    void spawn(Task<> work);

    /// Cancels everything that runs now and later. Each task ends with operation_aborted at the wait where it stands,
    /// or later by itself.
    void cancel();
    bool cancelled() const;
    std::size_t size() const;

    /// Returns when no task runs any more. Throws what a task threw, unless that was operation_aborted: a mistake of
    /// ours.
    Task<> join();

private:
    struct State;
    asio::any_io_executor executor_;
    std::shared_ptr<State> state_;
};

}  // namespace garner
