#include "connectors/json.hpp"

#include <boost/json/parse_options.hpp>
#include <boost/json/stream_parser.hpp>

#include "core/probe.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

Failure wrong(std::string_view where, std::string_view key, std::string_view what) {
    std::string pointer(where);
    if (!key.empty()) pointer += "/" + std::string(key);
    return Failure(FailureKind::corrupt,
                   "unexpected JSON at " + (pointer.empty() ? "its root" : pointer) + ": " + std::string(what));
}

}  // namespace

Result<boost::json::value> parse_json(std::string_view text) {
    if (const std::string foreign = foreign_format(text.substr(0, 256));
        !foreign.empty() && foreign != "a JSON document")
        return Failure(FailureKind::corrupt, foreign + " instead of JSON: \"" + printable(text, 120) + "\"");
    boost::json::parse_options options;
    options.max_depth = 32;
    boost::json::stream_parser parser({}, options);
    boost::system::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    if (!error && !parser.done())
        return Failure(FailureKind::corrupt, text.empty() ? "an empty body instead of JSON" : "JSON that is cut off");
    const bool trailing = !error && !trim_ascii(text.substr(read)).empty();
    if (error || trailing)
        return Failure(FailureKind::corrupt, "broken JSON at byte " + std::to_string(read) + " (" +
                                                 (trailing ? "something follows the document" : error.message()) +
                                                 "): \"" + printable(text, 120) + "\"");
    return parser.release();
}

Result<std::string> optional_string_member(const boost::json::value& value, std::string_view key,
                                           std::string_view where) {
    const auto* object = value.if_object();
    if (object == nullptr) return wrong(where, "", "an object was expected");
    const auto* member = object->if_contains(key);
    if (member == nullptr || member->is_null()) return std::string();
    if (!member->is_string()) return wrong(where, key, "a string was expected");
    return std::string(member->as_string());
}

Result<std::string> string_member(const boost::json::value& value, std::string_view key, std::string_view where) {
    auto text = optional_string_member(value, key, where);
    if (text && text->empty()) return wrong(where, key, "a string is missing");
    return text;
}

Result<const boost::json::array*> array_of(const boost::json::value& value, std::string_view where) {
    const auto* array = value.if_array();
    if (array == nullptr) return wrong(where, "", "an array was expected");
    return array;
}

}  // namespace garner
