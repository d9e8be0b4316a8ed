#include "service/status_line.hpp"

#include <algorithm>

namespace garner {
namespace {

std::string counted(std::size_t n, const std::string& one) {
    return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

// "02:15" of "2026-03-29 02:15:00 +02:00"
std::string hour_and_minute(const std::string& formatted) {
    return formatted.size() < 16 ? formatted : formatted.substr(11, 5);
}

}  // namespace

std::string status_line(const Settings& settings, std::size_t running, const std::vector<JobOutlook>& outlook,
                        const std::string& trouble) {
    std::string line = running == 0 ? "idle: " : "working: ";
    line += counted(settings.sources.size(), "source") + ", " + std::to_string(running) + " running";
    const JobOutlook* next = nullptr;
    for (const JobOutlook& job : outlook)
        if (job.next_run && (next == nullptr || *job.next_run < *next->next_run)) next = &job;
    if (next != nullptr) {
        const auto job = settings.jobs.find(next->job);
        const Zone& zone = job == settings.jobs.end() ? settings.zone : job->second.zone;
        line += ", next " + next->job + " " + hour_and_minute(zone.format(*next->next_run));
    }
    if (trouble.empty()) return line;
    std::string reason = trouble;
    std::replace(reason.begin(), reason.end(), '\n', ';');
    return "not ready: " + reason + " (" + line + ")";
}

}  // namespace garner
