// HTTP/1.1 on one port, with or without TLS: gives each request to a handler and puts its FaultedReply on the wire,
// faults included. Bodies are generated a piece at a time, so memory does not grow with them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "sandbox/models/faults.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

/// May be called from several threads at once.
using Handler = std::function<FaultedReply(ModelRequest)>;

class Server {
public:
    /// Listens at once; `port` 0 takes a free one. Without `tls` it speaks plainly. Throws boost::system::system_error.
    Server(boost::asio::io_context&, const std::string& address, std::uint16_t port, boost::asio::ssl::context* tls,
           Handler);

    std::uint16_t port() const { return port_; }

    /// Accepts until the io_context ends. The server must outlive it.
    void start();

private:
    boost::asio::io_context& io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ssl::context* tls_;
    Handler handler_;
    std::uint16_t port_;
};

}  // namespace garner::sandbox
