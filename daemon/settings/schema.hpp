// Every key of the configuration: its type, bounds, default and one line of explanation. The one description: walk.cpp
// checks files against it, and `garner schema` is written from it. A key that is not here is unknown; one that a
// later version brings is here with `later`, so that it is refused with what happens instead, and never ignored.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "settings/formats.hpp"

namespace garner {

enum class KeyKind {
    boolean,
    whole,        ///< decimal digits, bounded by `least` and `most`
    duration,     ///< milliseconds in `least` and `most`
    size,         ///< bytes
    text,         ///< any scalar
    texts,        ///< a scalar or a list of them
    secret,       ///< text, or {file:}, {env:}, {credential:}
    section,      ///< a map of known keys
    named,        ///< a map from names to sections of one form
    named_lists,  ///< a map from names to lists of such sections
    text_map,     ///< a map from free keys to texts
    selection,    ///< `texts`, taken as the first key of `section`, or that section
    sections,     ///< a list of sections; an item that is text is taken as the first key of its section
    free_map,     ///< a map of any keys and values, kept as the text of a JSON object
};

struct Section;

struct Key {
    std::string_view name;
    KeyKind kind = KeyKind::text;
    std::string_view doc{};
    std::string_view preset{};  ///< default as YAML would write it; empty: none
    bool required = false;
    std::uint64_t least = 0;  ///< of a named map: 1 where an empty one is refused
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    std::span<const std::string_view> choices{};
    bool any_case = false;                         ///< choices are lower case, and may be written in any
    std::span<const std::string_view> reserved{};  ///< of a free map: keys that it must not have
    Format wrong = nullptr;                        ///< of a text, or of each of the texts
    const Section* section = nullptr;              ///< of section, named, named_lists, selection, sections
    std::string_view not_a_list{};                 ///< of a named map: what to write where a list is found
    std::string_view later{};                      ///< not supported by this version: what happens instead
    bool main_only = false;                        ///< not in included files
};

/// The keys that a section has beside its own ones when its `type` says so.
struct Variant {
    std::string_view type;
    std::span<const Key> keys{};
    bool later = false;
};

struct Section {
    std::span<const Key> keys;
    std::span<const Variant> variants{};  ///< empty: the section has no `type`
};

/// The whole file.
const Section& configuration_schema();

/// {file:}, {env:}, {credential:}: the forms of a secret that is not in the file.
const Section& secret_schema();

}  // namespace garner
