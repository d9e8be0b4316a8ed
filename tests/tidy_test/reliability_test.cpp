// docs/RELIABILITY.md: each fault names a test that exists.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tidy_test/source_tree.hpp"

namespace garner::tidy {
namespace {

std::set<std::string> matches_in(const std::string& text, const std::regex& pattern) {
    std::set<std::string> names;
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
        names.insert((*it)[1].str() + (it->size() > 2 ? "." + (*it)[2].str() : ""));
    return names;
}

// As the page writes them: "Suite.Name", "system/story", "fuzz/target".
std::set<std::string> tests_of_the_tree() {
    std::set<std::string> tests;
    const std::regex test(R"(\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
    for (const SourceFile& file : files_in("tests", {"_test.cpp"})) tests.merge(matches_in(file.text, test));
    const std::string cmake = read_file("tests/CMakeLists.txt");
    std::smatch stories;
    if (std::regex_search(cmake, stories, std::regex(R"(foreach\(story ([^)]*)\))"))) {
        std::istringstream words(stories[1]);
        for (std::string story; words >> story;) tests.insert("system/" + story);
    }
    for (const SourceFile& file : files_in("tests/fuzz", {"_fuzz.cpp"}))
        tests.merge(matches_in(file.path, std::regex(R"(^tests/(fuzz/\w+)_fuzz\.cpp$)")));
    return tests;
}

TEST(reliability, every_fault_names_tests_that_exist) {
    const std::set<std::string> tests = tests_of_the_tree();
    const std::regex named(R"(`(\w+[./]\w+)`)");
    std::istringstream page(read_file("docs/RELIABILITY.md"));
    std::size_t faults = 0;
    bool among_faults = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("| fault |"))
            among_faults = true;
        else if (!line.starts_with("|"))
            among_faults = false;
        else if (among_faults && !line.starts_with("|---")) {
            ++faults;
            const std::string shown_by = line.substr(line.rfind('|', line.size() - 2));
            const auto names = matches_in(shown_by, named);
            EXPECT_FALSE(names.empty()) << "no test shows: " << line;
            for (const std::string& name : names) EXPECT_TRUE(tests.contains(name)) << name << " is no test: " << line;
        }
    }
    EXPECT_GE(faults, 70U);
}

}  // namespace
}  // namespace garner::tidy
