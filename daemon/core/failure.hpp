// How things go wrong: few kinds, because the engine acts on the kind. The text says the operation, then the cause.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace garner {

enum class FailureKind {
    transient,  ///< try again: nothing has happened, or repeating is harmless
    uncertain,  ///< sent, no answer: it may have happened; never repeat blindly
    busy,       ///< somebody else's turn: wait, it is not an error
    rejected,   ///< final until a person changes something (login, scope, a target that does not exist)
    gone,       ///< the remote job or its file is no more, or ended badly: this remote job brings nothing any more
    corrupt,    ///< what came is not what was announced, or not what it should be
    local,      ///< this machine: disk full, read-only, permission
};

std::string_view to_string(FailureKind);

struct Failure {
    Failure() = default;  ///< what a success holds, as boost::system::result wants it
    Failure(FailureKind kind_, std::string what_) : kind(kind_), what(std::move(what_)) {}

    FailureKind kind = FailureKind::transient;
    std::string what;  ///< never holds a secret, a query string or raw control characters
    std::optional<std::chrono::milliseconds> retry_after{};  ///< the vendor's Retry-After, when it gave one
    bool throttled = false;       ///< 429, or 503 with Retry-After: holds for the whole source
    bool login_rejected = false;  ///< the credential itself was refused: no further request with it until it changes
    std::string vendor_id{};      ///< the vendor's own error id (Tulip: errorUniqueID), for its support
    int http_status = 0;          ///< the status that caused it, 0 when there was none

    /// The same failure, with the operation that failed in front: "list machines of press-shop: ...".
    Failure during(std::string_view operation) const;
};

template <class T>
using Result = boost::system::result<T, Failure>;

/// Found by boost::system::result when an unchecked failure is dereferenced: our own mistake, so it throws
/// std::logic_error.
[[noreturn]] void throw_exception_from_error(const Failure&, const boost::source_location&);

}  // namespace garner
