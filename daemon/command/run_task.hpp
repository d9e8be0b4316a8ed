// Runs one coroutine to its end, for commands that need a door: the disk, or all of them for `check --online`.
#pragma once

#include <boost/asio/co_spawn.hpp>
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
    asio::co_spawn(context, std::move(task), ended);
    context.run();
    context.restart();
    if (mistake) std::rethrow_exception(mistake);
    return std::move(*result);
}

}  // namespace garner
