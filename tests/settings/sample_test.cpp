// config/garner.yaml: right as installed, right when its example is taken, complete, and no mutation of it crashes the
// loader.
#include <functional>
#include <random>

#include "settings/schema.hpp"
#include "settings/support.hpp"

namespace garner::testing {
namespace {

std::string sample() { return read_text(std::filesystem::path(GARNER_SOURCE_DIR) / "config/garner.yaml"); }

// As the comment at its top says: one mark less at the beginning of each line.
std::string uncommented(const std::string& text) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t content = line.find_first_not_of(' ');
        if (content != std::string::npos && line.compare(content, 3, "#~ ") == 0) line.erase(content, 3);
        out += line + "\n";
    }
    return out;
}

class SampleConfiguration : public SettingsTest {
protected:
    SampleConfiguration() { options_.secrets = Secrets::skip; }
};

TEST_F(SampleConfiguration, starts_idle_as_installed) {
    const Loaded loaded = load(sample());
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_TRUE(loaded.warnings.empty());
    EXPECT_TRUE(loaded.settings->jobs.empty());
    EXPECT_TRUE(loaded.settings->sources.empty());
}

TEST_F(SampleConfiguration, is_a_right_example_when_uncommented) {
    const Loaded loaded = load(uncommented(sample()));
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(texts(loaded.warnings), std::vector<std::string>{});
    EXPECT_EQ(loaded.settings->jobs.at("machine-activity").schedule.text(), "15 2 * * *");
    EXPECT_EQ(loaded.settings->sources.at("fleet").type, SourceType::servitly);
    EXPECT_TRUE(loaded.settings->jobs.at("telemetry").window.has_value());
    EXPECT_EQ(loaded.settings->sources.at("perimeter").http.base_url, "https://sdp.acme.example:8443/admin");
    EXPECT_EQ(loaded.settings->jobs.at("controllers").targets.functions, std::vector<std::string>{"controller"});
}

TEST_F(SampleConfiguration, is_right_with_its_special_cases_too) {
    const Loaded loaded = load(uncommented(uncommented(sample())));
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(texts(loaded.warnings), std::vector<std::string>{});
    EXPECT_EQ(loaded.settings->sources.at("press-shop").http.tls.server_name, "acme.tulip.co");
}

TEST_F(SampleConfiguration, shows_every_key_with_its_default) {
    const std::string text = uncommented(uncommented(sample()));
    const std::function<void(const Section&)> look_for = [&](const Section& section) {
        std::vector<Key> keys(section.keys.begin(), section.keys.end());
        for (const Variant& variant : section.variants)
            keys.insert(keys.end(), variant.keys.begin(), variant.keys.end());
        for (const Key& key : keys) {
            if (!key.later.empty()) continue;
            const std::string line =
                std::string(key.name) + ":" + (key.preset.empty() ? "" : " " + std::string(key.preset));
            EXPECT_TRUE(text.find(" " + line) != std::string::npos || text.find("\n" + line) != std::string::npos)
                << line;
            EXPECT_FALSE(key.doc.empty()) << key.name;
            if (key.section != nullptr) look_for(*key.section);
        }
    };
    look_for(configuration_schema());
    for (const Key& form : secret_schema().keys)
        EXPECT_NE(text.find("{" + std::string(form.name) + ": "), std::string::npos);
}

TEST_F(SampleConfiguration, changed_at_random_never_crashes_the_loader) {
    const std::string original = uncommented(uncommented(sample()));
    const std::vector<std::string> pieces{
        "*",   "&a ", "*a", "<<: ", "{",   "}",   "[",      "]",     "\"",  "'",    ": ",       "- ",
        "? ",  "\n",  "\t", "  ",   "---", "...", "|\n",    ">-\n",  "#",   "\xFF", "\r",       "!!x ",
        "%Y ", "~",   ",",  "null", "010", "9e9", "@daily", "jobs:", "x-a", "\\",   "\xC3\xA4", "\xEF\xBB\xBF"};
    std::mt19937 chance(20261101);
    const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(chance); };
    for (int round = 0; round < 3000; ++round) {
        std::string text = original;
        if (below(3) == 0) text = text.substr(below(text.size()));
        if (below(3) == 0) text.resize(below(text.size()) + 1);
        for (std::size_t change = below(6) + 1; change > 0; --change) {
            const std::size_t at = below(text.size());
            switch (below(4)) {
                case 0:
                    text.insert(at, pieces[below(pieces.size())]);
                    break;
                case 1:
                    text[at] = static_cast<char>(below(256));
                    break;
                case 2:
                    text.erase(at, below(40) + 1);
                    break;
                default:
                    text.insert(at, text.substr(below(text.size()), below(200)));
                    break;
            }
            if (text.empty()) text = "a";
        }
        const Loaded loaded = load(text);
        ASSERT_NE(loaded.settings.has_value(), !loaded.errors.empty()) << text;
    }
}

}  // namespace
}  // namespace garner::testing
