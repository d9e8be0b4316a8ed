// A directory for one test's files, and loading with an environment of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "settings/load.hpp"

namespace garner::testing {

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline std::vector<std::string> texts(const std::vector<Diagnostic>& diagnostics) {
    std::vector<std::string> all;
    for (const Diagnostic& d : diagnostics) all.push_back(d.text());
    return all;
}

class SettingsTest : public ::testing::Test {
protected:
    SettingsTest() {
        std::string name = (std::filesystem::temp_directory_path() / "garner-settings-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        directory_ = name;
        options_.environment = [this](const std::string& variable) -> std::optional<std::string> {
            const auto found = environment_.find(variable);
            if (found == environment_.end()) return std::nullopt;
            return found->second;
        };
    }
    ~SettingsTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) const {
        const std::filesystem::path path = directory_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
        ::chmod(path.c_str(), mode);
        return path.string();
    }

    Loaded load(const std::string& text) const { return load_settings(write("garner.yaml", text), options_); }

    // Errors, without the name of the main file: ":3:5: jobs.x: ...".
    std::vector<std::string> errors_of(const std::string& text) const { return shortened(load(text).errors); }

    std::vector<std::string> shortened(const std::vector<Diagnostic>& diagnostics) const {
        std::vector<std::string> all = texts(diagnostics);
        const std::string prefix = (directory_ / "").string();
        for (std::string& text : all) {
            if (text.starts_with(prefix + "garner.yaml:") && text[prefix.size() + 12] != ' ')
                text.erase(0, prefix.size() + 11);
            for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
                text.erase(at, prefix.size());
        }
        return all;
    }

    std::filesystem::path directory_;
    std::map<std::string, std::string> environment_;
    LoadOptions options_;
};

/// A whole configuration; `password` and further lines of the job are the test's.
inline std::string whole(const std::string& password = "hunter2", const std::string& more = "") {
    return "version: 1\n"
           "sources:\n"
           "  press:\n"
           "    type: tulip\n"
           "    url: https://acme.tulip.co\n"
           "    basic_auth: {username: apikey.2_a, password: " +
           password +
           "}\n"
           "stores:\n"
           "  archive: {type: local, path: /srv/archive}\n"
           "jobs:\n"
           "  nightly:\n"
           "    source: press\n"
           "    machines: [\"*\"]\n"
           "    schedule: \"15 2 * * *\"\n"
           "    stores: [archive]\n" +
           more;
}

}  // namespace garner::testing
