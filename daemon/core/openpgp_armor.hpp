// ASCII armor of an OpenPGP message (RFC 9580, 6), streamed: base 64 between two lines, with headers and a checksum
// that may both be missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garner {

class OpenPgpArmor {
public:
    /// Appends the bytes that the armor holds to `decoded`.
    void update(std::string_view text, std::string& decoded);

    /// Why the armor is not whole; empty when it is.
    std::string finish() const;

private:
    enum class State { begin, headers, body, checksum, end, after };

    void take_line();
    void take_body(char c, std::string& decoded);
    void fail(const std::string& what);

    State state_ = State::begin;
    std::uint64_t lines_ = 1;
    std::string line_;  // of the lines that are no base 64
    std::uint32_t group_ = 0;
    unsigned group_size_ = 0;
    unsigned group_pads_ = 0;
    bool padded_ = false;  // the last group was shorter
    bool line_empty_ = true;
    std::uint32_t checksum_ = 0xB704CE;
    std::string trouble_;
};

}  // namespace garner
