// What every file of the tree must not do, and that the rules see it when one does.
#include "tidy_test/lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace garner::tidy {
namespace {

std::vector<SourceFile> all_code() {
    auto files = files_in("daemon", {".hpp", ".cpp"});
    for (SourceFile& file : files_in("tests", {".hpp", ".cpp"})) files.push_back(std::move(file));
    return files;
}

SourceFile code(const std::string& path, const std::string& text) {
    return {path, text, blank_comments_and_strings(text)};
}

std::string lines_of(const std::string& path, const std::string& text) { return listed(judge_lines(code(path, text))); }

std::string awaits_of(const std::string& text) { return listed(judge_awaits(code("daemon/engine/run.cpp", text))); }

TEST(tidy, no_line_asks_a_raw_clock_or_chance_or_sleeps_or_catches_all_or_postpones) {
    std::vector<Finding> findings;
    for (const SourceFile& file : all_code()) {
        for (Finding& finding : judge_lines(file)) findings.push_back(std::move(finding));
    }
    EXPECT_EQ(listed(findings), "");
}

TEST(tidy, no_co_await_has_a_shape_that_corrupts_the_heap) {
    std::vector<Finding> findings;
    for (const SourceFile& file : all_code()) {
        for (Finding& finding : judge_awaits(file)) findings.push_back(std::move(finding));
    }
    EXPECT_EQ(listed(findings), "");
}

// A .cpp with a header of its name is introduced there.
bool introduced_by_header(const SourceFile& file) {
    return file.path.ends_with(".cpp") && exists_in_tree(file.path.substr(0, file.path.size() - 4) + ".hpp");
}

TEST(tidy, every_file_of_the_daemon_begins_by_saying_what_it_is) {
    std::vector<Finding> findings;
    for (const SourceFile& file : files_in("daemon", {".hpp", ".cpp"})) {
        if (file.text.starts_with("// ") || introduced_by_header(file)) continue;
        findings.push_back({file.path + ":1", "does not begin with a comment that says what it is"});
    }
    EXPECT_EQ(listed(findings), "");
}

TEST(tidy, every_header_is_included_once) {
    std::vector<Finding> findings;
    for (const SourceFile& file : all_code()) {
        if (file.path.ends_with(".hpp") && file.code.find("#pragma once") == std::string::npos) {
            findings.push_back({file.path + ":1", "has no #pragma once"});
        }
    }
    EXPECT_EQ(listed(findings), "");
}

TEST(tidy, raw_clocks_are_seen_outside_the_real_doors_only) {
    const std::string line = "// x\nauto t = std::chrono::system_clock::now();\n";
    EXPECT_EQ(lines_of("daemon/engine/run.cpp", line),
              "daemon/engine/run.cpp:2: a raw clock: time comes through the Clock\n");
    EXPECT_EQ(lines_of("daemon/platform/real/clock.cpp", line), "");
    EXPECT_NE(lines_of("tests/store/x_test.cpp", "auto t = time(nullptr);"), "");
    EXPECT_EQ(lines_of("daemon/ledger/reader.cpp", "record.at = row.time(0);"), "");
    EXPECT_EQ(lines_of("daemon/engine/run.cpp", "co_await sleep_time(0); // system_clock::now()\n"), "");
}

TEST(tidy, sleeping_chance_catch_alls_and_postponed_work_are_seen) {
    EXPECT_NE(lines_of("tests/store/x_test.cpp", "std::this_thread::sleep_for(1s);"), "");
    EXPECT_NE(lines_of("tests/store/x_test.cpp", "    usleep(10);"), "");
    EXPECT_EQ(lines_of("daemon/engine/run.cpp", "co_await clock.sleep_for(pause);"), "");
    EXPECT_NE(lines_of("daemon/engine/run.cpp", "std::random_device device;"), "");
    EXPECT_NE(lines_of("daemon/engine/run.cpp", "} catch (...) {"), "");
    EXPECT_NE(lines_of("daemon/engine/run.cpp", std::string("// TO") + "DO later"), "");
    EXPECT_EQ(lines_of("daemon/engine/run.cpp", "log(\"catch (...)\");"), "");
}

TEST(tidy, the_dangerous_shapes_of_co_await_are_seen) {
    EXPECT_THAT(awaits_of("co_await http.exchange({a, b});"),
                testing::HasSubstr("daemon/engine/run.cpp:1: a brace list"));
    EXPECT_THAT(awaits_of("auto x = co_await f(1,\n    {.a = 1});"), testing::HasSubstr("a brace list"));
    EXPECT_THAT(awaits_of("co_await f(Request{a, b});"), testing::HasSubstr("an object made with braces"));
    EXPECT_THAT(awaits_of("co_await f([cap] { return 1; });"), testing::HasSubstr("a lambda with captures"));
    EXPECT_THAT(awaits_of("co_await f(std::function<void()>(g));"), testing::HasSubstr("an unnamed function object"));
    EXPECT_THAT(awaits_of("co_await (a ? f() : g());"), testing::HasSubstr("?: of two awaitables"));
}

TEST(tidy, the_safe_shapes_of_co_await_pass) {
    EXPECT_EQ(awaits_of("auto reply = co_await http.exchange(request);"), "");
    EXPECT_EQ(awaits_of("co_await f(table[i], g(x) ? 1 : 2, [] { return 1; });"), "");
    EXPECT_EQ(awaits_of("if (!(co_await disk.remove(path))) { g({a, b}); }"), "");
    EXPECT_EQ(awaits_of("for (auto& x : co_await list()) h({x});"), "");
}

TEST(tidy, comments_and_strings_are_no_code) {
    EXPECT_EQ(blank_comments_and_strings("a(\"b\\\"c\", 'd'); // e"), "a(\"    \", ' ');     ");
    EXPECT_EQ(blank_comments_and_strings("x /* y\nz */ 1'000"), "x     \n     1'000");
    EXPECT_EQ(blank_comments_and_strings("R\"(a \" b)\" c"), "R\"       \" c");
}

}  // namespace
}  // namespace garner::tidy
