// Which targets a job takes. A target that is asked for and missing must be loud; two of one name are two targets.
#include "core/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<Target> listed{{"p1", "Press 1"}, {"p2", "Press 2"}, {"s1", "Saw"},
                                 {"s2", "Saw"},     {"x*", "Oven"},    {"..", "../../etc/passwd"}};

std::vector<std::string> taken(const TargetSelector& selector) {
    std::vector<std::string> ids;
    for (const Target& target : select_targets(selector, listed).targets) ids.push_back(target.id);
    return ids;
}

std::string complaint(const std::string& word) {
    const Selection selection = select_targets({{word}, {}}, listed);
    if (selection.unresolved.size() != 1) return "complaints: " + std::to_string(selection.unresolved.size());
    return selection.unresolved.front().word + ": " + selection.unresolved.front().reason;
}

TEST(Selection, NamesGlobsAndIdsTakeEachTargetOnceInTheVendorsOrder) {
    EXPECT_THAT(taken({{"Press 2", "Press 1"}, {}}), ElementsAre("p1", "p2"));
    EXPECT_THAT(taken({{"Press*", "Press 1", "id:p1"}, {}}), ElementsAre("p1", "p2"));
    EXPECT_THAT(taken({{"*"}, {}}), ElementsAre("p1", "p2", "s1", "s2", "x*", ".."));
    EXPECT_THAT(taken({{"Saw*"}, {}}), ElementsAre("s1", "s2")) << "a glob takes both of one name";
    EXPECT_THAT(taken({{"id:s2"}, {}}), ElementsAre("s2"));
    EXPECT_THAT(taken({{"id:x*"}, {}}), ElementsAre("x*")) << "an id is no pattern";
    EXPECT_THAT(taken({{"../../etc/passwd"}, {}}), ElementsAre(".."));
    EXPECT_THAT(taken({{}, {}}), IsEmpty());
}

TEST(Selection, ExcludeWinsOverEverything) {
    EXPECT_THAT(taken({{"*"}, {"Saw", "id:p2", "O*", "..*"}}), ElementsAre("p1"));
    EXPECT_THAT(taken({{"Press 1"}, {"Press 1"}}), IsEmpty());
    EXPECT_THAT(taken({{"*"}, {"no such"}}), testing::SizeIs(6));
    EXPECT_THAT(select_targets({{"Press 1"}, {"*"}}, listed).unresolved, IsEmpty()) << "left out on purpose";
}

TEST(Selection, ANameThatIsNotThereIsAComplaintWithAGuess) {
    EXPECT_THAT(complaint("Pres 1"), HasSubstr("did you mean 'Press 1'"));
    EXPECT_THAT(complaint("press 1"), HasSubstr("no such target"));
    EXPECT_THAT(complaint("Lathe"), testing::EndsWith("no such target"));
    EXPECT_THAT(complaint("id:gone"), HasSubstr("id:gone: the vendor lists no such target"));
    EXPECT_THAT(complaint("id:*"), HasSubstr("no such target"));
    EXPECT_THAT(complaint("Lathe*"), HasSubstr("complaints: 0")) << "a glob may match nothing";
}

TEST(Selection, ANameThatMeansTwoIsAComplaintWithBothIds) {
    EXPECT_THAT(complaint("Saw"), testing::AllOf(HasSubstr("2 targets"), HasSubstr("id:s1"), HasSubstr("id:s2")));
    EXPECT_THAT(taken({{"Saw"}, {}}), IsEmpty());
}

TEST(Selection, ATargetThatIsListedTwiceIsOneTarget) {
    const std::vector<Target> twice{{"p1", "Press 1"}, {"p2", "Press 2"}, {"p1", "Press 1"}};
    const Selection selection = select_targets({{"Press 1"}, {}}, twice);
    EXPECT_THAT(selection.unresolved, IsEmpty());
    EXPECT_THAT(selection.targets, ElementsAre(Target{"p1", "Press 1"}));
}

}  // namespace
}  // namespace garner
