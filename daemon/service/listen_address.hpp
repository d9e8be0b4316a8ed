// "127.0.0.1:9847", "[::1]:9847", "localhost:9847", ":9847": where the web server listens.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "core/failure.hpp"

namespace garner {

/// The endpoints of one listen address; names are resolved, blocking. `rejected` on anything else.
Result<std::vector<boost::asio::ip::tcp::endpoint>> resolve_listen_address(const std::string& address);

/// "127.0.0.1:9847", "[::1]:9847"
std::string format_endpoint(const boost::asio::ip::tcp::endpoint&);

}  // namespace garner
