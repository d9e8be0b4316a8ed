// A deadline around any work.
#pragma once

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "platform/clock.hpp"

namespace garner {

/// The work's result, or nothing when `deadline` came first; the work is then cancelled and has ended when this
/// returns. What the work throws is thrown here. T must be default-constructible (every Result is, whose value is).
template <class T>
Task<std::optional<T>> within(Clock& clock, SteadyTime deadline, Task<T> work) {
    const auto executor = co_await asio::this_coro::executor;
    auto race =
        asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred),
                                                asio::co_spawn(executor, clock.sleep_until(deadline), asio::deferred));
    auto [order, work_error, result, clock_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    if (!work_error) co_return std::optional<T>(std::move(result));  // done, perhaps in the very moment of the deadline
    if (order[0] == 0) std::rethrow_exception(work_error);
    co_return std::nullopt;
}

}  // namespace garner
