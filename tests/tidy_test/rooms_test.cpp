// The direction of includes. Rules that are not tested rot: the table in docs/ARCHITECTURE.md is read here.
#include "tidy_test/rooms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace garner::tidy {
namespace {

const char* const small_table = R"(
| room | may include | libraries | in one sentence |
|---|---|---|---|
| `core/` | - | `boost/system` | vocabulary |
| `platform/` | `core/` | `boost/asio` | doors |
| `platform/real/` | `core/` `platform/` | `boost/asio` `boost/asio/ssl` `POSIX` | the real doors |
)";

std::string judged(const std::string& path, const std::string& text) {
    return listed(judge_includes(read_rooms(small_table), {path, text, text}));
}

TEST(rooms, every_include_of_the_daemon_is_allowed_by_the_room_table) {
    const auto rooms = read_rooms(read_file("docs/ARCHITECTURE.md"));
    std::vector<Finding> findings;
    for (const SourceFile& file : files_in("daemon", {".hpp", ".cpp"})) {
        if (file.path == "daemon/precompiled.hpp") continue;  // a cache of what rooms include themselves
        for (Finding& finding : judge_includes(rooms, file)) findings.push_back(std::move(finding));
    }
    EXPECT_EQ(listed(findings), "");
}

TEST(rooms, an_include_upwards_is_named_with_file_and_line) {
    EXPECT_EQ(judged("daemon/core/x.cpp", "// x\n#include \"platform/clock.hpp\"\n"),
              "daemon/core/x.cpp:2: core/ must not include platform/ (\"platform/clock.hpp\")\n");
}

TEST(rooms, a_library_belongs_to_the_rooms_that_list_it) {
    EXPECT_EQ(judged("daemon/platform/x.cpp", "#include <boost/asio/post.hpp>\n#include <vector>\n#include <cerrno>\n"),
              "");
    EXPECT_EQ(judged("daemon/platform/real/x.cpp", "#include <sys/stat.h>\n#include <boost/asio/ssl/context.hpp>\n"),
              "");
    EXPECT_THAT(judged("daemon/platform/x.cpp", "#include <boost/asio/ssl/context.hpp>\n"),
                testing::HasSubstr("`boost/asio/ssl`"));
    EXPECT_THAT(judged("daemon/core/x.cpp", "#include <unistd.h>\n"), testing::HasSubstr("`POSIX`"));
    EXPECT_THAT(judged("daemon/core/x.cpp", "#include <fmt/format.h>\n"), testing::HasSubstr("`fmt`"));
}

TEST(rooms, a_file_without_a_room_and_an_include_of_a_neighbour_are_findings) {
    EXPECT_THAT(judged("daemon/attic/x.cpp", ""), testing::HasSubstr("is in no room"));
    EXPECT_THAT(judged("daemon/core/x.cpp", "#include \"ids.hpp\"\n"), testing::HasSubstr("no file below daemon/"));
}

}  // namespace
}  // namespace garner::tidy
