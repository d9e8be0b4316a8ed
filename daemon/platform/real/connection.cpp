#include "platform/real/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace garner {
namespace {

using asio::ip::tcp;

Broken from_system(int error) {
    using How = Broken::How;
    switch (error) {
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ENOBUFS:
            return {How::no_resources, std::strerror(error)};
        case ECONNRESET:
        case EPIPE:
            return {How::cut, "the connection was reset"};
        case ETIMEDOUT:
            return {How::timed_out, "no answer (connection timed out)"};
        default:
            return {How::failed, std::strerror(error)};
    }
}

}  // namespace

void throw_exception_from_error(const Broken& broken, const boost::source_location& where) {
    throw std::logic_error(std::string(where.file_name()) + ": an unchecked break was used as a value: " + broken.what);
}

void InputBuffer::consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
}

std::span<std::byte> InputBuffer::room(std::size_t bytes_max) {
    constexpr std::size_t step = 16 * 1024;
    if (begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == bytes_.size() && end_ < bytes_max) bytes_.resize(std::min(bytes_max, std::max(step, 2 * end_)));
    return std::span(bytes_).subspan(end_);
}

// The deadline of the wait that is going on. One timer a connection, set back only when it rings too early: a deadline
// that moves with every read costs nothing.
struct Connection::Alarm : std::enable_shared_from_this<Connection::Alarm> {
    Alarm(asio::io_context& io, tcp::socket& socket_) : timer(io), socket(&socket_) {}

    void set(Moment when) {
        deadline = when;
        rang = false;
        if (!ticking || timer.expiry() > when) start();
    }

    void start() {
        ticking = true;
        timer.expires_at(deadline);
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& stopped) {
            const auto alarm = weak.lock();
            if (alarm && !stopped) alarm->ring();
        });
    }

    void ring() {
        ticking = false;
        if (deadline == Moment::max() || socket == nullptr) return;
        if (std::chrono::steady_clock::now() < deadline) return start();
        rang = true;
        socket->cancel();
    }

    asio::steady_timer timer;
    tcp::socket* socket;
    Moment deadline = Moment::max();
    bool ticking = false;
    bool rang = false;
};

Connection::Connection(asio::io_context& io) : socket_(io), alarm_(std::make_shared<Alarm>(io, socket_)) {}

Connection::~Connection() { alarm_->socket = nullptr; }

Task<Io<>> Connection::open(tcp::endpoint endpoint, Moment deadline) {
    boost::system::error_code failed;
    socket_.open(endpoint.protocol(), failed);
    if (failed) co_return from_system(failed.value());
    socket_.set_option(tcp::no_delay(true), failed);

    alarm_->set(deadline);
    co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failed));
    alarm_->deadline = Moment::max();
    if (alarm_->rang && failed) co_return Broken(Broken::How::timed_out, "no answer (connection timed out)");
    if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
    if (failed) co_return from_system(failed.value());
    socket_.native_non_blocking(true, failed);
    if (failed) co_return from_system(failed.value());
    co_return Io<>();
}

Task<Io<>> Connection::wait(tcp::socket::wait_type what, Moment deadline) {
    boost::system::error_code ended;
    alarm_->set(deadline);
    co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, ended));
    alarm_->deadline = Moment::max();
    if (!ended) co_return Io<>();
    if (alarm_->rang) co_return Broken(Broken::How::timed_out, "no answer in time");
    if (ended == asio::error::operation_aborted) throw boost::system::system_error(ended);
    co_return from_system(ended.value());
}

Task<Io<>> Connection::wait_for_bytes(Moment deadline) {
    const auto what = wants_write_ ? tcp::socket::wait_write : tcp::socket::wait_read;
    co_return co_await wait(what, deadline);
}

Broken Connection::broken(TlsStream::Step step) const {
    using How = Broken::How;
    if (step == TlsStream::Step::closed) return {How::closed, "the connection closed"};
    if (step == TlsStream::Step::cut) return {How::cut, tls_->trouble()};
    return {tls_->needs_a_person() ? How::refused : How::failed, tls_->trouble()};
}

Task<Io<>> Connection::start_tls(std::shared_ptr<TlsTrust> trust, TlsPeer peer, Moment deadline) {
    tls_ = std::make_unique<TlsStream>(std::move(trust), socket_.native_handle(), std::move(peer));
    for (;;) {
        const TlsStream::Step step = tls_->handshake();
        if (step == TlsStream::Step::done) co_return Io<>();
        if (step != TlsStream::Step::want_read && step != TlsStream::Step::want_write) co_return broken(step);
        const auto what = step == TlsStream::Step::want_read ? tcp::socket::wait_read : tcp::socket::wait_write;
        const Io<> ready = co_await wait(what, deadline);
        if (!ready) co_return ready;
    }
}

Task<Io<>> Connection::write(std::string_view bytes, Moment deadline) {
    while (!bytes.empty()) {
        auto what = tcp::socket::wait_write;
        std::size_t taken = 0;
        if (tls_) {
            const TlsStream::Moved moved = tls_->write(bytes);
            taken = moved.bytes;
            if (moved.step == TlsStream::Step::want_read) {
                what = tcp::socket::wait_read;
            } else if (moved.step != TlsStream::Step::done && moved.step != TlsStream::Step::want_write) {
                co_return broken(moved.step);
            }
        } else {
            const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN && errno != EINTR) co_return from_system(errno);
            if (sent > 0) taken = static_cast<std::size_t>(sent);
            bytes_out_ += taken;
        }
        bytes.remove_prefix(taken);
        if (taken > 0) continue;
        const Io<> ready = co_await wait(what, deadline);
        if (!ready) co_return ready;
    }
    co_return Io<>();
}

Io<std::size_t> Connection::read_once(std::span<std::byte> into) {
    wants_write_ = false;
    if (tls_) {
        const TlsStream::Moved moved = tls_->read(into);
        wants_write_ = moved.step == TlsStream::Step::want_write;
        if (moved.step == TlsStream::Step::done) return moved.bytes;
        if (moved.step == TlsStream::Step::want_read || wants_write_) return std::size_t{0};
        return broken(moved.step);
    }
    const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return Broken(Broken::How::closed, "the connection closed");
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return from_system(errno);
}

Io<std::size_t> Connection::read(std::span<std::byte> into) {
    std::size_t total = 0;
    while (total < into.size()) {
        const Io<std::size_t> got = read_once(into.subspan(total));
        // What came before the end is handed over first; the end is met again by the next call.
        if (!got && total == 0) return got;
        if (!got || *got == 0) break;
        total += *got;
        if (!tls_) break;  // recv() gives all there is; one more call would only say so
    }
    return total;
}

bool Connection::is_quiet() {
    if (!input.empty()) return false;
    std::byte unasked{};
    const Io<std::size_t> got = read_once(std::span(&unasked, 1));
    return got && *got == 0;
}

}  // namespace garner
