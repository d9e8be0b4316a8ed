#include "platform/http_certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace garner::testing_http {
namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

template <class Write>
std::string as_pem(Write write) {
    BIO* out = BIO_new(BIO_s_mem());
    write(out);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<std::size_t>(length));
    BIO_free(out);
    return pem;
}

std::string certificate_as_pem(X509* certificate) {
    return as_pem([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    if (extension == nullptr) throw std::runtime_error("cannot make the extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Certificate begin_certificate(const std::string& name, EVP_PKEY* key, int from_days, int to_days) {
    static std::atomic<long> serial{1};
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_days * 86'400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to_days * 86'400L);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

}  // namespace

struct Authority::Parts {
    Key key{EVP_EC_gen("P-256")};
    Certificate certificate;
    std::string pem;
};

Authority::Authority(const std::string& name) : parts_(std::make_unique<Parts>()) {
    parts_->certificate = begin_certificate(name, parts_->key.get(), -2, 60);
    X509* certificate = parts_->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(certificate, certificate, NID_subject_key_identifier, "hash");
    X509_sign(certificate, parts_->key.get(), EVP_sha256());
    parts_->pem = certificate_as_pem(certificate);
}

Authority::~Authority() = default;

const std::string& Authority::certificate_pem() const { return parts_->pem; }

KeyPair Authority::issue(const CertificateWish& wish) const {
    const Key key(EVP_EC_gen("P-256"));
    const std::string name = wish.dns_names.empty() ? "a test" : wish.dns_names.front();
    const Certificate made = begin_certificate(name, key.get(), wish.valid_from_days, wish.valid_to_days);
    X509* certificate = made.get();
    X509* issuer = wish.self_signed ? certificate : parts_->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    std::string names;
    for (const std::string& dns : wish.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + dns;
    for (const std::string& address : wish.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
    if (!names.empty()) extend(certificate, issuer, NID_subject_alt_name, names);
    X509_sign(certificate, wish.self_signed ? key.get() : parts_->key.get(), EVP_sha256());
    KeyPair pair;
    pair.certificate_pem = certificate_as_pem(certificate);
    pair.key_pem =
        as_pem([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return pair;
}

const Authority& test_authority() {
    static const Authority authority("garner test CA");
    return authority;
}

TemporaryDirectory::TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "garner-http-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& content) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

}  // namespace garner::testing_http
