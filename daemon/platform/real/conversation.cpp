#include "platform/real/conversation.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::size_t chunk_input_max = 64 * 1024;
constexpr std::size_t pause_after_bytes = 1024 * 1024;  // then the loop's other work has a turn

Moment now() { return std::chrono::steady_clock::now(); }

// A bounded reply's body, in memory that grows with what really came.
class StringSink : public ByteSink {
public:
    explicit StringSink(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    Task<Result<void>> begin(const HttpHead&) override { co_return Result<void>(); }

    std::span<std::byte> buffer() override {
        // One byte beyond the limit shows that there is more than the limit.
        if (used_ == body_.size()) body_.resize(std::min(bytes_max_ + 1, std::max<std::size_t>(2 * used_, 4096)));
        return std::as_writable_bytes(std::span(body_)).subspan(used_);
    }

    Task<Result<void>> filled(std::size_t n) override {
        used_ += n;
        if (used_ > bytes_max_) co_return too_large(bytes_max_);
        co_return Result<void>();
    }

    std::string take() {
        body_.resize(used_);
        return std::move(body_);
    }

    static Failure too_large(std::size_t bytes_max) {
        return Failure(FailureKind::corrupt, "the reply is larger than " + format_size(bytes_max));
    }

private:
    std::size_t bytes_max_;
    std::size_t used_ = 0;
    std::string body_;
};

bool is_encoded(const HttpHead& head) {
    for (const auto& [name, value] : head.headers)
        if (name == "content-encoding" && !trim_ascii(value).empty() && to_lower_ascii(trim_ascii(value)) != "identity")
            return true;
    return false;
}

}  // namespace

FailureKind kind_before_sending(const Broken& broken) {
    if (broken.how == Broken::How::no_resources) return FailureKind::local;
    return broken.how == Broken::How::refused ? FailureKind::rejected : FailureKind::transient;
}

Conversation::Conversation(Connection& connection, const RealNetworkOptions& options, Duration timeout)
    : connection_(connection), options_(options), timeout_(timeout) {}

Task<Result<HttpReply>> Conversation::perform(std::string_view request, bool bodyless, std::size_t reply_bytes_max,
                                              ByteSink* sink, const std::function<void(std::size_t)>& on_body) {
    const Moment deadline = now() + timeout_;
    const std::uint64_t before = connection_.bytes_out();
    const Io<> written = co_await connection_.write(request, deadline);
    if (!written) {
        const Broken& broken = written.error();
        ended_unanswered_ = broken.by_peer();
        if (connection_.bytes_out() == before)
            co_return Failure(kind_before_sending(broken), "send the request: " + broken.what);
        co_return Failure(FailureKind::uncertain, "send the request: " + broken.what + " after a part of it had left");
    }

    ReplyParser parser(options_.head_bytes_max, bodyless);
    Result<HttpHead> head = co_await read_head(parser, deadline);
    if (!head) co_return head.error();
    status_ = head->status;

    HttpReply reply;
    reply.head = std::move(*head);
    const bool to_sink = sink != nullptr && (status_ == 200 || status_ == 206);
    const bool encoded = is_encoded(reply.head);
    if (encoded && (to_sink || status_ / 100 == 2))
        co_return Failure(FailureKind::corrupt, "the reply has a Content-Encoding (" +
                                                    printable(*reply.head.header("content-encoding"), 40) +
                                                    ") although none was asked for");
    Pace pace;
    if (to_sink) {
        on_body_ = &on_body;
        pace.is_download = true;
        const Result<void> begun = co_await sink->begin(reply.head);
        if (!begun) co_return begun.error();
        const Result<void> read = co_await read_body(parser, reply.head, *sink, pace);
        if (!read) co_return read.error();
        co_return reply;
    }

    if (!bodyless && reply.head.content_length.value_or(0) > reply_bytes_max)
        co_return StringSink::too_large(reply_bytes_max);
    pace.whole_until = deadline;
    StringSink memory(reply_bytes_max);
    const Result<void> read = co_await read_body(parser, reply.head, memory, pace);
    if (!read) co_return read.error();
    // An error's status counts even where a proxy has packed its page; nobody can read that page.
    if (!encoded) reply.body = memory.take();
    co_return reply;
}

Task<Result<HttpHead>> Conversation::read_head(ReplyParser& parser, Moment deadline) {
    bool anything = !connection_.input.empty();
    for (;;) {
        const Result<std::size_t> used = parser.read_head(connection_.input.unread());
        if (!used) co_return used.error();
        connection_.input.consume(*used);
        if (parser.has_head()) co_return parser.take_head();

        const std::span<std::byte> room = connection_.input.room(options_.head_bytes_max + 1);
        if (room.empty())
            co_return Failure(FailureKind::corrupt,
                              "the reply's head is larger than " + format_size(options_.head_bytes_max));
        const Io<std::size_t> got = connection_.read(room);
        Io<> ready = got ? Io<>() : Io<>(got.error());
        if (got && *got > 0) {
            anything = true;
            connection_.input.fill(*got);
            if (now() < deadline) continue;
            ready = Broken(Broken::How::timed_out, "no answer in time");
        } else if (got) {
            ready = co_await connection_.wait_for_bytes(deadline);
        }
        if (ready) continue;

        const Broken& broken = ready.error();
        if (broken.how == Broken::How::refused) co_return Failure(FailureKind::rejected, broken.what);
        ended_unanswered_ = !anything && broken.by_peer();
        const FailureKind kind = FailureKind::uncertain;  // the whole request has left
        if (broken.how == Broken::How::timed_out)
            co_return Failure(kind, "no answer within " + format_duration(timeout_) +
                                        (anything ? " (only the beginning of one)" : ""));
        co_return Failure(kind,
                          broken.what + (anything ? " in the middle of the reply's head" : " before an answer came"));
    }
}

Task<Result<void>> Conversation::read_body(ReplyParser& parser, const HttpHead& head, ByteSink& sink, Pace pace) {
    Result<void> read;
    switch (parser.body_end()) {
        case ReplyParser::BodyEnd::no_body:
            break;
        case ReplyParser::BodyEnd::length:
            read = co_await read_by_length(head.content_length.value_or(0), sink, pace);
            break;
        case ReplyParser::BodyEnd::chunked:
            read = co_await read_chunked(parser, sink, pace);
            break;
        case ReplyParser::BodyEnd::connection:
            read = co_await read_to_end(sink, pace);
            break;
    }
    // Bytes behind a reply are nobody's: the next reply on this connection could be a forged one.
    reusable_ = read && parser.keeps_alive() && connection_.input.empty();
    co_return read;
}

Task<Result<void>> Conversation::read_by_length(std::uint64_t length, ByteSink& sink, Pace& pace) {
    while (body_bytes_ < length) {
        std::span<std::byte> into = sink.buffer();
        into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), length - body_bytes_)));
        std::size_t n = 0;
        if (const auto early = connection_.input.unread(); !early.empty()) {
            n = std::min(early.size(), into.size());
            std::memcpy(into.data(), early.data(), n);
            connection_.input.consume(n);
        } else {
            const Io<std::size_t> got = connection_.read(into);
            Io<> ready = got ? Io<>() : Io<>(got.error());
            if (got && *got == 0) ready = co_await wait_for_more(pace);
            if (!ready) {
                co_return cut_short(ready.error(), pace,
                                    std::to_string(body_bytes_) + " of " + std::to_string(length) + " bytes");
            }
            n = *got;
        }
        if (n == 0) continue;
        const Result<void> taken = co_await hand_over(sink, n, pace);
        if (!taken) co_return taken;
    }
    co_return Result<void>();
}

Task<Result<void>> Conversation::read_chunked(ReplyParser& parser, ByteSink& sink, Pace& pace) {
    while (!parser.is_done()) {
        const Result<ReplyParser::Chunked> step = parser.read_chunked(connection_.input.unread(), sink.buffer());
        if (!step) co_return step.error();
        connection_.input.consume(step->consumed);
        if (step->produced > 0) {
            const Result<void> taken = co_await hand_over(sink, step->produced, pace);
            if (!taken) co_return taken;
            continue;
        }
        if (parser.is_done()) break;

        const std::span<std::byte> room = connection_.input.room(chunk_input_max);
        if (room.empty()) co_return Failure(FailureKind::corrupt, "a broken chunked body (a chunk's head without end)");
        const Io<std::size_t> got = connection_.read(room);
        Io<> ready = got ? Io<>() : Io<>(got.error());
        if (got && *got == 0) ready = co_await wait_for_more(pace);
        if (!ready)
            co_return cut_short(ready.error(), pace, std::to_string(body_bytes_) + " bytes, before the last chunk");
        connection_.input.fill(*got);
    }
    co_return Result<void>();
}

Task<Result<void>> Conversation::read_to_end(ByteSink& sink, Pace& pace) {
    if (!connection_.is_tls())
        co_return Failure(FailureKind::corrupt,
                          "a body without a length over plain http: nobody could tell whether it is whole");
    for (;;) {
        const std::span<std::byte> into = sink.buffer();
        std::size_t n = 0;
        if (const auto early = connection_.input.unread(); !early.empty()) {
            n = std::min(early.size(), into.size());
            std::memcpy(into.data(), early.data(), n);
            connection_.input.consume(n);
        } else {
            const Io<std::size_t> got = connection_.read(into);
            if (!got && got.error().how == Broken::How::closed) co_return Result<void>();
            Io<> ready = got ? Io<>() : Io<>(got.error());
            if (got && *got == 0) ready = co_await wait_for_more(pace);
            if (!ready) {
                co_return cut_short(ready.error(), pace,
                                    std::to_string(body_bytes_) + " bytes of a body without a length");
            }
            n = *got;
        }
        if (n == 0) continue;
        const Result<void> taken = co_await hand_over(sink, n, pace);
        if (!taken) co_return taken;
    }
}

Task<Io<>> Conversation::wait_for_more(Pace& pace) {
    without_pause_ = 0;
    if (!pace.is_download) co_return co_await connection_.wait_for_bytes(pace.whole_until);

    // Only waiting counts: a sink that takes its time is not the vendor's slowness.
    if (pace.waited >= options_.rate_window) {
        if (pace.bytes < options_.rate_bytes_min)
            co_return Broken(Broken::How::timed_out, "only " + std::to_string(pace.bytes) + " bytes came within " +
                                                         format_duration(options_.rate_window));
        pace.waited = {};
        pace.bytes = 0;
    }
    const Moment begun = now();
    Io<> ready = co_await connection_.wait_for_bytes(begun + options_.idle);
    pace.waited += now() - begun;
    if (!ready && ready.error().how == Broken::How::timed_out)
        co_return Broken(Broken::How::timed_out, "nothing came for " + format_duration(options_.idle));
    co_return ready;
}

Task<Result<void>> Conversation::hand_over(ByteSink& sink, std::size_t n, Pace& pace) {
    body_bytes_ += n;
    pace.bytes += n;
    without_pause_ += n;
    if (on_body_ != nullptr) (*on_body_)(n);
    Result<void> taken = co_await sink.filled(n);
    if (taken && without_pause_ >= pause_after_bytes) {
        without_pause_ = 0;
        co_await asio::post(asio::use_awaitable);
    }
    co_return taken;
}

Failure Conversation::cut_short(const Broken& broken, const Pace& pace, std::string far) const {
    const FailureKind kind = broken.how == Broken::How::no_resources ? FailureKind::local
                             : pace.is_download                      ? FailureKind::transient
                                                                     : FailureKind::uncertain;
    if (broken.how == Broken::How::timed_out && !pace.is_download)
        return Failure(kind, "no whole answer within " + format_duration(timeout_) + " (" + far + ")");
    return Failure(kind, broken.what + " after " + far);
}

}  // namespace garner
