#include "settings/scalars.hpp"

#include <algorithm>
#include <optional>

#include "core/text.hpp"
#include "settings/words.hpp"

namespace garner {
namespace {

constexpr std::size_t text_bytes_max = 4096;

std::string shown(const YamlNode& scalar) { return "'" + printable(scalar.text, 40) + "'"; }

std::string not_this(const YamlNode& scalar, KeyKind kind, const std::string& more = "") {
    return "must be " + std::string(wanted(kind)) + ", not " + shown(scalar) + more;
}

std::string unit_hint(const std::string& text) {
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    return digits ? "; the unit is missing" : "";
}

std::string read_bool(const YamlNode& node, Value& into) {
    const auto value = node.plain ? parse_bool(node.text) : std::nullopt;
    if (!value) return not_this(node, KeyKind::boolean);
    into = *value;
    return "";
}

std::string read_whole(const YamlNode& node, const Key& key, Value& into) {
    const auto value = node.plain ? parse_whole(node.text) : std::nullopt;
    if (!value) return not_this(node, KeyKind::whole, "; plain decimal digits are meant");
    if (*value < key.least || *value > key.most)
        return "must be from " + std::to_string(key.least) + " to " + std::to_string(key.most);
    into = *value;
    return "";
}

std::string read_duration(const YamlNode& node, const Key& key, Value& into) {
    const auto value = parse_duration(node.text);
    if (!value) return not_this(node, KeyKind::duration, unit_hint(node.text));
    const auto ms = static_cast<std::uint64_t>(value->count());
    if (ms < key.least)
        return key.least == 1 ? "must be longer than 0s"
                              : "must be at least " + format_duration(Duration(static_cast<std::int64_t>(key.least)));
    if (ms > key.most) return "must be at most " + format_duration(Duration(static_cast<std::int64_t>(key.most)));
    into = *value;
    return "";
}

std::string read_size(const YamlNode& node, Value& into) {
    const auto value = parse_size(node.text);
    if (!value) return not_this(node, KeyKind::size, unit_hint(node.text));
    into = *value;
    return "";
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string read_text(const YamlNode& node, const Key& key, const FormatContext& context, Value& into) {
    const std::string& text = node.text;
    if (text.empty()) return "must not be empty";
    if (text.size() > text_bytes_max) return "is longer than " + std::to_string(text_bytes_max) + " bytes";
    if (std::any_of(text.begin(), text.end(), is_control)) return "must be one line without control characters";
    const std::string word = key.any_case ? to_lower_ascii(text) : text;
    if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), word) == key.choices.end())
        return wrong_choice(node, {key.choices.begin(), key.choices.end()});
    if (key.wrong != nullptr)
        if (std::string why = key.wrong(text, context); !why.empty()) return why;
    into = word;
    return "";
}

}  // namespace

std::string read_scalar(const YamlNode& node, const Key& key, const FormatContext& context, Value& into) {
    switch (key.kind) {
        case KeyKind::boolean:
            return read_bool(node, into);
        case KeyKind::whole:
            return read_whole(node, key, into);
        case KeyKind::duration:
            return read_duration(node, key, into);
        case KeyKind::size:
            return read_size(node, into);
        default:
            return read_text(node, key, context, into);
    }
}

std::string wrong_choice(const YamlNode& scalar, const std::vector<std::string_view>& known) {
    const std::string meant = near_miss(to_lower_ascii(scalar.text), known);
    return (known.size() == 1 ? "must be " : "must be one of ") + join_words(known) + ", not " + shown(scalar) +
           (meant.empty() ? "" : ", did you mean '" + meant + "'?");
}

std::string join_words(const std::vector<std::string_view>& words) {
    std::string text;
    for (std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

std::string_view wanted(KeyKind kind) {
    switch (kind) {
        case KeyKind::boolean:
            return "true or false";
        case KeyKind::whole:
            return "a whole number";
        case KeyKind::duration:
            return "a duration such as 90s, 15m or 1h30m";
        case KeyKind::size:
            return "a size such as 512MB or 5GiB";
        case KeyKind::text:
            return "text";
        case KeyKind::texts:
            return "text or a list of texts";
        case KeyKind::secret:
            return "text, {file: PATH}, {env: NAME} or {credential: NAME}";
        case KeyKind::section:
            return "a map of keys";
        case KeyKind::named:
            return "a map from names to their settings";
        case KeyKind::named_lists:
            return "a map from names to lists";
        case KeyKind::text_map:
            return "a map from names to texts";
        case KeyKind::selection:
            return "names, or a map with include and exclude";
        case KeyKind::sections:
            return "a list of maps";
        case KeyKind::free_map:
            return "a map of keys and values";
    }
    return "";
}

std::string_view found(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            return "nothing";
        case YamlNode::Kind::scalar:
            return "a single value";
        case YamlNode::Kind::list:
            return "a list";
        case YamlNode::Kind::map:
            return "a map";
    }
    return "";
}

}  // namespace garner
