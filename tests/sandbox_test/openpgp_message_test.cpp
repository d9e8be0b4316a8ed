// The structure of what stands for a backup: read here by the rules of RFC 4880, not by the code that wrote it.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/models/openpgp_message.hpp"
#include "sandbox_test/appgate_client.hpp"

namespace garner::sandbox {
namespace {

std::string bytes_of(const Content& content) {
    std::string bytes(static_cast<std::size_t>(content.size()), '\0');
    content.read(0, bytes);
    return bytes;
}

struct Packet {
    unsigned tag = 0;
    std::string body;
};

// Nothing when the packets do not end where the bytes do.
std::optional<std::vector<Packet>> packets_of(const std::string& bytes) {
    std::vector<Packet> packets;
    std::size_t at = 0;
    bool broken = false;
    const auto next = [&]() -> std::size_t {
        if (at >= bytes.size()) broken = true;
        return broken ? 0 : static_cast<unsigned char>(bytes[at++]);
    };
    const auto take = [&](std::string& into, std::size_t length) {
        if (length > bytes.size() - at) broken = true;
        if (broken) return;
        into += bytes.substr(at, length);
        at += length;
    };
    while (at < bytes.size() && !broken) {
        Packet packet;
        const std::size_t head = next();
        if ((head & 0xc0) == 0x80 && (head & 3) == 0) {
            packet.tag = head >> 2 & 15;
            take(packet.body, next());
        } else if ((head & 0xc0) == 0xc0) {
            packet.tag = head & 63;
            for (bool partial = true; partial && !broken;) {
                const std::size_t first = next();
                partial = first >= 224 && first < 255;
                std::size_t length = first;
                if (partial) {
                    length = std::size_t(1) << (first & 31);
                } else if (first == 255) {
                    length = 0;
                    for (int i = 0; i < 4; ++i) length = length << 8 | next();
                } else if (first >= 192) {
                    length = ((first - 192) << 8) + next() + 192;
                }
                if (partial && packet.body.empty() && length < 512) broken = true;
                take(packet.body, length);
            }
        } else {
            broken = true;
        }
        packets.push_back(std::move(packet));
    }
    if (broken) return std::nullopt;
    return packets;
}

TEST(OpenPgpMessage, is_two_whole_packets_at_every_size) {
    for (const std::uint64_t size :
         {64, 200, 207, 208, 209, 210, 1000, 8208, 8209, 8210, 8211, 8400, 8401, 8402, 16401, 16402, 16403, 100000}) {
        const OpenPgpMessage message(size, size);
        const std::string bytes = bytes_of(message);
        ASSERT_EQ(bytes.size(), size);
        EXPECT_EQ(static_cast<unsigned char>(bytes.front()), 0x8c);
        const auto packets = packets_of(bytes);
        ASSERT_TRUE(packets) << size;
        ASSERT_EQ(packets->size(), 2U) << size;
        EXPECT_EQ(packets->at(0).tag, 3U);
        EXPECT_EQ(packets->at(0).body.front(), 4);
        EXPECT_EQ(packets->at(1).tag, 18U);
        EXPECT_EQ(packets->at(1).body.front(), 1);
    }
    EXPECT_EQ(OpenPgpMessage(1, 0).size(), OpenPgpMessage::kSizeMin);
}

TEST(OpenPgpMessage, reads_the_same_from_any_offset) {
    const OpenPgpMessage message(3, 40000);
    const std::string whole = bytes_of(message);
    for (std::uint64_t offset = 0; offset < whole.size(); offset += 611) {
        std::string piece(std::min<std::size_t>(9001, whole.size() - offset), '\0');
        message.read(offset, piece);
        ASSERT_EQ(piece, whole.substr(offset, piece.size())) << offset;
    }
    EXPECT_NE(bytes_of(OpenPgpMessage(4, 40000)), whole);
}

TEST(OpenPgpMessage, cut_short_is_no_message) {
    const auto message = std::make_shared<OpenPgpMessage>(5, 30000);
    EXPECT_FALSE(packets_of(bytes_of(TruncatedContent(message, 29999))));
    EXPECT_FALSE(packets_of(bytes_of(TruncatedContent(message, 20000))));
}

TEST(OpenPgpMessage, in_armor_has_a_checksum) {
    EXPECT_EQ(crc24(""), 0xb704ceU);
    EXPECT_EQ(crc24("123456789"), 0x21cf02U);  // the catalogue's check value
    const std::string text = armored(OpenPgpMessage(6, 100));
    EXPECT_EQ(text.rfind("-----BEGIN PGP MESSAGE-----\n\njA0ECQMI", 0), 0U);
    const std::size_t checksum = text.find("\n=");
    ASSERT_NE(checksum, std::string::npos);
    EXPECT_EQ(text.substr(checksum + 6), "\n-----END PGP MESSAGE-----\n");
}

TEST(OpenPgpMessage, is_what_a_backup_holds_unless_the_scenario_says_otherwise) {
    AppgateModel model(appgate_test_options());
    AppgateClient client(model);
    client.log_in();
    const auto file = [&](AppgateScenario::File kind) {
        model.scenario().file = kind;
        const std::string job = client.started(0);
        client.wait(Duration(1000));
        const ModelReply reply = client.download(0, job);
        EXPECT_EQ(reply.content_length, reply.content->size());
        return bytes_of(*reply.content);
    };
    const std::string message = file(AppgateScenario::File::message);
    EXPECT_TRUE(packets_of(message));
    EXPECT_GE(message.size(), 100000U);
    EXPECT_EQ(file(AppgateScenario::File::armored).rfind("-----BEGIN PGP MESSAGE-----\n", 0), 0U);
    EXPECT_EQ(file(AppgateScenario::File::html).rfind("<!DOCTYPE html>", 0), 0U);
    EXPECT_EQ(file(AppgateScenario::File::empty), "");
    EXPECT_FALSE(packets_of(file(AppgateScenario::File::truncated)));
}

}  // namespace
}  // namespace garner::sandbox
