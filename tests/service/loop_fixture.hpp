// A loop on a thread of its own with the real clock, so that a test can be a blocking client of what runs there.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>
#include <utility>

#include "platform/real/real_clock.hpp"
#include "platform/real/real_random.hpp"
#include "platform/real/real_worker.hpp"
#include "platform/task.hpp"

namespace garner {

class Loop {
public:
    Loop() : guard_(context.get_executor()), thread_([this] { context.run(); }) {}
    ~Loop() {
        guard_.reset();
        context.stop();
        thread_.join();
    }

    /// Runs on the loop and waits for it.
    template <class F>
    auto on_loop(F work) {
        std::packaged_task<decltype(work())()> task(std::move(work));
        auto result = task.get_future();
        asio::post(context, [&task] { task(); });
        return result.get();
    }

    template <class T>
    T finish(Task<T> task) {
        return asio::co_spawn(context, std::move(task), asio::use_future).get();
    }

    asio::io_context context;
    RealClock clock{context.get_executor()};
    RealRandom random;
    RealWorker worker{context.get_executor()};

private:
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
};

}  // namespace garner
