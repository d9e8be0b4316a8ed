#include "settings/yaml_trouble.hpp"

#include <algorithm>
#include <string_view>

namespace garner {
namespace {

bool has(const std::string& message, std::string_view part) { return message.find(part) != std::string::npos; }

// Past the quoted text that begins at `at`, or the end.
std::size_t after_quoted(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            if (quote == '\'' && at + 1 < text.size() && text[at + 1] == quote)
                ++at;
            else
                return at + 1;
        }
    }
    return text.size();
}

// The quote that is never closed: the first one behind the last value that was understood.
std::size_t open_quote(std::string_view text, const YamlStop& stop) {
    std::size_t at = stop.last_value_at + stop.last_value_length;
    if (at < text.size() && stop.last_value_length == 0 && (text[at] == '"' || text[at] == '\''))
        if (const std::size_t after = after_quoted(text, at); after < text.size()) at = after;
    for (; at < text.size(); ++at) {
        const char before = at == 0 ? '\n' : text[at - 1];
        const bool token_begins = std::string_view(" \t\r\n[{,:?-").find(before) != std::string_view::npos;
        if (text[at] == '#' && std::string_view(" \t\r\n").find(before) != std::string_view::npos)
            at = std::min(text.find('\n', at), text.size());
        else if ((text[at] == '"' || text[at] == '\'') && token_begins)
            return at;
    }
    return stop.at;
}

// A tab in the white space that begins the line, which YAML forbids and editors hide.
std::optional<std::size_t> indenting_tab(const YamlText& yaml, std::size_t at) {
    const std::string_view line = yaml.line_at(at);
    const std::size_t content = std::min(line.find_first_not_of(" \t"), line.size());
    const std::size_t tab = line.substr(0, content).find('\t');
    if (tab == std::string_view::npos) return std::nullopt;
    return static_cast<std::size_t>(line.data() - yaml.text().data()) + tab;
}

}  // namespace

YamlTrouble explain_yaml_stop(const YamlText& yaml, const YamlStop& stop) {
    const std::string& text = yaml.text();
    const std::string& m = stop.message;
    const auto character = [&](std::size_t at) { return at < text.size() ? text[at] : '\0'; };

    if (has(m, "illegal EOF in scalar")) return {open_quote(text, stop), "this quote is never closed"};
    if (const auto tab = indenting_tab(yaml, stop.at))
        return {*tab, "a tab in the indentation; YAML takes spaces only"};
    if (has(m, "sequence flow not found") || has(m, "end of map flow not found")) {
        const std::size_t at = stop.bracket_at.value_or(stop.at);
        return {at, std::string("this '") + (character(at) == '{' ? '{' : '[') + "' is never closed"};
    }
    if (has(m, "illegal flow end")) return {stop.at, "a closing bracket without its opening one"};
    if (has(m, "referenced anchor is not defined") || has(m, "alias not found") || has(m, "scanning alias")) {
        const std::size_t at =
            has(m, "alias not found") && stop.at > 0 && character(stop.at - 1) == '*' ? stop.at - 1 : stop.at;
        return {
            at,
            "no anchor of this name; text that begins with '*', such as a schedule or a pattern, must be in quotes"};
    }
    if (has(m, "unknown token") && std::string_view("@`%|>&!").find(character(stop.at)) != std::string_view::npos)
        return {stop.at, std::string("text that begins with '") + character(stop.at) + "' must be in quotes"};
    if (has(m, "unknown escape") || has(m, "invalid unicode") || has(m, "scanning hex"))
        return {stop.at, "no such escape in double quotes; take single quotes, or write \\\\ for a backslash"};
    if (has(m, "illegal map value"))
        return {stop.at, "a ':' cannot stand here; check the indentation, and put text that holds ': ' in quotes"};
    if (has(m, "end of map not found") || has(m, "end of sequence not found") || has(m, "illegal block entry"))
        return {stop.at, "the indentation does not fit the lines above"};
    // What follows a colon in yaml-cpp's messages is the file's own text.
    return {stop.at, "is not valid YAML: " + m.substr(0, m.find(':'))};
}

}  // namespace garner
