#include "core/selection.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::string_view id_prefix = "id:";

bool names_one(const std::string& word) { return !is_glob(word) || word.starts_with(id_prefix); }

bool word_matches(const std::string& word, const Target& target) {
    if (word.starts_with(id_prefix)) return target.id == word.substr(id_prefix.size());
    if (is_glob(word)) return glob_matches(word, target.name);
    return word == target.name;
}

bool have_one_of(const std::vector<std::string>& there, const std::vector<std::string>& wanted) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const std::string& w) { return std::find(there.begin(), there.end(), w) != there.end(); });
}

std::string listing_of(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + printable(word, 60);
    return text.empty() ? "none" : text;
}

std::string ids_of(const std::vector<Target>& targets) {
    std::string text;
    for (const Target& t : targets) text += (text.empty() ? "id:" : ", id:") + printable(t.id, 80);
    return text;
}

// Why the filters of the selector leave a target out; empty when they do not.
std::string filtered_out(const TargetSelector& selector, const TargetTraits& traits) {
    if (!selector.tags.empty() && !have_one_of(traits.tags, selector.tags))
        return "it has none of the tags " + listing_of(selector.tags) + " (its tags: " + listing_of(traits.tags) + ")";
    if (!selector.functions.empty() && !have_one_of(traits.functions, selector.functions))
        return "it has none of the functions " + listing_of(selector.functions) +
               " (its functions: " + listing_of(traits.functions) + ")";
    return {};
}

// What a word that names one target finds wrong with what it found; empty when that is one target.
std::string complaint_about(const std::string& word, const std::vector<Target>& found, const TargetSelector& selector,
                            const std::vector<Target>& listed) {
    if (found.size() > 1)
        return std::to_string(found.size()) +
               " targets have this name; name the one that is meant by its id: " + ids_of(found);
    if (found.size() == 1) {
        const std::string why = filtered_out(selector, found.front().traits);
        return why.empty() ? why : "it is there, but " + why + "; drop its name or the filter";
    }
    std::vector<std::string_view> names;
    for (const Target& t : listed) names.push_back(t.name);
    const std::string meant = near_miss(word, names);
    return "the vendor lists no such target" + (meant.empty() ? "" : ", did you mean '" + printable(meant, 80) + "'?");
}

// A job that takes nothing is as loud as one that fails: a misspelt tag must not stay green.
std::string why_nothing(const TargetSelector& selector, const Selection& selection, const std::vector<Target>& listed) {
    std::string text = "the job takes none of the " + std::to_string(listed.size()) + " targets that the vendor lists";
    if (!selection.stateless.empty())
        text += "; " + std::to_string(selection.stateless.size()) + " match but hold no state";
    if (!selector.tags.empty() || !selector.functions.empty()) text += "; is a tag or function misspelt?";
    return text;
}

}  // namespace

std::vector<std::string> words_of(const TargetSelector& selector) {
    const bool only_filters = selector.include.empty() && !(selector.tags.empty() && selector.functions.empty());
    return only_filters ? std::vector<std::string>{"*"} : selector.include;
}

Selection select_targets(const TargetSelector& selector, const std::vector<Target>& listed) {
    Selection selection;
    const auto excluded = [&](const Target& target) {
        return std::any_of(selector.exclude.begin(), selector.exclude.end(),
                           [&](const std::string& word) { return word_matches(word, target); });
    };
    std::set<std::string> taken;
    std::set<std::string> asked_for;  // by name or id
    const std::vector<std::string> words = words_of(selector);
    for (const std::string& word : words) {
        std::vector<Target> found;
        for (const Target& target : listed) {
            const bool again =
                std::any_of(found.begin(), found.end(), [&](const Target& t) { return t.id == target.id; });
            if (!again && word_matches(word, target)) found.push_back(target);
        }
        if (names_one(word)) {
            const bool left_out_on_purpose = found.size() == 1 && excluded(found.front());
            const std::string complaint = complaint_about(word, found, selector, listed);
            if (!complaint.empty()) {
                if (!left_out_on_purpose) selection.unresolved.push_back({word, complaint});
                continue;
            }
            asked_for.insert(found.front().id);
        }
        for (const Target& target : found)
            if (filtered_out(selector, target.traits).empty()) taken.insert(target.id);
    }
    for (const Target& target : listed) {
        if (taken.erase(target.id) == 0 || excluded(target)) continue;
        // The functions were met, so a selector with functions asks for it.
        const bool wanted = !target.traits.stateless || !selector.functions.empty() || asked_for.contains(target.id);
        (wanted ? selection.targets : selection.stateless).push_back(target);
    }
    if (selection.targets.empty() && selection.unresolved.empty())
        selection.unresolved.push_back({listing_of(words), why_nothing(selector, selection, listed)});
    return selection;
}

}  // namespace garner
