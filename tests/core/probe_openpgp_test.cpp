// OpenPGP messages: the packets must end where the file ends. The contents are noise; only lengths matter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/base64.hpp"
#include "core/judge.hpp"

namespace garner {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

std::string judged(std::string_view bytes) { return judged(ArtifactFormat::openpgp, bytes); }

bool is_verified(const std::string& words) { return words.find(';') == std::string::npos; }

std::string byte(std::size_t value) { return std::string(1, static_cast<char>(value)); }

// New format; the length in as few bytes as it needs, or in five.
std::string packet(unsigned tag, const std::string& body, bool five_bytes = false) {
    const std::size_t n = body.size();
    std::string length = byte(n);
    if (five_bytes)
        length = "\xFF" + byte(n >> 24) + byte(n >> 16) + byte(n >> 8) + byte(n);
    else if (n >= 192)
        length = byte(((n - 192) >> 8) + 192) + byte(n - 192);
    return byte(0xC0 | tag) + length + body;
}

// Old format, with a length of 1, 2 or 4 bytes.
std::string old_packet(unsigned tag, const std::string& body, unsigned length_bytes) {
    std::string text = byte(0x80 | tag << 2 | (length_bytes == 4 ? 2 : length_bytes - 1));
    for (unsigned i = length_bytes; i-- > 0;) text += byte(body.size() >> (8 * i));
    return text + body;
}

std::string in_parts(unsigned tag, const std::string& body, unsigned power) {
    std::string text = byte(0xC0 | tag);
    std::string_view rest = body;
    for (const std::size_t part = 1U << power; rest.size() > part; rest.remove_prefix(part))
        text += byte(0xE0 | power) + std::string(rest.substr(0, part));
    return text + packet(0, std::string(rest)).substr(1);
}

const std::string key(13, '\x04');
const std::string noise = "\x01" + std::string(299, 'n');
const std::string small = "\x01" + std::string(40, 's');

std::string armored(const std::string& bytes, const std::string& headers, const std::string& checksum,
                    const std::string& end_of_line = "\n") {
    std::string text = "-----BEGIN PGP MESSAGE-----" + end_of_line + headers + end_of_line;
    const std::string base64 = base64_encode(bytes);
    for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + end_of_line;
    return text + checksum + "-----END PGP MESSAGE-----" + end_of_line;
}

TEST(ProbeOpenPgp, AnEncryptedMessageIsGoodWhateverItsLengthsAreWrittenIn) {
    const std::string good = "openpgp: 1 passphrase-encrypted session key, integrity-protected data, 300 bytes";
    EXPECT_EQ(judged(packet(3, key) + packet(18, noise)), good);
    EXPECT_EQ(judged(packet(3, key, true) + packet(18, noise, true)), good);
    EXPECT_EQ(judged(old_packet(3, key, 1) + packet(18, noise)), good);
    EXPECT_EQ(judged(old_packet(3, key, 4) + in_parts(18, noise, 7)), good);
    EXPECT_EQ(judged(packet(3, key) + in_parts(18, noise, 0)), good);
    EXPECT_EQ(judged(packet(10, "PGP") + packet(3, key) + packet(21, "") + packet(18, noise) + packet(21, "x")), good);
    const std::string large = "\x02" + std::string(8383 + 193, 'l');
    EXPECT_EQ(judged(packet(1, key) + packet(1, key) + packet(3, key) + packet(18, large, true)),
              "openpgp: 2 public-key-encrypted session keys, 1 passphrase-encrypted session key, integrity-protected "
              "data, 8577 bytes");
    EXPECT_EQ(judged(packet(3, key) + packet(9, noise)),
              "openpgp: 1 passphrase-encrypted session key, data without integrity protection, 300 bytes");
    EXPECT_EQ(judged(packet(3, key) + packet(20, noise)),
              "openpgp: 1 passphrase-encrypted session key, authenticated data, 300 bytes");
    EXPECT_EQ(judged(old_packet(3, key, 2) + old_packet(9, noise, 2)),
              "openpgp: 1 passphrase-encrypted session key, data without integrity protection, 300 bytes");
    EXPECT_EQ(judged(packet(3, key) + "\xA7" + noise),
              "openpgp: 1 passphrase-encrypted session key, data without integrity protection, 300 bytes to the end of "
              "the file");
}

TEST(ProbeOpenPgp, WhatIsCutAnywhereOrHasMoreBehindItNeverPasses) {
    for (const std::string& whole : {packet(3, key) + packet(18, noise), old_packet(3, key, 1) + in_parts(18, noise, 6),
                                     packet(1, key, true) + packet(3, key) + packet(20, noise, true)}) {
        ASSERT_TRUE(is_verified(judged(whole)));
        for (std::size_t size = 0; size < whole.size(); ++size)
            ASSERT_THAT(judged(std::string_view(whole).substr(0, size)),
                        testing::AnyOf(HasSubstr("; the file is cut off"), HasSubstr("; the file is empty"),
                                       HasSubstr("; no OpenPGP packet")))
                << size;
        EXPECT_THAT(judged(whole + "\n"),
                    HasSubstr("bytes follow the message at byte " + std::to_string(whole.size())));
        EXPECT_THAT(judged(whole + whole), HasSubstr("session key (tag "));
        EXPECT_THAT(judged(whole + packet(18, small)),
                    HasSubstr("encrypted data (tag 18) at byte " + std::to_string(whole.size()) +
                              " follows the encrypted data"));
    }
}

TEST(ProbeOpenPgp, WhatIsNoEncryptedMessageIsNamedWithWhereItStands) {
    EXPECT_THAT(judged(packet(8, noise)), HasSubstr("compressed data that is not encrypted (tag 8) at byte 0 stands"));
    EXPECT_THAT(judged(packet(11, noise)), HasSubstr("literal data that is not encrypted (tag 11) at byte 0"));
    EXPECT_THAT(judged(old_packet(6, noise, 2)), HasSubstr("a public key (tag 6) at byte 0"));
    EXPECT_THAT(judged(packet(3, key) + packet(11, noise)), HasSubstr("(tag 11) at byte 15 stands"));
    EXPECT_THAT(judged(packet(3, key)), HasSubstr("it ends before the encrypted data, at byte 15"));
    EXPECT_THAT(judged(packet(3, key) + "x"), HasSubstr("no OpenPGP packet begins at byte 15"));
    EXPECT_THAT(judged(in_parts(3, noise, 7) + packet(18, noise)), HasSubstr("comes in parts, which only data may"));
    EXPECT_THAT(judged("\x8F" + key), HasSubstr("(tag 3) at byte 0 has no length"));
    EXPECT_THAT(judged(packet(18, "\x07" + noise)), HasSubstr("has the unknown version 7"));
    EXPECT_THAT(judged(packet(18, "\x01zu kurz")), HasSubstr("has only 8 bytes"));
    EXPECT_THAT(judged(packet(3, key) + packet(18, "")), HasSubstr("has only 0 bytes"));
    EXPECT_THAT(judged(packet(3, "") + packet(18, noise)), HasSubstr("(tag 3) at byte 0 is empty"));
}

TEST(ProbeOpenPgp, AFileOfAnotherKindIsNamedAsWhatItIs) {
    EXPECT_EQ(judged(""), "empty; the file is empty");
    EXPECT_THAT(judged("<html>Sign in</html>"), HasSubstr("it is an HTML page, not an OpenPGP message: \"<html>"));
    EXPECT_THAT(judged("\xEF\xBB\xBF<html>"), HasSubstr("it is an HTML page"));
    EXPECT_THAT(judged("<?xml version=\"1.0\"?>"), HasSubstr("an XML document"));
    EXPECT_THAT(judged("{\"id\": \"forbidden\"}"), HasSubstr("a JSON document"));
    EXPECT_EQ(judged("\x1F\x8B\x08\0"s), "a gzip file; it is a gzip file, not an OpenPGP message");
    EXPECT_THAT(judged("\xFD\x37zXZ\0\0\x04"s), HasSubstr("an xz file"));
    EXPECT_THAT(judged("a,b\n1,2\n"), HasSubstr("no OpenPGP packet begins at byte 0"));
    EXPECT_THAT(judged("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n"),
                HasSubstr("it begins with '-----BEGIN PGP PUBLIC KEY BLOCK-----'"));
}

TEST(ProbeOpenPgp, ArmorIsReadThroughToItsPackets) {
    const std::string message = packet(3, key) + packet(18, noise);
    const std::string good =
        "openpgp with ASCII armor: 1 passphrase-encrypted session key, integrity-protected data, 300 bytes";
    EXPECT_EQ(judged(armored(message, "", "")), good) << "the checksum may be missing";
    EXPECT_EQ(judged(armored(message, "Version: 1\nComment: x\n", "\n")), good);
    EXPECT_EQ(judged("\n \n" + armored(message, "", "", "\r\n") + "\n \n"), good);
    EXPECT_THAT(judged(armored(packet(11, noise), "", "")), HasSubstr("(tag 11) at byte 0 stands"));
    EXPECT_THAT(judged(armored(message.substr(0, 100), "", "")),
                HasSubstr("it ends inside encrypted data (tag 18) at byte 15 (of what the ASCII armor holds)"));
    EXPECT_THAT(judged(armored(message, "", "=AAAA\n")), HasSubstr("has a checksum that is not the data's"));
    EXPECT_THAT(judged(armored(message, "", "=AA\n")), HasSubstr("is no checksum"));
    EXPECT_THAT(judged(armored(message, "", "") + "x\n"), HasSubstr("follows the end of the message"));
    EXPECT_THAT(judged(armored(message, "what\n", "")), HasSubstr("is neither a header nor the empty line"));
    EXPECT_THAT(judged(armored(message, "", "!\n")), HasSubstr("is no base 64"));
    const std::string whole = armored(message, "Version: 1\n", "");
    for (std::size_t size = 1; size + 1 < whole.size(); ++size)
        ASSERT_FALSE(is_verified(judged(std::string_view(whole).substr(0, size)))) << "cut at " << size;
}

// Written by GnuPG 2.2.
TEST(ProbeOpenPgp, TheChecksumIsTheOneThatOthersCompute) {
    const std::string text =
        "-----BEGIN PGP MESSAGE-----\n\n"
        "jA0ECQMCgU4CibqOo3j/0kUBy/g26M0ZcBblrVySGPSg9RWPa8qiYT78Dhc2ZYX+\n"
        "82IPhS08M7qloozE779dOeylc766pRAvEf8Tom14T0SNHiWOjW8=\n"
        "=D271\n"
        "-----END PGP MESSAGE-----\n";
    EXPECT_EQ(judged(text),
              "openpgp with ASCII armor: 1 passphrase-encrypted session key, integrity-protected data, 69 bytes");
    std::string flipped = text;
    flipped[60] = flipped[60] == 'A' ? 'B' : 'A';
    EXPECT_THAT(judged(flipped), HasSubstr("; "));
}

TEST(ProbeOpenPgp, NoFlippedByteAndNoGarbageEndsBadly) {
    std::mt19937 random(9);
    const std::string message = packet(3, key) + in_parts(18, noise, 6);
    for (const std::string& whole : {message, armored(message, "A: b\n", "")})
        for (std::size_t at = 0; at < whole.size(); ++at) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
            judged(bytes);
        }
    for (int round = 0; round < 500; ++round) {
        std::string bytes = round % 2 ? "\x8C" : "-----BEGIN PGP MESSAGE-----\n\n";
        for (std::size_t i = random() % 400; i > 0; --i) bytes += static_cast<char>(random());
        judged(bytes);
    }
}

TEST(ProbeOpenPgp, FormatsHaveTheirMediaTypesAndExtensions) {
    EXPECT_EQ(media_type_of(ArtifactFormat::zip_of_csv), "application/zip");
    EXPECT_EQ(extension_of(ArtifactFormat::zip_of_csv), "zip");
    EXPECT_EQ(media_type_of(ArtifactFormat::openpgp), "application/pgp-encrypted");
    EXPECT_EQ(extension_of(ArtifactFormat::openpgp), "gpg");
}

}  // namespace
}  // namespace garner
