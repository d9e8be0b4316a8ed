// ZIP archives of CSV: what is good, and that nothing that is damaged, cut or dangerous passes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/archives.hpp"
#include "core/judge.hpp"

namespace garner {
namespace {

using namespace testing_archives;
using namespace std::string_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string judged(std::string_view bytes) { return judged(ArtifactFormat::zip_of_csv, bytes); }

const std::vector<Member> things{{"SN1.csv", "time,temp,flow\n1,2,3\n4,5,6\n"},
                                 {"plant/SN2.csv", "time,temp,flow\n\"1\n\",2,3\n"},
                                 {"SN3.csv", "time,temp,flow\n"}};

std::string one(const std::string& name, const std::string& content) {
    RawZip raw{{{name, content}}};
    return raw.bytes();
}

bool is_verified(const std::string& words) { return words.find(';') == std::string::npos; }

TEST(ProbeZip, AnArchiveOfCsvIsGoodHoweverItIsWritten) {
    const std::string good = "zip: 3 files, 3 columns, 3 rows, 1 without a row";
    EXPECT_EQ(judged(zip_of(things)), good);
    EXPECT_EQ(judged(zip_of(things, "zip:compression=store")), good);
    EXPECT_EQ(judged(zip_of(things, "zip:zip64")), good);
    EXPECT_EQ(judged(RawZip{things}.bytes()), good);
    RawZip raw{things};
    raw.comment = "made by hand; PK\x05\x06 is no end here";
    EXPECT_EQ(judged(raw.bytes()), good);
    raw.zip64_end = true;
    EXPECT_EQ(judged(raw.bytes()), good);
    raw.before_directory = "no entry has these bytes, PK or not";
    EXPECT_EQ(judged(raw.bytes()), good) << "a gap is unusual, not wrong";
    EXPECT_EQ(judged(zip_of({{"d/", ""}, {"d/a.csv", "a,b\n1,2\n"}, {"b.csv", "a\n1\n"}})),
              "zip: 2 files, 1 to 2 columns, 2 rows");
    EXPECT_EQ(judged(one("Kessel \xC3\xBC.csv", "a\n1\n")), "zip: 1 file, 1 column, 1 row");
}

TEST(ProbeZip, NamesInUtf8AreNamesInAnyLocale) {
    RawZip raw{{{"Kessel \xC3\xBC.csv", "a,b\n1\n"}}};
    raw.flags = 0x0800;
    EXPECT_EQ(judged(raw.bytes()),
              "zip: 1 file, 2 columns, 1 row; 'Kessel \xC3\xBC.csv': row 2 has 1 columns, the header has 2");
}

TEST(ProbeZip, AFileThatIsNoCsvIsNamedWithWhatItIs) {
    EXPECT_THAT(judged(one("a.csv", "<html>error")), HasSubstr("'a.csv': it is an HTML page, not CSV"));
    EXPECT_THAT(judged(one("a.csv", "{\"error\": 1}")), HasSubstr("'a.csv': it is a JSON document, not CSV"));
    EXPECT_THAT(judged(one("a.csv", "a,b\n1\n")), HasSubstr("'a.csv': row 2 has 1 columns, the header has 2"));
    EXPECT_THAT(judged(one("a.csv", "")), HasSubstr("'a.csv': the file is empty"));
    EXPECT_THAT(judged(one("in\x1b[31m.zip", zip_of(things))),
                AllOf(HasSubstr(".zip': it is a ZIP archive, not CSV"), Not(HasSubstr("\x1b"))));
}

TEST(ProbeZip, OnlyAnArchiveWithoutAnyRowIsEmpty) {
    EXPECT_EQ(judged(zip_of({{"a.csv", "a,b\n"}, {"b.csv", "a,b\n"}})),
              "zip: 2 files, 2 columns, 0 rows, 2 without a row; no file of the archive has a row");
    EXPECT_EQ(judged(zip_of({})), "zip: 0 files; the archive has no file");
    EXPECT_EQ(judged(zip_of({{"d/", ""}})), "zip: 0 files; the archive has no file");
    EXPECT_EQ(judged(""), "empty; the file is empty");
}

TEST(ProbeZip, AFewReasonsAreSaidAndTheOthersCounted) {
    std::vector<Member> many;
    for (int i = 0; i < 9; ++i) many.push_back({std::to_string(i) + ".csv", "a,b\n1\n"});
    EXPECT_THAT(judged(zip_of(many)),
                AllOf(HasSubstr("'4.csv'"), Not(HasSubstr("'5.csv'")), HasSubstr("; and 4 more")));
    const std::string cut = zip_of(many);
    EXPECT_THAT(judged(cut.substr(0, cut.size() - 1)),
                AllOf(HasSubstr("the file is cut off"), Not(HasSubstr("'4.csv'")), HasSubstr("; and 5 more")));
}

TEST(ProbeZip, ANameThatLeadsElsewhereIsRefused) {
    EXPECT_THAT(judged(one("../a.csv", "a\n1\n")), HasSubstr("'../a.csv' leads out of its directory"));
    EXPECT_THAT(judged(one("a/../../b.csv", "a\n1\n")), HasSubstr("leads out"));
    EXPECT_THAT(judged(one("a/..", "a\n1\n")), HasSubstr("leads out"));
    EXPECT_THAT(judged(one("/etc/a.csv", "a\n1\n")), HasSubstr("'/etc/a.csv' has an absolute name"));
    EXPECT_THAT(judged(one("C:a.csv", "a\n1\n")), HasSubstr("has an absolute name"));
    EXPECT_THAT(judged(one("a/..\\..\\b.csv", "a\n1\n")), HasSubstr("has a backslash in its name"));
    EXPECT_THAT(judged(one("a\\b.csv", "a\n1\n")), HasSubstr("has a backslash in its name"));
    EXPECT_THAT(judged(one("..\\a.csv", "a\n1\n")), HasSubstr("leads out of its directory")) << "as Windows reads it";
    EXPECT_THAT(judged(one("a.csv\0.exe"s, "a\n1\n")), HasSubstr("has a NUL in its name"));
    EXPECT_THAT(judged(one("", "a\n1\n")), HasSubstr("has no name"));
    EXPECT_EQ(judged(one("..a/b..csv", "a\n1\n")), "zip: 1 file, 1 column, 1 row");
    RawZip hidden{{{"a.csv", "a\n1\n"}}};
    hidden.listed = {"../a.csv"};
    EXPECT_THAT(judged(hidden.bytes()), HasSubstr("'../a.csv' leads out")) << "in the directory only";
}

TEST(ProbeZip, DamageIsFound) {
    const std::string stored = RawZip{things}.bytes();
    std::string bytes = stored;
    bytes[bytes.find("4,5,6")] = '7';
    EXPECT_THAT(judged(bytes), HasSubstr("'SN1.csv': ZIP bad CRC"));
    RawZip count{things};
    count.count_off_by = 1;
    EXPECT_THAT(judged(count.bytes()), HasSubstr("announces 4 entries, its directory has 3"));
    RawZip other{things};
    other.listed = {"SN9.csv"};
    EXPECT_THAT(judged(other.bytes()), HasSubstr("other names or sizes than its entries"));
    bytes = stored;
    bytes[bytes.find("PK\x03\x04", 4)] = 'X';
    EXPECT_THAT(judged(bytes), HasSubstr("the archive has 2 entries, its directory 3"));
    RawZip method{{{"a.csv", "a\n1\n"}}};
    method.method = 77;
    EXPECT_THAT(judged(method.bytes()), HasSubstr("'a.csv': Unsupported ZIP compression method"));
    RawZip encrypted{{{"a.csv", "0123456789ab" + std::string(20, 'x')}}};
    encrypted.flags = 1;
    EXPECT_THAT(judged(encrypted.bytes()), HasSubstr("'a.csv' is encrypted"));
}

TEST(ProbeZip, WhatIsCutAnywhereOrHasMoreBehindItNeverPasses) {
    for (const std::string& whole : {zip_of(things), zip_of(things, "zip:compression=store"), RawZip{things}.bytes(),
                                     RawZip{things, "a comment", "", 0, 0, true}.bytes()}) {
        ASSERT_TRUE(is_verified(judged(whole)));
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const std::string words = judged(std::string_view(whole).substr(0, size));
            ASSERT_FALSE(is_verified(words)) << "cut at " << size << ": " << words;
            if (size > 0) {
                ASSERT_THAT(words, HasSubstr("cut off")) << "cut at " << size;
            }
        }
        EXPECT_THAT(judged(whole + "\n"),
                    HasSubstr("bytes follow the end of the archive, at byte " + std::to_string(whole.size())));
        EXPECT_FALSE(is_verified(judged(whole + whole)));
    }
}

TEST(ProbeZip, AnyFlippedByteOfDataIsFoundAndNoneEndsBadly) {
    std::mt19937 random(3);
    for (const std::string& whole : {zip_of(things), zip_of(things, "zip:compression=store"), RawZip{things}.bytes()}) {
        for (std::size_t at = 0; at < whole.size(); ++at) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
            judged(bytes);
        }
        for (int round = 0; round < 60; ++round) {
            std::string bytes = whole;
            for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
            judged(bytes);
        }
    }
    const std::string stored = RawZip{things}.bytes();
    for (const Member& member : things)
        for (std::size_t i = 0; i < member.content.size(); ++i) {
            std::string bytes = stored;
            bytes[stored.find(member.content) + i] ^= 1;
            ASSERT_FALSE(is_verified(judged(bytes))) << member.name << ' ' << i;
        }
}

TEST(ProbeZip, GarbageBehindASignatureEndsWell) {
    std::mt19937 random(5);
    for (int round = 0; round < 150; ++round) {
        std::string bytes = round % 2 ? "PK\x03\x04" : "PK\x05\x06";
        for (std::size_t i = random() % 700; i > 0; --i) bytes += static_cast<char>(random() % (round % 3 ? 256 : 4));
        ASSERT_FALSE(is_verified(judged(bytes)));
    }
}

TEST(ProbeZip, AFileOfAnotherKindIsNamedAsWhatItIs) {
    EXPECT_THAT(judged("time,temp\n1,2\n"), HasSubstr("it is plain CSV, not a ZIP archive: \"time,temp"));
    EXPECT_EQ(judged("\x1F\x8B\x08 \0"s), "a gzip file; it is a gzip file, not a ZIP archive");
    EXPECT_THAT(judged("7z\xBC\xAF\x27\x1C\0"s), HasSubstr("it is a 7z archive, not a ZIP archive"));
    EXPECT_THAT(judged("Rar!\x1A\x07\x01"), HasSubstr("it is a RAR archive"));
    EXPECT_THAT(judged("a.csv" + std::string(252, '\0') + "ustar" + std::string(250, '\0')),
                HasSubstr("it is a tar archive"));
    EXPECT_THAT(judged("<html><body>Sign in"), HasSubstr("it is an HTML page, not a ZIP archive: \"<html>"));
    EXPECT_THAT(judged("{\"message\": \"no\"}"), HasSubstr("a JSON document"));
    EXPECT_THAT(judged("PK"), HasSubstr("cut off"));
    EXPECT_THAT(judged("hello"), HasSubstr("it is not a ZIP archive: \"hello\""));
}

// 65 MiB of zeros, by bzip2.
constexpr char bomb[] =
    "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x0e\x09\xe2\xdf\x01\x5f\x8e\x40\x00\xc0\x00\x00\x08\x20\x00\x30\x80\x4d"
    "\x46\x42\xa0\x25\xa9\x0a\x80\x97\x31\x41\x59\x26\x53\x59\x2f\xd8\xc2\x5e\x00\xaa\x7b\xe0\x00\xc0\x00\x40\x00\x00"
    "\x08\x20\x00\x30\xcc\x09\xaa\x69\x84\x14\x92\xda\xaa\x05\x24\xbc\x5d\xc9\x14\xe1\x42\x40\xcf\x2c\x1f\x80";

TEST(ProbeZip, ABombIsNotReadToItsEnd) {
    RawZip raw{{{"bomb.csv", std::string(bomb, sizeof bomb - 1)}, {"b.csv", "a\n1\n"}}};
    raw.method = 12;
    const auto probe = make_probe(ArtifactFormat::zip_of_csv);
    EXPECT_EQ(judged_in_pieces(*probe, raw.bytes(), 50),
              "zip: 0 files; 'bomb.csv' unpacks to far more than an export holds; it was not read further");
}

TEST(ProbeZip, AProbeThatIsGivenUpOrResetMidwayIsAsNew) {
    const std::string whole = zip_of(things);
    const auto probe = make_probe(ArtifactFormat::zip_of_csv);
    for (std::size_t size = 0; size < whole.size(); size += 5) {
        probe->update(std::as_bytes(std::span(whole).first(size)));
        probe->reset();
        const auto given_up = make_probe(ArtifactFormat::zip_of_csv);
        given_up->update(std::as_bytes(std::span(whole).first(size)));
    }
    EXPECT_EQ(judged_in_pieces(*probe, whole, 3), "zip: 3 files, 3 columns, 3 rows, 1 without a row");
}

}  // namespace
}  // namespace garner
