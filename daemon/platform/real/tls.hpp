// TLS by OpenSSL directly on a non-blocking socket: whoever uses this waits for the socket himself. OpenSSL's own
// headers stay in the .cpp files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/failure.hpp"
#include "core/settings.hpp"

namespace garner {

/// Trust anchors, client certificate and remembered sessions: made once per TlsSettings, shared by all its connections.
class TlsTrust {
public:
    struct Parts;
    explicit TlsTrust(std::unique_ptr<Parts>);
    ~TlsTrust();
    TlsTrust(const TlsTrust&) = delete;
    TlsTrust& operator=(const TlsTrust&) = delete;
    Parts& parts() const { return *parts_; }

private:
    std::unique_ptr<Parts> parts_;
};

/// Reads the files. `local` when one cannot be read or used, naming it.
Result<std::shared_ptr<TlsTrust>> load_trust(const TlsSettings&);

/// Whom a connection is to reach, and what it shows of itself.
struct TlsPeer {
    std::string name;  ///< host name or address: for SNI and for what the certificate must say
    bool verify = true;
    bool identify = true;  ///< show the client certificate when asked for one
    std::string session;   ///< connections with the same text may resume one another's sessions
};

/// One connection's TLS. Every call returns at once.
class TlsStream {
public:
    /// What a call has come to. After `closed`, `cut` and `failed` there is nothing more to be had.
    enum class Step {
        done,
        want_read,
        want_write,
        closed,  ///< the other side ended the stream properly (close_notify)
        cut,     ///< the connection ended without that
        failed,  ///< see trouble()
    };
    struct Moved {
        Step step;
        std::size_t bytes;
    };

    TlsStream(std::shared_ptr<TlsTrust>, int descriptor, TlsPeer);
    ~TlsStream();  ///< says goodbye (close_notify) when the stream is whole; never waits
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    Step handshake();
    Moved read(std::span<std::byte>);
    Moved write(std::string_view);

    /// Bytes that the kernel has taken so far, as they are on the wire.
    std::uint64_t bytes_out() const;
    /// What went wrong, for people.
    const std::string& trouble() const;
    /// Whether only a person can change that (a certificate, a version), as opposed to bad luck.
    bool needs_a_person() const;

    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
};

}  // namespace garner
