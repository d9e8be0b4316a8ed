#include "settings/free_map.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr int depth_max = 8;
constexpr std::size_t bytes_max = 64 * 1024;

std::string as_json_text(std::string_view text) {
    std::string json = "\"";
    for (char c : text) {
        std::array<char, 8> escaped{};
        if (c == '"' || c == '\\')
            json += '\\';
        else if (static_cast<unsigned char>(c) < 0x20)
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
        if (escaped[0] != '\0')
            json += escaped.data();
        else
            json += c;
    }
    return json + '"';
}

std::size_t digits_at(std::string_view text) { return std::min(text.find_first_not_of("0123456789"), text.size()); }

// -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::size_t whole = digits_at(text);
    if (whole == 0 || (whole > 1 && text.front() == '0')) return false;
    text.remove_prefix(whole);
    if (text.starts_with('.')) {
        const std::size_t fraction = digits_at(text.substr(1));
        if (fraction == 0) return false;
        text.remove_prefix(1 + fraction);
    }
    if (text.empty()) return true;
    if (text.front() != 'e' && text.front() != 'E') return false;
    text.remove_prefix(text.size() > 1 && (text[1] == '+' || text[1] == '-') ? 2 : 1);
    return !text.empty() && digits_at(text) == text.size();
}

// What a reader of JSON keeps as it is: whole numbers of 64 bits, others as far as a double goes.
bool fits(std::string_view number) {
    const char* const end = number.data() + number.size();
    if (number.find_first_of(".eE") != std::string_view::npos) {
        double value = 0;
        return std::from_chars(number.data(), end, value).ec == std::errc{};
    }
    std::int64_t with_sign = 0;
    std::uint64_t without = 0;
    return std::from_chars(number.data(), end, with_sign).ec == std::errc{} ||
           std::from_chars(number.data(), end, without).ec == std::errc{};
}

// 010, 1_000, +5, .5, 0x1F, .inf: a number for some readers of YAML, text for others.
bool is_half_a_number(std::string_view text) {
    const std::string lower = to_lower_ascii(text);
    std::string_view rest = lower;
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    if (rest == ".inf" || rest == ".nan") return true;
    if (rest.starts_with("0x") || rest.starts_with("0o"))
        return rest.size() > 2 && rest.substr(2).find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return rest.find_first_of("0123456789") != std::string_view::npos &&
           rest.find_first_not_of("0123456789._") == std::string_view::npos &&
           std::count(rest.begin(), rest.end(), '.') <= 1;
}

class Writer {
public:
    Writer(const Key& key, Report& report) : key_(key), report_(report) {}

    std::string value(const YamlNode& node, const std::string& path, int depth) {
        if (depth > depth_max) {
            report_.error(node.place, path, "is nested more than " + std::to_string(depth_max) + " levels deep");
            return "";
        }
        switch (node.kind) {
            case YamlNode::Kind::null:
                return "null";
            case YamlNode::Kind::scalar:
                return scalar(node, path);
            case YamlNode::Kind::list:
                return list(node, path, depth);
            case YamlNode::Kind::map:
                return map(node, path, depth);
        }
        return "";
    }

    std::string map(const YamlNode& node, const std::string& path, int depth) {
        std::string json;
        for (const YamlEntry& entry : node.entries) {
            const std::string below = path + "." + printable(entry.key, 64);
            if (depth == 0 && std::find(key_.reserved.begin(), key_.reserved.end(), entry.key) != key_.reserved.end())
                report_.error(entry.place, below, "is set by garner, from the keys beside this map; leave it out here");
            else
                json +=
                    (json.empty() ? "" : ",") + as_json_text(entry.key) + ":" + value(*entry.value, below, depth + 1);
            if (json.size() > bytes_max) break;  // aliases can make much out of little
        }
        return "{" + json + "}";
    }

private:
    std::string list(const YamlNode& node, const std::string& path, int depth) {
        std::string json;
        for (std::size_t i = 0; i < node.items.size() && json.size() <= bytes_max; ++i)
            json += (i == 0 ? "" : ",") + value(*node.items[i], path + "[" + std::to_string(i) + "]", depth + 1);
        return "[" + json + "]";
    }

    std::string scalar(const YamlNode& node, const std::string& path) {
        const std::string& text = node.text;
        if (!node.plain) return as_json_text(text);
        if (text == "true" || text == "false") return text;
        const std::string shown = "'" + printable(text, 40) + "'";
        if (is_json_number(text)) {
            if (fits(text)) return text;
            report_.error(node.place, path, shown + " is too large for a number; put it in quotes where text is meant");
        } else if (is_half_a_number(text)) {
            report_.error(node.place, path,
                          shown +
                              " is no number as JSON has it; write it in plain decimal digits, or in quotes where "
                              "text is meant");
        } else if (const std::string lower = to_lower_ascii(text); lower == "true" || lower == "false") {
            report_.error(node.place, path, "write " + lower + ", or put " + shown + " in quotes where text is meant");
        } else {
            return as_json_text(text);
        }
        return "null";
    }

    const Key& key_;
    Report& report_;
};

}  // namespace

std::string free_map_json(const YamlNode& map, const Key& key, const std::string& path, Report& report) {
    if (map.entries.empty()) return "";
    std::string json = Writer(key, report).map(map, path, 0);
    if (json.size() > bytes_max)
        report.error(map.place, path, "is longer than the " + format_size(bytes_max) + " that are sent");
    return json;
}

}  // namespace garner
