// What changes from one list of targets to the next, which list is an alarm, and when a list is looked at again.
#include "core/target_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace garner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const Target press{"1", "Press"};
const Target saw{"2", "Saw"};
const Target mill{"3", "Mill"};

TEST(TargetList, what_appears_vanishes_and_is_renamed_is_told_by_the_id) {
    const Target big_press{"1", "Big press"};
    const ListDiff diff = diff_lists({press, saw}, {mill, big_press});
    EXPECT_THAT(diff.appeared, ElementsAre(mill));
    EXPECT_THAT(diff.vanished, ElementsAre(saw));
    EXPECT_THAT(diff.renamed, ElementsAre(Pair(press, big_press)));
    EXPECT_FALSE(diff.empty());
}

TEST(TargetList, another_order_other_tags_and_an_id_that_comes_twice_are_no_change) {
    Target tagged = press;
    tagged.traits.tags = {"backup"};
    EXPECT_TRUE(diff_lists({press, saw}, {saw, tagged, saw}).empty());
    EXPECT_THAT(diff_lists({}, {mill, mill}).appeared, ElementsAre(mill));
    EXPECT_TRUE(diff_lists({}, {}).empty());
}

TEST(TargetList, fewer_than_the_ratio_allows_is_an_alarm) {
    struct Row {
        std::size_t known;
        std::size_t listed;
        double ratio;
        std::string why;
    };
    const std::vector<Row> rows{
        {6, 2, 0.5, "it has 2 targets, and the last one had 6"},
        {6, 3, 0.5, ""},
        {3, 1, 0.5, "it has 1 target, and the last one had 3"},
        {2, 1, 0.5, ""},
        {1, 0, 0.5, "it is empty, and the last one had 1 target"},
        {0, 0, 0.5, ""},
        {0, 9, 1.0, ""},
        {10, 9, 1.0, "it has 9 targets, and the last one had 10"},
        {10, 1, 0.0, ""},
        {10, 0, 0.0, "it is empty, and the last one had 10 targets"},
        {300, 900, 0.5, ""},
    };
    for (const Row& row : rows)
        EXPECT_EQ(why_not_believed(row.known, row.listed, row.ratio), row.why) << row.known << " " << row.listed;
}

TEST(TargetList, sources_are_looked_at_each_at_its_own_pace_and_never_later_than_the_interval) {
    const Duration interval{900'000};
    std::set<Duration> periods;
    for (int i = 0; i < 50; ++i) {
        const Duration period = refresh_period("source-" + std::to_string(i), interval);
        EXPECT_LE(period, interval);
        EXPECT_GT(period, interval * 8 / 10);
        EXPECT_EQ(period, refresh_period("source-" + std::to_string(i), interval)) << "always the same";
        periods.insert(period);
    }
    EXPECT_GT(periods.size(), 40U);
    EXPECT_EQ(refresh_period("a", Duration(1)), Duration(1));
}

}  // namespace
}  // namespace garner
