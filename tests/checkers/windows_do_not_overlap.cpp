// What is archived of a target's time does not overlap: no window is fetched twice as a success. One that a person
// accepts may have been fetched again before that.
#include <algorithm>
#include <map>

#include "checkers/evidence.hpp"

namespace garner::checkers {

Verdict windows_do_not_overlap(const Evidence& evidence) {
    std::map<std::string, std::vector<Window>> covered;
    std::vector<ArtifactRecord> all = evidence.artifacts;
    all.insert(all.end(), evidence.away.begin(), evidence.away.end());
    for (const ArtifactRecord& artifact : all)
        if (artifact.window && artifact.verdict == garner::Verdict::verified && !artifact.acceptance)
            covered[artifact.job + "|" + artifact.target.id].push_back(*artifact.window);
    for (auto& [target, windows] : covered) {
        std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return a.start < b.start; });
        for (std::size_t i = 1; i < windows.size(); ++i)
            if (windows[i].start < windows[i - 1].end)
                return target + ": two artifacts cover " + format_rfc3339(windows[i].start);
    }
    return {};
}

}  // namespace garner::checkers
