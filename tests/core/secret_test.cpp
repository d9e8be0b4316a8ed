// What the compiler refuses to do with a secret, and that a moved-from one is empty.
#include "core/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace garner {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
    out << value;
};
template <class T>
concept Concatenable = requires(const std::string& text, const T& value) {
    text + value;
};
template <class T>
concept Countable = requires(const T& value) {
    value.size();
};

static_assert(Streamable<std::string> && Concatenable<std::string>, "the concepts themselves work");
static_assert(!Streamable<Secret>);
static_assert(!Concatenable<Secret>);
static_assert(!Countable<Secret>);
static_assert(!std::equality_comparable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<Secret, bool>);
static_assert(!std::is_convertible_v<std::string, Secret>, "a text becomes a secret only by saying so");

TEST(Secret, IsGivenOutByRevealOnlyAndLeavesNothingBehindWhenMoved) {
    for (const std::string& text : {std::string("short"), std::string(100, 'l')}) {
        Secret secret(text);
        EXPECT_EQ(secret.reveal(), text);
        Secret copy = secret;
        Secret moved = std::move(secret);
        EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
        EXPECT_EQ(moved.reveal(), text);
        Secret assigned("before");
        assigned = std::move(moved);
        EXPECT_TRUE(moved.empty());  // NOLINT(bugprone-use-after-move)
        EXPECT_EQ(assigned.reveal(), text);
        assigned = copy;
        EXPECT_EQ(assigned.reveal(), copy.reveal());
        const Secret& itself = assigned;
        assigned = itself;
        EXPECT_EQ(assigned.reveal(), text);
    }
    EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace garner
