// Where a chain of manifests is broken, and in which order it was written.
#include "core/manifest_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ChainLink link(const std::string& name, std::optional<std::string> previous, int minute) {
    return {name + ".csv", name, std::move(previous), from_unix_ms(minute * 60'000LL)};
}

TEST(ManifestChain, is_followed_by_its_hashes_and_not_by_its_times) {
    const Chain chain = follow_chain({link("c", "b", 1), link("a", std::nullopt, 3), link("b", "a", 2)}, {});
    EXPECT_THAT(chain.order, ElementsAre(1, 2, 0)) << "clocks are set, hashes are not";
    EXPECT_THAT(chain.breaks, IsEmpty());
    EXPECT_THAT(follow_chain({}, {}).order, IsEmpty());
}

TEST(ManifestChain, names_the_place_where_one_is_missing_or_edited) {
    const std::vector<ChainLink> links{link("a", std::nullopt, 1), link("c", "b", 3), link("d", "c", 4)};
    const Chain chain = follow_chain(links, {});
    EXPECT_THAT(chain.order, ElementsAre(0, 1, 2));
    ASSERT_THAT(chain.breaks, SizeIs(1));
    EXPECT_EQ(chain.breaks[0].link, 1U);
    EXPECT_EQ(chain.breaks[0].missing, "b");
    EXPECT_THAT(chain.breaks[0].what, HasSubstr("removed or edited; stored before it was a.csv"));
    EXPECT_THAT(follow_chain(links, {"b"}).breaks, IsEmpty()) << "known to be gone";
}

TEST(ManifestChain, has_one_beginning_and_no_forks) {
    const Chain two = follow_chain({link("a", std::nullopt, 1), link("b", std::nullopt, 2)}, {});
    ASSERT_THAT(two.breaks, SizeIs(1));
    EXPECT_THAT(two.breaks[0].what, HasSubstr("says that it is the first, as a.csv does"));
    const Chain fork = follow_chain({link("a", std::nullopt, 1), link("b", "a", 2), link("c", "a", 3)}, {});
    ASSERT_THAT(fork.breaks, SizeIs(1));
    EXPECT_EQ(fork.breaks[0].link, 2U);
    EXPECT_THAT(fork.breaks[0].what, HasSubstr("the same manifest before it as b.csv"));
    EXPECT_THAT(fork.order, ElementsAre(0, 1, 2));
}

TEST(ManifestChain, has_every_link_once_even_where_two_are_the_same_bytes_or_name_themselves) {
    const Chain copies = follow_chain({link("a", std::nullopt, 1), link("a", std::nullopt, 2), link("b", "a", 3)}, {});
    EXPECT_THAT(copies.order, testing::UnorderedElementsAre(0, 1, 2));
    EXPECT_THAT(copies.breaks, SizeIs(1));
    EXPECT_THAT(follow_chain({link("a", "b", 1), link("b", "a", 2)}, {}).order, ElementsAre(0, 1));
    EXPECT_THAT(follow_chain({link("a", "a", 1)}, {}).order, ElementsAre(0));
}

}  // namespace
}  // namespace garner
