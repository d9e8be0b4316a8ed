#include "core/expiry.hpp"

#include <algorithm>
#include <utility>

namespace garner {
namespace {

std::optional<WallTime> expiry_of(const SourcesByName& sources, const std::string& source,
                                  std::optional<WallTime> started) {
    const auto found = sources.find(source);
    if (found == sources.end() || !started) return std::nullopt;
    const auto lifetime = export_lifetime(found->second.type);
    if (!lifetime) return std::nullopt;
    return *started + *lifetime;
}

bool overlaps(const Window& a, const Window& b) { return a.start < b.end && b.start < a.end; }

}  // namespace

std::optional<Duration> export_lifetime(SourceType type) {
    return type == SourceType::servitly ? std::optional(servitly_keeps_exports) : std::nullopt;
}

std::optional<WallTime> expires_at(const SourcesByName& sources, const RunRecord& run) {
    if (run.remote_job.empty() || run.state > RunState::downloading) return std::nullopt;
    return expiry_of(sources, run.source, run.remote_started_at ? run.remote_started_at : run.started_at);
}

std::optional<WallTime> expires_at(const SourcesByName& sources, const LeftoverRecord& leftover) {
    if (leftover.remote_job.empty() || leftover.fate != LeftoverFate::adopt) return std::nullopt;
    return expiry_of(sources, leftover.source, leftover.remote_started_at.value_or(leftover.since));
}

void order_by_expiry(std::vector<RunRecord>& runs, const std::vector<LeftoverRecord>& leftovers,
                     const SourcesByName& sources) {
    const auto expiry = [&](const RunRecord& run) {
        std::optional<WallTime> first = expires_at(sources, run);
        for (const LeftoverRecord& leftover : leftovers) {
            if (leftover.source != run.source || leftover.job != run.job || leftover.target.id != run.target.id ||
                leftover.window != run.window)
                continue;
            const auto of_leftover = expires_at(sources, leftover);
            if (of_leftover && (!first || *of_leftover < *first)) first = of_leftover;
        }
        return first.value_or(WallTime::max());
    };
    std::vector<std::pair<WallTime, RunRecord>> ordered;
    ordered.reserve(runs.size());
    for (RunRecord& run : runs) {
        const WallTime when = expiry(run);
        ordered.emplace_back(when, std::move(run));
    }
    std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    runs.clear();
    for (auto& [when, run] : ordered) runs.push_back(std::move(run));
}

std::vector<Window> adoptable_windows(const JobSettings& job, const std::string& target_id,
                                      const std::vector<LeftoverRecord>& leftovers, const std::vector<Window>& covered,
                                      WallTime now, const SourcesByName& sources) {
    const WallTime first = window_ending_after(*job.window, job.zone, WallTime::min()).start;
    std::vector<std::pair<WallTime, Window>> found;
    for (const LeftoverRecord& leftover : leftovers) {
        const auto expiry = expires_at(sources, leftover);
        if (!expiry || leftover.job != job.name || leftover.source != job.source || leftover.target.id != target_id ||
            !leftover.window)
            continue;
        const Window window = *leftover.window;
        if (window.start < first || window.end + job.window->settle_delay > now) continue;
        found.emplace_back(*expiry, window);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Window> windows;
    for (const auto& [when, window] : found) {
        const auto meets = [&window = window](const Window& other) { return overlaps(window, other); };
        if (std::any_of(covered.begin(), covered.end(), meets) || std::any_of(windows.begin(), windows.end(), meets))
            continue;
        windows.push_back(window);
    }
    return windows;
}

}  // namespace garner
