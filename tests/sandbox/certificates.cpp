#include "sandbox/certificates.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <stdexcept>

namespace garner::sandbox {
namespace {

constexpr long kDay = 24 * 60 * 60;

void must(bool worked, const char* what) {
    if (!worked) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    must(extension != nullptr, "make a certificate's extension");
    const bool added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    must(added, "add a certificate's extension");
}

Identity unsigned_identity(const std::string& name, long from, long to) {
    Identity identity;
    identity.key.reset(EVP_EC_gen("P-256"));
    must(identity.key != nullptr, "make a key");
    identity.certificate.reset(X509_new());
    X509* const certificate = identity.certificate.get();
    must(certificate != nullptr && X509_set_version(certificate, 2) == 1, "make a certificate");
    unsigned char serial[8];
    must(RAND_bytes(serial, sizeof serial) == 1, "make a serial number");
    std::uint64_t number = 0;
    for (unsigned char byte : serial) number = number << 8 | byte;
    must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1) == 1, "set a serial number");
    X509_gmtime_adj(X509_getm_notBefore(certificate), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()),
                                    -1, -1, 0) == 1,
         "name a certificate");
    must(X509_set_pubkey(certificate, identity.key.get()) == 1, "put a key into a certificate");
    return identity;
}

}  // namespace

std::string Identity::certificate_pem() const {
    BIO* const memory = BIO_new(BIO_s_mem());
    must(memory != nullptr && PEM_write_bio_X509(memory, certificate.get()) == 1, "write a certificate");
    char* text = nullptr;
    const long length = BIO_get_mem_data(memory, &text);
    std::string pem(text, static_cast<std::size_t>(length));
    BIO_free(memory);
    return pem;
}

void Identity::use_in(SSL_CTX* context) const {
    must(SSL_CTX_use_certificate(context, certificate.get()) == 1, "use a certificate");
    must(SSL_CTX_use_PrivateKey(context, key.get()) == 1, "use a key");
}

Identity make_authority(const std::string& name) {
    Identity authority = unsigned_identity(name, -kDay, 30 * kDay);
    X509* const certificate = authority.certificate.get();
    must(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1, "name an issuer");
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
    must(X509_sign(certificate, authority.key.get(), EVP_sha256()) > 0, "sign a certificate");
    return authority;
}

Identity make_server(const Identity& authority, const std::vector<std::string>& hosts, Validity validity) {
    Identity server = validity == Validity::now ? unsigned_identity(hosts.front(), -kDay, 29 * kDay)
                                                : unsigned_identity(hosts.front(), -3 * kDay, -2 * kDay);
    X509* const certificate = server.certificate.get();
    must(X509_set_issuer_name(certificate, X509_get_subject_name(authority.certificate.get())) == 1, "name an issuer");
    std::string names;
    for (const std::string& host : hosts) {
        boost::system::error_code not_an_address;
        boost::asio::ip::make_address(host, not_an_address);
        names += (names.empty() ? "" : ",") + std::string(not_an_address ? "DNS:" : "IP:") + host;
    }
    X509* const issuer = authority.certificate.get();
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, issuer, NID_subject_alt_name, names);
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    must(X509_sign(certificate, authority.key.get(), EVP_sha256()) > 0, "sign a certificate");
    return server;
}

}  // namespace garner::sandbox
