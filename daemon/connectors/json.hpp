// Vendors' JSON is hostile until checked: bounded size and depth, strict types, errors that name the place.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "core/failure.hpp"

namespace garner {

/// Parses a whole document, at most 32 levels deep. `corrupt` with the byte where it breaks; an HTML page is named as
/// such.
Result<boost::json::value> parse_json(std::string_view text);

/// A member that must be there and be a string. `corrupt`: "/machines/0/id: a string is missing". `where` is the JSON
/// pointer of the object.
Result<std::string> string_member(const boost::json::value& object, std::string_view key, std::string_view where);

/// A member that may be absent or null; nothing then. Another type is `corrupt`.
Result<std::string> optional_string_member(const boost::json::value& object, std::string_view key,
                                           std::string_view where);

/// The value as an array. `corrupt` when it is none.
Result<const boost::json::array*> array_of(const boost::json::value& value, std::string_view where);

}  // namespace garner
