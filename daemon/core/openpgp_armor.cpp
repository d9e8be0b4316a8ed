#include "core/openpgp_armor.hpp"

#include <array>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::string_view begin_line = "-----BEGIN PGP MESSAGE-----";
constexpr std::string_view end_line = "-----END PGP MESSAGE-----";
constexpr std::size_t line_max = 4096;

constexpr std::array<std::uint32_t, 256> crc24_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i << 16U;
        for (int bit = 0; bit < 8; ++bit) crc = crc << 1U ^ ((crc & 0x800000U) != 0 ? 0x1864CFBU : 0U);
        table[i] = crc & 0xFFFFFFU;
    }
    return table;
}();

constexpr std::array<signed char, 256> base64_values = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
    return values;
}();

// The 24 bits of four characters; nothing on anything else.
std::optional<std::uint32_t> base64_group(std::string_view text) {
    std::uint32_t bits = 0;
    for (const char c : text) {
        const int value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
    }
    return text.size() == 4 ? std::optional(bits) : std::nullopt;
}

}  // namespace

void OpenPgpArmor::update(std::string_view text, std::string& decoded) {
    for (const char c : text) {
        if (!trouble_.empty()) return;
        if (state_ == State::body) {
            take_body(c, decoded);
        } else if (c == '\n') {
            take_line();
            line_.clear();
        } else if (line_.size() < line_max) {
            line_ += c;
        } else {
            fail("is too long");
        }
        if (c == '\n') ++lines_;
    }
}

// One character between the headers and the checksum or the end, which begin with a character that base 64 has not.
void OpenPgpArmor::take_body(char c, std::string& decoded) {
    if (c == '\n') {
        line_empty_ = true;
        return;
    }
    if (c == '\r' || c == ' ' || c == '\t') return;
    if (line_empty_ && group_size_ == 0 && (c == '=' || c == '-')) {
        state_ = c == '=' ? State::checksum : State::end;
        line_ = c;
        return;
    }
    line_empty_ = false;
    const int value = base64_values[static_cast<unsigned char>(c)];
    const bool is_pad = c == '=' && group_size_ >= 2;
    if (padded_ || (value < 0 && !is_pad) || (value >= 0 && group_pads_ > 0)) return fail("is no base 64");
    group_ = group_ << 6U | static_cast<std::uint32_t>(is_pad ? 0 : value);
    if (is_pad) ++group_pads_;
    if (++group_size_ < 4) return;
    for (unsigned i = 0; i < 3 - group_pads_; ++i) {
        const auto byte = static_cast<unsigned char>(group_ >> (16 - 8 * i));
        checksum_ = (checksum_ << 8U ^ crc24_table[(checksum_ >> 16U ^ byte) & 0xFFU]) & 0xFFFFFFU;
        decoded += static_cast<char>(byte);
    }
    padded_ = group_pads_ > 0;
    group_ = group_size_ = group_pads_ = 0;
}

void OpenPgpArmor::take_line() {
    const std::string_view line = trim_ascii(line_);
    switch (state_) {
        case State::begin:
            if (line == begin_line) {
                state_ = State::headers;
            } else if (!line.empty()) {
                fail("is '" + printable(line, 60) + "', not '" + std::string(begin_line) + "'");
            }
            return;
        case State::headers:
            if (line.empty()) {
                state_ = State::body;
                line_empty_ = true;
            } else if (line.find(':') == std::string_view::npos) {
                fail("is neither a header nor the empty line behind them");
            }
            return;
        case State::checksum: {
            const auto announced = base64_group(line.substr(1));
            if (!announced) return fail("is no checksum");
            if (*announced != checksum_) return fail("has a checksum that is not the data's");
            state_ = State::end;
            return;
        }
        case State::end:
            if (line == end_line) {
                state_ = State::after;
            } else if (!line.empty()) {
                fail("is '" + printable(line, 60) + "', not '" + std::string(end_line) + "'");
            }
            return;
        case State::after:
            if (!line.empty()) fail("follows the end of the message");
            return;
        case State::body:
            return;
    }
}

void OpenPgpArmor::fail(const std::string& what) {
    trouble_ = "line " + std::to_string(lines_) + " of the ASCII armor " + what;
}

std::string OpenPgpArmor::finish() const {
    if (!trouble_.empty()) return trouble_;
    const std::string_view last = trim_ascii(line_);  // without a line end
    if (state_ == State::end && last == end_line) return {};
    if (state_ == State::after && last.empty()) return {};
    if (state_ == State::after)
        return "line " + std::to_string(lines_) + " of the ASCII armor follows the end of the message";
    return "the file is cut off: its ASCII armor does not end";
}

}  // namespace garner
