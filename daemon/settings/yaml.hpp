// YAML text as a tree with positions, built from yaml-cpp's events. What yaml-cpp 0.7 lets through is refused here:
// duplicate keys, unclosed quotes, bad UTF-8, a second document, tags, and files that unfold into millions of values by
// aliases.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "settings/report.hpp"

namespace garner {

struct YamlNode;

struct YamlEntry {
    std::string key;
    Place place;
    std::shared_ptr<const YamlNode> value;
};

/// Scalars are text, whatever they look like: what `no`, `010` or `1_000` mean is decided by the key, not by YAML.
struct YamlNode {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    Place place;
    std::string text;                                    ///< of a scalar
    bool plain = false;                                  ///< of a scalar: without quotes
    std::vector<std::shared_ptr<const YamlNode>> items;  ///< of a list
    std::vector<YamlEntry> entries;                      ///< of a map, in the file's order, each key once
    std::size_t size = 1;                                ///< values in it, aliases unfolded
};

/// The tree of a file, `<<` merged; null where the text holds nothing. Returns nothing when the text is no YAML;
/// whatever was wrong is in the report then, and duplicate keys in either case.
std::shared_ptr<const YamlNode> parse_yaml(const std::string& text, int file, Report&);

}  // namespace garner
