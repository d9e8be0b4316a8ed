// Door 3: HTTP, at the level of one exchange. The client is the one place that knows whether a request left the
// machine, so it alone can say FailureKind::uncertain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/secret.hpp"
#include "core/settings.hpp"
#include "platform/task.hpp"

namespace garner {

/// Asked before a request leaves that the client makes by itself: one that follows a redirect, or a repeat.
class RequestGate {
public:
    virtual ~RequestGate() = default;
    /// A failure ends the exchange with that failure.
    virtual Task<Result<void>> pass() = 0;
};

struct HttpRequest {
    HttpRequest(std::string method_, std::string url_) : method(std::move(method_)), url(std::move(url_)) {}

    std::string method;
    std::string url;  ///< absolute; used byte for byte (a presigned URL breaks otherwise)
    /// Value of the Authorization header. Sent to the source's own origin only, whatever the URL or a redirect says.
    std::optional<Secret> authorization;
    /// Further headers. To a foreign origin only Accept, Range, If-Range and User-Agent go out.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::size_t reply_bytes_max = 8 * 1024 * 1024;  ///< of a whole reply; more is FailureKind::corrupt
    RequestGate* gate = nullptr;                    ///< outlives the exchange; nothing: nobody is asked
};

/// Status line and headers of the final reply (after redirects and 1xx).
struct HttpHead {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in the order they came
    /// The first value of a header, by lower-case name.
    std::optional<std::string_view> header(std::string_view lower_case_name) const;
    /// Content-Length as announced; nothing when the body is chunked or runs to the end of the connection.
    std::optional<std::uint64_t> content_length;
};

struct HttpReply {
    HttpHead head;
    std::string body;
};

/// Takes a download's body. The client reads from the socket straight into the sink's buffer.
class ByteSink {
public:
    virtual ~ByteSink() = default;

    /// Called once, before any byte, for a 200 or 206. A failure ends the download with that failure.
    virtual Task<Result<void>> begin(const HttpHead&) = 0;

    /// Where the next bytes go: never empty, valid until the next call on the sink.
    virtual std::span<std::byte> buffer() = 0;

    /// The first `n` bytes of buffer() are now filled. May wait (for the disk): the socket is not read meanwhile.
    virtual Task<Result<void>> filled(std::size_t n) = 0;
};

/// Speaks to one source: its trust, proxy, deadlines and politeness are fixed when it is made. Connections are kept and
/// reused.
///
/// Failures: `transient` (refused, reset or timed out before the request had left, name not resolved, 408-like closes
/// of an idle connection after one silent retry of a GET), `uncertain` (the request left, whole or in part, and no
/// whole answer came; for a GET the caller may treat it as transient), `rejected` (certificate not trusted or not for
/// this host, http:// not allowed, a redirect that PRODUCT.md section 7 refuses, a private address), `corrupt` (not
/// HTTP, a body that is not what the header said, too large), `local` (descriptors or memory exhausted). Any complete
/// HTTP reply is a success here, whatever its status. An asked-for `Accept-Encoding: identity` goes with every request.
class HttpClient {
public:
    virtual ~HttpClient() = default;

    /// One request, one whole bounded reply. GET follows redirects; other methods hand a 3xx back as the reply.
    /// A GET may be repeated once by itself when a kept connection turned out to be closed; anything else never.
    virtual Task<Result<HttpReply>> exchange(const HttpRequest&) = 0;

    /// One GET whose 200 or 206 body goes to the sink, unbounded, checked against the announced length; any other
    /// status is returned as a bounded reply with its body. After a failure the sink holds what had come until then. A
    /// body without a length is accepted only when it ends with TLS close_notify.
    virtual Task<Result<HttpReply>> download(const HttpRequest&, ByteSink&) = 0;
};

/// What the client tells of its traffic, for metrics. Called on the loop; must not block.
class HttpObserver {
public:
    virtual ~HttpObserver() = default;
    /// One request to a source ended: `status` 0 when there was no answer. `host` is the host that was spoken to.
    virtual void request_ended(const std::string& source, int status, Duration took) = 0;
    virtual void bytes_downloaded(const std::string& source, std::uint64_t bytes) = 0;
};

/// Makes clients; owns what they share (trust sets, connections, name look-ups).
class Network {
public:
    virtual ~Network() = default;
    /// `source` names the client in metrics. Fails (`local`) when a CA or key file cannot be read, naming the file.
    virtual Result<std::unique_ptr<HttpClient>> client_for(const std::string& source, const HttpSettings&) = 0;
};

}  // namespace garner
