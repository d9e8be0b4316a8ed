// One connection's TLS. Writes go through our own few lines of BIO: OpenSSL's would raise SIGPIPE, and does not count.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "platform/real/address.hpp"
#include "platform/real/tls_parts.hpp"

namespace garner {
namespace {

constexpr std::size_t sessions_max = 64;

int send_quietly(BIO* bio, const char* bytes, int length) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent =
        ::send(static_cast<int>(BIO_get_fd(bio, nullptr)), bytes, static_cast<std::size_t>(length), MSG_NOSIGNAL);
    if (sent > 0) {
        *static_cast<std::uint64_t*>(BIO_get_data(bio)) += static_cast<std::uint64_t>(sent);
    } else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(sent);
}

// OpenSSL's socket BIO with another way to write.
BIO_METHOD* quiet_socket() {
    static BIO_METHOD* const method = [] {
        const BIO_METHOD* socket = BIO_s_socket();
        BIO_METHOD* made =
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "quiet socket");
        BIO_meth_set_read(made, BIO_meth_get_read(socket));
        BIO_meth_set_write(made, send_quietly);
        BIO_meth_set_ctrl(made, BIO_meth_get_ctrl(socket));
        BIO_meth_set_create(made, BIO_meth_get_create(socket));
        BIO_meth_set_destroy(made, BIO_meth_get_destroy(socket));
        return made;
    }();
    return method;
}

// Answers of the other side, or of our own policy, that no repetition changes.
bool is_policy(int reason) {
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
        case SSL_R_DH_KEY_TOO_SMALL:
        case SSL_R_WRONG_SIGNATURE_TYPE:
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
            return true;
        default:
            return false;
    }
}

// The other side wants another client certificate than it got. With TLS 1.3 this comes only after the first request.
bool is_about_our_certificate(int reason) {
    switch (reason) {
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            return true;
        default:
            return false;
    }
}

// Before TLS 1.3 a server that misses a client certificate says no more than "handshake failure".
int note_request(SSL*, void* parts) {
    static_cast<TlsStream::Parts*>(parts)->asked_for_ours = true;
    return 1;
}

}  // namespace

int remember_session(SSL* ssl, SSL_SESSION* session) {
    auto& stream = *static_cast<TlsStream::Parts*>(SSL_get_app_data(ssl));
    auto& sessions = stream.trust->parts().sessions;
    if (sessions.size() >= sessions_max && !sessions.contains(stream.peer.session)) sessions.erase(sessions.begin());
    sessions[stream.peer.session].reset(session);
    return 1;  // the session is ours now
}

TlsStream::TlsStream(std::shared_ptr<TlsTrust> trust, int descriptor, TlsPeer peer)
    : parts_(std::make_unique<Parts>()) {
    parts_->trust = std::move(trust);
    parts_->peer = std::move(peer);
    TlsTrust::Parts& shared = parts_->trust->parts();
    parts_->ssl.reset(SSL_new(shared.context.get()));
    SSL* ssl = parts_->ssl.get();
    BIO* bio = BIO_new(quiet_socket());
    if (ssl == nullptr || bio == nullptr) throw std::bad_alloc();
    SSL_set_app_data(ssl, parts_.get());
    BIO_set_fd(bio, descriptor, BIO_NOCLOSE);
    BIO_set_data(bio, &parts_->bytes_out);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_connect_state(ssl);

    const std::string& name = parts_->peer.name;
    if (strict_address(name)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    } else {
        SSL_set_tlsext_host_name(ssl, name.c_str());
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        SSL_set1_host(ssl, name.c_str());
    }
    if (!parts_->peer.verify) SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
    if (!parts_->peer.identify) SSL_certs_clear(ssl);
    SSL_set_cert_cb(ssl, note_request, parts_.get());
    const auto session = shared.sessions.find(parts_->peer.session);
    if (session != shared.sessions.end() && SSL_SESSION_is_resumable(session->second.get()) == 1)
        SSL_set_session(ssl, session->second.get());
}

TlsStream::~TlsStream() {
    SSL* ssl = parts_->ssl.get();
    ERR_clear_error();
    if (parts_->whole) SSL_shutdown(ssl);
    ERR_clear_error();
    // Without this OpenSSL forbids the session to be resumed, because our side has not waited for the other's goodbye.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

std::uint64_t TlsStream::bytes_out() const { return parts_->bytes_out; }
const std::string& TlsStream::trouble() const { return parts_->trouble; }
bool TlsStream::needs_a_person() const { return parts_->needs_a_person; }

namespace {

TlsStream::Step judge(TlsStream::Parts& parts, int returned, bool shaking_hands) {
    using Step = TlsStream::Step;
    const int system_error = errno;
    const int error = SSL_get_error(parts.ssl.get(), returned);
    if (error == SSL_ERROR_WANT_READ) return Step::want_read;
    if (error == SSL_ERROR_WANT_WRITE) return Step::want_write;
    if (error == SSL_ERROR_ZERO_RETURN) return Step::closed;
    parts.whole = false;
    if (error == SSL_ERROR_SYSCALL) {
        ERR_clear_error();
        if (system_error == 0 || system_error == ECONNRESET || system_error == EPIPE) {
            parts.trouble = system_error == 0 ? "the connection closed" : "the connection was reset";
            return Step::cut;
        }
        parts.trouble = std::strerror(system_error);
        return Step::failed;
    }
    int reason = 0;
    const std::string words = take_openssl_error(&reason);
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        parts.trouble = "the connection closed";
        return Step::cut;
    }
    parts.needs_a_person = true;
    if (!parts.certificate_trouble.empty()) {
        parts.trouble = parts.certificate_trouble;
    } else if (is_about_our_certificate(reason) ||
               (parts.asked_for_ours && reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE)) {
        parts.trouble = "the server refuses our client certificate or wants one (" + words +
                        "): set tls_config.cert_file and tls_config.key_file to a pair that it knows";
    } else if (shaking_hands && is_policy(reason)) {
        parts.trouble =
            "the server offers no TLS 1.2 or newer with ciphers and keys that are safe today (" + words + ")";
    } else {
        parts.needs_a_person = false;
        parts.trouble = "TLS: " + words;
        if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
            parts.trouble += ": the other side does not speak TLS on this port";
    }
    return Step::failed;
}

}  // namespace

TlsStream::Step TlsStream::handshake() {
    ERR_clear_error();
    errno = 0;
    const int returned = SSL_do_handshake(parts_->ssl.get());
    if (returned != 1) return judge(*parts_, returned, true);
    parts_->whole = true;
    return Step::done;
}

TlsStream::Moved TlsStream::read(std::span<std::byte> into) {
    ERR_clear_error();
    errno = 0;
    std::size_t bytes = 0;
    const int returned = SSL_read_ex(parts_->ssl.get(), into.data(), into.size(), &bytes);
    return returned == 1 ? Moved{Step::done, bytes} : Moved{judge(*parts_, returned, false), 0};
}

TlsStream::Moved TlsStream::write(std::string_view bytes) {
    ERR_clear_error();
    errno = 0;
    std::size_t taken = 0;
    const int returned = SSL_write_ex(parts_->ssl.get(), bytes.data(), bytes.size(), &taken);
    return returned == 1 ? Moved{Step::done, taken} : Moved{judge(*parts_, returned, false), 0};
}

}  // namespace garner
