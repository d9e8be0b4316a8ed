// What restic 0.14 keeps, garner keeps: the histories of retention_data/restic_forget.tsv, which restic itself judged.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "core/retention.hpp"

namespace garner {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

// "--keep-last 3 --keep-within 36h"; no floors, which restic does not have.
RetentionRule rule_of(const std::string& text) {
    RetentionRule rule;
    rule.min_good = 0;
    const std::map<std::string, std::uint32_t*> counts{
        {"--keep-last", &rule.keep_last},       {"--keep-hourly", &rule.keep_hourly},
        {"--keep-daily", &rule.keep_daily},     {"--keep-weekly", &rule.keep_weekly},
        {"--keep-monthly", &rule.keep_monthly}, {"--keep-yearly", &rule.keep_yearly}};
    const auto words = split(text, ' ');
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        if (words[i] == "--keep-within") {
            // Hours beyond a day come as such: "264h".
            rule.keep_within = std::chrono::hours(std::stoi(words[i + 1]));
            continue;
        }
        *counts.at(words[i]) = static_cast<std::uint32_t>(std::stoul(words[i + 1]));
    }
    return rule;
}

struct History {
    std::vector<RetainedArtifact> artifacts;
    std::string expected;  // of each of them
};

History history_of(const std::vector<std::string>& instants, const std::string& marks) {
    if (marks.size() != instants.size()) throw std::runtime_error("a mark for each instant is needed: " + marks);
    History history;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (marks[i] == '.') continue;
        RetainedArtifact artifact;
        artifact.instant = artifact.stored_at = parse_rfc3339(instants[i]).value();
        history.artifacts.push_back(artifact);
        history.expected += marks[i];
    }
    return history;
}

TEST(RetentionRestic, keeps_what_restic_keeps) {
    std::ifstream data(GARNER_SOURCE_DIR "/tests/core/retention_data/restic_forget.tsv");
    ASSERT_TRUE(data) << "the histories are missing";
    std::map<std::string, std::vector<std::string>> instants;
    RetentionConditions conditions;
    conditions.now = parse_rfc3339("2026-11-28T00:00:00Z").value();
    int histories = 0;
    for (std::string line; std::getline(data, line);) {
        if (line.starts_with('#')) continue;
        SCOPED_TRACE(line);
        const auto columns = split(line, '\t');
        if (columns.at(0) == "instants") {
            instants[columns.at(1)] = split(columns.at(2), ' ');
            continue;
        }
        ASSERT_EQ(columns.at(0), "history");
        const History history = history_of(instants.at(columns.at(1)), columns.at(3));
        const RetentionPlan plan =
            plan_retention(history.artifacts, rule_of(columns.at(2)), Zone::load(columns.at(1)).value(), conditions);
        std::string decided;
        for (const RetentionDecision& decision : plan.decisions)
            decided += decision.action == RetentionAction::keep ? '+' : '-';
        EXPECT_EQ(decided, history.expected);
        ++histories;
    }
    EXPECT_GE(histories, 200);
}

}  // namespace
}  // namespace garner
