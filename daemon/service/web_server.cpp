#include "service/web_server.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <list>
#include <optional>

#include "platform/task_group.hpp"
#include "service/basic_auth.hpp"
#include "service/listen_address.hpp"
#include "service/web_request.hpp"

namespace garner {
namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using TlsContext = asio::ssl::context;

constexpr Duration accept_pause{100};
constexpr Duration lingering_max{1'000};
constexpr std::size_t lingering_bytes_max = 256 * 1024;

struct WebConnection {
    explicit WebConnection(tcp::socket socket) : stream(std::move(socket)) {}
    beast::tcp_stream stream;
    asio::ip::address address;
    bool waits_for_request = true;  // may then be closed to make room
    bool evicted = false;
};

const char* reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 413:
            return "Content Too Large";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
    }
    return "Status";
}

enum class Connected { kept, closing };

std::string render_head(const WebReply& reply, Connected connected) {
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " " + reason_of(reply.status) + "\r\n";
    head += "Content-Type: " + reply.content_type + "\r\n";
    head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    head += connected == Connected::kept ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    if (reply.status == 401) head += "WWW-Authenticate: Basic realm=\"garner\", charset=\"UTF-8\"\r\n";
    if (reply.status == 405) head += "Allow: GET, HEAD\r\n";
    head +=
        "Cache-Control: no-store\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "X-Frame-Options: DENY\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "\r\n";
    return head;
}

WebReply plain(int status, const std::string& text) {
    WebReply reply;
    reply.status = status;
    reply.body = text + "\n";
    return reply;
}

std::string fresh_key(Random& random) {
    std::string key;
    for (int i = 0; i < 4; ++i) key += std::to_string(random.next()) + ".";
    return key;
}

Result<std::shared_ptr<TlsContext>> make_tls(const WebSettings& settings) {
    if (settings.tls_cert_file.empty()) return std::shared_ptr<TlsContext>();
    auto context = std::make_shared<TlsContext>(TlsContext::tls_server);
    error_code error;
    context->set_options(TlsContext::default_workarounds | TlsContext::no_sslv2 | TlsContext::no_sslv3 |
                         TlsContext::no_tlsv1 | TlsContext::no_tlsv1_1 | TlsContext::no_compression);
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
    context->use_certificate_chain_file(settings.tls_cert_file, error);
    if (error)
        return Failure(FailureKind::local, "read the certificate " + settings.tls_cert_file +
                                               " of web.tls_server_config: " + error.message());
    context->use_private_key_file(settings.tls_key_file, TlsContext::pem, error);
    if (error)
        return Failure(FailureKind::local,
                       "read the key " + settings.tls_key_file + " of web.tls_server_config: " + error.message());
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        return Failure(FailureKind::rejected, "the key " + settings.tls_key_file +
                                                  " does not belong to the certificate " + settings.tls_cert_file);
    return context;
}

}  // namespace

struct WebServer::State {
    State(asio::any_io_executor executor_, Clock& clock_, Random& random, Worker& worker, WebPages& pages_,
          WebLimits limits_)
        : executor(std::move(executor_)),
          clock(clock_),
          pages(pages_),
          limits(limits_),
          auth(worker, fresh_key(random)),
          group(executor) {}

    asio::any_io_executor executor;
    Clock& clock;
    WebPages& pages;
    WebLimits limits;
    BasicAuth auth;
    std::shared_ptr<TlsContext> tls;
    std::list<tcp::acceptor> acceptors;
    std::list<std::shared_ptr<WebConnection>> connections;  // oldest first
    bool stopping = false;
    TaskGroup group;
};

namespace {

// Room for one more from this address: an older connection that has not sent its request yet goes.
template <class ServerState>
bool make_room(ServerState& state, const asio::ip::address& address) {
    const auto close_oldest = [&](bool same_address) {
        for (auto at = state.connections.begin(); at != state.connections.end(); ++at) {
            WebConnection& connection = **at;
            if (!connection.waits_for_request || (same_address && connection.address != address)) continue;
            connection.evicted = true;
            connection.stream.close();
            state.connections.erase(at);
            return true;
        }
        return false;
    };
    const auto same = static_cast<std::size_t>(
        std::count_if(state.connections.begin(), state.connections.end(),
                      [&](const std::shared_ptr<WebConnection>& c) { return c->address == address; }));
    if (same >= state.limits.connections_per_address_max) return close_oldest(true);
    if (state.connections.size() >= state.limits.connections_max) return close_oldest(false);
    return true;
}

// Bytes that the client still sends are read for a moment, so that its system does not throw our last reply away.
template <class Stream>
Task<> say_goodbye(WebConnection& connection, Stream&) {
    error_code error;
    connection.stream.socket().shutdown(tcp::socket::shutdown_send, error);
    connection.stream.expires_after(lingering_max);
    std::array<char, 4096> ignored{};
    for (std::size_t total = 0; !error && total < lingering_bytes_max;) {
        auto wait = asio::redirect_error(asio::use_awaitable, error);
        total += co_await connection.stream.async_read_some(asio::buffer(ignored), wait);
    }
}

// The head of the next request in `bytes`, or nothing when the connection ended.
struct Head {
    std::size_t length = 0;
    bool too_large = false;
};

template <class Stream>
Task<std::optional<Head>> read_head(const WebLimits& limits, WebConnection& connection, Stream& stream,
                                    std::string& bytes, bool first) {
    connection.waits_for_request = true;
    connection.stream.expires_after(first || !bytes.empty() ? limits.request_deadline : limits.idle_max);
    std::array<char, 4096> chunk{};
    while (true) {
        const auto end = find_head_end(bytes);
        Head head;
        head.length = end.value_or(0);
        head.too_large = end.value_or(bytes.size()) > limits.header_bytes_max;
        if (end || head.too_large) co_return head;
        error_code error;
        auto wait = asio::redirect_error(asio::use_awaitable, error);
        const std::size_t n = co_await stream.async_read_some(asio::buffer(chunk), wait);
        if (error) co_return std::nullopt;
        if (bytes.empty() && !first) connection.stream.expires_after(limits.request_deadline);
        bytes.append(chunk.data(), n);
    }
}

template <class ServerState>
Task<WebReply> answer(std::shared_ptr<ServerState> state, ParsedRequest request) {
    if (request.refuse_status != 0) co_return plain(request.refuse_status, request.refuse_reason);
    if (request.is_callback) {
        // An unknown path says as little as any other one.
        const auto [run, proof] = split_callback(request.target);
        co_return state->pages.called_back(run, proof) ? plain(200, "heard") : plain(404, "there is no such page");
    }
    if (state->auth.required()) {
        const bool let_in = co_await state->auth.check(request.authorization);
        if (!let_in) co_return plain(401, "a user name and password of web.basic_auth_users are needed");
    }
    if (request.method != "GET" && request.method != "HEAD") co_return plain(405, "only GET and HEAD");
    WebRequest asked;
    const auto question = request.target.find('?');
    asked.path = request.target.substr(0, question);
    if (question != std::string::npos) asked.query = request.target.substr(question + 1);
    WebReply reply = co_await state->pages.answer(std::move(asked));
    co_return reply;
}

template <class ServerState, class Stream>
Task<> converse(std::shared_ptr<ServerState> state, std::shared_ptr<WebConnection> connection, Stream& stream) {
    std::string bytes;
    for (bool first = true;; first = false) {
        const std::optional<Head> head = co_await read_head(state->limits, *connection, stream, bytes, first);
        if (!head || connection->evicted) co_return;
        connection->waits_for_request = false;

        ParsedRequest request;
        if (head->too_large) {
            request.refuse_status = 431;
            request.refuse_reason = "the request's header is too large";
        } else {
            request = parse_request_head(std::string_view(bytes).substr(0, head->length));
        }
        bytes.erase(0, head->length);
        const bool is_head_request = request.method == "HEAD";
        // The body of a callback is not read, so nothing can follow it.
        const bool keep = request.refuse_status == 0 && request.keep_alive && !request.is_callback && !state->stopping;
        const WebReply reply = co_await answer(state, std::move(request));

        const bool kept = keep && (reply.status < 400 || reply.status == 503 || reply.status == 404);
        const std::string text = render_head(reply, kept ? Connected::kept : Connected::closing);
        const std::array<asio::const_buffer, 2> parts{
            asio::buffer(text), is_head_request ? asio::const_buffer() : asio::buffer(reply.body)};
        error_code error;
        auto wait = asio::redirect_error(asio::use_awaitable, error);
        co_await asio::async_write(stream, parts, wait);
        if (error) co_return;
        if (!kept) {
            co_await say_goodbye(*connection, stream);
            co_return;
        }
    }
}

template <class ServerState>
Task<> serve_tls(std::shared_ptr<ServerState> state, std::shared_ptr<WebConnection> connection) {
    const std::shared_ptr<TlsContext> context = state->tls;
    beast::ssl_stream<beast::tcp_stream&> stream(connection->stream, *context);
    connection->stream.expires_after(state->limits.request_deadline);
    error_code error;
    auto wait = asio::redirect_error(asio::use_awaitable, error);
    co_await stream.async_handshake(asio::ssl::stream_base::server, wait);
    if (error || connection->evicted) co_return;
    co_await converse(state, connection, stream);
}

// Leaves the server's list however the conversation ends.
template <class ServerState>
class Attendance {
public:
    Attendance(std::shared_ptr<ServerState> state, std::shared_ptr<WebConnection> connection)
        : state_(std::move(state)), connection_(std::move(connection)) {}
    ~Attendance() {
        connection_->stream.close();
        state_->connections.remove(connection_);
    }
    Attendance(const Attendance&) = delete;
    Attendance& operator=(const Attendance&) = delete;

private:
    std::shared_ptr<ServerState> state_;
    std::shared_ptr<WebConnection> connection_;
};

template <class ServerState>
Task<> serve(std::shared_ptr<ServerState> state, std::shared_ptr<WebConnection> connection) {
    const Attendance<ServerState> attendance(state, connection);
    if (state->tls)
        co_await serve_tls(state, connection);
    else
        co_await converse(state, connection, connection->stream);
}

template <class ServerState>
Task<> accept_all(std::shared_ptr<ServerState> state, tcp::acceptor& acceptor) {
    while (!state->stopping) {
        error_code error;
        auto wait = asio::redirect_error(asio::use_awaitable, error);
        tcp::socket socket = co_await acceptor.async_accept(wait);
        if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
        if (error) {  // no descriptors, most likely: they come back
            co_await state->clock.sleep_for(accept_pause);
            continue;
        }
        const tcp::endpoint peer = socket.remote_endpoint(error);
        if (error) continue;
        if (!make_room(*state, peer.address())) continue;  // closes the socket
        auto connection = std::make_shared<WebConnection>(std::move(socket));
        connection->address = peer.address();
        state->connections.push_back(connection);
        state->group.spawn(serve(state, connection));
    }
}

}  // namespace

WebServer::WebServer(asio::any_io_executor executor, Clock& clock, Random& random, Worker& worker, WebPages& pages,
                     WebLimits limits)
    : state_(std::make_shared<State>(std::move(executor), clock, random, worker, pages, limits)) {}

WebServer::~WebServer() = default;

Result<void> WebServer::configure(const WebSettings& settings) {
    auto tls = make_tls(settings);
    if (!tls) return tls.error();
    state_->tls = std::move(*tls);
    state_->auth.configure(settings.basic_auth_users);
    return {};
}

Result<std::vector<std::string>> WebServer::listen(const WebSettings& settings) {
    auto configured = configure(settings);
    if (!configured) return configured.error();
    std::list<tcp::acceptor> acceptors;
    std::vector<std::string> addresses;
    for (const std::string& address : settings.listen) {
        auto endpoints = resolve_listen_address(address);
        if (!endpoints) return endpoints.error();
        for (const tcp::endpoint& endpoint : *endpoints) {
            tcp::acceptor& acceptor = acceptors.emplace_back(state_->executor);
            error_code error;
            acceptor.open(endpoint.protocol(), error);
            if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
            if (!error) acceptor.bind(endpoint, error);
            if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
            if (error)
                return Failure(FailureKind::local, "listen on " + format_endpoint(endpoint) + ": " + error.message() +
                                                       "; change web.listen or end what uses the address");
            addresses.push_back(format_endpoint(acceptor.local_endpoint()));
        }
    }
    for (tcp::acceptor& acceptor : acceptors) acceptor.non_blocking(true);
    state_->acceptors = std::move(acceptors);
    for (tcp::acceptor& acceptor : state_->acceptors) state_->group.spawn(accept_all(state_, acceptor));
    return addresses;
}

Task<> WebServer::stop() {
    state_->stopping = true;
    error_code error;
    for (tcp::acceptor& acceptor : state_->acceptors) acceptor.close(error);
    for (const std::shared_ptr<WebConnection>& connection : state_->connections) connection->stream.close();
    state_->group.cancel();
    co_await state_->group.join();
}

}  // namespace garner
