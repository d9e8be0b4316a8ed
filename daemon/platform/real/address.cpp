// The IANA special-purpose registries as two tables.
#include "platform/real/address.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <cstdint>

#include "platform/real/socket_address.hpp"

namespace garner {
namespace {

namespace ip = boost::asio::ip;

struct Range4 {
    std::uint32_t network;
    int bits;
    std::string_view kind;
};

constexpr std::uint32_t quad(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array ranges4{
    Range4{quad(0, 0, 0, 0), 8, "unspecified"},         Range4{quad(10, 0, 0, 0), 8, "private"},
    Range4{quad(100, 64, 0, 0), 10, "private"},         Range4{quad(127, 0, 0, 0), 8, "loopback"},
    Range4{quad(169, 254, 0, 0), 16, "link-local"},     Range4{quad(172, 16, 0, 0), 12, "private"},
    Range4{quad(192, 0, 0, 0), 24, "reserved"},         Range4{quad(192, 0, 2, 0), 24, "documentation"},
    Range4{quad(192, 168, 0, 0), 16, "private"},        Range4{quad(198, 18, 0, 0), 15, "private"},
    Range4{quad(198, 51, 100, 0), 24, "documentation"}, Range4{quad(203, 0, 113, 0), 24, "documentation"},
    Range4{quad(224, 0, 0, 0), 4, "multicast"},         Range4{quad(240, 0, 0, 0), 4, "reserved"},
};

std::string_view kind4(std::uint32_t address) {
    for (const Range4& range : ranges4)
        if ((address ^ range.network) >> (32 - range.bits) == 0) return range.kind;
    return {};
}

std::string_view kind6(const ip::address_v6& address) {
    const ip::address_v6::bytes_type b = address.to_bytes();
    const auto quad_at = [&](std::size_t i) { return quad(b[i], b[i + 1], b[i + 2], b[i + 3]); };
    const auto zero = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i)
            if (b[i] != 0) return false;
        return true;
    };
    if (address.is_loopback()) return "loopback";
    if (address.is_unspecified()) return "unspecified";
    if (address.is_v4_mapped() || zero(0, 12)) return kind4(quad_at(12));
    if (quad_at(0) == 0x0064ff9b && zero(4, 12)) return kind4(quad_at(12));  // NAT64
    if (quad_at(0) == 0x0064ff9b) return "private";                          // NAT64 of one's own network
    if (b[0] == 0x20 && b[1] == 0x02) return kind4(quad_at(2));              // 6to4
    if (quad_at(0) == 0x20010000) return "reserved";                         // Teredo
    if (quad_at(0) == 0x20010db8) return "documentation";
    if (b[0] == 0xff) return "multicast";
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) return "link-local";
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0xc0) return "private";
    if ((b[0] & 0xfe) == 0xfc) return "private";
    if ((b[0] & 0xe0) != 0x20) return "reserved";  // only 2000::/3 is given out
    return {};
}

}  // namespace

std::string_view non_public_kind(const ip::address& address) {
    return address.is_v4() ? kind4(address.to_v4().to_uint()) : kind6(address.to_v6());
}

std::optional<ip::address> strict_address(const std::string& host) {
    if (host.find('%') != std::string::npos) return std::nullopt;
    boost::system::error_code bad;
    const ip::address address = ip::make_address(host, bad);
    if (bad) return std::nullopt;
    return address;
}

std::optional<ip::address> numeric_address(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
    std::optional<ip::address> address = to_address(*found->ai_addr);
    freeaddrinfo(found);
    return address;
}

}  // namespace garner
