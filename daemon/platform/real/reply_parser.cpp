#include "platform/real/reply_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <limits>
#include <optional>

#include "core/text.hpp"

namespace garner {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::buffer_body>;

constexpr int interim_replies_max = 16;

Failure corrupt(const std::string& what) { return Failure(FailureKind::corrupt, what); }

boost::asio::const_buffer as_buffer(std::span<const std::byte> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

struct ReplyParser::Parts {
    std::size_t head_bytes_max;
    bool bodyless;
    int interim_replies = 0;
    std::optional<Parser> parser;

    void renew() {
        parser.emplace();
        parser->header_limit(static_cast<std::uint32_t>(head_bytes_max));
        parser->body_limit(boost::none);
        parser->skip(bodyless);
        parser->eager(false);
    }
};

ReplyParser::ReplyParser(std::size_t head_bytes_max, bool bodyless) : parts_(std::make_unique<Parts>()) {
    parts_->head_bytes_max = head_bytes_max;
    parts_->bodyless = bodyless;
    parts_->renew();
}

ReplyParser::~ReplyParser() = default;

Result<std::size_t> ReplyParser::read_head(std::span<const std::byte> unread) {
    std::size_t used = 0;
    while (!has_head() && used < unread.size()) {
        Parser& parser = *parts_->parser;
        boost::beast::error_code failed;
        const std::size_t now = parser.put(as_buffer(unread.subspan(used)), failed);
        used += now;
        if (failed == http::error::need_more) {
            if (now == 0) break;
            continue;
        }
        if (failed) return corrupt("not a valid HTTP reply (" + failed.message() + ")");
        if (!parser.is_header_done()) continue;
        const unsigned status = parser.get().result_int();
        if (status == 101) return corrupt("an upgrade (101) that was not asked for");
        if (status >= 200) break;
        if (++parts_->interim_replies > interim_replies_max) return corrupt("too many interim (1xx) replies");
        parts_->renew();
    }
    if (!has_head()) return used;

    const auto& fields = parts_->parser->get();
    const auto codings = fields.equal_range(http::field::transfer_encoding);
    for (auto coding = codings.first; coding != codings.second; ++coding)
        if (to_lower_ascii(trim_ascii(std::string_view(coding->value().data(), coding->value().size()))) != "chunked")
            return corrupt("a Transfer-Encoding that was not asked for");
    if (codings.first != codings.second && fields.count(http::field::content_length) != 0)
        return corrupt("both a Content-Length and a Transfer-Encoding");
    return used;
}

bool ReplyParser::has_head() const {
    return parts_->parser->is_header_done() && parts_->parser->get().result_int() >= 200;
}

HttpHead ReplyParser::take_head() const {
    HttpHead head;
    const auto& fields = parts_->parser->get();
    head.status = static_cast<int>(fields.result_int());
    for (const auto& field : fields)
        head.headers.emplace_back(
            to_lower_ascii(std::string_view(field.name_string().data(), field.name_string().size())),
            std::string(field.value().data(), field.value().size()));
    if (const auto length = parts_->parser->content_length()) head.content_length = *length;
    return head;
}

ReplyParser::BodyEnd ReplyParser::body_end() const {
    const unsigned status = parts_->parser->get().result_int();
    if (parts_->bodyless || status == 204 || status == 304) return BodyEnd::no_body;
    if (parts_->parser->chunked()) return BodyEnd::chunked;
    if (parts_->parser->content_length()) return BodyEnd::length;
    return BodyEnd::connection;
}

bool ReplyParser::keeps_alive() const { return parts_->parser->keep_alive(); }

bool ReplyParser::is_done() const { return parts_->parser->is_done(); }

Result<ReplyParser::Chunked> ReplyParser::read_chunked(std::span<const std::byte> unread, std::span<std::byte> into) {
    Parser& parser = *parts_->parser;
    Chunked total;
    // Beast asserts that a last chunk which it has seen the beginning of has all its five bytes at the next look.
    // Whatever is missing, at least "0", two line ends are still to come.
    constexpr std::size_t last_chunk = 5;
    while (!parser.is_done() && unread.size() - total.consumed >= last_chunk) {
        parser.get().body().data = into.data() + total.produced;
        parser.get().body().size = into.size() - total.produced;
        parser.get().body().more = true;
        boost::beast::error_code failed;
        const std::size_t used = parser.put(as_buffer(unread.subspan(total.consumed)), failed);
        total.consumed += used;
        total.produced = into.size() - parser.get().body().size;
        if (failed == http::error::need_buffer) break;
        if (failed && failed != http::error::need_more)
            return corrupt("a broken chunked body (" + failed.message() + ")");
        if (failed == http::error::need_more && used == 0) break;
    }
    return total;
}

}  // namespace garner
