// What the page of metrics counts is what is there; what the ledger's triggers counted is what a count finds.
#include <charconv>
#include <map>
#include <sstream>

#include "checkers/evidence.hpp"

namespace garner::checkers {
namespace {

using Series = std::map<std::string, double>;

Series series_of(const std::string& page) {
    Series series;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.rfind(' ');
        if (line.empty() || line.front() == '#' || space == std::string::npos) continue;
        double value = 0;
        std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
        series[line.substr(0, space)] = value;
    }
    return series;
}

Verdict differ(const std::string& what, double said, double found) {
    if (said == found) return {};
    return what + " is said to be " + std::to_string(said) + ", and is " + std::to_string(found);
}

Verdict page_is_true(const Evidence& evidence) {
    const Series series = series_of(evidence.metrics);
    const auto said = [&](const std::string& name) {
        const auto found = series.find(name);
        return found == series.end() ? 0.0 : found->second;
    };
    std::map<std::string, double> counted;
    for (const RunRecord& run : evidence.runs)
        if (is_terminal(run.state))
            ++counted["garner_runs_total{job=\"" + run.job + "\",result=\"" + std::string(to_string(run.state)) +
                      "\"}"];
    for (const ArtifactRecord& artifact : evidence.artifacts)
        ++counted["garner_artifacts{job=\"" + artifact.job + "\",verdict=\"" +
                  std::string(to_string(artifact.verdict)) + "\"}"];
    for (const LeftoverRecord& leftover : evidence.leftovers)
        ++counted["garner_leftovers{source=\"" + leftover.source + "\"}"];
    for (const auto& [name, value] : series)
        if (name.starts_with("garner_runs_total{") || name.starts_with("garner_artifacts{") ||
            name.starts_with("garner_leftovers{"))
            counted.try_emplace(name, 0);
    for (const auto& [name, found] : counted)
        if (Verdict wrong = differ(name, said(name), found); !wrong.empty()) return wrong;
    return {};
}

}  // namespace

Verdict metrics_tell_the_truth(const Evidence& evidence) {
    std::map<std::pair<std::string, RunState>, std::uint64_t> runs;
    for (const RunRecord& run : evidence.runs) ++runs[{run.job, run.state}];
    for (const auto& [key, count] : evidence.totals.runs) runs.try_emplace(key, 0);
    for (const auto& [key, count] : runs) {
        const auto said = evidence.totals.runs.find(key);
        const double counted = said == evidence.totals.runs.end() ? 0 : static_cast<double>(said->second);
        const std::string what = "the count of " + std::string(to_string(key.second)) + " runs of " + key.first;
        if (Verdict wrong = differ(what, counted, static_cast<double>(count)); !wrong.empty()) return wrong;
    }
    return evidence.metrics.empty() ? Verdict() : page_is_true(evidence);
}

}  // namespace garner::checkers
