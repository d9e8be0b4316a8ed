// A deadline around any work, and a group of spawned work that is joined: whoever spawns, joins.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <exception>
#include <optional>
#include <variant>

#include "platform/clock.hpp"

namespace garner {

/// The work's result, or nothing when `deadline` came first; the work is then cancelled and has ended when this
/// returns.
template <class T>
Task<std::optional<T>> within(Clock& clock, SteadyTime deadline, Task<T> work) {
    using boost::asio::experimental::awaitable_operators::operator||;
    auto race = std::move(work) || clock.sleep_until(deadline);
    auto first = co_await std::move(race);
    if (first.index() == 0) co_return std::optional<T>(std::move(std::get<0>(first)));
    co_return std::nullopt;
}

}  // namespace garner
