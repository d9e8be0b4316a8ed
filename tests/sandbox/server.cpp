#include "sandbox/server.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl.hpp>
#include <exception>
#include <iostream>
#include <utility>
#include <vector>

#include "core/text.hpp"

namespace garner::sandbox {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr auto kIdleMax = std::chrono::minutes(5);
constexpr auto kDrain = std::chrono::milliseconds(100);

PlainStream& tcp_of(PlainStream& stream) { return stream; }
PlainStream& tcp_of(TlsStream& stream) { return stream.next_layer(); }

std::uint64_t body_bytes(const ModelReply& reply) { return reply.content ? reply.content_length : reply.body.size(); }

void read_body(const FaultedReply& faulted, std::uint64_t offset, std::span<char> out) {
    const ModelReply& reply = faulted.reply;
    if (reply.content)
        reply.content->read(reply.content_offset + offset, out);
    else
        reply.body.copy(out.data(), out.size(), offset);
    if (faulted.corrupt_at && *faulted.corrupt_at >= offset && *faulted.corrupt_at - offset < out.size()) {
        char& byte = out[*faulted.corrupt_at - offset];
        byte = static_cast<char>(~byte);
    }
}

std::string head_text(const FaultedReply& faulted, bool keep_alive) {
    const ModelReply& reply = faulted.reply;
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " ";
    const std::string_view reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
    text.append(reason).append("\r\n");
    for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
    if (!faulted.without_length) {
        const std::int64_t length = static_cast<std::int64_t>(body_bytes(reply)) + faulted.announced_length_off;
        text += "content-length: " + std::to_string(std::max<std::int64_t>(length, 0)) + "\r\n";
    }
    text += keep_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
    return text;
}

void report_failure(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        std::cerr << "garner-sandbox: a connection failed: " << error.what() << "\n";
    }
}

asio::awaitable<void> pause(std::chrono::milliseconds length) {
    asio::steady_timer timer(co_await asio::this_coro::executor, length);
    error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

void reset(PlainStream& stream) {
    error_code ignored;
    stream.socket().set_option(asio::socket_base::linger(true, 0), ignored);
    stream.socket().close(ignored);
}

asio::awaitable<void> shut_tls(PlainStream&) { co_return; }

asio::awaitable<void> shut_tls(TlsStream& stream) {
    stream.next_layer().expires_after(std::chrono::seconds(5));
    error_code ignored;
    co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
}

template <class Stream>
asio::awaitable<void> end_connection(Stream& stream, FaultedReply::CutBy by) {
    PlainStream& below = tcp_of(stream);
    if (by == FaultedReply::CutBy::reset) {
        co_await pause(kDrain);  // a reset throws away what the peer has not read yet
        reset(below);
        co_return;
    }
    if (by == FaultedReply::CutBy::clean_close) co_await shut_tls(stream);
    error_code ignored;
    below.socket().shutdown(tcp::socket::shutdown_send, ignored);
    below.socket().close(ignored);
}

// Head and body; whether all of it that should go has gone.
template <class Stream>
asio::awaitable<bool> send(Stream& stream, const FaultedReply& faulted, std::string head, bool with_body) {
    const std::uint64_t whole = with_body ? body_bytes(faulted.reply) : 0;
    const std::uint64_t end = std::min(whole, faulted.cut_after.value_or(whole));
    std::uint64_t piece_max = kPieceBytes;
    if (faulted.bytes_per_second) piece_max = std::clamp<std::uint64_t>(*faulted.bytes_per_second / 10, 1, kPieceBytes);
    std::vector<char> piece(head.begin(), head.end());
    std::uint64_t offset = 0;
    bool stalled = !faulted.stall_after;
    while (true) {
        std::uint64_t n = std::min(piece_max, end - offset);
        if (!stalled) n = std::min(n, *faulted.stall_after - std::min(offset, *faulted.stall_after));
        const std::size_t before = piece.size();
        piece.resize(before + static_cast<std::size_t>(n));
        if (n > 0) read_body(faulted, offset, std::span(piece).subspan(before));
        offset += n;
        tcp_of(stream).expires_after(kIdleMax);
        error_code failed;
        const auto bytes = asio::buffer(piece.data(), piece.size());
        if (!piece.empty())
            co_await asio::async_write(stream, bytes, asio::redirect_error(asio::use_awaitable, failed));
        if (failed) co_return false;
        piece.clear();
        if (!stalled && offset >= *faulted.stall_after) {
            stalled = true;
            tcp_of(stream).expires_never();
            co_await pause(faulted.stall_for);
        }
        if (offset >= end) co_return true;
        if (faulted.bytes_per_second) {
            tcp_of(stream).expires_never();
            const std::chrono::milliseconds step(std::max<std::uint64_t>(n * 1000 / *faulted.bytes_per_second, 1));
            co_await pause(step);
        }
    }
}

ModelRequest model_request(const http::request<http::string_body>& from) {
    ModelRequest request;
    request.method = std::string(from.method_string());
    request.host = std::string(from[http::field::host]);
    request.target = std::string(from.target());
    request.body = from.body();
    for (const auto& field : from)
        request.headers.emplace_back(to_lower_ascii(std::string_view(field.name_string())), std::string(field.value()));
    return request;
}

template <class Stream>
asio::awaitable<void> converse(Stream& stream, const Handler& handler) {
    beast::flat_buffer buffer;
    while (true) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(64 * 1024);
        parser.body_limit(8 * 1024 * 1024);
        tcp_of(stream).expires_after(kIdleMax);
        error_code failed;
        co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failed));
        if (failed == http::error::end_of_stream) {
            co_await end_connection(stream, FaultedReply::CutBy::clean_close);
            co_return;
        }
        if (failed) co_return;

        ModelRequest request = model_request(parser.get());
        const bool with_body = request.method != "HEAD";
        const FaultedReply faulted = handler(std::move(request));
        if (faulted.delay.count() > 0) {
            tcp_of(stream).expires_never();
            co_await pause(faulted.delay);
        }
        if (faulted.transport != FaultedReply::Transport::answer) {
            reset(tcp_of(stream));
            co_return;
        }
        const bool ends = faulted.cut_after || faulted.without_length || faulted.announced_length_off > 0;
        const bool keep_alive = parser.get().keep_alive() && !faulted.without_length;
        std::string head = head_text(faulted, keep_alive);
        const bool sent = co_await send(stream, faulted, std::move(head), with_body);
        if (!sent) co_return;
        if (ends || !keep_alive) {
            co_await end_connection(stream, ends ? faulted.cut_by : FaultedReply::CutBy::clean_close);
            co_return;
        }
    }
}

asio::awaitable<void> serve_plain(tcp::socket socket, const Handler& handler) {
    PlainStream stream(std::move(socket));
    co_await converse(stream, handler);
}

asio::awaitable<void> serve_tls(tcp::socket socket, asio::ssl::context& tls, const Handler& handler) {
    TlsStream stream(std::move(socket), tls);
    stream.next_layer().expires_after(std::chrono::seconds(30));
    error_code failed;
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return;
    co_await converse(stream, handler);
}

asio::awaitable<void> accept_all(asio::io_context& io, tcp::acceptor& acceptor, asio::ssl::context* tls,
                                 const Handler& handler) {
    while (true) {
        error_code failed;
        auto strand = asio::make_strand(io);
        tcp::socket socket = co_await acceptor.async_accept(strand, asio::redirect_error(asio::use_awaitable, failed));
        if (failed == asio::error::operation_aborted) co_return;
        if (failed) {  // out of descriptors, or the peer is gone already
            co_await pause(std::chrono::milliseconds(20));
            continue;
        }
        socket.set_option(tcp::no_delay(true), failed);
        if (tls != nullptr)
            asio::co_spawn(strand, serve_tls(std::move(socket), *tls, handler), report_failure);
        else
            asio::co_spawn(strand, serve_plain(std::move(socket), handler), report_failure);
    }
}

}  // namespace

Server::Server(asio::io_context& io, const std::string& address, std::uint16_t port, asio::ssl::context* tls,
               Handler handler)
    : io_(io), acceptor_(io), tls_(tls), handler_(std::move(handler)) {
    const tcp::endpoint where(asio::ip::make_address(address), port);
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    if (where.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true));
    acceptor_.bind(where);
    acceptor_.listen(4096);
    port_ = acceptor_.local_endpoint().port();
}

void Server::start() { asio::co_spawn(io_, accept_all(io_, acceptor_, tls_, handler_), report_failure); }

}  // namespace garner::sandbox
