// From the C library's addresses to Asio's, for what getaddrinfo() brings.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <optional>

namespace garner {

inline std::optional<boost::asio::ip::address> to_address(const sockaddr& raw) {
    if (raw.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &raw, sizeof in);
        return boost::asio::ip::address_v4(ntohl(in.sin_addr.s_addr));
    }
    if (raw.sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &raw, sizeof in);
        boost::asio::ip::address_v6::bytes_type bytes{};
        std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
        return boost::asio::ip::address_v6(bytes, in.sin6_scope_id);
    }
    return std::nullopt;
}

}  // namespace garner
