#include "connectors/appgate_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "connectors/json.hpp"
#include "connectors/vendor_id.hpp"
#include "core/text.hpp"

namespace garner::appgate {
namespace {

constexpr std::size_t token_bytes_max = 16 * 1024;
constexpr std::size_t error_fields_max = 5;

// Members of an appliance, each with an `enabled`; and those that hold no state of their own: what they need comes from
// the controllers. The vendor's CLI leaves out the same three.
constexpr std::array<std::string_view, 7> function_keys{"controller", "gateway", "logServer",        "logForwarder",
                                                        "connector",  "portal",  "metricsAggregator"};
constexpr std::array<std::string_view, 3> stateless_functions{"gateway", "connector", "logforwarder"};

Failure wrong(std::string_view where, std::string_view what) {
    return Failure(FailureKind::corrupt, "unexpected JSON at " + std::string(where) + ": " + std::string(what));
}

const boost::json::value* member(const boost::json::value& value, std::string_view key) {
    const auto* object = value.if_object();
    const auto* found = object == nullptr ? nullptr : object->if_contains(key);
    return found == nullptr || found->is_null() ? nullptr : found;
}

// For what is only shown: a wrong type is nothing.
std::string words(const boost::json::value& value, std::string_view key) {
    const auto* found = member(value, key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

bool is_true(const boost::json::value& value, std::string_view key) {
    const auto* found = member(value, key);
    return found != nullptr && found->is_bool() && found->as_bool();
}

std::optional<std::uint64_t> count(const boost::json::value& value, std::string_view key) {
    const auto* found = member(value, key);
    if (found == nullptr || !found->is_int64() || found->as_int64() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(found->as_int64());
}

int version_number(const boost::json::value& value, std::string_view key) {
    const auto number = count(value, key);
    return number && *number <= 1'000'000 ? static_cast<int>(*number) : 0;
}

std::optional<VersionRange> versions(const boost::json::value& value, std::string_view min, std::string_view max) {
    VersionRange range{version_number(value, min), version_number(value, max)};
    if (range.max == 0) return std::nullopt;
    if (range.min > range.max) range.min = 0;
    return range;
}

// "3-5/8": the items from 3 to 5 of 8.
std::optional<std::uint64_t> total_of_range(std::string_view range) {
    const auto slash = range.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view digits = trim_ascii(range.substr(slash + 1));
    std::uint64_t total = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), total);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return total;
}

Result<TargetTraits> read_traits(const boost::json::value& appliance, const std::string& where) {
    TargetTraits traits;
    if (const auto* tags = member(appliance, "tags")) {
        const auto list = array_of(*tags, where + "/tags");
        if (!list) return list.error();
        for (const auto& tag : **list) {
            if (!tag.is_string()) return wrong(where + "/tags", "strings were expected");
            traits.tags.emplace_back(tag.as_string());
        }
    }
    for (const std::string_view key : function_keys) {
        const auto* function = member(appliance, key);
        if (function == nullptr) continue;
        const std::string place = where + "/" + std::string(key);
        if (!function->is_object()) return wrong(place, "an object was expected");
        const auto* enabled = member(*function, "enabled");
        if (enabled != nullptr && !enabled->is_bool()) return wrong(place + "/enabled", "true or false was expected");
        if (enabled != nullptr && enabled->as_bool()) traits.functions.push_back(to_lower_ascii(key));
    }
    traits.stateless = !traits.functions.empty() &&
                       std::all_of(traits.functions.begin(), traits.functions.end(), [](const std::string& function) {
                           return std::find(stateless_functions.begin(), stateless_functions.end(), function) !=
                                  stateless_functions.end();
                       });
    return traits;
}

Result<AppliancePage::Appliance> read_appliance(const boost::json::value& value, const std::string& where) {
    auto id = string_member(value, "id", where);
    if (!id) return id.error();
    if (!is_usable_id(*id)) return wrong(where + "/id", "an id was expected");
    auto name = optional_string_member(value, "name", where);
    if (!name) return name.error();
    auto traits = read_traits(value, where);
    if (!traits) return traits.error();
    AppliancePage::Appliance appliance;
    appliance.target = {*id, name->empty() ? *id : *name, *traits};
    if (const auto* activated = member(value, "activated")) {
        if (!activated->is_bool()) return wrong(where + "/activated", "true or false was expected");
        appliance.activated = activated->as_bool();
    }
    return appliance;
}

std::optional<std::string> base64_decode(std::string_view text) {
    std::string bytes;
    std::uint32_t group = 0;
    int bits = 0;
    bool padded = false;
    for (const char c : text) {
        if (c == '\r' || c == '\n' || c == ' ') continue;
        std::uint32_t value = 0;
        if (c == '=') {
            padded = true;
            continue;
        } else if (c >= 'A' && c <= 'Z') {
            value = static_cast<std::uint32_t>(c - 'A');
        } else if (c >= 'a' && c <= 'z') {
            value = static_cast<std::uint32_t>(c - 'a' + 26);
        } else if (c >= '0' && c <= '9') {
            value = static_cast<std::uint32_t>(c - '0' + 52);
        } else if (c == '+' || c == '/') {
            value = c == '+' ? 62 : 63;
        } else {
            return std::nullopt;
        }
        if (padded) return std::nullopt;
        group = (group << 6 | value) & 0xFFFFFF;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(group >> bits & 0xFF);
    }
    return bytes;
}

}  // namespace

std::optional<VersionRange> read_version(const boost::json::value& value) {
    return versions(value, "lowestPeerVersionSupported", "peerVersion");
}

std::optional<VersionRange> read_supported_versions(const boost::json::value& value) {
    return versions(value, "minSupportedVersion", "maxSupportedVersion");
}

Result<Login> read_login(const boost::json::value& value) {
    auto token = string_member(value, "token", "");
    const auto* user = member(value, "user");
    Login login;
    login.needs_mfa = (user != nullptr && is_true(*user, "needTwoFactorAuth")) || is_true(value, "needTwoFactorAuth");
    if (login.needs_mfa) return login;
    if (!token) return token.error();
    const bool printable = std::all_of(token->begin(), token->end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (token->size() > token_bytes_max || !printable) return wrong("/token", "a token was expected");
    login.token = Secret(std::move(*token));
    login.expires = parse_rfc3339(words(value, "expires"));
    return login;
}

Result<AppliancePage> read_appliances(const boost::json::value& value) {
    const auto* data = member(value, "data");
    if (data == nullptr) return wrong("/data", "an array is missing");
    const auto list = array_of(*data, "/data");
    if (!list) return list.error();
    AppliancePage page;
    for (std::size_t at = 0; at < (*list)->size(); ++at) {
        auto appliance = read_appliance((**list)[at], "/data/" + std::to_string(at));
        if (!appliance) return appliance.error();
        page.appliances.push_back(std::move(*appliance));
    }
    page.total = total_of_range(words(value, "range"));
    if (!page.total) page.total = count(value, "totalCount");
    return page;
}

// The vendor's CLI takes `n/a` for offline, too.
std::map<std::string, std::string> read_offline(const boost::json::value& value) {
    std::map<std::string, std::string> offline;
    const auto* data = member(value, "data");
    const auto* list = data == nullptr ? nullptr : data->if_array();
    if (list == nullptr) return offline;
    for (const auto& appliance : *list) {
        const std::string id = words(appliance, "id");
        std::string word = to_lower_ascii(trim_ascii(words(appliance, "status")));
        const auto* online = member(appliance, "online");
        if (word.empty() && online != nullptr && online->is_bool() && !online->as_bool()) word = "offline";
        if (!id.empty() && (word == "offline" || word == "n/a")) offline[id] = word;
    }
    return offline;
}

std::optional<bool> read_backup_api_enabled(const boost::json::value& value) {
    const auto* enabled = member(value, "backupApiEnabled");
    if (enabled == nullptr || !enabled->is_bool()) return std::nullopt;
    return enabled->as_bool();
}

Result<BackupStatus> read_backup_status(const boost::json::value& value) {
    auto status = string_member(value, "status", "");
    if (!status) return status.error();
    auto result = optional_string_member(value, "result", "");
    if (!result) return result.error();
    BackupStatus read;
    read.status = std::move(*status);
    read.result = std::move(*result);
    read.message = words(value, "message");
    read.output = words(value, "output");
    if (to_lower_ascii(words(value, "encoding")) == "base64")
        read.output = base64_decode(read.output).value_or(read.output);
    return read;
}

ErrorBody read_error(const boost::json::value& value) {
    ErrorBody error;
    error.id = words(value, "id");
    error.message = words(value, "message");
    error.reason = words(value, "reason");
    error.failure_type = words(value, "failureType");
    error.wants_otp = is_true(value, "otpRequired") || is_true(value, "needTwoFactorAuth");
    const auto* errors = member(value, "errors");
    const auto* list = errors == nullptr ? nullptr : errors->if_array();
    if (list == nullptr) return error;
    for (const auto& one : *list) {
        if (error.fields.size() == error_fields_max) break;
        const std::string field = words(one, "field");
        const std::string message = words(one, "message");
        if (!field.empty() || !message.empty())
            error.fields.push_back(field.empty() || message.empty() ? field + message : field + ": " + message);
    }
    return error;
}

}  // namespace garner::appgate
