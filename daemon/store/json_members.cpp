#include "store/json_members.hpp"

#include <boost/json/stream_parser.hpp>

#include "core/text.hpp"
#include "store/artifact_store.hpp"

namespace garner {

namespace json = boost::json;

Result<json::object> parse_document(std::string_view text) {
    const auto broken = [](std::string why) { return Failure(FailureKind::corrupt, std::move(why)); };
    if (text.size() > manifest_bytes_max) return broken("it is larger than " + format_size(manifest_bytes_max));
    json::parse_options options;
    options.max_depth = 8;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    if (error) return broken("broken JSON at byte " + std::to_string(read) + " (" + error.message() + ")");
    if (!parser.done() || !trim_ascii(text.substr(read)).empty())
        return broken("it is cut off, or something follows it");
    json::value document = parser.release();
    if (!document.is_object()) return broken("an object was expected");
    std::string wrong;
    const std::uint64_t format = Members(document.get_object(), "", wrong).number("format");
    if (!wrong.empty()) return broken(printable(wrong));
    if (format != 1)
        return broken("format " + std::to_string(format) + ", this version of garner reads format 1; use a newer one");
    return std::move(document.get_object());
}

}  // namespace garner
