// Internal to the TLS files: the one header here that shows OpenSSL.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <string>

#include "platform/real/tls.hpp"

namespace garner {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

struct TlsTrust::Parts {
    std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>> context;
    std::string anchors;  ///< for messages: where the trust comes from
    std::map<std::string, std::unique_ptr<SSL_SESSION, FreeWith<SSL_SESSION_free>>> sessions;
};

struct TlsStream::Parts {
    std::shared_ptr<TlsTrust> trust;
    TlsPeer peer;
    std::unique_ptr<SSL, FreeWith<SSL_free>> ssl;
    std::uint64_t bytes_out = 0;
    std::string trouble;
    bool needs_a_person = false;
    bool whole = false;  ///< the handshake is over and nothing has broken since
    std::string certificate_trouble;
    bool asked_for_ours = false;  ///< the server wants a client certificate
};

/// Keeps a session that the other side offers for later; OpenSSL's callback.
int remember_session(SSL*, SSL_SESSION*);

/// Writes down why a certificate is not accepted; OpenSSL's callback.
int judge_certificate(int accepted, X509_STORE_CTX*);

/// The oldest error in OpenSSL's queue as words; empties the queue. `reason` is its code, 0 when there was none.
std::string take_openssl_error(int* reason = nullptr);

}  // namespace garner
