// Appgate's scenario from JSON. All keys are read into a copy first: a wrong key changes nothing.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "sandbox/models/appgate_state.hpp"
#include "sandbox/models/json_keys.hpp"

namespace garner::sandbox {
namespace {

std::vector<std::string> texts_from(const boost::json::value& value, const std::string& key) {
    std::vector<std::string> texts;
    for (const boost::json::value& one : json_array(value, key)) texts.push_back(json_text(one, key));
    return texts;
}

std::string status_from(const boost::json::value& value, const std::string& key) {
    constexpr std::array<std::string_view, 6> known = {"healthy", "busy", "warning", "error", "offline", "n/a"};
    std::string status = json_text(value, key);
    if (std::find(known.begin(), known.end(), status) == known.end())
        throw std::invalid_argument(key + ": healthy, busy, warning, error, offline or n/a");
    return status;
}

std::vector<AppgateAppliance> appliances_from(const boost::json::value& value) {
    std::vector<AppgateAppliance> appliances;
    for (const boost::json::value& entry : json_array(value, "appliances")) {
        AppgateAppliance made;
        JsonKeys keys;
        keys["id"] = [&](const auto& v) { made.id = json_text(v, "appliances.id"); };
        keys["name"] = [&](const auto& v) { made.name = json_text(v, "appliances.name"); };
        keys["functions"] = [&](const auto& v) { made.functions = texts_from(v, "appliances.functions"); };
        keys["tags"] = [&](const auto& v) { made.tags = texts_from(v, "appliances.tags"); };
        keys["status"] = [&](const auto& v) { made.status = status_from(v, "appliances.status"); };
        keys["activated"] = [&](const auto& v) { made.activated = json_flag(v, "appliances.activated"); };
        read_json_keys(entry, keys, "appliance");
        appliances.push_back(std::move(made));
    }
    return appliances;
}

// {"controller": "offline"}: by name.
void set_statuses(std::vector<AppgateAppliance>& appliances, const boost::json::value& value) {
    JsonKeys keys;
    for (AppgateAppliance& one : appliances)
        keys[one.name] = [&one](const auto& v) { one.status = status_from(v, "appliance_status"); };
    read_json_keys(value, keys, "appliance_status");
}

AppgateScenario::File file_from(const std::string& word) {
    if (word == "message") return AppgateScenario::File::message;
    if (word == "armored") return AppgateScenario::File::armored;
    if (word == "html") return AppgateScenario::File::html;
    if (word == "empty") return AppgateScenario::File::empty;
    if (word == "truncated") return AppgateScenario::File::truncated;
    throw std::invalid_argument("file: message, armored, html, empty or truncated");
}

}  // namespace

void AppgateModel::configure(const boost::json::value& value) {
    AppgateOptions changed = state_->options;
    AppgateScenario& scenario = changed.scenario;
    bool revoke_tokens = false, unlock = false;
    JsonKeys keys;
    const auto milliseconds = [&](const char* key, Duration& into) {
        keys[key] = [&into, key](const auto& v) { into = Duration(static_cast<std::int64_t>(json_number(v, key))); };
    };
    const auto number = [&](const char* key, auto& into) {
        keys[key] = [&into, key](const auto& v) {
            into = static_cast<std::remove_reference_t<decltype(into)>>(json_number(v, key));
        };
    };
    const auto flag = [&](const char* key, bool& into) {
        keys[key] = [&into, key](const auto& v) { into = json_flag(v, key); };
    };
    number("version_min", scenario.version_min);
    number("version_max", scenario.version_max);
    milliseconds("job_ms_min", scenario.job_duration_min);
    milliseconds("job_ms_max", scenario.job_duration_max);
    milliseconds("token_ms", scenario.token_lifetime);
    number("content_bytes_min", scenario.content_bytes_min);
    number("content_bytes_max", scenario.content_bytes_max);
    flag("backup_api_enabled", scenario.backup_api_enabled);
    flag("global_settings_forbidden", scenario.global_settings_forbidden);
    flag("mfa_required", scenario.mfa_required);
    number("lock_after", scenario.lock_after);
    flag("fail_jobs", scenario.fail_jobs);
    flag("base64_output", scenario.base64_output);
    flag("stuck_jobs", scenario.stuck_jobs);
    flag("vanish_jobs", scenario.vanish_jobs);
    flag("wrong_state", scenario.wrong_state);
    flag("ignore_range", scenario.ignore_range);
    flag("refuse_delete", scenario.refuse_delete);
    flag("serve_206", scenario.serve_206);
    number("page_max", scenario.page_max);
    flag("notify", scenario.notify);
    milliseconds("poll_ms_min", changed.poll_gap_min);
    number("concurrent_jobs_max", changed.concurrent_jobs_max);
    number("polls_after_done_max", changed.polls_after_done_max);
    number("rejected_logins_max", changed.rejected_logins_max);
    flag("strict", changed.strict);
    keys["file"] = [&](const auto& v) { scenario.file = file_from(json_text(v, "file")); };
    keys["appliances"] = [&](const auto& v) { changed.appliances = appliances_from(v); };
    keys["appliance_status"] = [&](const auto& v) { set_statuses(changed.appliances, v); };
    keys["password"] = [&](const auto& v) { changed.password = json_text(v, "password"); };
    flag("revoke_tokens", revoke_tokens);
    flag("unlock", unlock);
    read_json_keys(value, keys, "appgate");

    // A client that gets another password logs in with it, whatever it holds for the old one.
    if (changed.password != state_->options.password) state_->known_token.clear();
    if (revoke_tokens) {
        for (auto& [text, token] : state_->tokens) token.revoked = true;
    }
    if (unlock) state_->wrong_passwords = 0;
    state_->options = std::move(changed);
}

}  // namespace garner::sandbox
