// Heads of requests, as anybody on the network sends them.
#include "fuzz/fuzz.hpp"
#include "service/web_request.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    const std::string_view bytes = fuzz::text_of(data, size);
    const auto end = find_head_end(bytes);
    if (!end) return 0;
    fuzz::require(*end <= bytes.size(), "a head ends inside what came");
    const std::string_view head = bytes.substr(0, *end);
    const auto early = find_head_end(head.substr(0, head.size() - 1));
    fuzz::require(!early, "a head ends at its first empty line");
    const ParsedRequest request = parse_request_head(head);
    if (request.refuse_status != 0) {
        fuzz::require(request.refuse_status >= 400 && request.refuse_status < 600, "a refusal is a 4xx or 5xx");
        fuzz::require_printable(request.refuse_reason, "a refusal's reason is printable");
        return 0;
    }
    fuzz::require_printable(request.method, "a method is printable");
    fuzz::require_printable(request.target, "a target is printable");
    const auto [run, proof] = split_callback(request.target);
    fuzz::require(run.empty() == proof.empty(), "a callback has run and proof, or is none");
    return 0;
}
