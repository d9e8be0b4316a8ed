// One request and its reply on one connection that is open. Knows whether the request left, how far the reply came, and
// whether the connection can be used again.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "platform/http.hpp"
#include "platform/real/connection.hpp"
#include "platform/real/real_network.hpp"
#include "platform/real/reply_parser.hpp"

namespace garner {

class Conversation {
public:
    /// `timeout` is for request and reply; where a body goes to a sink, for the request and the reply's head.
    Conversation(Connection&, const RealNetworkOptions&, Duration timeout);

    /// Sends `request` and reads its reply. The body of a 200 or 206 goes to `sink` when there is one, any other is in
    /// the reply. `on_body(n)` is called as n more bytes of a sink's body have come.
    Task<Result<HttpReply>> perform(std::string_view request, bool bodyless, std::size_t reply_bytes_max,
                                    ByteSink* sink, const std::function<void(std::size_t)>& on_body);

    bool is_connection_reusable() const { return reusable_; }
    /// The other side ended the connection without a byte of an answer: on a kept connection it had probably done so
    /// before.
    bool ended_unanswered() const { return ended_unanswered_; }
    /// Of the reply, 0 when no head came.
    int status() const { return status_; }

private:
    // How a body's silence is judged: up to a fixed moment, or by the rules for downloads.
    struct Pace {
        bool is_download = false;
        Moment whole_until = Moment::max();
        std::chrono::steady_clock::duration waited{};
        std::uint64_t bytes = 0;
    };

    Task<Result<HttpHead>> read_head(ReplyParser&, Moment deadline);
    Task<Result<void>> read_body(ReplyParser&, const HttpHead&, ByteSink&, Pace);
    Task<Result<void>> read_by_length(std::uint64_t length, ByteSink&, Pace&);
    Task<Result<void>> read_chunked(ReplyParser&, ByteSink&, Pace&);
    Task<Result<void>> read_to_end(ByteSink&, Pace&);
    Task<Io<>> wait_for_more(Pace&);
    Task<Result<void>> hand_over(ByteSink&, std::size_t n, Pace&);
    Failure cut_short(const Broken&, const Pace&, std::string far) const;

    Connection& connection_;
    const RealNetworkOptions& options_;
    Duration timeout_;
    const std::function<void(std::size_t)>* on_body_ = nullptr;
    std::size_t without_pause_ = 0;
    std::uint64_t body_bytes_ = 0;
    bool reusable_ = false;
    bool ended_unanswered_ = false;
    int status_ = 0;
};

/// The failure kind of a break before anything of a request had left.
FailureKind kind_before_sending(const Broken&);

}  // namespace garner
