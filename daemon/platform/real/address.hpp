// Which addresses belong to the public internet. Everything else (loopback, link-local, a plant's LAN, ...) is where a
// hostile URL wants to lead the daemon; an IPv4 address inside an IPv6 one is judged as that IPv4 address.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace garner {

/// What an address is when it is not of the public internet ("loopback", "private", "link-local", ...); empty for a
/// public one.
std::string_view non_public_kind(const boost::asio::ip::address&);

/// A host that is an address in the strict notation, without brackets and zone.
std::optional<boost::asio::ip::address> strict_address(const std::string& host);

/// A host that a resolver takes for an address without asking anybody: also 127.1, 0x7f.1, 2130706433, 017700000001.
std::optional<boost::asio::ip::address> numeric_address(const std::string& host);

}  // namespace garner
