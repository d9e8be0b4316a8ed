#include "sandbox/models/openpgp_message.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "core/base64.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

// Old format, tag 3, 13 bytes: version 4, AES-256, iterated and salted with SHA-256; then tag 18 in the new format.
constexpr std::array<unsigned char, 6> kSessionKey = {0x8c, 0x0d, 0x04, 0x09, 0x03, 0x08};
constexpr std::uint64_t kSaltEnd = kSessionKey.size() + 8;
constexpr unsigned char kIterations = 0xff;
constexpr unsigned char kEncryptedData = 0xd2;
constexpr std::uint64_t kDataAt = kSaltEnd + 2;
constexpr std::uint64_t kChunk = 8192;  // as gpg writes it
constexpr unsigned char kPartialLength = 224 + 13;
constexpr unsigned char kDataVersion = 1;

std::string length_octets(std::uint64_t octets_and_body) {
    const auto byte = [](std::uint64_t value) { return static_cast<char>(static_cast<unsigned char>(value & 0xff)); };
    if (octets_and_body <= 192) return {byte(octets_and_body - 1)};
    if (octets_and_body == 193) return {byte(0xff), byte(0), byte(0), byte(0), byte(193 - 5)};  // no shorter form fits
    const std::uint64_t body = octets_and_body - 2;
    return {byte(((body - 192) >> 8) + 192), byte(body - 192)};
}

// Eight bytes of every number; the ends of `out` may lie inside of one.
void put_noise(std::uint64_t seed, std::uint64_t offset, std::span<char> out) {
    while (!out.empty()) {
        const std::uint64_t number = mix(seed ^ (offset / 8));
        if (offset % 8 == 0 && out.size() >= 8) {
            std::memcpy(out.data(), &number, 8);
            out = out.subspan(8);
            offset += 8;
            continue;
        }
        out.front() = static_cast<char>(number >> (8 * (offset % 8)) & 0xff);
        out = out.subspan(1);
        ++offset;
    }
}

}  // namespace

OpenPgpMessage::OpenPgpMessage(std::uint64_t seed, std::uint64_t bytes)
    : seed_(seed), size_(std::max(bytes, kSizeMin)), chunks_((size_ - kDataAt - 1) / (kChunk + 1)) {
    last_length_ = length_octets(size_ - kDataAt - chunks_ * (kChunk + 1));
}

// Noise everywhere; what has a meaning is written over it.
void OpenPgpMessage::read(std::uint64_t offset, std::span<char> out) const {
    put_noise(seed_, offset, out);
    const std::uint64_t end = offset + out.size();
    const auto put = [&](std::uint64_t at, unsigned char byte) {
        if (at >= offset && at < end) out[static_cast<std::size_t>(at - offset)] = static_cast<char>(byte);
    };
    for (std::size_t i = 0; i < kSessionKey.size(); ++i) put(i, kSessionKey[i]);
    put(kSaltEnd, kIterations);
    put(kDataAt - 1, kEncryptedData);
    const std::uint64_t first = offset <= kDataAt ? 0 : (offset - kDataAt) / (kChunk + 1);
    for (std::uint64_t chunk = first; chunk < chunks_; ++chunk) {
        const std::uint64_t at = kDataAt + chunk * (kChunk + 1);
        if (at >= end) break;
        put(at, kPartialLength);
    }
    const std::uint64_t last_at = kDataAt + chunks_ * (kChunk + 1);
    for (std::size_t i = 0; i < last_length_.size(); ++i) put(last_at + i, static_cast<unsigned char>(last_length_[i]));
    put(kDataAt + (chunks_ > 0 ? 1 : last_length_.size()), kDataVersion);
}

TruncatedContent::TruncatedContent(std::shared_ptr<const Content> whole, std::uint64_t bytes)
    : whole_(std::move(whole)), size_(std::min(bytes, whole_->size())) {}

std::uint32_t crc24(std::string_view bytes) {
    std::uint32_t crc = 0xb704ce;
    for (char c : bytes) {
        crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 16;
        for (int bit = 0; bit < 8; ++bit) {
            crc <<= 1;
            if ((crc & 0x1000000) != 0) crc ^= 0x1864cfb;
        }
    }
    return crc & 0xffffff;
}

std::string armored(const Content& content) {
    constexpr std::size_t kBytesPerLine = 48;
    std::string bytes(static_cast<std::size_t>(content.size()), '\0');
    content.read(0, bytes);
    std::string text = "-----BEGIN PGP MESSAGE-----\n\n";
    for (std::size_t at = 0; at < bytes.size(); at += kBytesPerLine)
        text += base64_encode(std::string_view(bytes).substr(at, kBytesPerLine)) + "\n";
    const std::uint32_t crc = crc24(bytes);
    const std::string checksum{static_cast<char>(crc >> 16 & 0xff), static_cast<char>(crc >> 8 & 0xff),
                               static_cast<char>(crc & 0xff)};
    return text + "=" + base64_encode(checksum) + "\n-----END PGP MESSAGE-----\n";
}

}  // namespace garner::sandbox
