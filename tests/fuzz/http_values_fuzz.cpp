// Values of headers that a vendor sends: Retry-After, Date, Content-Range, ETag; and what they make of a half download.
#include "core/resume.hpp"
#include "core/retry_after.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    const auto parts = fuzz::parts_of(fuzz::text_of(data, size));
    const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string_view(); };
    const std::string_view values[] = {part(0), part(1)};
    if (const auto wait = parse_retry_after(values, part(2)))
        fuzz::require(wait->count() >= 0 && *wait <= std::chrono::hours(24), "a wait is between nothing and a day");
    if (const auto range = parse_content_range(part(3))) {
        fuzz::require(range->first <= range->last, "a range does not end before it begins", part(3));
        fuzz::require(!range->total || range->last < *range->total, "nor behind its total", part(3));
    }
    static_cast<void>(parse_http_date(part(2)));
    DownloadHead head;
    head.status = part(4).size() % 2 == 0 ? 206 : 200;
    head.content_range = std::string(part(3));
    if (part(5).size() < 9) head.content_length = part(5).size();
    head.validator = resume_validator(part(6), part(2));
    PartialDownload here;
    here.size = part(4).size();
    here.validator = std::string(part(6));
    if (part(1).size() % 2 == 0) here.total = part(5).size();
    const ResumeDecision decision = decide_resume(head, here, here.size > 0);
    if (decision.action == ResumeDecision::Action::append && here.size > 0) {
        const auto range = parse_content_range(part(3));
        fuzz::require(head.status == 206 && range && range->first == here.size, "bytes are appended where they belong");
        fuzz::require(!here.validator.empty() && head.validator == here.validator, "of the same object only");
    }
    fuzz::require_printable(decision.reason, "a decision's reason is printable");
    return 0;
}
