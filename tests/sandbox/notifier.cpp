#include "sandbox/notifier.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <chrono>
#include <string>
#include <utility>

namespace garner::sandbox {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::milliseconds kLook(100);
constexpr std::chrono::seconds kPatience(5);

template <class Stream>
asio::awaitable<bool> ask(Stream& stream, const http::request<http::empty_body>& request) {
    error_code failed;
    co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return false;
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> answer;
    answer.body_limit(64 * 1024);
    co_await http::async_read(stream, buffer, answer, asio::redirect_error(asio::use_awaitable, failed));
    const bool delivered = !failed && answer.get().result_int() / 100 == 2;
    co_return delivered;
}

// Whether the call got a 2xx. Nobody's certificate is looked at: the stand-in has no trust of its own.
asio::awaitable<bool> call(std::string text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url || (url->scheme() != "http" && url->scheme() != "https")) co_return false;
    const bool secure = url->scheme() == "https";
    const std::string host = url->host_address();
    const std::string port = url->has_port() ? std::string(url->port()) : secure ? "443" : "80";
    http::request<http::empty_body> request(http::verb::post, std::string(url->encoded_target()), 11);
    request.set(http::field::host, std::string(url->encoded_host_and_port()));
    request.set(http::field::user_agent, "garner-sandbox");
    request.prepare_payload();

    const auto executor = co_await asio::this_coro::executor;
    error_code failed;
    asio::ip::tcp::resolver resolver(executor);
    const auto found = co_await resolver.async_resolve(host, port, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return false;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    asio::ssl::stream<beast::tcp_stream> stream(executor, tls);
    beast::tcp_stream& tcp = stream.next_layer();
    tcp.expires_after(kPatience);  // for all of it
    co_await tcp.async_connect(found, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return false;
    if (!secure) {
        const bool delivered = co_await ask(tcp, request);
        co_return delivered;
    }
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return false;
    const bool delivered = co_await ask(stream, request);
    co_return delivered;
}

asio::awaitable<void> call_and_count(World& world, std::string url) {
    const bool delivered = co_await call(std::move(url));
    world.count_notification(delivered);
}

asio::awaitable<void> look(World& world) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    while (true) {
        timer.expires_after(kLook);
        co_await timer.async_wait(asio::use_awaitable);
        for (std::string& url : world.due_notifications())
            asio::co_spawn(executor, call_and_count(world, std::move(url)), asio::detached);
    }
}

}  // namespace

void start_notifier(asio::io_context& io, World& world) { asio::co_spawn(io, look(world), asio::detached); }

}  // namespace garner::sandbox
