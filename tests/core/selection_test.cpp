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
    EXPECT_THAT(select_targets({{"Press 1", "Press 2"}, {"Press 1"}}, listed).unresolved, IsEmpty())
        << "left out on purpose";
}

TEST(Selection, ANameThatIsNotThereIsAComplaintWithAGuess) {
    EXPECT_THAT(complaint("Pres 1"), HasSubstr("did you mean 'Press 1'"));
    EXPECT_THAT(complaint("press 1"), HasSubstr("no such target"));
    EXPECT_THAT(complaint("Lathe"), testing::EndsWith("no such target"));
    EXPECT_THAT(complaint("id:gone"), HasSubstr("id:gone: the vendor lists no such target"));
    EXPECT_THAT(complaint("id:*"), HasSubstr("no such target"));
    EXPECT_THAT(select_targets({{"Press 1", "Lathe*"}, {}}, listed).unresolved, IsEmpty())
        << "a glob may match nothing";
}

TEST(Selection, AJobThatTakesNothingAtAllIsAComplaint) {
    EXPECT_EQ(complaint("Lathe*"), "Lathe*: the job takes none of the 6 targets that the vendor lists");
    EXPECT_THAT(select_targets({{"*"}, {"*"}}, listed).unresolved, testing::SizeIs(1));
    EXPECT_THAT(select_targets({{"Lathe*", "Mill*"}, {}}, {}).unresolved, testing::SizeIs(1));
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

const std::vector<Target> appliances{{"a1", "ctl-a", {{"backup", "eu"}, {"controller"}, false}},
                                     {"a2", "ctl-b", {{"us"}, {"controller", "gateway"}, false}},
                                     {"a3", "gw-a", {{"backup"}, {"gateway"}, true}},
                                     {"a4", "gw-b", {{}, {"gateway", "connector"}, true}},
                                     {"a5", "logs", {{"backup"}, {"logserver"}, false}}};

std::string chosen(const TargetSelector& selector) {
    const Selection selection = select_targets(selector, appliances);
    std::string text;
    for (const Target& target : selection.targets) text += target.id + " ";
    for (const Target& target : selection.stateless) text += "stateless:" + target.id + " ";
    for (const Unresolved& word : selection.unresolved) text += word.word + "?" + word.reason + " ";
    return text;
}

TEST(Selection, TagsAndFunctionsNarrowWhatIsIncluded) {
    EXPECT_EQ(chosen({{"*"}, {}, {"eu", "us"}, {}}), "a1 a2 ");
    EXPECT_EQ(chosen({{"*"}, {}, {}, {"controller", "logserver"}}), "a1 a2 a5 ");
    EXPECT_EQ(chosen({{"*"}, {}, {"backup"}, {"controller"}}), "a1 ") << "one of each list";
    EXPECT_EQ(chosen({{}, {}, {"backup"}, {"controller"}}), "a1 ") << "filters alone take from all";
    EXPECT_EQ(chosen({{}, {"ctl-b"}, {}, {"controller"}}), "a1 ");
    EXPECT_EQ(chosen({{"*"}, {}, {"Backup"}, {}}),
              "*?the job takes none of the 5 targets that the vendor lists; is a tag or function misspelt? ")
        << "tags are the vendor's own spelling";
}

TEST(Selection, ANameThatTheFiltersLeaveOutIsAComplaint) {
    EXPECT_EQ(chosen({{"ctl-b"}, {}, {"backup", "eu"}, {}}),
              "ctl-b?it is there, but it has none of the tags backup, eu (its tags: us); drop its name or the filter ");
    EXPECT_THAT(chosen({{"id:a4", "*"}, {}, {}, {"controller"}}),
                testing::AllOf(testing::StartsWith("a1 a2 id:a4?"),
                               HasSubstr("none of the functions controller (its functions: gateway, connector)")));
    EXPECT_THAT(chosen({{"gw-b"}, {}, {"backup"}, {}}), HasSubstr("(its tags: none)"));
    EXPECT_EQ(chosen({{"ctl-a", "ctl-b"}, {"ctl-b"}, {"backup"}, {}}), "a1 ") << "left out on purpose";
}

TEST(Selection, WhatHoldsNoStateIsTakenOnlyWhenAskedFor) {
    EXPECT_EQ(chosen({{"*"}, {}, {}, {}}), "a1 a2 a5 stateless:a3 stateless:a4 ");
    EXPECT_EQ(chosen({{"*", "gw-a"}, {}, {}, {}}), "a1 a2 a3 a5 stateless:a4 ");
    EXPECT_EQ(chosen({{"id:a4"}, {}, {}, {}}), "a4 ");
    EXPECT_EQ(
        chosen({{"gw-*"}, {}, {}, {}}),
        "stateless:a3 stateless:a4 gw-*?the job takes none of the 5 targets that the vendor lists; 2 match but hold no "
        "state ");
    EXPECT_EQ(chosen({{"*"}, {}, {"backup"}, {}}), "a1 a5 stateless:a3 ") << "a tag does not ask for it";
    EXPECT_EQ(chosen({{"*"}, {}, {}, {"gateway"}}), "a2 a3 a4 ");
    EXPECT_EQ(chosen({{"*"}, {"gw-a"}, {}, {}}), "a1 a2 a5 stateless:a4 ") << "excluded is not even shown";
    EXPECT_THAT(chosen({{"gw-a"}, {"gw-*"}, {}, {}}), testing::StartsWith("gw-a?the job takes none"));
}

}  // namespace
}  // namespace garner
