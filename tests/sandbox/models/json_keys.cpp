#include "sandbox/models/json_keys.hpp"

#include <boost/json/object.hpp>
#include <stdexcept>

namespace garner::sandbox {
namespace {

[[noreturn]] void wrong(const std::string& key, const char* wanted) {
    throw std::invalid_argument(key + ": " + wanted);
}

}  // namespace

void read_json_keys(const boost::json::value& value, const JsonKeys& keys, const std::string& what) {
    if (!value.is_object()) wrong(what, "a JSON object is wanted");
    for (const auto& [key, entry] : value.get_object()) {
        const auto reader = keys.find(std::string_view(key.data(), key.size()));
        if (reader == keys.end()) wrong(what + "." + std::string(key), "unknown key");
        reader->second(entry);
    }
}

std::string json_text(const boost::json::value& value, const std::string& key) {
    if (!value.is_string()) wrong(key, "a string is wanted");
    return std::string(value.get_string());
}

std::uint64_t json_number(const boost::json::value& value, const std::string& key) {
    if (!value.is_number()) wrong(key, "a number from 0 on is wanted");
    boost::system::error_code failed;
    const auto number = value.to_number<std::uint64_t>(failed);
    if (failed) wrong(key, "a whole number from 0 on is wanted");
    return number;
}

std::int64_t json_signed(const boost::json::value& value, const std::string& key) {
    if (!value.is_number()) wrong(key, "a whole number is wanted");
    boost::system::error_code failed;
    const auto number = value.to_number<std::int64_t>(failed);
    if (failed) wrong(key, "a whole number is wanted");
    return number;
}

double json_fraction(const boost::json::value& value, const std::string& key) {
    if (!value.is_number()) wrong(key, "a number is wanted");
    return value.to_number<double>();
}

bool json_flag(const boost::json::value& value, const std::string& key) {
    if (!value.is_bool()) wrong(key, "true or false is wanted");
    return value.get_bool();
}

const boost::json::array& json_array(const boost::json::value& value, const std::string& key) {
    if (!value.is_array()) wrong(key, "an array is wanted");
    return value.get_array();
}

}  // namespace garner::sandbox
