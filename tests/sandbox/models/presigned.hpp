// An object store behind presigned URLs, as S3 serves them: the query is the only credential, and it is checked byte
// for byte. An Authorization header beside it is refused, since a client that sends one hands the vendor's password to
// a stranger.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

/// What lies under one path of the store.
struct StoredObject {
    std::shared_ptr<const Content> content;
    std::string etag;  ///< quoted
    WallTime modified;
    std::string media_type = "text/csv";
};

/// Signs paths, and says which signature holds.
class Presigner {
public:
    explicit Presigner(std::uint64_t seed);

    /// `base_url` + path + signed query; a later call gives another URL.
    std::string sign(const std::string& base_url, const std::string& path, WallTime now, Duration lifetime);

    enum class Verdict { good, expired, altered, missing };
    Verdict check(const ModelRequest&, WallTime now) const;

private:
    std::string signature(std::string_view host, std::string_view path, std::string_view query) const;

    std::string key_;
    std::uint64_t signed_ = 0;
};

/// An S3 error document.
ModelReply store_error(int status, std::string_view code, std::string_view message);

/// 200, 206 or 416: GET of an object with Range and If-Range (RFC 9110, one range; others are ignored).
ModelReply serve_object(const StoredObject&, const ModelRequest&);

}  // namespace garner::sandbox
