#include "platform/real/real_worker.hpp"

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <utility>

namespace garner {

namespace asio = boost::asio;

RealWorker::RealWorker(asio::any_io_executor loop) : loop_(std::move(loop)), thread_([this] { serve(); }) {}

RealWorker::~RealWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void RealWorker::submit(std::function<void()> work, std::function<void()> done) {
    Job job{std::move(work), std::move(done), asio::prefer(loop_, asio::execution::outstanding_work.tracked)};
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void RealWorker::serve() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job.work();
        job.work = nullptr;  // what it captured goes before the loop is told
        asio::post(job.loop, std::move(job.done));
        job = Job();
        lock.lock();
    }
}

}  // namespace garner
