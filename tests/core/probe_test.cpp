// What a file looks like, judged while it streams past. The pieces that it comes in must not matter.
#include "core/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace garner {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

ProbeResult probe(const std::vector<std::string_view>& pieces) {
    const auto probe = make_probe(ArtifactFormat::csv);
    for (const std::string_view piece : pieces) probe->update(std::as_bytes(std::span(piece)));
    return probe->finish();
}

std::string judged(std::string_view text) {
    const ProbeResult result = probe({text});
    std::string words = result.summary;
    for (const std::string& reason : result.reasons) words += "; " + reason;
    return words;
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
    };
    for (const auto& [text, words] : rows) EXPECT_EQ(judged(text), words) << text;
}

TEST(Probe, WhatIsWrongWithACsvIsSaid) {
    EXPECT_THAT(judged(""), HasSubstr("the file is empty"));
    EXPECT_THAT(judged("a,b,c\n"), HasSubstr("0 rows; there is a header but no row"));
    EXPECT_THAT(judged("a,b,c"), HasSubstr("a header but no row"));
    EXPECT_THAT(judged("\n\n"), HasSubstr("a header but no row"));
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
          everything() + "a;b\0;c;\"\"\n"s, std::string(300, 'x') + ",b\n\"1\",2\n3,4\n" + everything()}) {
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
        }
    }
    EXPECT_EQ(judged(everything()), "csv: 4 columns, 48 rows");
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
