#include "retention_history.hpp"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "core/calendar_period.hpp"
#include "core/local_time.hpp"

namespace garner {
namespace {

WallTime written_time(std::string text, const Zone& zone) {
    if (text.size() < 5 || text[2] == '-') text = "2026-" + text;
    if (text.back() == 'Z') return parse_rfc3339(text.substr(0, text.size() - 1) + ":00Z").value();
    if (text.size() == std::string_view("2026-03-01").size()) text += "T02:00";
    return parse_local(text, zone).value();
}

std::uint32_t* count_of(RetentionRule& rule, std::string_view word) {
    if (word == "last") return &rule.keep_last;
    if (word == "hourly") return &rule.keep_hourly;
    if (word == "daily") return &rule.keep_daily;
    if (word == "weekly") return &rule.keep_weekly;
    if (word == "monthly") return &rule.keep_monthly;
    if (word == "yearly") return &rule.keep_yearly;
    if (word == "min_good") return &rule.min_good;
    return nullptr;
}

RetainedArtifact artifact_of(std::string id, WallTime instant) {
    RetainedArtifact artifact;
    artifact.id = std::move(id);
    artifact.instant = instant;
    artifact.stored_at = instant + std::chrono::minutes(1);
    artifact.size = 100;
    return artifact;
}

}  // namespace

WrittenRule written_rule(const std::string& text) {
    WrittenRule written;
    written.rule.min_good = 0;
    written.zone = Zone::load("Europe/Berlin").value();
    std::string now = "2026-12-01";
    std::istringstream words(text);
    for (std::string word, value; words >> word;) {
        if (word == "failed") {
            written.conditions.last_run_succeeded = false;
            continue;
        }
        if (word == "clock") {
            written.conditions.clock_suspect = true;
            continue;
        }
        words >> value;
        if (word == "in")
            written.zone = Zone::load(value).value();
        else if (word == "now")
            now = value;
        else if (word == "within")
            written.rule.keep_within = parse_duration(value).value();
        else if (std::uint32_t* count = count_of(written.rule, word))
            *count = static_cast<std::uint32_t>(std::stoul(value));
        else
            throw std::invalid_argument("no such word in a rule: " + word);
    }
    written.conditions.now = written_time(now, written.zone);
    return written;
}

std::vector<RetainedArtifact> written_history(const std::string& text, const Zone& zone) {
    std::vector<RetainedArtifact> history;
    std::istringstream items(text);
    for (std::string item; items >> item;) {
        const std::string marks = item.substr(std::min(item.find_first_of("?!"), item.size()));
        item.resize(item.size() - marks.size());
        const std::size_t before = history.size();
        if (const std::size_t dots = item.find(".."); dots != std::string::npos) {
            const absl::CivilDay last(local_time_of(written_time(item.substr(dots + 2), zone), zone));
            for (absl::CivilDay day(local_time_of(written_time(item.substr(0, dots), zone), zone)); day <= last;
                 ++day) {
                const WallTime instant = instant_of(absl::CivilSecond(day) + 2 * 3600, zone);
                history.push_back(artifact_of(format_local(instant, zone, "%m-%d"), instant));
            }
        } else {
            history.push_back(artifact_of(item, written_time(item, zone)));
        }
        for (std::size_t i = before; i < history.size(); ++i) {
            history[i].verdict = marks.find('?') != std::string::npos ? Verdict::suspect : Verdict::verified;
            history[i].held = marks.find('!') != std::string::npos;
        }
    }
    return history;
}

RetentionPlan plan_of(const WrittenRule& written, const std::vector<RetainedArtifact>& history) {
    return plan_retention(history, written.rule, written.zone, written.conditions);
}

std::string staying(const std::vector<RetainedArtifact>& history, const RetentionPlan& plan) {
    std::string ids;
    for (std::size_t i = 0; i < history.size(); ++i) {
        if (plan.decisions[i].action != RetentionAction::keep) continue;
        if (!ids.empty()) ids += ' ';
        ids += history[i].id;
    }
    return ids;
}

}  // namespace garner
