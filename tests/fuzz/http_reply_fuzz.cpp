// Replies, as a server, or whoever sits between, sends them: heads, 1xx before them, chunked bodies. However they are
// cut into packets, they mean the same.
#include <span>

#include "fuzz/fuzz.hpp"
#include "platform/real/reply_parser.hpp"

namespace {

using namespace garner;

struct Read {
    bool broken = false;
    bool head = false;
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool done = false;
    friend bool operator==(const Read&, const Read&) = default;
};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

Read read_all(std::string_view input, fuzz::Cuts cuts) {
    Read read;
    ReplyParser parser(16 * 1024, false);
    std::size_t there = 0;
    std::size_t used = 0;
    while (there < input.size()) {
        there += cuts.next(input.size() - there);
        if (!read.head) {
            const auto consumed = parser.read_head(bytes_of(input.substr(used, there - used)));
            if (!consumed) {
                fuzz::require_printable(consumed.error());
                read.broken = true;
                return read;
            }
            fuzz::require(*consumed <= there - used, "no more is used than came");
            used += *consumed;
            if (!parser.has_head()) continue;
            read.head = true;
            const HttpHead head = parser.take_head();
            read.status = head.status;
            read.headers = head.headers;
        }
        if (parser.body_end() != ReplyParser::BodyEnd::chunked) return read;
        while (used < there && !parser.is_done()) {
            std::byte room[64];
            const auto some = parser.read_chunked(bytes_of(input.substr(used, there - used)), room);
            if (!some) {
                fuzz::require_printable(some.error());
                read.broken = true;
                return read;
            }
            fuzz::require(some->consumed <= there - used && some->produced <= sizeof(room), "chunks stay in bounds");
            read.body.append(reinterpret_cast<const char*>(room), some->produced);
            used += some->consumed;
            if (some->consumed == 0 && some->produced == 0) break;
        }
        if (parser.is_done()) break;
    }
    read.done = read.head && parser.is_done();
    return read;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::text_of(data, size);
    const Read once = read_all(input, fuzz::Cuts(1));
    const Read again = read_all(input, fuzz::Cuts(size + 2));
    fuzz::require(once.body.size() <= input.size(), "chunks do not grow");
    // Of a reply that ends too early, how much was decoded by then may differ.
    if (once.done && again.done) fuzz::require(once == again, "a whole reply means the same however it is cut", input);
    if (once.head && again.head)
        fuzz::require(once.headers == again.headers, "a head means the same however it is cut");
    const std::string& shorter = once.body.size() < again.body.size() ? once.body : again.body;
    const std::string& longer = once.body.size() < again.body.size() ? again.body : once.body;
    fuzz::require(longer.starts_with(shorter), "a body has the same bytes however it is cut", input);
    if (once.head) fuzz::require(once.status >= 100 && once.status <= 999, "a status has three digits");
    return 0;
}
