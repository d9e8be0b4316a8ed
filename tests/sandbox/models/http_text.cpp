#include "sandbox/models/http_text.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <chrono>
#include <cstdio>

namespace garner::sandbox {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    const int lower = c | 0x20;
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
    return std::nullopt;
}

}  // namespace

std::string format_http_date(WallTime time) {
    using namespace std::chrono;
    constexpr std::array days_of_week = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto midnight = floor<days>(time);
    const year_month_day date(midnight);
    const hh_mm_ss clock(floor<seconds>(time - midnight));
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  days_of_week[weekday(midnight).c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

std::optional<std::string> basic_credential(std::string_view authorization) {
    if (authorization.size() < 6 || (authorization.substr(0, 6) != "Basic " && authorization.substr(0, 6) != "basic "))
        return std::nullopt;
    std::string credential;
    std::uint32_t bits = 0;
    int held = 0;
    for (char c : authorization.substr(6)) {
        if (c == '=') break;
        const std::size_t value = kBase64.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            credential += static_cast<char>(bits >> held & 0xff);
        }
    }
    if (credential.find(':') == std::string::npos) return std::nullopt;
    return credential;
}

std::string basic_authorization(std::string_view credential) {
    std::string text = "Basic ";
    for (std::size_t i = 0; i < credential.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (i + k < credential.size() ? static_cast<unsigned char>(credential[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= credential.size() - i ? kBase64[bits >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

std::string host_of_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    return std::string(url.substr(0, url.find('/')));
}

std::string percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const auto high = hex_digit(text[i + 1]);
            const auto low = hex_digit(text[i + 2]);
            if (high && low) {
                plain += static_cast<char>(*high << 4 | *low);
                i += 2;
                continue;
            }
        }
        plain += text[i];
    }
    return plain;
}

ModelReply json_reply(int status, const boost::json::value& value) {
    ModelReply reply;
    reply.status = status;
    reply.headers = {{"content-type", "application/json; charset=utf-8"}};
    reply.body = boost::json::serialize(value);
    return reply;
}

ModelReply html_reply(int status, std::string_view title) {
    ModelReply reply;
    reply.status = status;
    reply.headers = {{"content-type", "text/html; charset=utf-8"}};
    reply.body = "<!DOCTYPE html>\n<html><head><title>" + std::string(title) + "</title></head><body><h1>" +
                 std::string(title) +
                 "</h1><form method=\"post\" action=\"/login\"><input name=\"user\"></form></body></html>\n";
    return reply;
}

}  // namespace garner::sandbox
