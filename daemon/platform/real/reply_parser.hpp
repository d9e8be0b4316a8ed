// A reply's head, and its body where that is chunked: Beast's parser on our own buffers. A body with a length never
// comes here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "platform/http.hpp"

namespace garner {

class ReplyParser {
public:
    enum class BodyEnd { no_body, length, chunked, connection };
    struct Chunked {
        std::size_t consumed = 0;
        std::size_t produced = 0;
    };

    /// `bodyless`: the reply has no body whatever it says (HEAD, CONNECT).
    ReplyParser(std::size_t head_bytes_max, bool bodyless);
    ~ReplyParser();
    ReplyParser(const ReplyParser&) = delete;
    ReplyParser& operator=(const ReplyParser&) = delete;

    /// Bytes used, 0 until a whole head is there; `corrupt` when this is not HTTP or too much of it. 1xx replies are
    /// passed over.
    Result<std::size_t> read_head(std::span<const std::byte> unread);
    bool has_head() const;

    HttpHead take_head() const;
    BodyEnd body_end() const;
    /// Whether the connection can serve another request after this reply.
    bool keeps_alive() const;

    /// Decodes some of a chunked body.
    Result<Chunked> read_chunked(std::span<const std::byte> unread, std::span<std::byte> into);
    bool is_done() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace garner
