#include "core/target_list.hpp"

#include <cstdint>
#include <map>
#include <set>

#include "core/stable_hash.hpp"

namespace garner {
namespace {

constexpr std::int64_t spread = 10;  // the last tenth of an interval

std::string targets_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " target" : " targets"); }

}  // namespace

ListDiff diff_lists(const std::vector<Target>& before, const std::vector<Target>& after) {
    ListDiff diff;
    std::map<std::string, const Target*> known;
    for (const Target& target : before) known.emplace(target.id, &target);
    std::set<std::string> listed;
    for (const Target& target : after) {
        if (!listed.insert(target.id).second) continue;
        const auto found = known.find(target.id);
        if (found == known.end())
            diff.appeared.push_back(target);
        else if (found->second->name != target.name)
            diff.renamed.emplace_back(*found->second, target);
    }
    for (const Target& target : before)
        if (!listed.contains(target.id)) diff.vanished.push_back(target);
    return diff;
}

std::string why_not_believed(std::size_t known, std::size_t listed, double min_ratio) {
    if (known == 0) return {};
    if (listed == 0) return "it is empty, and the last one had " + targets_text(known);
    if (static_cast<double>(listed) >= min_ratio * static_cast<double>(known)) return {};
    return "it has " + targets_text(listed) + ", and the last one had " + std::to_string(known);
}

Duration refresh_period(std::string_view source, Duration interval) {
    const std::int64_t room = interval.count() / spread;
    if (room <= 0) return interval;
    return interval -
           Duration(static_cast<std::int64_t>(stable_hash({"discovery", source}) % static_cast<std::uint64_t>(room)));
}

}  // namespace garner
