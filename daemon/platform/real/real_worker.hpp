// One thread with a queue. While a job is out, the loop does not run out of work; the loop must outlive the worker.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "platform/worker.hpp"

namespace garner {

class RealWorker final : public Worker {
public:
    explicit RealWorker(boost::asio::any_io_executor loop);
    /// Does what was submitted, then joins. What is posted to the loop by then runs only if the loop still does.
    ~RealWorker() override;
    RealWorker(const RealWorker&) = delete;
    RealWorker& operator=(const RealWorker&) = delete;

    void submit(std::function<void()> work, std::function<void()> done) override;

private:
    struct Job {
        std::function<void()> work;
        std::function<void()> done;
        boost::asio::any_io_executor loop;  ///< tracks outstanding work
    };
    void serve();

    boost::asio::any_io_executor loop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace garner
