// Docs that cannot drift: what they name exists, and what the daemon says of itself is in them.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "tidy_test/source_tree.hpp"

namespace garner::tidy {
namespace {

std::vector<SourceFile> docs() {
    auto files = files_in("docs", {".md"});
    for (const char* const name : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"})
        files.push_back({name, read_file(name), {}});
    return files;
}

template <class Visit>
void for_each_match(const std::string& text, const std::regex& pattern, Visit visit) {
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) visit(*it);
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::set<std::string> names_in(const std::string& text, const std::regex& pattern) {
    std::set<std::string> names;
    for_each_match(text, pattern, [&](const std::smatch& match) { names.insert(match[1]); });
    return names;
}

// String literals of the service that look so; the only room that names metrics and events.
std::set<std::string> names_in_service(const std::regex& pattern) {
    std::set<std::string> names;
    for (const SourceFile& file : files_in("daemon/service", {".hpp", ".cpp"}))
        names.merge(names_in(file.text, pattern));
    return names;
}

TEST(docs, every_link_leads_to_a_file) {
    const std::regex link(R"(\]\(([^)#]+)(#[^)]*)?\))");
    std::vector<Finding> findings;
    for (const SourceFile& file : docs()) {
        for_each_match(file.text, link, [&](const std::smatch& match) {
            const std::string goal = match[1];
            if (goal.find("://") != std::string::npos || exists_in_tree(folder_of(file.path) + goal)) return;
            findings.push_back({where(file, static_cast<std::size_t>(match.position(1))), goal + " does not exist"});
        });
    }
    EXPECT_EQ(listed(findings), "");
}

TEST(docs, every_path_of_the_tree_that_is_named_exists) {
    const std::regex path(R"(`((daemon|tests|docs|config|packaging|systemd|\.ci)/[\w./-]+)`)");
    std::vector<Finding> findings;
    for (const SourceFile& file : docs()) {
        for_each_match(file.text, path, [&](const std::smatch& match) {
            if (exists_in_tree(match[1])) return;
            findings.push_back(
                {where(file, static_cast<std::size_t>(match.position(1))), match.str(1) + " does not exist"});
        });
    }
    EXPECT_EQ(listed(findings), "");
}

TEST(docs, every_key_that_the_configuration_accepts_is_described) {
    const std::string manual = read_file("docs/CONFIGURATION.md");
    const std::regex accepted(R"re(Key\{\.name = "(\w+)",(?! \.later))re");
    for (const std::string& key : names_in(read_file("daemon/settings/schema.cpp"), accepted)) {
        EXPECT_NE(manual.find(key), std::string::npos) << key << " is not in docs/CONFIGURATION.md";
    }
}

TEST(docs, every_event_of_the_log_is_described) {
    const std::string manual = read_file("docs/OPERATIONS.md");
    const auto events =
        names_in_service(std::regex(R"re((?:LogEvent|event_of|LogEvent event)\([^;"]*"([a-z]+(?:_[a-z]+)*)")re"));
    EXPECT_FALSE(events.empty());
    for (const std::string& event : events) {
        EXPECT_NE(manual.find("`" + event + "`"), std::string::npos) << event << " is not in docs/OPERATIONS.md";
    }
}

TEST(docs, the_table_of_metrics_has_just_the_metrics_that_the_daemon_serves) {
    const auto documented = names_in(read_file("docs/OPERATIONS.md"), std::regex(R"(\| `(garner_[a-z_]+)[`{])"));
    const auto served = names_in_service(std::regex(R"re("(garner_[a-z_]+)")re"));
    EXPECT_EQ(documented, served);
}

}  // namespace
}  // namespace garner::tidy
