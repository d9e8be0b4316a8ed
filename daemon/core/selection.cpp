#include "core/selection.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::string_view id_prefix = "id:";

bool word_matches(const std::string& word, const Target& target) {
    if (word.starts_with(id_prefix)) return target.id == word.substr(id_prefix.size());
    if (is_glob(word)) return glob_matches(word, target.name);
    return word == target.name;
}

std::string ids_of(const std::vector<Target>& targets) {
    std::string text;
    for (const Target& t : targets) text += (text.empty() ? "id:" : ", id:") + printable(t.id, 80);
    return text;
}

}  // namespace

Selection select_targets(const TargetSelector& selector, const std::vector<Target>& listed) {
    Selection selection;
    std::set<std::string> taken;
    for (const std::string& word : selector.include) {
        std::vector<Target> found;
        for (const Target& target : listed) {
            const bool again =
                std::any_of(found.begin(), found.end(), [&](const Target& t) { return t.id == target.id; });
            if (!again && word_matches(word, target)) found.push_back(target);
        }
        const bool names_one = !is_glob(word) || word.starts_with(id_prefix);
        if (names_one && found.empty()) {
            std::vector<std::string_view> names;
            for (const Target& t : listed) names.push_back(t.name);
            const std::string meant = near_miss(word, names);
            selection.unresolved.push_back(
                {word, "the vendor lists no such target" +
                           (meant.empty() ? "" : ", did you mean '" + printable(meant, 80) + "'?")});
            continue;
        }
        if (names_one && found.size() > 1) {
            selection.unresolved.push_back(
                {word, std::to_string(found.size()) +
                           " targets have this name; name the one that is meant by its id: " + ids_of(found)});
            continue;
        }
        for (const Target& target : found) taken.insert(target.id);
    }
    for (const Target& target : listed) {
        const bool excluded = std::any_of(selector.exclude.begin(), selector.exclude.end(),
                                          [&](const std::string& word) { return word_matches(word, target); });
        if (taken.erase(target.id) > 0 && !excluded) selection.targets.push_back(target);
    }
    return selection;
}

}  // namespace garner
