// What a job expects of an artifact, as a table: each row is a file, what is known of the target, and what is said.
#include "core/expectation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Sizes = std::vector<std::uint64_t>;

const Sizes around_1000{1000, 900, 1100, 950, 1050};

ProbeResult csv(std::uint64_t rows, std::vector<std::string> names = {"State", "Start Time"}) {
    ProbeResult result;
    result.summary = "csv";
    CsvContent content;
    content.rows = rows;
    content.columns_min = content.columns_max = names.size();
    content.names = std::move(names);
    if (rows == 0) content.no_row = "there is a header but no row";
    result.csv = content;
    return result;
}

std::string doubts(std::uint64_t size, const ProbeResult& probe, Sizes sizes, const Expectation& expect) {
    std::string text;
    for (const std::string& reason : reasons_to_doubt(size, probe, std::move(sizes), expect))
        text += (text.empty() ? "" : "; ") + reason;
    return text;
}

TEST(Expectation, what_is_whole_and_of_the_usual_size_is_good) {
    EXPECT_EQ(doubts(1000, csv(10), {}, {}), "");
    EXPECT_EQ(doubts(1, csv(1), {}, {}), "");
    EXPECT_EQ(doubts(1000, csv(10), around_1000, {}), "");
    ProbeResult backup;
    EXPECT_EQ(doubts(1000, backup, around_1000, {}), "") << "what is no CSV has no rows to miss";
}

TEST(Expectation, the_size_is_held_against_the_median_of_the_last_ones_once_there_are_five) {
    struct Row {
        std::uint64_t size;
        Sizes sizes;
        std::string says;
    };
    const std::vector<Row> rows{
        {100, around_1000, ""},
        {99, around_1000, "it has 99 bytes, 0.099 times the usual 1000; expect.ratio is 0.1 to 10"},
        {10'000, around_1000, ""},
        {10'001, around_1000, "it has 10001 bytes, 10 times the usual 1000; expect.ratio is 0.1 to 10"},
        {1, {1000, 1000, 1000, 1000}, ""},
        {1'000'000, {1000, 1000, 1000, 1000}, ""},
        {1000, {1, 1000, 1000, 1000, 9'000'000}, ""},
        {50'000, {1, 1, 1, 1, 1000, 1000, 1000, 1000, 1000, 1000}, "it has 50000 bytes, 50 times the usual 1000"},
        {7, {0, 0, 0, 0, 0}, ""},
        {std::numeric_limits<std::uint64_t>::max(), {1, 1, 1, 1, 1}, "1.84e+19 times the usual 1"},
    };
    for (const Row& row : rows) {
        const std::string said = doubts(row.size, csv(10), row.sizes, {});
        if (row.says.empty())
            EXPECT_EQ(said, "") << row.size;
        else
            EXPECT_THAT(said, HasSubstr(row.says));
    }
    Expectation narrow;
    narrow.ratio_min = 0.5;
    narrow.ratio_max = 1.5;
    EXPECT_EQ(doubts(500, csv(1), around_1000, narrow), "");
    EXPECT_THAT(doubts(499, csv(1), around_1000, narrow), HasSubstr("expect.ratio is 0.5 to 1.5"));
    EXPECT_THAT(doubts(1501, csv(1), around_1000, narrow), HasSubstr("1.5 times the usual"));
}

TEST(Expectation, sizes_have_bounds_that_the_job_sets) {
    Expectation expect;
    expect.min_size = 100;
    expect.max_size = 200;
    EXPECT_EQ(doubts(100, csv(1), {}, expect), "");
    EXPECT_EQ(doubts(200, csv(1), {}, expect), "");
    EXPECT_EQ(doubts(99, csv(1), {}, expect), "it has 99 bytes, less than expect.min_size (100)");
    EXPECT_EQ(doubts(201, csv(1), {}, expect), "it has 201 bytes, more than expect.max_size (200)");
    ProbeResult empty{"empty", {"the file is empty"}};
    EXPECT_EQ(doubts(0, empty, around_1000, expect), "the file is empty") << "said once";
}

TEST(Expectation, no_row_is_no_success_unless_the_job_allows_it) {
    EXPECT_EQ(doubts(20, csv(0), {}, {}), "there is a header but no row");
    EXPECT_EQ(doubts(20, csv(0), around_1000, {}),
              "there is a header but no row; it has 20 bytes, 0.02 times the usual 1000; expect.ratio is 0.1 to 10");
    Expectation expect;
    expect.allow_empty = true;
    EXPECT_EQ(doubts(20, csv(0), around_1000, expect), "") << "nor is it too small then";
    EXPECT_THAT(doubts(20'000, csv(0), around_1000, expect), HasSubstr("20 times the usual"));
    EXPECT_THAT(doubts(20, csv(1), around_1000, expect), HasSubstr("0.02 times"));
    expect.min_rows = 5;
    EXPECT_EQ(doubts(1000, csv(0), {}, expect), "") << "none, or at least five";
    EXPECT_EQ(doubts(1000, csv(4), {}, expect), "it has 4 rows, less than expect.min_rows (5)");
    EXPECT_EQ(doubts(1000, csv(5), {}, expect), "");
    expect.allow_empty = false;
    EXPECT_EQ(doubts(1000, csv(0), {}, expect), "there is a header but no row");
}

TEST(Expectation, columns_are_a_number_or_names) {
    Expectation count;
    count.column_count = 2;
    EXPECT_EQ(doubts(9, csv(1), {}, count), "");
    EXPECT_EQ(doubts(9, csv(1, {"a"}), {}, count), "it has 1 column, expect.columns is 2");
    ProbeResult archive = csv(3);
    archive.csv->columns_max = 4;
    EXPECT_EQ(doubts(9, archive, {}, count), "it has 2 to 4 columns, expect.columns is 2");
    Expectation names;
    names.columns = {"Start Time", "State"};
    EXPECT_EQ(doubts(9, csv(1), {}, names), "") << "in any order";
    names.columns = {"State", "Speed", "Load"};
    EXPECT_EQ(doubts(9, csv(1), {}, names),
              "it has not all of expect.columns: Speed, Load is missing; there is: State, Start Time");
    ProbeResult nothing = csv(0, {});
    EXPECT_EQ(doubts(9, nothing, {}, count), "there is a header but no row") << "an archive without a file";
}

TEST(Expectation, what_the_probe_says_comes_first_and_stays) {
    ProbeResult page{"an HTML page", {"it is an HTML page, not CSV"}};
    Expectation expect;
    expect.allow_empty = true;
    expect.min_rows = 5;
    expect.columns = {"State"};
    EXPECT_THAT(reasons_to_doubt(20, page, around_1000, expect),
                ElementsAre("it is an HTML page, not CSV", HasSubstr("0.02 times")));
    EXPECT_THAT(reasons_to_doubt(20, page, {}, expect), ElementsAre("it is an HTML page, not CSV"));
}

}  // namespace
}  // namespace garner
