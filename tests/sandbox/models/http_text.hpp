// Small texts of HTTP that every model needs: dates, Basic credentials, hosts, JSON replies.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/time.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

/// IMF-fixdate, to the second.
std::string format_http_date(WallTime);

/// "user:secret" of a Basic Authorization header; nothing on anything else.
std::optional<std::string> basic_credential(std::string_view authorization);

/// The value of an Authorization header for `credential`.
std::string basic_authorization(std::string_view credential);

/// "127.0.0.1:4711" of "https://127.0.0.1:4711/prefix".
std::string host_of_url(std::string_view url);

/// Percent signs decoded; broken ones stay.
std::string percent_decoded(std::string_view);

ModelReply json_reply(int status, const boost::json::value&);
ModelReply html_reply(int status, std::string_view title);

}  // namespace garner::sandbox
