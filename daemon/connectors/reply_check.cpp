#include "connectors/reply_check.hpp"

#include "core/probe.hpp"
#include "core/retry_after.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

// What an unexpected body is, for people: a proxy's page looks different from an empty answer.
std::string describe_body(const HttpReply& reply) {
    const std::string foreign = foreign_format(std::string_view(reply.body).substr(0, 256));
    if (!foreign.empty() && foreign != "a JSON document")
        return foreign + ", not the vendor's API (a proxy, or an IP allow-list?)";
    if (trim_ascii(reply.body).empty()) return "an empty body";
    return "\"" + printable(reply.body, 120) + "\"";
}

FailureKind kind_of(int status, Sent sent, bool vendor_spoke) {
    switch (status) {
        case 408:
        case 421:
        case 425:
        case 429:
            return FailureKind::transient;
        case 409:
        case 412:
            return FailureKind::busy;
        default:
            break;
    }
    if (status >= 500) return sent == Sent::start && !vendor_spoke ? FailureKind::uncertain : FailureKind::transient;
    return FailureKind::rejected;
}

}  // namespace

std::optional<Duration> retry_after_of(const HttpHead& head) {
    std::vector<std::string_view> values;
    for (const auto& [name, value] : head.headers)
        if (name == "retry-after") values.emplace_back(value);
    return parse_retry_after(values, head.header("date"));
}

Result<void> check_reply(std::string_view operation, const HttpReply& reply, Sent sent,
                         const VendorError& vendor_error) {
    const int status = reply.head.status;
    if (status >= 200 && status < 300) return {};
    const bool vendor_spoke = !vendor_error.text.empty() || !vendor_error.id.empty();
    std::string text = std::string(operation) + ": status " + std::to_string(status) + ", ";
    text += vendor_spoke ? "\"" + vendor_error.text + "\"" : describe_body(reply);
    if (!vendor_error.id.empty()) text += " (error id " + vendor_error.id + ")";
    if (status >= 300 && status < 400) text += "; the API sends us elsewhere: check the source's `url`";

    Failure failure(kind_of(status, sent, vendor_spoke), std::move(text));
    failure.http_status = status;
    failure.vendor_id = vendor_error.id;
    failure.login_rejected = status == 401;
    if (status == 429 || status == 503) failure.retry_after = retry_after_of(reply.head);
    failure.throttled = status == 429 || failure.retry_after.has_value();
    return failure;
}

std::string without_secret(std::string text, const Secret& secret) {
    if (secret.reveal().size() < 4) return text;
    for (std::size_t at = text.find(secret.reveal()); at != std::string::npos; at = text.find(secret.reveal(), at + 3))
        text.replace(at, secret.reveal().size(), "***");
    return text;
}

}  // namespace garner
