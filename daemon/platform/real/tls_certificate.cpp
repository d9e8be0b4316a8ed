// Why a server's certificate is not accepted, in words that say what to do. Runs inside OpenSSL's verification, because
// the certificate is gone afterwards.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <ctime>

#include "core/text.hpp"
#include "core/time.hpp"
#include "platform/real/tls_parts.hpp"

namespace garner {
namespace {

constexpr int names_shown_max = 6;

std::string when(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown date";
    return format_rfc3339(from_unix_ms(static_cast<std::int64_t>(timegm(&parts)) * 1000));
}

std::string words(const X509_NAME* name) {
    const std::unique_ptr<BIO, FreeWith<BIO_free_all>> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return length > 0 ? printable(std::string_view(text, static_cast<std::size_t>(length)), 120) : "no name";
}

void free_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }

std::string address_text(const ASN1_OCTET_STRING* octets) {
    const auto length = static_cast<std::size_t>(ASN1_STRING_length(octets));
    const unsigned char* bytes = ASN1_STRING_get0_data(octets);
    if (length == 4) {
        boost::asio::ip::address_v4::bytes_type v4{};
        std::memcpy(v4.data(), bytes, v4.size());
        return boost::asio::ip::address_v4(v4).to_string();
    }
    if (length == 16) {
        boost::asio::ip::address_v6::bytes_type v6{};
        std::memcpy(v6.data(), bytes, v6.size());
        return boost::asio::ip::address_v6(v6).to_string();
    }
    return "?";
}

// "a.example, *.b.example, 10.0.0.1": what the certificate may be used for.
std::string names_in(X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, FreeWith<free_names>> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string list;
    int shown = 0;
    const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        std::string text;
        if (name->type == GEN_DNS) {
            const auto length = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
            text = printable(
                std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), length), 100);
        } else if (name->type == GEN_IPADD) {
            text = address_text(name->d.iPAddress);
        } else {
            continue;
        }
        if (++shown > names_shown_max) return list + ", ...";
        list += (list.empty() ? "" : ", ") + text;
    }
    return list.empty() ? "no host at all (" + words(X509_get_subject_name(certificate)) + ")" : list;
}

std::string judgement(const TlsPeer& peer, const std::string& anchors, int error, int depth, X509* certificate) {
    const std::string whose =
        depth == 0 ? "the certificate of " + peer.name
                   : "the CA certificate " + words(X509_get_subject_name(certificate)) + " behind " + peer.name;
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return whose + " expired on " + when(X509_get0_notAfter(certificate)) +
                   ": it must be renewed on the server";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return whose + " is not valid before " + when(X509_get0_notBefore(certificate)) +
                   ": check the clock of this machine and the certificate";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "wrong host: the certificate is for " + names_in(certificate) + ", not for " + peer.name +
                   ": correct the URL, or set tls_config.server_name to a name in the certificate";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return whose + " is self-signed and not in " + anchors +
                   ": if you trust it, set tls_config.ca_file to a PEM file that holds it";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return "unknown issuer: " + whose + " was issued by " + words(X509_get_issuer_name(certificate)) +
                   ", which " + anchors +
                   " does not vouch for: set tls_config.ca_file to the PEM file of that CA, or let the " +
                   "server send its whole chain";
        default:
            return whose + " is not accepted: " + X509_verify_cert_error_string(error);
    }
}

}  // namespace

int judge_certificate(int accepted, X509_STORE_CTX* store) {
    if (accepted == 1) return 1;
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& stream = *static_cast<TlsStream::Parts*>(SSL_get_app_data(ssl));
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    const int error = X509_STORE_CTX_get_error(store);
    if (certificate == nullptr) {
        stream.certificate_trouble =
            std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(error);
    } else {
        stream.certificate_trouble = judgement(stream.peer, stream.trust->parts().anchors, error,
                                               X509_STORE_CTX_get_error_depth(store), certificate);
    }
    return 0;
}

}  // namespace garner
