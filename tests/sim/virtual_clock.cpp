#include "sim/virtual_clock.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace garner::sim {

Task<> VirtualClock::sleep_until(SteadyTime when) {
    auto initiate = [this, when](auto given) {
        Handler handler(std::move(given));  // erased first: it re-routes the cancellation slot
        const auto key = std::make_pair(std::max(when.time_since_epoch(), now_), sequence_++);
        if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
            slot.assign([this, key](asio::cancellation_type) {
                auto node = entries_.extract(key);
                if (node.empty()) return;
                asio::post(*loop_, [h = std::move(node.mapped().handler)]() mutable {
                    std::move(h)(asio::error::operation_aborted);
                });
            });
        }
        entries_.emplace(key, Entry{std::move(handler), {}});
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(std::move(initiate),
                                                                                                  asio::use_awaitable);
}

void VirtualClock::at(SteadyTime when, std::function<void()> event) {
    entries_.emplace(std::make_pair(std::max(when.time_since_epoch(), now_), sequence_++), Entry{{}, std::move(event)});
}

bool VirtualClock::advance(Duration until) {
    if (entries_.empty() || entries_.begin()->first.first > until) return false;
    auto node = entries_.extract(entries_.begin());
    now_ = std::max(now_, node.key().first);
    Entry entry = std::move(node.mapped());
    if (entry.event) {
        asio::post(*loop_, std::move(entry.event));
    } else {
        if (auto slot = asio::get_associated_cancellation_slot(entry.handler); slot.is_connected()) slot.clear();
        asio::post(*loop_, [h = std::move(entry.handler)]() mutable { std::move(h)(boost::system::error_code{}); });
    }
    return true;
}

void VirtualClock::drop_all() {
    // A dying coroutine may still go to sleep: until nobody is left.
    while (!entries_.empty()) {
        auto dying = std::exchange(entries_, {});
        dying.clear();
    }
}

}  // namespace garner::sim
