#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <numeric>

namespace garner {
namespace {

// The code point at text[at], and its length in bytes; length 0 where it is not valid UTF-8.
struct CodePoint {
    std::uint32_t value;
    std::size_t length;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) return {first, 1};
    std::size_t length = 0;
    std::uint32_t value = 0;
    std::uint32_t smallest = 0;
    if ((first & 0xE0) == 0xC0) {
        length = 2, value = first & 0x1FU, smallest = 0x80;
    } else if ((first & 0xF0) == 0xE0) {
        length = 3, value = first & 0x0FU, smallest = 0x800;
    } else if ((first & 0xF8) == 0xF0) {
        length = 4, value = first & 0x07U, smallest = 0x10000;
    } else {
        return {0, 0};
    }
    if (at + length > text.size()) return {0, 0};
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) return {0, 0};
        value = (value << 6) | (byte(at + i) & 0x3FU);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {0, 0};
    return {value, length};
}

bool is_ascii_word(std::uint32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

// Characters that change how the text around them is shown, or that cannot be seen.
bool is_deceptive(std::uint32_t c) {
    return (c >= 0x80 && c <= 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFF) ||
           (c >= 0xE0000 && c <= 0xE0FFF);
}

// Separators that only look like letters: they stay out of file names.
bool is_odd_in_names(std::uint32_t c) {
    return is_deceptive(c) || (c >= 0x2000 && c <= 0x2BFF) || c == 0x3000 || (c >= 0xE000 && c <= 0xF8FF);
}

}  // namespace

std::string utf8_or_latin1(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = code_point_at(text, at).length;
        if (length == 0) break;
        at += length;
    }
    if (at >= text.size()) return std::string(text);
    std::string utf8;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            utf8 += c;
        } else {
            utf8 += static_cast<char>(0xC0U | byte >> 6U);
            utf8 += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return utf8;
}

std::string escape_path_component(std::string_view name) {
    constexpr std::size_t bytes_max = 80;
    std::string safe;
    for (std::size_t at = 0; at < name.size();) {
        const CodePoint c = code_point_at(name, at);
        std::string_view piece = "_";
        if (c.length == 1 && is_ascii_word(c.value)) piece = name.substr(at, 1);
        if (c.length > 1 && !is_odd_in_names(c.value)) piece = name.substr(at, c.length);
        if (safe.empty() && (piece == "." || piece == "-")) piece = "_";
        if (safe.size() + piece.size() > bytes_max) break;
        safe += piece;
        at += std::max<std::size_t>(c.length, 1);
    }
    return safe.empty() ? "_" : safe;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
    std::string safe;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint c = code_point_at(text, at);
        std::string piece;
        if (c.length == 0) {
            piece = "\xEF\xBF\xBD";
        } else if (c.value < 0x20 || c.value == 0x7F || is_deceptive(c.value)) {
            std::array<char, 16> hex{};
            std::snprintf(hex.data(), hex.size(), c.value > 0xFF ? "\\u%04x" : "\\x%02x", c.value);
            piece = hex.data();
        } else {
            piece = text.substr(at, c.length);
        }
        if (safe.size() + piece.size() > bytes_max) return safe + "...";
        safe += piece;
        at += std::max<std::size_t>(c.length, 1);
    }
    return safe;
}

std::string redact_url(std::string_view url) {
    const std::size_t cut = url.find_first_of("?#");
    std::string_view shown = url.substr(0, cut);
    std::string text;
    const std::size_t scheme = shown.find("://");
    if (scheme != std::string_view::npos) {
        const std::size_t authority = scheme + 3;
        const std::size_t path = std::min(shown.find('/', authority), shown.size());
        const std::size_t at = shown.substr(0, path).rfind('@');
        if (at != std::string_view::npos && at >= authority)
            text = std::string(shown.substr(0, authority)) + std::string(shown.substr(at + 1));
    }
    if (text.empty()) text = shown;
    if (cut != std::string_view::npos) text += "?...";
    return printable(text);
}

std::string near_miss(std::string_view word, std::span<const std::string_view> known) {
    if (word.size() > 64) return {};
    const std::size_t allowed = word.size() <= 3 ? 1 : 2;
    std::size_t best = allowed + 1;
    std::string_view found;
    for (std::string_view candidate : known) {
        if (candidate.size() > word.size() + allowed || word.size() > candidate.size() + allowed) continue;
        // Optimal string alignment: an exchange of two neighbours is one edit.
        std::vector<std::vector<std::size_t>> d(word.size() + 1, std::vector<std::size_t>(candidate.size() + 1));
        for (std::size_t i = 0; i <= word.size(); ++i) d[i][0] = i;
        for (std::size_t j = 0; j <= candidate.size(); ++j) d[0][j] = j;
        for (std::size_t i = 1; i <= word.size(); ++i)
            for (std::size_t j = 1; j <= candidate.size(); ++j) {
                const std::size_t differs = word[i - 1] == candidate[j - 1] ? 0 : 1;
                d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + differs});
                if (i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1])
                    d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        if (d[word.size()][candidate.size()] < best) {
            best = d[word.size()][candidate.size()];
            found = candidate;
        }
    }
    return std::string(found);
}

bool glob_matches(std::string_view pattern, std::string_view text) {
    // Linear with one point of return: the last star takes as much as is needed.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            const std::size_t length = pattern[p] == '?' ? std::max<std::size_t>(code_point_at(text, t).length, 1) : 1;
            ++p;
            t += length;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

bool is_glob(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

std::string to_lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string_view trim_ascii(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string format_size(std::uint64_t bytes) {
    constexpr std::array<const char*, 6> names{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < names.size()) {
        value /= 1024;
        ++unit;
    }
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, names[unit]);
    return text.data();
}

}  // namespace garner
