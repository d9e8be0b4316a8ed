#include "platform/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace garner {
namespace {

bool is_cancellation(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace

struct TaskGroup::State {
    explicit State(const asio::any_io_executor& executor) : changed(executor) {}
    std::list<asio::cancellation_signal> running;
    std::exception_ptr error;
    bool cancelled = false;
    Event changed;
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : executor_(executor), state_(std::make_shared<State>(executor)) {}
// Who still joins here owns what it waits for: dropping it breaks the circle.
TaskGroup::~TaskGroup() { state_->changed.drop_waiters(); }

void TaskGroup::spawn(Task<> work) {
    const auto signal = state_->running.emplace(state_->running.end());
    auto ended = [state = state_, signal](std::exception_ptr error) {
        if (error && !is_cancellation(error) && !state->error) state->error = error;
        state->running.erase(signal);
        state->changed.notify_all();
    };
    asio::co_spawn(executor_, std::move(work), asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
    if (state_->cancelled) signal->emit(asio::cancellation_type::terminal);
}

void TaskGroup::cancel() {
    state_->cancelled = true;
    // A task that ends at once must not pull the list from under this loop: each signal is emitted from the loop's
    // queue.
    for (auto signal = state_->running.begin(); signal != state_->running.end();) {
        auto next = std::next(signal);
        signal->emit(asio::cancellation_type::terminal);
        signal = next;
    }
}

bool TaskGroup::cancelled() const { return state_->cancelled; }
std::size_t TaskGroup::size() const { return state_->running.size(); }

Task<> TaskGroup::join() {
    const auto state = state_;
    while (!state->running.empty()) co_await state->changed.wait();
    if (state->error) std::rethrow_exception(state->error);
}

}  // namespace garner
