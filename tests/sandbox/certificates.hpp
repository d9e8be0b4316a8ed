// A certificate authority of the sandbox's own, made at start. Its key never leaves memory; only its certificate is
// written, for clients' `ca_file`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace garner::sandbox {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};

/// A certificate and its key.
struct Identity {
    std::unique_ptr<EVP_PKEY, Free> key;
    std::unique_ptr<X509, Free> certificate;

    std::string certificate_pem() const;
    /// Presents this identity. Throws std::runtime_error.
    void use_in(SSL_CTX*) const;
};

enum class Validity { now, past };

/// Throws std::runtime_error when OpenSSL refuses.
Identity make_authority(const std::string& name);
/// A server certificate for host names and IP addresses.
Identity make_server(const Identity& authority, const std::vector<std::string>& hosts, Validity = Validity::now);

}  // namespace garner::sandbox
