// A vendor as a function of requests and time: no sockets, no threads, no real clock. The same model stands behind the
// sandbox's TLS server and behind the simulated network. Stricter than the vendor: what a polite client must not do is
// refused and recorded as a violation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "core/time.hpp"

namespace garner::sandbox {

struct ModelRequest {
    std::string method;
    std::string host;                                          ///< as the client named it, "127.0.0.1:4711"
    std::string target;                                        ///< path and query, undecoded
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;

    std::string_view header(std::string_view lower_case_name) const;  ///< empty when absent
    std::string_view path() const;
    std::string_view query() const;
};

/// Bytes that can be generated at any offset: gigabytes need no disk, and hashes can be predicted.
class Content {
public:
    virtual ~Content() = default;
    virtual std::uint64_t size() const = 0;
    /// Fills `out` with the bytes from `offset` on; offset + out.size() <= size().
    virtual void read(std::uint64_t offset, std::span<char> out) const = 0;
    /// Lower-case hex of the whole; computed once.
    const std::string& sha256() const;

private:
    mutable std::string sha256_;
};

struct ModelReply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;                        ///< small bodies
    std::shared_ptr<const Content> content;  ///< or a part of a large one:
    std::uint64_t content_offset = 0;
    std::uint64_t content_length = 0;
};

/// Something that a polite client must not do, or that shows a fault of ours.
struct Violation {
    WallTime at;
    std::string what;
};

class VendorModel {
public:
    virtual ~VendorModel() = default;

    /// Which of the model's hosts the request came in by.
    enum class Door { api, download };
    virtual ModelReply handle(Door, const ModelRequest&, WallTime now) = 0;

    virtual const std::vector<Violation>& violations() const = 0;
    /// What the model knows, as JSON: remote jobs with target, state, times, polls, downloads, size and sha256; counts
    /// of requests.
    virtual std::string record_json() const = 0;

    /// What the vendor says for a status of ours, in its own form.
    virtual std::string error_body(int status, std::string_view details = {}) = 0;
    /// Changes scenario or limits by the keys of tests/sandbox/README.md; throws std::invalid_argument naming a key
    /// that is wrong, and then nothing has changed.
    virtual void configure(const boost::json::value&) = 0;
    /// Forgets jobs, logins, counts and violations; targets, accounts and scenario stay.
    virtual void reset() = 0;
    /// The client died: it cannot know of remote jobs that it never asked about, nor of its tokens.
    virtual void client_lost_memory() = 0;
    /// The client was stopped and started again: its logins are gone, and nothing else.
    virtual void client_restarted() {}
    /// A fault rule answered with this status in the vendor's name: a client whose token was refused may log in anew.
    virtual void answered_instead(const ModelRequest&, int /*status*/) {}
};

}  // namespace garner::sandbox
