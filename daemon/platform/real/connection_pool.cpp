#include "platform/real/connection_pool.hpp"

#include <algorithm>

namespace garner {

ConnectionPool::ConnectionPool(asio::io_context& io, std::chrono::milliseconds keep, std::size_t per_key_max)
    : timer_(io), keep_(keep), per_key_max_(per_key_max) {}

std::unique_ptr<Connection> ConnectionPool::take(const std::string& key) {
    const auto at = idle_.find(key);
    if (at == idle_.end()) return nullptr;
    const Moment now = std::chrono::steady_clock::now();
    std::unique_ptr<Connection> found;
    while (!found && !at->second.empty()) {
        Idle last = std::move(at->second.back());
        at->second.pop_back();
        if (last.until > now && last.connection->is_quiet()) found = std::move(last.connection);
    }
    if (at->second.empty()) idle_.erase(at);
    return found;
}

void ConnectionPool::give(const std::string& key, std::unique_ptr<Connection> connection) {
    std::vector<Idle>& idle = idle_[key];
    if (idle.size() >= per_key_max_) idle.erase(idle.begin());
    idle.push_back(Idle{std::move(connection), std::chrono::steady_clock::now() + keep_});
    if (!ticking_) sweep_later();
}

std::size_t ConnectionPool::size() const {
    std::size_t count = 0;
    for (const auto& [key, idle] : idle_) count += idle.size();
    return count;
}

// The timer runs only while something is idle: a daemon with nothing to do is not woken.
void ConnectionPool::sweep_later() {
    Moment first = Moment::max();
    for (const auto& [key, idle] : idle_) first = std::min(first, idle.front().until);
    ticking_ = first != Moment::max();
    if (!ticking_) return;
    timer_.expires_at(first);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& stopped) {
        const auto pool = weak.lock();
        if (pool && !stopped) pool->sweep();
    });
}

void ConnectionPool::sweep() {
    const Moment now = std::chrono::steady_clock::now();
    for (auto& [key, idle] : idle_) std::erase_if(idle, [now](const Idle& entry) { return entry.until <= now; });
    std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
    sweep_later();
}

}  // namespace garner
