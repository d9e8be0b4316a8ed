// Connections that wait for their next request. Each costs about 70 KiB with TLS, so few are kept, and not for long.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/real/connection.hpp"

namespace garner {

class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
public:
    ConnectionPool(asio::io_context&, std::chrono::milliseconds keep, std::size_t per_key_max);

    /// The one used last that is still good; null when there is none.
    std::unique_ptr<Connection> take(const std::string& key);

    /// `key` says everything that makes two connections interchangeable.
    void give(const std::string& key, std::unique_ptr<Connection>);

    std::size_t size() const;

private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        Moment until;
    };
    void sweep_later();
    void sweep();

    asio::steady_timer timer_;
    bool ticking_ = false;
    std::chrono::milliseconds keep_;
    std::size_t per_key_max_;
    std::map<std::string, std::vector<Idle>> idle_;  ///< oldest first
};

}  // namespace garner
