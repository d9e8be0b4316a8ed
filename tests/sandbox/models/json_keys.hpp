// Reading the control port's JSON: every key is known or refused by name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace garner::sandbox {

using JsonKeys = std::map<std::string, std::function<void(const boost::json::value&)>, std::less<>>;

/// Calls the reader of each key of an object; std::invalid_argument for an unknown key or no object. `what` names the
/// object.
void read_json_keys(const boost::json::value&, const JsonKeys&, const std::string& what);

/// The value, or std::invalid_argument naming `key`.
std::string json_text(const boost::json::value&, const std::string& key);
std::uint64_t json_number(const boost::json::value&, const std::string& key);
std::int64_t json_signed(const boost::json::value&, const std::string& key);
double json_fraction(const boost::json::value&, const std::string& key);
bool json_flag(const boost::json::value&, const std::string& key);
const boost::json::array& json_array(const boost::json::value&, const std::string& key);

}  // namespace garner::sandbox
