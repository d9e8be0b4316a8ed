// How instants and spans are written and read. Vendors' texts are hostile: what is not exactly the form is nothing.
#include "core/time.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace garner {
namespace {

using Rows = std::vector<std::pair<std::string, std::int64_t>>;

TEST(Time, ADurationIsNumbersWithUnitsInFallingOrder) {
    const Rows rows{{"0s", 0},
                    {"250ms", 250},
                    {"90s", 90'000},
                    {"15m", 900'000},
                    {"1h30m", 5'400'000},
                    {"7d", 604'800'000},
                    {"1w", 604'800'000},
                    {"1y", 31'536'000'000},
                    {"1y2w3d4h5m6s7ms", 33'019'506'007},
                    {"1m1ms", 60'001},
                    {"100y", 3'153'600'000'000}};
    for (const auto& [text, ms] : rows) {
        ASSERT_TRUE(parse_duration(text)) << text;
        EXPECT_EQ(parse_duration(text)->count(), ms) << text;
    }
}

TEST(Time, AnythingElseIsNoDuration) {
    for (const std::string text : {"",
                                   "5",
                                   "s",
                                   "-5s",
                                   "+5s",
                                   "1.5h",
                                   "5 m",
                                   " 5m",
                                   "5m ",
                                   "5S",
                                   "5M",
                                   "5min",
                                   "1m1h",
                                   "1m1m",
                                   "5m3",
                                   "1e9s",
                                   "101y",
                                   "100y1ms",
                                   "99999999999999999999s",
                                   "9223372036854775807ms",
                                   "0x10s",
                                   "five",
                                   "5m\n",
                                   "5µs"})
        EXPECT_FALSE(parse_duration(text)) << text;
    EXPECT_FALSE(parse_duration(std::string("5m\0", 3)));
    EXPECT_FALSE(parse_duration(std::string(100'000, '9') + "s"));
}

TEST(Time, ADurationIsWrittenShortAndReadsBack) {
    EXPECT_EQ(format_duration(Duration(0)), "0s");
    EXPECT_EQ(format_duration(Duration(5'400'000)), "1h30m");
    EXPECT_EQ(format_duration(Duration(250)), "250ms");
    EXPECT_EQ(format_duration(Duration(604'800'000)), "1w");
    for (std::int64_t ms = 1; ms < 3'000'000'000'000; ms = ms * 3 + 7)
        EXPECT_EQ(parse_duration(format_duration(Duration(ms))), Duration(ms)) << format_duration(Duration(ms));
}

TEST(Time, AnInstantIsRfc3339InUtcWithMillisecondsOnlyWhereThereAreSome) {
    EXPECT_EQ(format_rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(format_rfc3339(from_unix_ms(1'772'331'300'000)), "2026-03-01T02:15:00Z");
    EXPECT_EQ(format_rfc3339(from_unix_ms(1'772'331'300'250)), "2026-03-01T02:15:00.250Z");
    EXPECT_EQ(format_rfc3339(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(format_basic(from_unix_ms(1'772'331'300'250)), "20260301T021500Z");
}

TEST(Time, Rfc3339IsReadWithAnyOffset) {
    const Rows rows{{"1970-01-01T00:00:00Z", 0},
                    {"2026-03-01T02:15:00Z", 1'772'331'300'000},
                    {"2026-03-01T02:15:00.25Z", 1'772'331'300'250},
                    {"2026-03-01T02:15:00.2509999Z", 1'772'331'300'250},
                    {"2026-03-01T03:15:00+01:00", 1'772'331'300'000},
                    {"2026-02-28T18:45:00-07:30", 1'772'331'300'000},
                    {"2024-02-29T00:00:00Z", 1'709'164'800'000}};
    for (const auto& [text, ms] : rows) {
        ASSERT_TRUE(parse_rfc3339(text)) << text;
        EXPECT_EQ(to_unix_ms(*parse_rfc3339(text)), ms) << text;
    }
}

TEST(Time, AnythingElseIsNoRfc3339) {
    for (const std::string text : {"",
                                   "2026-03-01",
                                   "2026-03-01T02:15:00",
                                   "2026-03-01 02:15:00Z",
                                   " 2026-03-01T02:15:00Z",
                                   "2026-03-01T02:15:00Z ",
                                   "2026-02-30T00:00:00Z",
                                   "2025-02-29T00:00:00Z",
                                   "2026-13-01T00:00:00Z",
                                   "2026-03-01T24:00:01Z",
                                   "2026-03-01T02:60:00Z",
                                   "2026-3-1T2:15:00.000Z",
                                   "-2026-03-01T02:15:00Z",
                                   "12026-03-01T02:15:00Z",
                                   "2026-03-01T02:15:00.Z",
                                   "2026-03-01T02:15:00+0100",
                                   "2026-03-01T02:15:00+1:00",
                                   "infinite-future",
                                   "infinite-past-and-more",
                                   "2026-03-01T02:15:00ZZ",
                                   "20260301T021500Z1234"})
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    EXPECT_FALSE(parse_rfc3339(std::string("2026-03-01T02:15:00\0", 20)));
    EXPECT_FALSE(parse_rfc3339(std::string(1'000'000, '2')));
}

TEST(Time, AnHttpDateIsTheFixedFormOnly) {
    ASSERT_TRUE(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    EXPECT_EQ(to_unix_ms(*parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")), 784'111'777'000);
    EXPECT_TRUE(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT"));
    for (const std::string text :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
          "Sun, 06 Nov -994 08:49:37 GMT", "Sun,  6 Nov 1994 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT ", "1e9", "120"})
        EXPECT_FALSE(parse_http_date(text)) << text;
}

}  // namespace
}  // namespace garner
