#include "service/control_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/system_error.hpp>
#include <cstring>
#include <optional>

#include "core/text.hpp"
#include "platform/task_group.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

namespace json = boost::json;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::size_t line_bytes_max = 64 * 1024;
constexpr std::size_t conversations_max = 32;
constexpr Duration request_deadline{5'000};
constexpr Duration send_deadline{5'000};
constexpr Duration accept_pause{100};

struct Conversation : ControlReplies {
    Conversation(stream_protocol::socket socket_, Clock& clock_) : socket(std::move(socket_)), clock(clock_) {}

    Task<> send(json::object line) override {
        const std::string text = json::serialize(line) + "\n";
        const SteadyTime deadline = clock.steady_now() + send_deadline;
        const std::optional<bool> sent = co_await within(clock, deadline, write(text));
        if (!sent.value_or(false)) throw boost::system::system_error(asio::error::operation_aborted);
    }

    Task<bool> write(const std::string& text) {
        error_code error;
        auto wait = asio::redirect_error(asio::use_awaitable, error);
        co_await asio::async_write(socket, asio::buffer(text), wait);
        co_return !error;
    }

    // The first line; empty when none came.
    Task<std::string> read_line() {
        std::string bytes;
        error_code error;
        auto wait = asio::redirect_error(asio::use_awaitable, error);
        const std::size_t length =
            co_await asio::async_read_until(socket, asio::dynamic_buffer(bytes, line_bytes_max), '\n', wait);
        co_return error ? std::string() : bytes.substr(0, length);
    }

    // Returns when the client closes its side.
    Task<Result<void>> gone() {
        std::array<char, 256> ignored{};
        error_code error;
        while (!error) {
            auto wait = asio::redirect_error(asio::use_awaitable, error);
            co_await socket.async_read_some(asio::buffer(ignored), wait);
        }
        co_return Failure(FailureKind::transient, "the client went away");
    }

    stream_protocol::socket socket;
    Clock& clock;
};

std::uint32_t peer_uid(stream_protocol::socket& socket) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return UINT32_MAX;
    return peer.uid;
}

json::object last_line(const Result<void>& result) {
    json::object line;
    line["done"] = true;
    line["ok"] = result.has_value();
    if (result)
        line["error"] = nullptr;
    else
        line["error"] = printable(result.error().what, 4096);
    return line;
}

Failure system_failure(const std::string& operation, const std::string& path, int code) {
    return Failure(FailureKind::local, operation + " " + path + ": " + std::strerror(code));
}

// Makes way for our socket: what lies there goes only when it is a socket that nobody serves.
Result<void> remove_stale(const std::string& path) {
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) {
        if (errno == ENOENT) return {};
        return system_failure("look at the control socket", path, errno);
    }
    if (!S_ISSOCK(info.st_mode))
        return Failure(FailureKind::local, "open the control socket " + path +
                                               ": something else is there; move it or change global.control_socket");
    asio::io_context context;
    stream_protocol::socket probe(context);
    error_code error;
    probe.connect(stream_protocol::endpoint(path), error);
    if (!error)
        return Failure(FailureKind::local, "open the control socket " + path + ": another garnerd answers on it");
    if (unlink(path.c_str()) != 0) return system_failure("remove the stale control socket", path, errno);
    return {};
}

}  // namespace

Result<ControlRequest> parse_control_request(const std::string& line) {
    const auto bad = [](const std::string& what) { return Failure(FailureKind::rejected, "control request: " + what); };
    error_code error;
    json::parse_options options;
    options.max_depth = 4;
    const json::value value = json::parse(line, error, {}, options);
    if (error || !value.is_object()) return bad("not a JSON object");
    ControlRequest request;
    const json::object& object = value.get_object();
    const auto text = [&object](std::string_view key, std::string& into) {
        const json::value* found = object.if_contains(key);
        if (found == nullptr || found->is_null()) return true;
        if (!found->is_string()) return false;
        into = std::string(found->get_string());
        return true;
    };
    if (!text("command", request.command) || !text("job", request.job) || !text("target", request.target) ||
        !text("source", request.source) || !text("artifact", request.artifact) || !text("reason", request.reason))
        return bad("command, job, target, source, artifact and reason are strings");
    for (const auto& [key, into] : {std::pair("from", &request.from), std::pair("until", &request.until)}) {
        std::string instant;
        if (!text(key, instant)) return bad(std::string(key) + " is an instant");
        if (!instant.empty() && !(*into = parse_rfc3339(instant)))
            return bad(std::string(key) + " is an instant such as 2026-11-02T00:00:00Z");
    }
    for (const auto& [key, flag] : {std::pair("wait", &request.wait), std::pair("confirm", &request.confirm)}) {
        const json::value* found = object.if_contains(key);
        if (found == nullptr) continue;
        if (!found->is_bool()) return bad(std::string(key) + " is true or false");
        *flag = found->get_bool();
    }
    if (request.command.empty()) return bad("the command is missing");
    return request;
}

struct ControlServer::State {
    State(asio::any_io_executor executor_, Clock& clock_, ControlHandler& handler_)
        : executor(std::move(executor_)), clock(clock_), handler(handler_), acceptor(executor), group(executor) {}

    asio::any_io_executor executor;
    Clock& clock;
    ControlHandler& handler;
    stream_protocol::acceptor acceptor;
    std::string path;
    bool stopping = false;
    std::size_t open = 0;
    TaskGroup group;
};

namespace {

Task<> converse(ControlHandler& handler, Conversation& conversation) {
    const SteadyTime deadline = conversation.clock.steady_now() + request_deadline;
    const std::optional<std::string> line = co_await within(conversation.clock, deadline, conversation.read_line());
    if (!line || line->empty()) co_return;
    Result<ControlRequest> request = parse_control_request(*line);
    Result<void> result;
    if (request) {
        using asio::experimental::awaitable_operators::operator||;
        request->uid = peer_uid(conversation.socket);
        auto race = handler.handle(*request, conversation) || conversation.gone();
        const auto first = co_await std::move(race);
        if (first.index() == 1) co_return;
        result = std::get<0>(first);
    } else {
        result = request.error();
    }
    json::object line_to_send = last_line(result);
    co_await conversation.send(std::move(line_to_send));
}

// Counts a conversation for as long as it lives.
class Counted {
public:
    explicit Counted(std::size_t& open) : open_(open) { ++open_; }
    ~Counted() { --open_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::size_t& open_;
};

template <class ServerState>
Task<> serve(std::shared_ptr<ServerState> state, std::shared_ptr<Conversation> conversation) {
    const Counted counted(state->open);
    co_await converse(state->handler, *conversation);
}

template <class ServerState>
Task<> accept_all(std::shared_ptr<ServerState> state) {
    while (!state->stopping) {
        error_code error;
        auto wait = asio::redirect_error(asio::use_awaitable, error);
        stream_protocol::socket socket = co_await state->acceptor.async_accept(wait);
        if (error == asio::error::operation_aborted || !state->acceptor.is_open()) co_return;
        if (error) {
            co_await state->clock.sleep_for(accept_pause);
            continue;
        }
        if (state->open >= conversations_max) continue;  // closes the socket
        auto conversation = std::make_shared<Conversation>(std::move(socket), state->clock);
        state->group.spawn(serve(state, conversation));
    }
}

}  // namespace

ControlServer::ControlServer(asio::any_io_executor executor, Clock& clock, ControlHandler& handler)
    : state_(std::make_shared<State>(std::move(executor), clock, handler)) {}

ControlServer::~ControlServer() = default;

Result<void> ControlServer::listen(const std::string& path) {
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return Failure(FailureKind::rejected, "open the control socket " + path + ": the path is longer than " +
                                                  std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                                  " bytes; set global.control_socket to a shorter one");
    auto free = remove_stale(path);
    if (!free) return free.error();
    error_code error;
    state_->acceptor.open(stream_protocol(), error);
    if (!error) state_->acceptor.bind(stream_protocol::endpoint(path), error);
    if (!error && chmod(path.c_str(), 0660) != 0) error.assign(errno, boost::system::system_category());
    if (!error) state_->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return Failure(FailureKind::local, "open the control socket " + path + ": " + error.message());
    state_->path = path;
    state_->group.spawn(accept_all(state_));
    return {};
}

Task<> ControlServer::stop() {
    state_->stopping = true;
    error_code error;
    state_->acceptor.close(error);
    if (!state_->path.empty()) unlink(state_->path.c_str());
    state_->group.cancel();
    co_await state_->group.join();
}

}  // namespace garner
