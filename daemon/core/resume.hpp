// Whether the bytes that a server is about to send continue those that are here: the rules of PRODUCT.md section 7, as
// a pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garner {

/// What a download's reply head says.
struct DownloadHead {
    int status = 0;
    std::optional<std::uint64_t> content_length;
    std::optional<std::string> content_range;
    std::string validator;  ///< a strong ETag, else Last-Modified, else empty
};

/// What is here already.
struct PartialDownload {
    std::uint64_t size = 0;
    std::string validator;               ///< of the reply that these bytes came with
    std::optional<std::uint64_t> total;  ///< as announced then
};

struct ResumeDecision {
    enum class Action { append, restart, refuse };
    Action action = Action::refuse;
    std::optional<std::uint64_t> total;  ///< of the whole object, when announced
    std::string reason;                  ///< of a restart or refusal
};

/// `bytes FIRST-LAST/TOTAL` or `.../*`; nothing on anything else, on FIRST > LAST, LAST >= TOTAL or overflow.
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::optional<std::uint64_t> total;
};
std::optional<ContentRange> parse_content_range(std::string_view);

/// A strong ETag, else Last-Modified: what may go into If-Range. Weak tags prove nothing about bytes.
std::string resume_validator(std::optional<std::string_view> etag, std::optional<std::string_view> last_modified);

/// `asked_range`: the request had a Range header for everything from `here.size` on.
ResumeDecision decide_resume(const DownloadHead&, const PartialDownload& here, bool asked_range);

}  // namespace garner
