#include "platform/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace garner {
namespace {

// Fetched once: an implicit fetch per digest costs three times the digest of a short text.
const EVP_MD* algorithm() {
    static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (md == nullptr) throw std::runtime_error("OpenSSL has no SHA-256");
    return md;
}

}  // namespace

struct Sha256::Context {
    EVP_MD_CTX* md = EVP_MD_CTX_new();
    Context() {
        if (md == nullptr || EVP_DigestInit_ex2(md, algorithm(), nullptr) != 1)
            throw std::runtime_error("OpenSSL cannot start SHA-256");
    }
    ~Context() { EVP_MD_CTX_free(md); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) { EVP_DigestUpdate(context_->md, bytes.data(), bytes.size()); }

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string Sha256::finish() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context_->md, digest.data(), nullptr);
    EVP_DigestInit_ex2(context_->md, nullptr, nullptr);
    constexpr char hex[] = "0123456789abcdef";
    std::string text;
    text.reserve(64);
    for (unsigned char byte : digest) {
        text += hex[byte >> 4];
        text += hex[byte & 15];
    }
    return text;
}

std::string Sha256::of(std::string_view text) {
    Sha256 digest;
    digest.update(text);
    return digest.finish();
}

}  // namespace garner
