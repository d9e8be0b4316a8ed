#include "service/web_request.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::string_view callback_prefix = "/callback/";

namespace beast_http = boost::beast::http;

constexpr std::uint32_t beast_header_max =
    64 * 1024;  // the real limit is the server's, which counts bytes before they come here

ParsedRequest refuse(int status, std::string reason) {
    ParsedRequest request;
    request.refuse_status = status;
    request.refuse_reason = std::move(reason);
    return request;
}

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_' || c == ':' || c == '[' || c == ']';
    });
}

bool has_odd_bytes(std::string_view head) {
    return std::any_of(head.begin(), head.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\r' && c != '\n' && c != '\t') || byte == 0x7f;
    });
}

bool has_bare_line_feed(std::string_view head) {
    for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1))
        if (at == 0 || head[at - 1] != '\r') return true;
    return false;
}

bool has_folded_line(std::string_view head) {
    return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

template <class Fields>
std::size_t count_of(const Fields& fields, beast_http::field name) {
    const auto range = fields.equal_range(name);
    return static_cast<std::size_t>(std::distance(range.first, range.second));
}

}  // namespace

std::pair<std::string, std::string> split_callback(std::string_view target) {
    if (!target.starts_with(callback_prefix)) return {};
    target.remove_prefix(callback_prefix.size());
    const std::size_t slash = target.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == target.size()) return {};
    return {std::string(target.substr(0, slash)), std::string(target.substr(slash + 1))};
}

std::optional<std::size_t> find_head_end(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    return end + 4;
}

ParsedRequest parse_request_head(std::string_view head) {
    if (has_odd_bytes(head)) return refuse(400, "control characters in the request");
    if (has_bare_line_feed(head)) return refuse(400, "lines end with CR LF");
    if (has_folded_line(head)) return refuse(400, "folded header line");
    beast_http::request_parser<beast_http::empty_body> parser;
    parser.header_limit(beast_header_max);
    parser.skip(true);  // there is no body to wait for: one is refused below
    boost::system::error_code error;
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
    if (error == beast_http::error::bad_version) return refuse(505, "HTTP/1.0 or HTTP/1.1 only");
    if (error || !parser.is_header_done()) return refuse(400, "not an HTTP request");

    const auto& message = parser.get();
    const std::size_t hosts = count_of(message, beast_http::field::host);
    if (hosts > 1 || (hosts == 0 && message.version() >= 11)) return refuse(400, "exactly one Host header is needed");
    if (hosts == 1 && !is_host({message[beast_http::field::host].data(), message[beast_http::field::host].size()}))
        return refuse(400, "the Host header is not a host");
    const bool is_callback =
        message.method() == beast_http::verb::post && std::string_view(message.target()).starts_with(callback_prefix);
    if (count_of(message, beast_http::field::transfer_encoding) > 0 && !is_callback)
        return refuse(400, "no request here has a body");
    const auto lengths = count_of(message, beast_http::field::content_length);
    if (lengths > 1) return refuse(400, "two Content-Length headers");
    if (lengths == 1 && !is_callback && message[beast_http::field::content_length] != "0")
        return refuse(413, "no request here has a body");

    ParsedRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    if (request.method == "GET" || request.method == "HEAD") {
        if (!request.target.starts_with('/')) return refuse(400, "the path must begin with /");
    }
    if (count_of(message, beast_http::field::authorization) > 1) return refuse(400, "two Authorization headers");
    request.authorization = std::string(message[beast_http::field::authorization]);
    request.keep_alive = message.keep_alive();
    request.is_callback = is_callback;
    return request;
}

}  // namespace garner
