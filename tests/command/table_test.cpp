// Tables line up by what is seen, and a vendor's name cannot draw on the terminal.
#include "command/table.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace garner {
namespace {

TEST(table, columns_line_up_by_what_is_seen) {
    Table table({"NAME", "SIZE"});
    table.add({"Presse Größe", "1"});
    table.add({"プレス", "2"});
    table.add({"e\u0301", "3"});
    std::ostringstream out;
    table.print(out, false);
    EXPECT_EQ(out.str(),
              "NAME          SIZE\n"
              "Presse Größe  1\n"
              "プレス        2\n"
              "e\u0301             3\n");
}

TEST(table, control_characters_do_not_reach_the_terminal) {
    Table table({"NAME"});
    table.add({"a\x1b[2Jb\nc\xff"});
    std::ostringstream out;
    table.print(out, true);
    const std::string text = out.str();
    EXPECT_EQ(text.find("\x1b[2J"), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(table, a_long_name_is_cut_and_a_reason_keeps_its_end) {
    Table table({"NAME", "WHY"});
    table.add({std::string(500, 'n'), std::string(500, 'w') + ": 500 Internal Server Error"});
    std::ostringstream out;
    table.print(out, false);
    EXPECT_EQ(out.str().find(std::string(201, 'n')), std::string::npos);
    EXPECT_NE(out.str().find(": 500 Internal Server Error\n"), std::string::npos);
}

TEST(table, is_coloured_only_when_asked) {
    Table table({"STATE"});
    table.add({Cell("failed", Tint::bad)});
    std::ostringstream plain;
    table.print(plain, false);
    EXPECT_EQ(plain.str(), "STATE\nfailed\n");
    std::ostringstream coloured;
    table.print(coloured, true);
    EXPECT_NE(coloured.str().find("\033[31mfailed\033[0m"), std::string::npos);
}

}  // namespace
}  // namespace garner
