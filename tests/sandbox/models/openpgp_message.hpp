// An OpenPGP message as `gpg --symmetric` writes it, from a seed: one session key packet, then the encrypted data in
// partial lengths. Its structure is whole, so that `gpg --list-packets` accepts it; what it encrypts is noise.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

class OpenPgpMessage : public Content {
public:
    static constexpr std::uint64_t kSizeMin = 64;

    /// Of exactly `bytes` bytes, or kSizeMin.
    OpenPgpMessage(std::uint64_t seed, std::uint64_t bytes);

    std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, std::span<char> out) const override;

private:
    std::uint64_t seed_;
    std::uint64_t size_;
    std::uint64_t chunks_;     ///< of the fixed size, each behind its length octet
    std::string last_length_;  ///< the length octets of what follows them
};

/// The first `bytes` bytes of another one.
class TruncatedContent : public Content {
public:
    TruncatedContent(std::shared_ptr<const Content> whole, std::uint64_t bytes);

    std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, std::span<char> out) const override { whole_->read(offset, out); }

private:
    std::shared_ptr<const Content> whole_;
    std::uint64_t size_;
};

/// The same with ASCII armor; in memory.
std::string armored(const Content&);

/// The checksum of ASCII armor (RFC 4880, 6.1).
std::uint32_t crc24(std::string_view bytes);

}  // namespace garner::sandbox
