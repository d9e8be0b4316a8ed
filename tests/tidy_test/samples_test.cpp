// Configurations that people copy are accepted by the loader as they stand.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "settings/load.hpp"
#include "tidy_test/source_tree.hpp"

namespace garner::tidy {
namespace {

class Samples : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "garner-samples-XXXXXX";
        directory_ = mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    // What the loader says against it, a line each.
    std::string refused(const std::string& yaml) const {
        const std::filesystem::path file = directory_ / "garner.yaml";
        std::ofstream(file) << yaml;
        LoadOptions options;
        options.secrets = Secrets::skip;
        std::string text;
        for (const Diagnostic& error : load_settings(file, options).errors) text += error.text() + "\n";
        return text;
    }

    std::filesystem::path directory_;
};

std::string with_words(std::string text, const std::map<std::string, std::string>& words) {
    for (const auto& [word, replacement] : words) {
        for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + replacement.size())) {
            text.replace(at, word.size(), replacement);
        }
    }
    return text;
}

// The first block of YAML in a page.
std::vector<std::string> samples_of(const std::string& markdown) {
    const std::string fence = "```yaml\n";
    std::vector<std::string> samples;
    for (std::size_t at = 0; (at = markdown.find(fence, at)) != std::string::npos;) {
        at += fence.size();
        samples.push_back(markdown.substr(at, markdown.find("```", at) - at));
    }
    return samples;
}

std::string yaml_of(const std::string& markdown) { return samples_of(markdown).at(0); }

TEST_F(Samples, the_configuration_of_the_quickstart_is_accepted) {
    const std::map<std::string, std::string> words{{"@DIRECTORY@", directory_},
                                                   {"@TULIP_URL@", "https://localhost:4711"},
                                                   {"@TULIP_USERNAME@", "apikey.2_x"},
                                                   {"@SERVITLY_URL@", "https://localhost:4712"},
                                                   {"@APPGATE_URL@", "https://localhost:4713/admin"},
                                                   {"@APPGATE_USERNAME@", "backup"},
                                                   {"@START@", "2026-11-05T07:00:00"},
                                                   {"@CA_FILE@", "/etc/ca.pem"}};
    const std::string text = with_words(read_file("config/quickstart.yaml"), words);
    EXPECT_FALSE(std::regex_search(text.substr(text.find("version:")), std::regex("@[A-Z_]+@")))
        << "a word that packaging/quickstart does not replace";
    EXPECT_EQ(refused(text), "");
}

TEST_F(Samples, the_configuration_in_the_readme_is_accepted) {
    EXPECT_EQ(refused(yaml_of(read_file("README.md"))), "");
}

TEST_F(Samples, all_in_the_manual_are_accepted_with_what_else_a_configuration_needs) {
    const std::vector<std::string> samples = samples_of(read_file("docs/CONFIGURATION.md"));
    EXPECT_GE(samples.size(), 3U);
    for (const std::string& sample : samples) {
        std::string text = "version: 1\n";
        if (!sample.starts_with("sources:"))
            text +=
                "sources:\n"
                "  press-shop: {type: tulip, url: https://acme.tulip.co, basic_auth: {username: apikey.2_x, password: "
                "x}}\n";
        if (!sample.starts_with("stores:")) text += "stores: {archive: {type: local, path: /srv/archive}}\n";
        EXPECT_EQ(refused(text + sample), "") << sample;
    }
}

TEST_F(Samples, a_sample_with_a_misspelt_key_would_be_refused) {
    EXPECT_NE(refused(with_words(yaml_of(read_file("README.md")), {{"schedule:", "shedule:"}})), "");
}

}  // namespace
}  // namespace garner::tidy
