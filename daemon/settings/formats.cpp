#include "settings/formats.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include "core/schedule.hpp"
#include "core/text.hpp"
#include "core/zone.hpp"
#include "settings/interval_words.hpp"
#include "settings/words.hpp"

namespace garner {
namespace {

constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool made_of(std::string_view text, std::string_view extra) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return letters_and_digits.find(c) != std::string_view::npos || extra.find(c) != std::string_view::npos;
    });
}

template <class T>
std::string wrong_of(const Result<T>& parsed) {
    return parsed ? "" : parsed.error().what;
}

}  // namespace

std::string wrong_name(const std::string& text, const FormatContext&) {
    const bool fine = !text.empty() && text.size() <= 63 && made_of(text, "_.-") && made_of(text.substr(0, 1), "");
    return fine ? "" : "a name has 1 to 63 letters, digits, '_', '.' or '-', and begins with a letter or a digit";
}

std::string wrong_absolute_path(const std::string& text, const FormatContext& context) {
    if (text.starts_with('/')) return "";
    return "must be an absolute path; write " + printable(absolute_path(context.directory, text));
}

std::string wrong_socket_path(const std::string& text, const FormatContext& context) {
    constexpr std::size_t longest = 107;  // sockaddr_un
    if (text.size() > longest)
        return "is longer than the " + std::to_string(longest) + " bytes that a Unix socket's path may have";
    return wrong_absolute_path(text, context);
}

std::string wrong_time_zone(const std::string& text, const FormatContext&) { return wrong_of(Zone::load(text)); }

std::string wrong_schedule(const std::string& text, const FormatContext&) {
    return wrong_of(CronExpression::parse(text));
}

std::string wrong_base_url(const std::string& text, const FormatContext&) {
    const auto url = parse_url(text);
    if (!url || (url->scheme != "https" && url->scheme != "http")) return "must be a URL such as https://acme.example";
    if (url->has_user) return "must not hold a user name or password; they have keys of their own";
    if (url->has_query || url->has_fragment) return "must not have a query ('?') or a fragment ('#')";
    return "";
}

std::string wrong_proxy_url(const std::string& text, const FormatContext&) {
    const auto url = parse_url(text);
    if (!url || (!url->path.empty() && url->path != "/") || url->has_query || url->has_fragment)
        return "must be a URL such as http://proxy.example:3128";
    if (url->scheme != "http")
        return "must begin with http://; what goes to https sources is encrypted inside (CONNECT)";
    if (!url->address.port) return "must name the proxy's port, such as http://proxy.example:3128";
    return "";
}

std::string wrong_proxy_exception(const std::string& text, const FormatContext& context) {
    // Also "a,b" in one text, as Prometheus has it.
    if (const std::size_t comma = text.find(','); comma != std::string::npos) {
        const std::string first(trim_ascii(std::string_view(text).substr(0, comma)));
        const std::string rest(trim_ascii(std::string_view(text).substr(comma + 1)));
        const std::string why = wrong_proxy_exception(first, context);
        return why.empty() ? wrong_proxy_exception(rest, context) : why;
    }
    if (text == "*") return "";
    if (text.find('/') != std::string::npos)
        return "networks are not supported; name hosts, '.suffix' or single addresses";
    const std::string_view host = text.starts_with('.') ? std::string_view(text).substr(1) : std::string_view(text);
    if (text.starts_with("*.")) return "write '" + printable(text.substr(1), 64) + "' for a domain with all its hosts";
    const auto plain = parse_host_port(host);
    const auto v6 = parse_host_port("[" + text + "]");
    const bool fine = (plain && !plain->host.empty() && !plain->port) || v6;
    return fine ? "" : "must be a host name, a '.suffix', an address without port, or '*'";
}

std::string wrong_listen_address(const std::string& text, const FormatContext&) {
    const auto address = parse_host_port(text);
    if (address && address->port) return "";
    return "must be host:port, such as 127.0.0.1:9847, [::1]:9847 or :9847 for every address of the machine";
}

std::string wrong_bcrypt_hash(const std::string& text, const FormatContext&) {
    const bool fine = text.size() == 60 && text[0] == '$' && text[1] == '2' &&
                      std::string_view("aby").find(text[2]) != std::string_view::npos && text[3] == '$' &&
                      text[4] >= '0' && text[4] <= '3' && text[5] >= '0' && text[5] <= '9' && text[6] == '$' &&
                      text.substr(4, 2) >= "04" && text.substr(4, 2) <= "31" && made_of(text.substr(7), "./");
    return fine ? "" : "must be a bcrypt hash ($2b$12$...), as 'htpasswd -nBC 12 \"\"' makes it";
}

std::string wrong_user_name(const std::string& text, const FormatContext&) {
    return text.find(':') == std::string::npos ? ""
                                               : "a user name cannot hold ':'; the part behind it is the password's";
}

std::string wrong_host_name(const std::string& text, const FormatContext&) {
    const auto host = parse_host_port(text);
    return host && !host->host.empty() && !host->port ? "" : "must be a host name, without port";
}

std::string wrong_workspace(const std::string& text, const FormatContext&) {
    return made_of(text, "_-") && text.size() <= 128
               ? ""
               : "must be the part after /w/ in the browser's address, such as DEFAULT";
}

std::string wrong_ratio(const std::string& text, const FormatContext&) {
    double ratio = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ratio, std::chars_format::fixed);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && ratio >= 0 && ratio <= 1 ? "" : "must be a number from 0 to 1, such as 0.5";
}

std::string wrong_factor(const std::string& text, const FormatContext&) {
    double factor = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor, std::chars_format::fixed);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && factor >= 0 && factor <= 1e12 ? "" : "must be a number, such as 0.1 or 10";
}

std::string wrong_target_word(const std::string& text, const FormatContext&) {
    return text == "id:" ? "names no id; write it behind the colon" : "";
}

std::string wrong_header_name(const std::string& text, const FormatContext&) {
    // What the HTTP client and the connectors say themselves; a tenant's name there would break the exchange.
    static constexpr std::array<std::string_view, 22> ours{"accept",
                                                           "accept-encoding",
                                                           "authorization",
                                                           "connection",
                                                           "content-encoding",
                                                           "content-length",
                                                           "content-type",
                                                           "cookie",
                                                           "date",
                                                           "expect",
                                                           "host",
                                                           "if-match",
                                                           "if-range",
                                                           "keep-alive",
                                                           "proxy-authorization",
                                                           "proxy-connection",
                                                           "range",
                                                           "te",
                                                           "trailer",
                                                           "transfer-encoding",
                                                           "upgrade",
                                                           "user-agent"};
    if (text.size() > 128 || !made_of(text, "!#$%&'*+-.^_`|~"))
        return "must be the name of an HTTP header, such as X-Servitly-Tenant";
    if (std::find(ours.begin(), ours.end(), to_lower_ascii(text)) != ours.end())
        return "is a header of HTTP itself; name the one that the vendor takes the tenant from, such as "
               "X-Servitly-Tenant";
    return "";
}

std::string wrong_email(const std::string& text, const FormatContext&) {
    const std::size_t at = text.find('@');
    const bool fine = at != std::string::npos && at > 0 && at + 1 < text.size() && text.find(' ') == std::string::npos;
    return fine ? "" : "must be an e-mail address";
}

std::string wrong_local_time(const std::string& text, const FormatContext&) {
    const auto time = parse_local_time(text);
    if (!time)
        return "must be a date such as 2026-01-01, or a local time such as 2026-01-01T06:00:00 (in the job's zone, "
               "without 'Z' or offset)";
    if (time->year() < 1970 || time->year() >= window_year_end)
        return "must be from 1970-01-01 to " + std::to_string(window_year_end - 1) + "-12-31";
    return "";
}

std::string wrong_time_of_day(const std::string& text, const FormatContext&) {
    return wrong_of(parse_time_of_day(text));
}

std::string wrong_weekdays(const std::string& text, const FormatContext&) { return wrong_of(parse_weekdays(text)); }

std::string wrong_days_of_month(const std::string& text, const FormatContext&) {
    return wrong_of(parse_days_of_month(text));
}

std::string wrong_months(const std::string& text, const FormatContext&) { return wrong_of(parse_months(text)); }

std::string wrong_years(const std::string& text, const FormatContext&) { return wrong_of(parse_years(text)); }

std::string wrong_credential_name(const std::string& text, const FormatContext&) {
    const bool fine = text.size() <= 255 && text != "." && text != ".." && made_of(text, "_.-@+:");
    return fine ? "" : "must be a credential's name as in the unit's LoadCredential=, without a path";
}

std::string wrong_variable_name(const std::string& text, const FormatContext&) {
    const bool fine = made_of(text, "_") && !text.empty() && (text[0] < '0' || text[0] > '9');
    return fine ? "" : "must be an environment variable's name, without '$'";
}

}  // namespace garner
