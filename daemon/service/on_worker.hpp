// Blocking work, awaited: runs on a Worker's thread while the loop goes on.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "platform/task.hpp"
#include "platform/worker.hpp"

namespace garner {

/// Returns when `work` has run. What `work` refers to must live until then: it is not cancelled with the caller's
/// coroutine, so let it own what it touches.
inline Task<> on_worker(Worker& worker, std::function<void()> work) {
    auto initiate = [&worker](auto handler, std::function<void()> job) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        worker.submit(std::move(job), [waiting] { std::move (*waiting)(); });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable,
                                                                         std::move(work));
}

}  // namespace garner
