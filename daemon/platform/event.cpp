#include "platform/event.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace garner {

using Handler = asio::any_completion_handler<void(boost::system::error_code)>;

struct Event::Waiters {
    std::list<Handler> handlers;
};

Event::Event(asio::any_io_executor executor) : executor_(std::move(executor)), waiters_(std::make_shared<Waiters>()) {}
Event::~Event() = default;

Task<> Event::wait() {
    // Named, and by reference to objects that live in this frame: see platform/task.hpp.
    auto initiate = [executor = executor_, waiters = waiters_](auto given) {
        Handler handler(std::move(given));  // erased first: it re-routes the cancellation slot
        auto slot = asio::get_associated_cancellation_slot(handler);
        const auto place = waiters->handlers.insert(waiters->handlers.end(), std::move(handler));
        if (!slot.is_connected()) return;
        slot.assign([executor, weak = std::weak_ptr(waiters), place](asio::cancellation_type) {
            const auto alive = weak.lock();
            if (!alive) return;
            Handler cancelled = std::move(*place);
            alive->handlers.erase(place);
            asio::post(executor,
                       [h = std::move(cancelled)]() mutable { std::move(h)(asio::error::operation_aborted); });
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(std::move(initiate),
                                                                                                  asio::use_awaitable);
}

void Event::notify_all() {
    std::list<Handler> woken;
    woken.swap(waiters_->handlers);
    for (Handler& handler : woken) {
        // From here on it is no longer in the list: a cancellation must not look for it there.
        if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) slot.clear();
        asio::post(executor_, [h = std::move(handler)]() mutable { std::move(h)(boost::system::error_code{}); });
    }
}

void Event::drop_waiters() {
    std::list<Handler> dropped;
    dropped.swap(waiters_->handlers);
}

}  // namespace garner
