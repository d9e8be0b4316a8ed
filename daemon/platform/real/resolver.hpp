// Names to addresses, off the loop: getaddrinfo() blocks for as long as it likes, and Asio's resolver has one thread
// for all. A look-up that hangs holds one of the threads; whoever waits for it goes on at his own deadline.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/task.hpp"

namespace garner {

using Addresses = std::vector<asio::ip::address>;

/// Blocks; runs off the loop, on several threads at once. Never gives an empty list.
using LookUp = std::function<Result<Addresses>(const std::string& host)>;

/// The operating system's: /etc/hosts, DNS and what else nsswitch.conf says, in the order that it prefers.
Result<Addresses> look_up_by_system(const std::string& host);

class Resolver {
public:
    using Moment = std::chrono::steady_clock::time_point;

    Resolver(asio::io_context&, LookUp, std::chrono::milliseconds keep);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Addresses in the order in which to try them. `transient` when the name has none or nobody answered until
    /// `deadline`.
    Task<Result<Addresses>> resolve(std::string host, Moment deadline);

    /// This address answered: it comes first until the name is looked up again.
    void prefer(const std::string& host, const asio::ip::address&);

private:
    struct Question;
    struct Desk;
    static void work(std::shared_ptr<Desk>);
    void ask(const std::string& host);
    void answered(const std::string& host, Result<Addresses>);

    asio::io_context& io_;
    std::chrono::milliseconds keep_;
    std::shared_ptr<Desk> desk_;                                  ///< shared with the threads, which may outlive us
    std::map<std::string, std::shared_ptr<Question>> questions_;  ///< being asked, or answered and still fresh
};

}  // namespace garner
