// The packets of an encrypted OpenPGP message (RFC 9580, 4), streamed: lengths only, nothing is decrypted. What a
// newcomer gets wrong: a message may end wherever a packet ends, so a file is whole only when its last length ends with
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace garner {

class OpenPgpPackets {
public:
    void update(std::string_view bytes);

    /// Why the bytes are not one whole encrypted message; empty when they are.
    std::string finish();

    /// "1 passphrase-encrypted session key, integrity-protected data, 51200 bytes"
    std::string summary() const;

private:
    enum class State { header, length, body };

    void take_header(unsigned char byte);
    void take_length(unsigned char byte);
    void begin_body(std::uint64_t length, bool partial);
    void take_version(unsigned char byte);
    void end_packet();
    std::string packet() const;

    State state_ = State::header;
    std::uint64_t at_ = 0;         // of the next byte
    std::uint64_t packet_at_ = 0;  // of the packet's header
    unsigned tag_ = 0;
    bool partial_ = false;       // another length follows this part of the body
    bool endless_ = false;       // the packet has no length: it ends with the file
    unsigned length_bytes_ = 0;  // of the length, still to come
    std::uint64_t length_ = 0;
    std::uint64_t length_bias_ = 0;
    std::uint64_t body_left_ = 0;
    std::uint64_t body_size_ = 0;  // of the packet so far
    std::uint64_t public_keys_ = 0;
    std::uint64_t passphrases_ = 0;
    std::string data_;  // what kind of encrypted data came whole; empty: none yet
    std::uint64_t data_size_ = 0;
    std::string trouble_;
};

}  // namespace garner
