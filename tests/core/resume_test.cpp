// When bytes may be appended to those that are here: only a 206 that continues exactly them, of the same object.
#include "core/resume.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace garner {
namespace {

using Action = ResumeDecision::Action;

const PartialDownload here{100, "\"v1\"", 1000};

DownloadHead part(std::string range, std::string validator = "\"v1\"") {
    return {206, std::nullopt, std::move(range), std::move(validator)};
}

TEST(Resume, APartThatContinuesTheSameObjectIsAppended) {
    const ResumeDecision decision = decide_resume(part("bytes 100-999/1000"), here, true);
    EXPECT_EQ(decision.action, Action::append);
    EXPECT_EQ(decision.total, 1000U);
    EXPECT_EQ(decide_resume(part("bytes 100-999/*"), here, true).action, Action::append);
    EXPECT_EQ(decide_resume(part("bytes 100-999/*"), here, true).total, 1000U) << "as it was announced before";
    const PartialDownload unknown_total{100, "\"v1\"", std::nullopt};
    EXPECT_EQ(decide_resume(part("bytes 100-499/500"), unknown_total, true).total, 500U);
    EXPECT_EQ(decide_resume(part("bytes 100-499/*"), unknown_total, true).action, Action::append);
}

TEST(Resume, AnythingElseWithStatus206IsRefused) {
    struct Row {
        const char* why;
        DownloadHead head;
        PartialDownload before = here;
        bool asked = true;
    };
    const std::vector<Row> rows{
        {"not asked for", part("bytes 100-999/1000"), here, false},
        {"begins too early", part("bytes 99-999/1000")},
        {"begins at the beginning", part("bytes 0-999/1000")},
        {"begins too late", part("bytes 101-999/1000")},
        {"ends before the object does", part("bytes 100-998/1000")},
        {"of a longer object", part("bytes 100-1000/1001")},
        {"of a shorter object", part("bytes 100-899/900")},
        {"short, the total hidden", part("bytes 100-500/*")},
        {"another entity tag", part("bytes 100-999/1000", "\"v2\"")},
        {"no validator now", part("bytes 100-999/1000", "")},
        {"a date where a tag was", part("bytes 100-999/1000", "Sun, 06 Nov 1994 08:49:37 GMT")},
        {"no validator then", part("bytes 100-999/1000"), {100, "", 1000}},
        {"no validator at all", part("bytes 100-999/1000", ""), {100, "", 1000}},
        {"no Content-Range", {206, 900, std::nullopt, "\"v1\""}},
        {"several parts", {206, 900, "multipart/byteranges", "\"v1\""}},
        {"garbage", part("bytes 100-")},
    };
    for (const Row& row : rows) {
        const ResumeDecision decision = decide_resume(row.head, row.before, row.asked);
        EXPECT_EQ(decision.action, Action::refuse) << row.why;
        EXPECT_FALSE(decision.reason.empty()) << row.why;
    }
}

TEST(Resume, TheWholeObjectIsTakenFromTheStart) {
    const DownloadHead whole{200, 1000, std::nullopt, "\"v1\""};
    EXPECT_EQ(decide_resume(whole, {}, false).action, Action::append);
    EXPECT_EQ(decide_resume(whole, {}, false).total, 1000U);
    const ResumeDecision again = decide_resume(whole, here, true);
    EXPECT_EQ(again.action, Action::restart);
    EXPECT_EQ(again.total, 1000U);
    EXPECT_FALSE(again.reason.empty());
    EXPECT_EQ(decide_resume({200, 7, std::nullopt, "\"v9\""}, here, true).action, Action::restart)
        << "another object is a new beginning";
    EXPECT_EQ(decide_resume({200, std::nullopt, std::nullopt, ""}, {}, false).total, std::nullopt);
    EXPECT_EQ(decide_resume(whole, here, false).action, Action::restart);
}

TEST(Resume, NoOtherStatusIsADownload) {
    for (const int status : {201, 203, 204, 304, 403, 404, 416, 500})
        EXPECT_EQ(decide_resume({status, 1000, "bytes 100-999/1000", "\"v1\""}, here, true).action, Action::refuse)
            << status;
}

TEST(Resume, OnlyAStrongTagOrADateProvesThatBytesAreTheSame) {
    EXPECT_EQ(resume_validator("\"abc\"", "Sun, 06 Nov 1994 08:49:37 GMT"), "\"abc\"");
    EXPECT_EQ(resume_validator("W/\"abc\"", "Sun, 06 Nov 1994 08:49:37 GMT"), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(resume_validator("W/\"abc\"", std::nullopt), "");
    EXPECT_EQ(resume_validator("abc", std::nullopt), "") << "unquoted is no tag";
    EXPECT_EQ(resume_validator("\"", std::nullopt), "");
    EXPECT_EQ(resume_validator("", std::nullopt), "");
    EXPECT_EQ(resume_validator(std::nullopt, std::nullopt), "");
}

TEST(Resume, AContentRangeIsExactlyThatOrNothing) {
    const auto good = parse_content_range("bytes 0-0/1");
    ASSERT_TRUE(good);
    EXPECT_EQ(good->first, 0U);
    EXPECT_EQ(good->last, 0U);
    EXPECT_EQ(good->total, 1U);
    EXPECT_EQ(parse_content_range("bytes 5-18446744073709551614/18446744073709551615")->last, ~0ULL - 1);
    for (const char* text : {"",
                             "bytes",
                             "bytes ",
                             "bytes */1000",
                             "bytes 0-9",
                             "bytes 0-9/",
                             "bytes 0-9/9",
                             "bytes 9-0/10",
                             "bytes 0-10/10",
                             "bytes -5-9/10",
                             "bytes +0-9/10",
                             "bytes 0 - 9/10",
                             "bytes 0-9/10 ",
                             "bytes 0-9/10x",
                             "bytes 0-9/**",
                             "bytes 0-18446744073709551616/*",
                             "bytes 99999999999999999999999-1/*",
                             "items 0-9/10",
                             "0-9/10",
                             "bytes=0-9/10",
                             "bytes 0-9/-1",
                             "bytes 0-9,10-19/20"})
        EXPECT_FALSE(parse_content_range(text)) << text;
}

}  // namespace
}  // namespace garner
