// Every file in broken/ begins with the errors that it has to give, all of them, in order.
#include <set>

#include "settings/support.hpp"

namespace garner::testing {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> broken_files() {
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(GARNER_SOURCE_DIR) / "tests/settings/broken"))
        if (entry.path().extension() == ".yaml") files.insert(entry.path());
    return {files.begin(), files.end()};
}

std::vector<std::string> expected_of(const fs::path& file) {
    const std::string mark = "# expect: ";
    std::istringstream lines(read_text(file));
    std::vector<std::string> expected;
    for (std::string line; std::getline(lines, line) && line.starts_with(mark);) {
        std::string text = line.substr(mark.size());
        if (const std::size_t at = text.find("{directory}"); at != std::string::npos)
            text.replace(at, 11, file.parent_path().string());
        expected.push_back(file.string() + ":" + text);
    }
    // Other files of the configuration are shown by their own names.
    for (std::string& text : expected)
        if (const std::size_t at = text.find(" at " + file.filename().string()); at != std::string::npos)
            text.insert(at + 4, (file.parent_path() / "").string());
    return expected;
}

class BrokenFile : public ::testing::TestWithParam<fs::path> {};

TEST_P(BrokenFile, gives_its_errors_with_line_column_and_key_path) {
    const std::vector<std::string> expected = expected_of(GetParam());
    ASSERT_FALSE(expected.empty()) << "the file must begin with '# expect: LINE:COLUMN: PATH: MESSAGE'";
    const Loaded loaded = load_settings(GetParam().string());
    EXPECT_EQ(texts(loaded.errors), expected);
    EXPECT_FALSE(loaded.settings.has_value());
    for (const std::string& text : texts(loaded.errors)) EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Settings, BrokenFile, ::testing::ValuesIn(broken_files()),
                         [](const auto& instance) { return instance.param.stem().string(); });

TEST(BrokenFiles, are_many) { EXPECT_GE(broken_files().size(), 50U); }

}  // namespace
}  // namespace garner::testing
