// The coroutine type that everything above the doors is written in.
// g++ 12 corrupts the heap when an unnamed aggregate, a lambda that owns captures, or `?:` of two awaitables stands
// inside a co_await expression: name the argument first, or give the type a constructor (docs/ARCHITECTURE.md,
// "Traps").
#pragma once

#include <boost/asio/awaitable.hpp>

#include "core/failure.hpp"

namespace garner {

namespace asio = boost::asio;

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace garner
