// What a file looks like, judged while it streams past. The pieces that it comes in must not matter.
#include "core/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/judge.hpp"

namespace garner {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

ProbeResult probe(const std::vector<std::string_view>& pieces) {
    const auto probe = make_probe(ArtifactFormat::csv);
    for (const std::string_view piece : pieces) probe->update(std::as_bytes(std::span(piece)));
    return probe->finish();
}

std::string judged(std::string_view text) { return judged(ArtifactFormat::csv, text); }

std::vector<std::string> names_of(std::string_view text) { return probe({text}).csv.value_or(CsvContent{}).names; }

// Each character is below U+0100, but for a euro sign and one beyond the first plane.
std::string utf16(std::string_view latin1, bool big = false) {
    std::string text;
    const auto unit = [&](unsigned value) {
        text += static_cast<char>(big ? value >> 8U : value & 0xFFU);
        text += static_cast<char>(big ? value & 0xFFU : value >> 8U);
    };
    unit(0xFEFF);
    for (const char c : latin1) {
        if (c == '$') {
            unit(0x20AC);
        } else if (c == '^') {
            unit(0xD83D);
            unit(0xDE00);
        } else {
            unit(static_cast<unsigned char>(c));
        }
    }
    return text;
}

TEST(Probe, ACsvWithAHeaderAndRowsIsGoodHoweverItIsWritten) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"a,b,c\n1,2,3\n", "csv: 3 columns, 1 row"},
        {"a,b,c\r\n1,2,3\r\n4,5,6\r\n", "csv: 3 columns, 2 rows"},
        {"a,b\n1,2", "csv: 2 columns, 1 row"},
        {"a;b;c\n1,5;2;3\n", "csv: 3 columns, 1 row"},
        {"a\tb\n1\t2\n", "csv: 2 columns, 1 row"},
        {"a,b\n,\n", "csv: 2 columns, 1 row"},
        {"a\n1\n2\n", "csv: 1 column, 2 rows"},
        {"a,b\n\n1,2\n\r\n\n", "csv: 2 columns, 1 row"},
        {"\"a\",\"b\"\n\"1,\n2\",\"say \"\"hi\"\"\"\n", "csv: 2 columns, 1 row"},
        {"\"a;b\",c\n\"\",\"\"\n", "csv: 2 columns, 1 row"},
        {"\"a\"\r\n\"\"\r\n", "csv: 1 column, 1 row"},
        {"a,b\n5\" pipe,2\n", "csv: 2 columns, 1 row"},
        {"\xEF\xBB\xBF"s + "a,b\n1,2\n", "csv: 2 columns, 1 row"},
        {"\xEF\xBB\xBF\"a,b\",c\n1,2\n", "csv: 2 columns, 1 row"},
        {"a|b|c\n1|2|3\n", "csv: 3 columns, 1 row"},
        {"Temp;C,Time,State\n1,2,3\n", "csv: 3 columns, 1 row"},
        {"one\n1;5\n2;5\n", "csv: 1 column, 2 rows; row 2 has 2 columns, the header has 1"},
        {"Gr\xF6\xDF"
         "e;b\n1;\xFC\n",
         "csv: 2 columns, 1 row"},
        {utf16("Gr\xF6\xDF"
               "e;$\r\n^;2\r\n"),
         "csv: 2 columns, 1 row, UTF-16"},
        {utf16("a,b\n1,\"2\n\"\n", true), "csv: 2 columns, 1 row, UTF-16"},
    };
    for (const auto& [text, words] : rows) EXPECT_EQ(judged(text), words) << text;
}

TEST(Probe, WhatIsWrongWithACsvIsSaid) {
    EXPECT_THAT(judged(""), HasSubstr("the file is empty"));
    EXPECT_THAT(judged("a,b,c\n"), HasSubstr("0 rows; there is a header but no row"));
    EXPECT_THAT(judged("a,b,c"), HasSubstr("a header but no row"));
    EXPECT_THAT(judged("\n\n"), HasSubstr("there is not even a header"));
    EXPECT_THAT(judged("\xEF\xBB\xBF"), HasSubstr("there is not even a header"));
    EXPECT_THAT(judged(utf16("")), HasSubstr("there is not even a header"));
    EXPECT_THAT(judged(utf16("a,b\n")), HasSubstr("0 rows, UTF-16; there is a header but no row"));
    EXPECT_THAT(judged(utf16("a,b\n1,2") + "x"), HasSubstr("half a character"));
    EXPECT_THAT(judged(utf16("a,b\n1,2").substr(0, 3)), HasSubstr("half a character"));
    EXPECT_THAT(judged(utf16("a,b\n1,^").substr(0, 16)), HasSubstr("half a character"));
    EXPECT_THAT(judged("a,b\n1,2\n1,2,3\n1\n"), HasSubstr("row 3 has 3 columns, the header has 2"));
    EXPECT_THAT(judged("a,b\n1,2\n1"), HasSubstr("row 3 has 1 columns"));
    EXPECT_THAT(judged("a,b\n1,\"cut he"), HasSubstr("a quoted field does not end"));
    EXPECT_THAT(judged("a,b\n1,\"cut\"\""), HasSubstr("a quoted field does not end"));
    EXPECT_THAT(judged("a,b\n1,\0\n"s), HasSubstr("NUL bytes"));
    EXPECT_THAT(judged("a,b\n1,\"\0\"\n"s), HasSubstr("NUL bytes"));
    EXPECT_THAT(judged("a\0,\0b\0\n\0"s), HasSubstr("NUL bytes")) << "UTF-16";
}

TEST(Probe, AFileOfAnotherKindIsNamedAsWhatItIs) {
    EXPECT_THAT(judged("<!DOCTYPE html><title>Sign in</title>"), HasSubstr("it is an HTML page, not CSV"));
    EXPECT_THAT(judged("\r\n  <HTML>"), HasSubstr("an HTML page"));
    EXPECT_THAT(judged("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"),
                testing::AllOf(HasSubstr("an XML document"), HasSubstr("AccessDenied")));
    EXPECT_THAT(judged("{\"error\":\"x\"}"), HasSubstr("a JSON document"));
    EXPECT_THAT(judged("[{\"a\":1}]"), HasSubstr("a JSON document"));
    EXPECT_THAT(judged("\xEF\xBB\xBF<html>"), HasSubstr("an HTML page"));
    EXPECT_THAT(judged("<html>\x1b[31m\n"), testing::Not(HasSubstr("\x1b")));
    EXPECT_THAT(judged(utf16("<html>")), HasSubstr("an HTML page"));
    EXPECT_EQ(foreign_format("State,Start Time"), "");
    EXPECT_EQ(foreign_format(""), "");
}

// A file with everything in it, long enough to leave the bytes that are looked at singly.
std::string everything() {
    std::string text = "State;Start Time;\"Reason;\r\n\"\"quoted\"\"\";Count\r\n";
    for (int i = 0; i < 12; ++i) {
        text += "RUNNING;2026-11-01T10:11:12.000Z;;" + std::to_string(i) + "\r\n";
        text += "\"DOWN\";\"\";\"a \"\"b\"\"; c\nd\";5\" pipe\n";
        text += "\n;;;\r\n\"\";\"\"x\"\";\"\"\"\";\"\r\"\r\n";
    }
    return text;
}

TEST(Probe, APieceMayEndAtAnyByte) {
    for (const std::string& text :
         {everything(), everything() + "one;too;few\n" + everything(), everything() + "a;b;c;\"cut",
          everything() + "a;b\0;c;\"\"\n"s, utf16("a;^;$\n" + everything()),
          std::string(300, 'x') + ",b\n\"1\",2\n3,4\n" + everything()}) {
        const ProbeResult whole = probe({text});
        const std::string_view view = text;
        for (std::size_t at = 0; at <= text.size(); ++at) {
            const ProbeResult split = probe({view.substr(0, at), view.substr(at)});
            ASSERT_EQ(split.summary, whole.summary) << "split at " << at;
            ASSERT_EQ(split.reasons, whole.reasons) << "split at " << at;
        }
        for (const std::size_t size : {1, 2, 3, 7, 8, 9, 63, 256}) {
            std::vector<std::string_view> pieces;
            for (std::size_t at = 0; at < text.size(); at += size) pieces.push_back(view.substr(at, size));
            const ProbeResult split = probe(pieces);
            ASSERT_EQ(split.summary, whole.summary) << "pieces of " << size;
            ASSERT_EQ(split.reasons, whole.reasons) << "pieces of " << size;
            ASSERT_EQ(split.csv, whole.csv) << "pieces of " << size;
        }
    }
    EXPECT_EQ(judged(everything()), "csv: 4 columns, 48 rows");
}

TEST(Probe, TheHeadersNamesAreReadInAnyEncoding) {
    const std::vector<std::string> wanted{"Größe", "a \"b\", c", "d"};
    EXPECT_EQ(names_of("Größe,\"a \"\"b\"\", c\",  d \r\n1,2,3\n"), wanted);
    EXPECT_EQ(names_of("Gr\xF6\xDF"
                       "e,\"a \"\"b\"\", c\",d\n1,2,3\n"),
              wanted)
        << "Latin-1";
    EXPECT_EQ(names_of(utf16("Gr\xF6\xDF"
                             "e,\"a \"\"b\"\", c\",d\n1,2,3\n")),
              wanted);
    EXPECT_EQ(names_of("\xEF\xBB\xBF"
                       "a;b\n"),
              (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(names_of("alone"), std::vector<std::string>{"alone"});
    EXPECT_EQ(names_of("<html>"), std::vector<std::string>{});
}

TEST(Probe, TheFirstAndTheLastInstantAreTold) {
    const std::string span = ", from 2026-11-01T10:11:12.000Z to 2026-11-01T11:00:00.000Z";
    EXPECT_EQ(
        judged("State,Start\nA,2026-11-01T10:11:12.000Z\nB,2026-11-01T10:30:00.000Z\nC,2026-11-01T11:00:00.000Z\n"),
        "csv: 2 columns, 3 rows" + span);
    EXPECT_EQ(judged("Start;State\n2026-11-01T11:00:00.000Z;A\n\"2026-11-01T10:11:12.000Z\";B"),
              "csv: 2 columns, 2 rows" + span)
        << "the newest may come first";
    EXPECT_EQ(judged("t\n2026-11-01 10:11\n"), "csv: 1 column, 1 row, from 2026-11-01 10:11 to 2026-11-01 10:11");
    EXPECT_EQ(judged("timestamp,v\n1793527872000,1\n1793530800000,2\n"),
              "csv: 2 columns, 2 rows, from 2026-11-01T10:11:12Z to 2026-11-01T11:00:00Z");
    EXPECT_EQ(judged("serial,v\n1793527872,1\n"), "csv: 2 columns, 1 row") << "a number is no time by itself";
    EXPECT_EQ(judged("Start,End\n,2026-11-01T10:11:12.000Z\n2026-11-01T10:00:00Z,2026-11-01T11:00:00.000Z\n"),
              "csv: 2 columns, 2 rows" + span)
        << "a column that has one in both";
}

TEST(Probe, ResetForgetsEverything) {
    const auto probe = make_probe(ArtifactFormat::csv);
    const std::string_view bad = "<html>\"\0;;;";
    probe->update(std::as_bytes(std::span(bad)));
    probe->reset();
    const std::string_view good = "a,b\n1,2\n";
    probe->update(std::as_bytes(std::span(good)));
    const ProbeResult result = probe->finish();
    EXPECT_EQ(result.summary, "csv: 2 columns, 1 row");
    EXPECT_THAT(result.reasons, testing::IsEmpty());
}

TEST(Probe, StoredFilesAreCsv) {
    EXPECT_EQ(media_type_of(ArtifactFormat::csv), "text/csv");
    EXPECT_EQ(extension_of(ArtifactFormat::csv), "csv");
}

}  // namespace
}  // namespace garner
