// One TCP connection, plain or TLS: calls that return at once, and one call that waits. Asio only tells when the socket
// is ready; the bytes go by recv() or OpenSSL straight between the socket and the caller's buffer.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/real/tls.hpp"
#include "platform/task.hpp"

namespace garner {

using Moment = std::chrono::steady_clock::time_point;

/// Why a connection is no use any more.
struct Broken {
    enum class How {
        closed,  ///< ended properly: close_notify, or the end of a plain connection
        cut,     ///< reset, or TLS that ended without close_notify
        timed_out,
        no_resources,  ///< of this machine: descriptors, memory
        refused,       ///< only a person can change it: certificate, TLS version
        failed,
    };
    Broken() = default;  ///< only because boost::system::result wants it
    Broken(How how_, std::string what_) : how(how_), what(std::move(what_)) {}

    How how = How::failed;
    std::string what;

    /// The other side ended it, in whatever way.
    bool by_peer() const { return how == How::closed || how == How::cut; }
};

template <class T = void>
using Io = boost::system::result<T, Broken>;

[[noreturn]] void throw_exception_from_error(const Broken&, const boost::source_location&);

/// Bytes that came and were not used yet.
class InputBuffer {
public:
    std::span<const std::byte> unread() const { return std::span(bytes_).subspan(begin_, end_ - begin_); }
    bool empty() const { return begin_ == end_; }
    void consume(std::size_t n);
    /// Room behind the unread bytes; empty when there are `bytes_max` unread ones.
    std::span<std::byte> room(std::size_t bytes_max);
    void fill(std::size_t n) { end_ += n; }

private:
    std::vector<std::byte> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

class Connection {
public:
    explicit Connection(asio::io_context&);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Each of these throws system_error(operation_aborted) when the coroutine is cancelled; the connection is then good
    // for nothing but its destructor.
    Task<Io<>> open(asio::ip::tcp::endpoint, Moment deadline);
    Task<Io<>> start_tls(std::shared_ptr<TlsTrust>, TlsPeer, Moment deadline);
    Task<Io<>> write(std::string_view bytes, Moment deadline);
    /// Until read() may bring something.
    Task<Io<>> wait_for_bytes(Moment deadline);

    /// As many bytes as are there already, 0 when none are.
    Io<std::size_t> read(std::span<std::byte> into);

    /// Whether an idle connection can be used again: not closed, and nothing came that nobody asked for.
    bool is_quiet();

    bool is_tls() const { return tls_ != nullptr; }
    /// What the kernel has taken so far.
    std::uint64_t bytes_out() const { return tls_ ? tls_->bytes_out() : bytes_out_; }

    InputBuffer input;

private:
    struct Alarm;
    Task<Io<>> wait(asio::ip::tcp::socket::wait_type, Moment deadline);
    Broken broken(TlsStream::Step) const;
    Io<std::size_t> read_once(std::span<std::byte> into);

    asio::ip::tcp::socket socket_;
    std::shared_ptr<Alarm> alarm_;
    std::unique_ptr<TlsStream> tls_;  ///< after the socket: it says goodbye through it
    std::uint64_t bytes_out_ = 0;
    bool wants_write_ = false;  ///< TLS may have to write before it can read on
};

}  // namespace garner
