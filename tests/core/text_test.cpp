// Text from elsewhere, made safe: names for files, words for logs, what somebody probably meant.
#include "core/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace garner {
namespace {

using namespace std::string_literals;
using Rows = std::vector<std::pair<std::string, std::string>>;

TEST(Text, AHostileNameIsOneHarmlessPathComponent) {
    const Rows rows{{"Press 1", "Press_1"},
                    {"", "_"},
                    {".", "_"},
                    {"..", "_."},
                    {"../../etc/passwd", "_._.._etc_passwd"},
                    {"/etc/passwd", "_etc_passwd"},
                    {"C:\\Windows", "C__Windows"},
                    {"-rf", "_rf"},
                    {".hidden", "_hidden"},
                    {"a\0b"s, "a_b"},
                    {"a\nb\tc\x7f", "a_b_c_"},
                    {"a'b\"c$(d)`e`;f*g?", "a_b_c__d__e__f_g_"},
                    {"gpj.\xE2\x80\xAE"s + "exe", "gpj._exe"},
                    {"zero\xE2\x80\x8Bwidth", "zero_width"},
                    {"\xEF\xBB\xBFmark", "_mark"},
                    {"slash\xE2\x88\x95like", "slash_like"},
                    {"broken\xFF\xC3", "broken__"},
                    {"over\xC0\xAFlong", "over__long"},
                    {"surrogate\xED\xA0\x80", "surrogate___"},
                    {"Fräse-Ölpresse", "Fräse-Ölpresse"},
                    {"プレス1", "プレス1"},
                    {"CON", "CON"},
                    {"NUL.txt", "NUL.txt"}};
    for (const auto& [name, safe] : rows) EXPECT_EQ(escape_path_component(name), safe) << printable(name);
}

TEST(Text, ALongNameIsCutAtACharactersBoundary) {
    EXPECT_EQ(escape_path_component(std::string(255, 'a')), std::string(80, 'a'));
    EXPECT_EQ(escape_path_component(std::string(1'000'000, '/')), std::string(80, '_'));
    std::string umlauts = "x";
    for (int i = 0; i < 200; ++i) umlauts += "ä";
    const std::string cut = escape_path_component(umlauts);
    EXPECT_EQ(cut, umlauts.substr(0, 79)) << "the 40th ä would end at byte 81";
}

TEST(Text, EveryByteSequenceOfTwoGivesAName) {
    for (int first = 0; first < 256; ++first)
        for (int second = 0; second < 256; ++second) {
            const std::string name{static_cast<char>(first), static_cast<char>(second)};
            const std::string safe = escape_path_component(name);
            ASSERT_FALSE(safe.empty());
            ASSERT_TRUE(safe.front() != '.' && safe.front() != '-') << first << " " << second;
            ASSERT_EQ(safe.find_first_of("/\\\n"s + '\0'), std::string::npos) << first << " " << second;
            ASSERT_EQ(escape_path_component(safe), safe) << "an escaped name stays as it is";
        }
}

TEST(Text, VendorsWordsArePrintedOnOneLineAndCannotDeceive) {
    const Rows rows{{"plain words", "plain words"},
                    {"Größe 日本", "Größe 日本"},
                    {"a\r\nlevel=error", "a\\x0d\\x0alevel=error"},
                    {"\x1b[31mred", "\\x1b[31mred"},
                    {"a\0b"s, "a\\x00b"},
                    {"gpj\xE2\x80\xAE"s + "exe", "gpj\\u202eexe"},
                    {"\xC2\x85next", "\\x85next"},
                    {"bad\xFF!", "bad\xEF\xBF\xBD!"},
                    {"cut\xE2\x82", "cut\xEF\xBF\xBD\xEF\xBF\xBD"}};
    for (const auto& [raw, shown] : rows) EXPECT_EQ(printable(raw), shown);
    EXPECT_EQ(printable("abcdef", 4), "abcd...");
    EXPECT_EQ(printable("abcdef", 6), "abcdef");
    EXPECT_EQ(printable("abcä", 4), "abc...");
    EXPECT_EQ(printable(std::string(10'000, 'x')).size(), 303U);
}

TEST(Text, AUrlForPeopleHasNoCredentialAndNoQuery) {
    const Rows rows{{"https://s3.example/a/b.csv?X-Amz-Signature=deadbeef", "https://s3.example/a/b.csv?..."},
                    {"https://user:secret@host/path", "https://host/path"},
                    {"https://user:se@cret@host/path", "https://host/path"},
                    {"https://host/a@b", "https://host/a@b"},
                    {"https://host/p#fragment", "https://host/p?..."},
                    {"https://host?a=b/c@d", "https://host?..."},
                    {"https://host/a\nb", "https://host/a\\x0ab"},
                    {"no url at all", "no url at all"},
                    {"", ""}};
    for (const auto& [url, shown] : rows) EXPECT_EQ(redact_url(url), shown);
}

TEST(Text, AMistypedWordIsGuessedAndAnotherWordIsNot) {
    constexpr std::array<std::string_view, 5> known{"schedule", "deadline", "retries", "zone", "url"};
    const Rows rows{{"shedule", "schedule"},   {"schedlue", "schedule"},
                    {"scheduled", "schedule"}, {"dedline", "deadline"},
                    {"zome", "zone"},          {"uri", "url"},
                    {"ruls", "url"},           {"abc", ""},
                    {"retention", ""},         {"", ""}};
    for (const auto& [word, meant] : rows) EXPECT_EQ(near_miss(word, known), meant) << word;
    EXPECT_EQ(near_miss(std::string(1'000'000, 's'), known), "");
    EXPECT_EQ(near_miss("schedule", {}), "");
}

TEST(Text, AGlobMatchesTheWholeText) {
    const std::vector<std::tuple<std::string, std::string, bool>> rows{{"*", "", true},
                                                                       {"*", "anything", true},
                                                                       {"Press*", "Press 1", true},
                                                                       {"Press*", "A Press", false},
                                                                       {"*1", "Press 11", true},
                                                                       {"*a*b", "xaxbxb", true},
                                                                       {"*a*b", "xaxbx", false},
                                                                       {"?", "ä", true},
                                                                       {"?", "", false},
                                                                       {"??", "ä", false},
                                                                       {"a?c", "abc", true},
                                                                       {"press", "Press", false},
                                                                       {"[ab]", "a", false},
                                                                       {"[ab]", "[ab]", true},
                                                                       {"", "", true},
                                                                       {"", "a", false},
                                                                       {"**", "a", true},
                                                                       {"a\\*", "a\\b", true}};
    for (const auto& [pattern, text, matches] : rows)
        EXPECT_EQ(glob_matches(pattern, text), matches) << pattern << " on " << text;
    EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*b", std::string(20'000, 'a'))) << "and without blowing up";
    EXPECT_TRUE(is_glob("a*"));
    EXPECT_TRUE(is_glob("a?"));
    EXPECT_FALSE(is_glob("a[b]"));
}

TEST(Text, SizesAreForPeople) {
    EXPECT_EQ(format_size(0), "0 B");
    EXPECT_EQ(format_size(1023), "1023 B");
    EXPECT_EQ(format_size(1536), "1.5 KiB");
    EXPECT_EQ(format_size(1610612736), "1.5 GiB");
    EXPECT_EQ(format_size(~0ULL), "16384.0 PiB");
}

TEST(Text, BlanksAndCaseAreAsciiOnly) {
    EXPECT_EQ(trim_ascii(" \t a b\r\n"), "a b");
    EXPECT_EQ(trim_ascii(" \n"), "");
    EXPECT_EQ(to_lower_ascii("ÄBC-z"), "Äbc-z");
}

}  // namespace
}  // namespace garner
