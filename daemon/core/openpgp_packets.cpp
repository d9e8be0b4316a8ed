#include "core/openpgp_packets.hpp"

#include <algorithm>

namespace garner {
namespace {

constexpr unsigned public_key_session = 1;
constexpr unsigned passphrase_session = 3;
constexpr unsigned encrypted_data = 9;
constexpr unsigned marker = 10;
constexpr unsigned protected_data = 18;
constexpr unsigned aead_data = 20;
constexpr unsigned padding = 21;

const char* name_of(unsigned tag) {
    switch (tag) {
        case 0:
            return "a packet of the reserved kind";
        case public_key_session:
            return "a public-key encrypted session key";
        case 2:
            return "a signature";
        case passphrase_session:
            return "a passphrase-encrypted session key";
        case 4:
            return "a one-pass signature";
        case 5:
            return "a secret key";
        case 6:
            return "a public key";
        case 7:
            return "a secret subkey";
        case 8:
            return "compressed data that is not encrypted";
        case encrypted_data:
        case protected_data:
        case aead_data:
            return "encrypted data";
        case marker:
            return "a marker";
        case 11:
            return "literal data that is not encrypted";
        case 12:
            return "a trust packet";
        case 13:
            return "a user id";
        case 14:
            return "a public subkey";
        case 17:
            return "a user attribute";
        case 19:
            return "a modification detection code";
        case padding:
            return "padding";
        default:
            return "an unknown packet";
    }
}

bool is_data(unsigned tag) { return tag == encrypted_data || tag == protected_data || tag == aead_data; }

// The least that such data has: version, prefix or nonce, and what protects it.
std::uint64_t least_size(unsigned tag) { return tag == encrypted_data ? 10 : 33; }

std::string at_byte(std::uint64_t at) { return "at byte " + std::to_string(at); }

}  // namespace

void OpenPgpPackets::update(std::string_view bytes) {
    while (!bytes.empty() && trouble_.empty()) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        std::size_t taken = 1;
        if (state_ == State::header) {
            take_header(byte);
        } else if (state_ == State::length) {
            take_length(byte);
        } else {
            if (body_size_ == 0) take_version(byte);
            taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
            body_size_ += taken;
            if (!endless_) body_left_ -= taken;
        }
        at_ += taken;
        bytes.remove_prefix(taken);
        if (state_ == State::body && body_left_ == 0 && trouble_.empty()) {
            if (!partial_) end_packet();
            state_ = partial_ ? State::length : State::header;
        }
    }
}

void OpenPgpPackets::take_header(unsigned char byte) {
    packet_at_ = at_;
    if ((byte & 0x80U) == 0) {
        trouble_ = (data_.empty() ? "no OpenPGP packet begins " : "bytes follow the message ") + at_byte(at_);
        return;
    }
    const bool old_format = (byte & 0x40U) == 0;
    tag_ = old_format ? byte >> 2U & 0x0FU : byte & 0x3FU;
    body_size_ = 0;
    length_ = length_bias_ = 0;
    partial_ = false;
    const bool of_message = is_data(tag_) || tag_ == public_key_session || tag_ == passphrase_session;
    if (of_message ? !data_.empty() : tag_ != marker && tag_ != padding) {
        trouble_ =
            packet() + (data_.empty() ? " stands where encrypted data should be" : " follows the encrypted data");
        return;
    }
    state_ = State::length;
    length_bytes_ = old_format ? 1U << (byte & 3U) : 0;
    if (length_bytes_ < 8) return;
    // The fourth form of the old format: to the end of the file.
    if (!is_data(tag_)) trouble_ = packet() + " has no length";
    endless_ = true;
    begin_body(UINT64_MAX, false);
}

// Old format: 1, 2 or 4 bytes. New format: the first one says how many, or that this is only a part.
void OpenPgpPackets::take_length(unsigned char byte) {
    if (length_bytes_ > 0) {
        length_ = length_ << 8U | byte;
        if (--length_bytes_ == 0) begin_body(length_ + length_bias_, false);
        return;
    }
    length_ = length_bias_ = 0;
    if (byte < 192) {
        begin_body(byte, false);
    } else if (byte < 224) {
        length_ = byte - 192U;
        length_bias_ = 192;
        length_bytes_ = 1;
    } else if (byte == 255) {
        length_bytes_ = 4;
    } else if (is_data(tag_)) {
        begin_body(1ULL << (byte & 0x1FU), true);
    } else {
        trouble_ = packet() + " comes in parts, which only data may";
    }
}

void OpenPgpPackets::begin_body(std::uint64_t length, bool partial) {
    state_ = State::body;
    body_left_ = length;
    partial_ = partial;
}

// The first byte of a body.
void OpenPgpPackets::take_version(unsigned char byte) {
    if (tag_ == protected_data && byte != 1 && byte != 2)
        trouble_ = packet() + " has the unknown version " + std::to_string(byte);
}

void OpenPgpPackets::end_packet() {
    if (tag_ == public_key_session) ++public_keys_;
    if (tag_ == passphrase_session) ++passphrases_;
    if (!is_data(tag_)) {
        if (body_size_ == 0 && tag_ != padding) trouble_ = packet() + " is empty";
        return;
    }
    data_ = tag_ == protected_data ? "integrity-protected data"
            : tag_ == aead_data    ? "authenticated data"
                                   : "data without integrity protection";
    data_size_ = body_size_;
    if (data_size_ < least_size(tag_)) trouble_ = packet() + " has only " + std::to_string(data_size_) + " bytes";
}

std::string OpenPgpPackets::finish() {
    if (!trouble_.empty()) return trouble_;
    if (state_ == State::body && endless_) {
        end_packet();
        state_ = State::header;
    }
    if (!trouble_.empty()) return trouble_;
    if (state_ != State::header) return "the file is cut off: it ends inside " + packet();
    if (data_.empty()) return "the file is cut off: it ends before the encrypted data, " + at_byte(at_);
    return {};
}

std::string OpenPgpPackets::summary() const {
    const auto keys = [](std::uint64_t n, const char* kind) {
        return n == 0 ? std::string()
                      : std::to_string(n) + " " + kind + "-encrypted session key" + (n == 1 ? ", " : "s, ");
    };
    return keys(public_keys_, "public-key") + keys(passphrases_, "passphrase") +
           (data_.empty()
                ? "no encrypted data"
                : data_ + ", " + std::to_string(data_size_) + " bytes" + (endless_ ? " to the end of the file" : ""));
}

std::string OpenPgpPackets::packet() const {
    return std::string(name_of(tag_)) + " (tag " + std::to_string(tag_) + ") " + at_byte(packet_at_);
}

}  // namespace garner
