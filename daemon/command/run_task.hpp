// Runs one coroutine to its end, for commands that need a door: the disk, or all of them for `check --online`.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "platform/task.hpp"

namespace garner {

template <class T>
T run_task(asio::io_context& context, Task<T> task) {
    std::optional<T> result;
    std::exception_ptr mistake;
    auto ended = [&](std::exception_ptr error, T value) {
        mistake = std::move(error);
        result.emplace(std::move(value));
        context.stop();  // idle connections to the vendors would keep it for their time of life
    };
    // A thread of the disk's pool may let go of the loop only after the answer of an earlier task is out; were that the
    // last work, it would stop the loop under this one. So: first work of our own, then the loop anew.
    const auto work = asio::make_work_guard(context);
    context.restart();
    asio::co_spawn(context, std::move(task), ended);
    context.run();
    if (mistake) std::rethrow_exception(mistake);
    return std::move(*result);
}

}  // namespace garner
