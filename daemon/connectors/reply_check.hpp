// What a vendor's status code means for a run: the common table (vendor facts, section 5), in one place for all
// connectors.
#pragma once

#include <string>
#include <string_view>

#include "core/failure.hpp"
#include "platform/http.hpp"

namespace garner {

enum class Sent {
    question,  ///< repeating is harmless
    start,     ///< it may have started a remote job
};

/// The vendor's own words in an error body, printable, without anything secret; and its id for support.
struct VendorError {
    std::string text;
    std::string id;
};

/// Nothing wrong with any 2xx. Otherwise the kind that the engine acts on:
/// 401 rejected (login_rejected); 403, 404 and other 4xx rejected; 409, 412 busy; 408, 421, 425 transient; 429
/// transient and throttled; 5xx transient for a question, and for a start that was answered with the vendor's own error
/// body; a bare 5xx to a start is uncertain; 3xx rejected. `operation` begins the text. `vendor_error` comes from the
/// connector, which knows the body's form; empty when the body is not the vendor's.
Result<void> check_reply(std::string_view operation, const HttpReply&, Sent, const VendorError& vendor_error);

/// Retry-After of the reply, if it says something usable.
std::optional<Duration> retry_after_of(const HttpHead&);

/// `text` with every occurrence of the secret replaced: vendors echo what they were sent.
std::string without_secret(std::string text, const Secret&);

}  // namespace garner
