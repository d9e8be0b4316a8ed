#include "service/listen_address.hpp"

#include <boost/asio/io_context.hpp>
#include <charconv>

#include "core/text.hpp"

namespace garner {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Failure bad(const std::string& address) {
    return Failure(FailureKind::rejected, "listen on '" + printable(address, 100) +
                                              "': write host:port, [address]:port or :port, as in 127.0.0.1:9847");
}

}  // namespace

Result<std::vector<tcp::endpoint>> resolve_listen_address(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) return bad(address);
    std::string host = address.substr(0, colon);
    const std::string port_text = address.substr(colon + 1);
    unsigned port = 0;
    const auto parsed = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (parsed.ec != std::errc() || parsed.ptr != port_text.data() + port_text.size() || port > 65535)
        return bad(address);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string::npos)
        return bad(address);

    std::vector<tcp::endpoint> endpoints;
    const auto number = static_cast<std::uint16_t>(port);
    if (host.empty()) {
        endpoints.emplace_back(tcp::v6(), number);
        return endpoints;
    }
    boost::system::error_code error;
    const auto literal = asio::ip::make_address(host, error);
    if (!error) {
        endpoints.emplace_back(literal, number);
        return endpoints;
    }
    asio::io_context context;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(host, port_text, error);
    if (error)
        return Failure(FailureKind::local,
                       "listen on '" + printable(address, 100) + "': the name is not found: " + error.message());
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    return endpoints;
}

std::string format_endpoint(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    const std::string shown = endpoint.address().is_v6() ? "[" + host + "]" : host;
    return shown + ":" + std::to_string(endpoint.port());
}

}  // namespace garner
