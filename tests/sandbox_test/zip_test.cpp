// The ZIP archives of the sandbox, read back by the letter of the format: from the end, as unzip does, and from the
// start.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/models/activity_csv.hpp"
#include "sandbox/models/seeded.hpp"
#include "sandbox/models/zip_archive.hpp"

namespace garner::sandbox {
namespace {

std::string part(const Content& content, std::uint64_t offset, std::uint64_t length) {
    std::string text(static_cast<std::size_t>(length), '\0');
    content.read(offset, text);
    return text;
}

std::string whole(const Content& content) { return part(content, 0, content.size()); }

std::uint64_t number(const std::string& text, std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(text.at(at + i));
    return value;
}

std::string inflated(const std::string& packed, std::size_t size) {
    std::string plain(size, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
    std::string in = packed;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_out = static_cast<uInt>(plain.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(stream.total_out, size);
    inflateEnd(&stream);
    return plain;
}

// Names and contents by the central directory; every number in it is checked.
std::map<std::string, std::string> entries_of(const std::string& zip, bool streamed) {
    std::map<std::string, std::string> entries;
    const std::size_t end = zip.size() - 22;
    EXPECT_EQ(zip.substr(end, 4), "PK\5\6");
    std::size_t at = number(zip, end + 16, 4);
    EXPECT_EQ(at + number(zip, end + 12, 4), end);
    std::size_t expected_local = 0;
    for (std::uint64_t left = number(zip, end + 10, 2); left > 0; --left) {
        EXPECT_EQ(zip.substr(at, 4), "PK\1\2");
        const std::uint64_t flags = number(zip, at + 8, 2);
        const std::uint64_t method = number(zip, at + 10, 2);
        const std::uint64_t crc = number(zip, at + 16, 4);
        const std::size_t packed_size = number(zip, at + 20, 4);
        const std::size_t size = number(zip, at + 24, 4);
        const std::size_t name_size = number(zip, at + 28, 2);
        const std::size_t local = number(zip, at + 42, 4);
        const std::string name = zip.substr(at + 46, name_size);
        EXPECT_EQ(local, expected_local);
        EXPECT_EQ(zip.substr(local, 4), "PK\3\4");
        EXPECT_EQ(number(zip, local + 6, 2), flags);
        EXPECT_EQ(number(zip, local + 8, 2), method);
        EXPECT_EQ((flags & 8) != 0, streamed);
        EXPECT_EQ(number(zip, local + 14, 4), streamed ? 0 : crc);
        EXPECT_EQ(number(zip, local + 18, 4), streamed ? 0 : packed_size);
        EXPECT_EQ(zip.substr(local + 30, name_size), name);
        const std::size_t data = local + 30 + name_size;
        const std::string packed = zip.substr(data, packed_size);
        const std::string plain = method == 8 ? inflated(packed, size) : packed;
        EXPECT_EQ(plain.size(), size);
        EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>(plain.data()), static_cast<uInt>(plain.size())), crc);
        expected_local = data + packed_size;
        if (streamed) {
            EXPECT_EQ(zip.substr(expected_local, 4), "PK\7\10");
            EXPECT_EQ(number(zip, expected_local + 4, 4), crc);
            EXPECT_EQ(number(zip, expected_local + 8, 4), packed_size);
            EXPECT_EQ(number(zip, expected_local + 12, 4), size);
            expected_local += 16;
        }
        entries[name] = plain;
        at += 46 + name_size;
    }
    EXPECT_EQ(at, end);
    return entries;
}

constexpr ZipForm kForms[] = {ZipForm::stored, ZipForm::deflated, ZipForm::streamed};

TEST(ZipArchive, holds_what_was_put_into_it_in_every_form) {
    const auto rows = std::make_shared<ActivityCsv>(1, 700000);
    const std::vector<ZipEntry> entries = {{"rows.csv", rows},
                                           {"empty.csv", std::make_shared<TextContent>("")},
                                           {"a/b.csv", std::make_shared<TextContent>("x\n")}};
    const std::map<std::string, std::string> expected = {
        {"rows.csv", whole(*rows)}, {"empty.csv", ""}, {"a/b.csv", "x\n"}};
    for (const ZipForm form : kForms) {
        const ZipArchive archive(entries, form);
        EXPECT_EQ(entries_of(whole(archive), form == ZipForm::streamed), expected);
        EXPECT_EQ(form == ZipForm::stored, archive.size() > 700000);
    }
}

TEST(ZipArchive, is_the_same_wherever_reading_begins) {
    for (const ZipForm form : kForms) {
        const auto archive = seeded_archive(5, 4, 100000, form, "", false);
        const auto again = seeded_archive(5, 4, 100000, form, "", false);
        const std::string all = whole(*archive);
        for (std::uint64_t i = 0; i < 300; ++i) {
            const std::uint64_t offset = between(0, all.size(), mix(i));
            const std::uint64_t length = between(0, all.size() - offset, mix(i + 1000)) % 5000;
            ASSERT_EQ(part(*again, offset, length), all.substr(offset, length)) << "at " << offset;
        }
        EXPECT_EQ(archive->sha256(), again->sha256());
    }
}

TEST(ZipArchive, of_a_seed_has_about_the_size_and_the_files_asked_for) {
    for (const ZipForm form : kForms) {
        for (const std::uint64_t bytes : {50'000ULL, 1'000'000ULL}) {
            const auto archive = seeded_archive(9, 3, bytes, form, "", false);
            EXPECT_NEAR(static_cast<double>(archive->size()), static_cast<double>(bytes),
                        0.25 * static_cast<double>(bytes));
            EXPECT_EQ(entries_of(whole(*archive), form == ZipForm::streamed).size(), 3U);
        }
    }
    EXPECT_EQ(seeded_archive(9, 0, 1000, ZipForm::stored, "", false)->size(), 22U);
}

TEST(ZipArchive, names_its_files_by_the_mask) {
    const auto names = [](const std::string& mask, bool hashed) {
        std::vector<std::string> all;
        for (const auto& [name, text] :
             entries_of(whole(*seeded_archive(9, 2, 2000, ZipForm::stored, mask, hashed)), false))
            all.push_back(name);
        return all;
    };
    EXPECT_TRUE(names("x_${thing.serialNumber}", false).front().starts_with("x_SN"));
    EXPECT_EQ(names("same", false), (std::vector<std::string>{"same.csv", "same_2.csv"}));
    EXPECT_EQ(names("", true).front().size(), 36U);
}

TEST(ZipArchive, of_gigabytes_takes_no_memory_and_is_refused_where_it_would_need_zip64) {
    const auto archive = seeded_archive(1, 3, 1ULL << 28, ZipForm::stored, "", false);
    EXPECT_EQ(part(*archive, archive->size() - 22, 4), "PK\5\6");
    EXPECT_THROW(seeded_archive(1, 3, 5ULL << 30, ZipForm::stored, "", false), std::invalid_argument);
}

}  // namespace
}  // namespace garner::sandbox
