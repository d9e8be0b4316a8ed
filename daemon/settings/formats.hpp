// What a text under a key has to look like. Each function says what is wrong and what to write instead; empty: nothing
// is. None of them quotes a value that can hold a password.
#pragma once

#include <string>

namespace garner {

struct FormatContext {
    std::string directory;  ///< of the YAML file, absolute
};

using Format = std::string (*)(const std::string& text, const FormatContext&);

std::string wrong_name(const std::string&, const FormatContext&);  ///< of a source, store, job or time interval
std::string wrong_absolute_path(const std::string&, const FormatContext&);
std::string wrong_socket_path(const std::string&, const FormatContext&);
std::string wrong_time_zone(const std::string&, const FormatContext&);
std::string wrong_schedule(const std::string&, const FormatContext&);  ///< one expression
std::string wrong_base_url(const std::string&, const FormatContext&);  ///< http and https
std::string wrong_proxy_url(const std::string&, const FormatContext&);
std::string wrong_proxy_exception(const std::string&, const FormatContext&);  ///< one entry of no_proxy
std::string wrong_listen_address(const std::string&, const FormatContext&);
std::string wrong_bcrypt_hash(const std::string&, const FormatContext&);
std::string wrong_user_name(const std::string&, const FormatContext&);
std::string wrong_host_name(const std::string&, const FormatContext&);
std::string wrong_workspace(const std::string&, const FormatContext&);
std::string wrong_ratio(const std::string&, const FormatContext&);        ///< 0 to 1, with a point
std::string wrong_factor(const std::string&, const FormatContext&);       ///< 0 or more, with a point
std::string wrong_target_word(const std::string&, const FormatContext&);  ///< a name, glob or id:
std::string wrong_header_name(const std::string&, const FormatContext&);  ///< of a header that garner does not set
std::string wrong_email(const std::string&, const FormatContext&);
std::string wrong_local_time(const std::string&, const FormatContext&);  ///< where windows begin
std::string wrong_time_of_day(const std::string&, const FormatContext&);
std::string wrong_weekdays(const std::string&, const FormatContext&);  ///< and below: one value or a range
std::string wrong_days_of_month(const std::string&, const FormatContext&);
std::string wrong_months(const std::string&, const FormatContext&);
std::string wrong_years(const std::string&, const FormatContext&);
std::string wrong_credential_name(const std::string&, const FormatContext&);
std::string wrong_variable_name(const std::string&, const FormatContext&);

}  // namespace garner
