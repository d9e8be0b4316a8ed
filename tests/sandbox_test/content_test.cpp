// The generated CSV: the same bytes however it is read, and rows that a reader of the vendor's files would accept.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/time.hpp"
#include "platform/sha256.hpp"
#include "sandbox/models/activity_csv.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

std::string part(const Content& content, std::uint64_t offset, std::size_t length) {
    std::string text(length, '\0');
    content.read(offset, text);
    return text;
}

TEST(ActivityCsv, is_the_same_wherever_reading_begins) {
    for (const LineEnd end : {LineEnd::lf, LineEnd::crlf}) {
        const ActivityCsv content(42, 300000, end);
        const std::string whole = part(content, 0, content.size());
        for (std::uint64_t i = 0; i < 500; ++i) {
            const std::uint64_t offset = between(0, content.size(), mix(i));
            const std::size_t length = between(0, content.size() - offset, mix(i + 1000)) % 5000;
            const std::size_t fits = std::min<std::size_t>(length, content.size() - offset);
            ASSERT_EQ(part(content, offset, fits), whole.substr(offset, fits)) << "at " << offset;
        }
    }
}

TEST(ActivityCsv, predicts_its_hash) {
    const ActivityCsv content(1, 1 << 20);
    EXPECT_EQ(content.sha256(), Sha256::of(part(content, 0, content.size())));
    EXPECT_EQ(TextContent("").sha256(), Sha256::of(""));
}

TEST(ActivityCsv, differs_with_the_seed) { EXPECT_NE(ActivityCsv(1, 10000).sha256(), ActivityCsv(2, 10000).sha256()); }

TEST(ActivityCsv, holds_a_header_and_whole_rows_that_follow_one_another) {
    const ActivityCsv content(3, 1 << 20);
    EXPECT_LE(content.size(), 1U << 20);
    EXPECT_GT(content.size(), (1U << 20) - 100);
    const std::string whole = part(content, 0, content.size());
    EXPECT_EQ(whole.substr(0, whole.find('\n')),
              "State,Start Time,End Time,Duration,Downtime Reason,Program,Part Count,Defect Count,Ideal Run Rate");
    std::string last_end;
    std::size_t rows = 0;
    for (std::size_t at = whole.find('\n') + 1; at < whole.size(); ++rows) {
        const std::size_t end = whole.find('\n', at);
        ASSERT_NE(end, std::string::npos);
        const std::string row = whole.substr(at, end - at);
        ASSERT_EQ(std::count(row.begin(), row.end(), ','), 8) << row;
        const auto from = parse_rfc3339(row.substr(8, 20));
        const auto to = parse_rfc3339(row.substr(29, 20));
        ASSERT_TRUE(from && to) << row;
        ASSERT_EQ(*to - *from, Duration(10000)) << row;
        if (!last_end.empty()) {
            ASSERT_EQ(row.substr(8, 20), last_end);
        }
        last_end = row.substr(29, 20);
        at = end + 1;
    }
    EXPECT_GT(rows, 8640U);  // more than a day, so that a date has changed
}

TEST(ActivityCsv, is_the_header_alone_when_no_row_fits) {
    const ActivityCsv content(3, 0, LineEnd::crlf);
    EXPECT_EQ(part(content, 0, content.size()).find("\r\n"), content.size() - 2);
}

TEST(ActivityCsv, reaches_tens_of_gigabytes_at_once) {
    const ActivityCsv content(3, 50ULL << 30);
    const std::string end = part(content, content.size() - 95, 95);
    EXPECT_EQ(end.front(), '\n');
    EXPECT_EQ(end.back(), '\n');
}

}  // namespace
}  // namespace garner::sandbox
