// Text that came from elsewhere, made safe: for file names, for logs, and for telling what somebody meant.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace garner {

/// A vendor's name as one path component of 1 to 80 bytes: letters, digits, `.`, `_`, `-`, and other UTF-8 letters
/// stay; everything else becomes `_`; never empty, never beginning with `.` or `-`, cut at a character's boundary.
std::string escape_path_component(std::string_view);

/// One line of printable UTF-8 of at most `bytes_max`: control characters, bidirectional overrides and broken UTF-8 as
/// `\xNN` or U+FFFD; "..." marks a cut. For vendors' words in logs, errors and tables.
std::string printable(std::string_view, std::size_t bytes_max = 300);

/// A URL for people: scheme, host, path; user information dropped, query and fragment as "?...".
std::string redact_url(std::string_view);

/// The known word that was probably meant: at most 2 edits away (1 for words of up to 3 letters). Empty when there is
/// none.
std::string near_miss(std::string_view word, std::span<const std::string_view> known);

/// Shell-style match of the whole text, case-sensitive: `*` any run of characters, `?` one. No classes, no escapes.
bool glob_matches(std::string_view pattern, std::string_view text);

/// Whether a selector word is a pattern rather than a name.
bool is_glob(std::string_view);

/// Text of a vendor's file as UTF-8: what is not valid UTF-8 is taken as Latin-1.
std::string utf8_or_latin1(std::string_view);

std::string to_lower_ascii(std::string_view);
std::string_view trim_ascii(std::string_view);

/// "1.5 GiB": for people, never for machines.
std::string format_size(std::uint64_t bytes);

}  // namespace garner
