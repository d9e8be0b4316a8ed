#include "core/resume.hpp"

#include <charconv>

namespace garner {

std::optional<ContentRange> parse_content_range(std::string_view text) {
    constexpr std::string_view unit = "bytes ";
    if (!text.starts_with(unit)) return std::nullopt;
    text.remove_prefix(unit.size());
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    const auto number = [&](std::uint64_t& value) {
        const auto [rest, error] = std::from_chars(at, end, value);
        if (error != std::errc{}) return false;
        at = rest;
        return true;
    };
    ContentRange range;
    if (!number(range.first) || at == end || *at++ != '-' || !number(range.last) || at == end || *at++ != '/')
        return std::nullopt;
    if (range.first > range.last) return std::nullopt;
    if (end - at == 1 && *at == '*') return range;
    std::uint64_t total = 0;
    if (!number(total) || at != end || range.last >= total) return std::nullopt;
    range.total = total;
    return range;
}

std::string resume_validator(std::optional<std::string_view> etag, std::optional<std::string_view> last_modified) {
    if (etag && etag->size() >= 2 && etag->front() == '"' && etag->back() == '"') return std::string(*etag);
    return std::string(last_modified.value_or(std::string_view{}));
}

ResumeDecision decide_resume(const DownloadHead& head, const PartialDownload& here, bool asked_range) {
    using Action = ResumeDecision::Action;
    if (head.status == 200) {
        if (!asked_range || here.size == 0)
            return {here.size == 0 ? Action::append : Action::restart, head.content_length, ""};
        return {Action::restart, head.content_length, "the server sent the whole object instead of the rest"};
    }
    if (head.status != 206)
        return {Action::refuse, std::nullopt, "status " + std::to_string(head.status) + " is no download"};
    if (!asked_range) return {Action::refuse, std::nullopt, "a part (206) that was not asked for"};
    const auto range = head.content_range ? parse_content_range(*head.content_range) : std::nullopt;
    if (!range) return {Action::refuse, std::nullopt, "a part (206) without a usable Content-Range"};
    if (range->first != here.size)
        return {Action::refuse, std::nullopt,
                "a part that begins at " + std::to_string(range->first) + " instead of " + std::to_string(here.size)};
    const bool goes_on = here.size > 0;  // a part that is everything, from the first byte, continues nothing
    if (goes_on && here.total && range->total && *range->total != *here.total)
        return {Action::refuse, std::nullopt,
                "an object of " + std::to_string(*range->total) + " bytes instead of " + std::to_string(*here.total)};
    if (goes_on && (here.validator.empty() || head.validator != here.validator))
        return {Action::refuse, std::nullopt, "the object has changed since the first part"};
    const auto total = range->total || !goes_on ? range->total : here.total;
    if (total && range->last + 1 != *total)
        return {Action::refuse, std::nullopt, "a part that ends before the object does"};
    return {Action::append, total, ""};
}

}  // namespace garner
