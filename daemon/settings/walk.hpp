// Holds a YAML tree against the schema. What comes out has only known keys with values of the right type and form;
// whatever was wrong is in the report and not in the tree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "settings/report.hpp"
#include "settings/scalars.hpp"
#include "settings/schema.hpp"
#include "settings/yaml.hpp"

namespace garner {

struct Checked {
    std::string name;  ///< the key; empty for an item of a list
    std::string path;  ///< "jobs.telemetry.schedule"
    Place key_place;
    Place place;
    Value value;
    std::vector<Checked> parts;       ///< of a section, a named map or a list
    std::vector<std::string> broken;  ///< keys of a section that were there and were refused

    const Checked* find(std::string_view key) const;
    bool is_broken(std::string_view key) const;
    const std::string& text() const { return std::get<std::string>(value); }
    std::vector<std::string> texts() const;

    /// Puts the key's value into `into` where there is one.
    template <class T>
    void read(std::string_view key, T& into) const {
        const Checked* part = find(key);
        if (part == nullptr) return;
        if constexpr (std::is_same_v<T, std::vector<std::string>>)
            into = part->texts();
        else if constexpr (std::is_same_v<T, std::uint32_t>)
            into = static_cast<std::uint32_t>(std::get<std::uint64_t>(part->value));
        else if constexpr (std::is_same_v<T, std::optional<bool>>)
            into = std::get<bool>(part->value);
        else
            into = std::get<T>(part->value);
    }
};

enum class FileRole { main, included };

/// The top of a file.
Checked walk_configuration(const YamlNode&, FileRole, Report&);

}  // namespace garner
