// Trust anchors and client certificates: loaded with an error that names the file.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/text.hpp"
#include "platform/real/tls_parts.hpp"

namespace garner {
namespace {

constexpr std::size_t read_ahead_bytes = 64 * 1024;

Failure unusable(std::string_view setting, const std::string& path, const std::string& why) {
    return Failure(FailureKind::local, "tls_config." + std::string(setting) + " " + path + ": " + why);
}

// Why the file cannot be opened; empty when it can.
std::string unreadable(const std::string& path) {
    const std::unique_ptr<std::FILE, FreeWith<std::fclose>> file(std::fopen(path.c_str(), "re"));
    return file ? "" : std::strerror(errno);
}

// A key with a passphrase would be asked for on the terminal otherwise.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

std::string take_openssl_error(int* reason) {
    const unsigned long code = ERR_get_error();
    if (reason != nullptr) *reason = ERR_GET_REASON(code);
    const char* words = code == 0 ? nullptr : ERR_reason_error_string(code);
    std::string text =
        words != nullptr ? words : (code == 0 ? "no reason given" : "OpenSSL error " + std::to_string(code));
    ERR_clear_error();
    return text;
}

TlsTrust::TlsTrust(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsTrust::~TlsTrust() = default;

Result<std::shared_ptr<TlsTrust>> load_trust(const TlsSettings& settings) {
    ERR_clear_error();
    auto parts = std::make_unique<TlsTrust::Parts>();
    parts->context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = parts->context.get();
    if (context == nullptr) return Failure(FailureKind::local, "prepare TLS: " + take_openssl_error());

    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 2);
    // SSL_OP_IGNORE_UNEXPECTED_EOF stays off: a body that ends where the connection ends would be taken for whole.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, read_ahead_bytes);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL");
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, remember_session);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, judge_certificate);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);

    if (settings.ca_file.empty()) {
        parts->anchors = "the system's CAs";
        SSL_CTX_set_default_verify_paths(context);
    } else {
        parts->anchors = settings.ca_file;
        if (const std::string why = unreadable(settings.ca_file); !why.empty())
            return unusable("ca_file", settings.ca_file, why);
        if (SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1)
            return unusable("ca_file", settings.ca_file, "holds no PEM certificate (" + take_openssl_error() + ")");
    }
    if (!settings.cert_file.empty()) {
        for (const auto& [setting, path] :
             {std::pair("cert_file", settings.cert_file), std::pair("key_file", settings.key_file)})
            if (const std::string why = unreadable(path); !why.empty()) return unusable(setting, path, why);
        if (SSL_CTX_use_certificate_chain_file(context, settings.cert_file.c_str()) != 1)
            return unusable("cert_file", settings.cert_file,
                            "holds no usable PEM certificate (" + take_openssl_error() + ")");
        if (SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
            return unusable("key_file", settings.key_file,
                            "holds no usable PEM key, without passphrase, for " + settings.cert_file + " (" +
                                take_openssl_error() + ")");
        if (SSL_CTX_check_private_key(context) != 1)
            return unusable("key_file", settings.key_file, "is not the key of " + settings.cert_file);
    }
    ERR_clear_error();
    return std::make_shared<TlsTrust>(std::move(parts));
}

}  // namespace garner
