// Servitly's scenario from JSON. All keys are read into a copy first: a wrong key changes nothing.
#include <stdexcept>
#include <string>

#include <boost/json/array.hpp>

#include "sandbox/models/json_keys.hpp"
#include "sandbox/models/servitly_state.hpp"

namespace garner::sandbox {
namespace {

using Scenario = ServitlyScenario;

Scenario::File file_from(const std::string& word) {
    if (word == "csvs") return Scenario::File::csvs;
    if (word == "empty_zip") return Scenario::File::empty_zip;
    if (word == "no_zip") return Scenario::File::no_zip;
    if (word == "html") return Scenario::File::html;
    if (word == "truncated") return Scenario::File::truncated;
    throw std::invalid_argument("file: csvs, empty_zip, no_zip, html or truncated");
}

Scenario::Place place_from(const std::string& word) {
    if (word == "presigned") return Scenario::Place::presigned;
    if (word == "api") return Scenario::Place::api;
    throw std::invalid_argument("place: presigned or api");
}

std::optional<ZipForm> zip_from(const std::string& word) {
    if (word == "any") return std::nullopt;
    if (word == "stored") return ZipForm::stored;
    if (word == "deflated") return ZipForm::deflated;
    if (word == "streamed") return ZipForm::streamed;
    throw std::invalid_argument("zip: any, stored, deflated or streamed");
}

}  // namespace

void ServitlyModel::configure(const boost::json::value& value) {
    ServitlyOptions changed = state_->options;
    Scenario& scenario = changed.scenario;
    bool revoke_tokens = false;
    JsonKeys keys;
    const auto milliseconds = [&](const char* key, Duration& into) {
        keys[key] = [&into, key](const auto& v) { into = Duration(static_cast<std::int64_t>(json_number(v, key))); };
    };
    const auto number = [&](const char* key, std::uint64_t& into) {
        keys[key] = [&into, key](const auto& v) { into = json_number(v, key); };
    };
    const auto flag = [&](const char* key, bool& into) {
        keys[key] = [&into, key](const auto& v) { into = json_flag(v, key); };
    };
    const auto text = [&](const char* key, std::string& into) {
        keys[key] = [&into, key](const auto& v) { into = json_text(v, key); };
    };
    milliseconds("job_ms_min", scenario.job_duration_min);
    milliseconds("job_ms_max", scenario.job_duration_max);
    milliseconds("token_ms", scenario.token_lifetime);
    milliseconds("refresh_ms", scenario.refresh_lifetime);
    milliseconds("kept_ms", scenario.kept);
    milliseconds("url_ms", scenario.url_lifetime);
    number("things_min", scenario.things_min);
    number("things_max", scenario.things_max);
    number("content_bytes_min", scenario.content_bytes_min);
    number("content_bytes_max", scenario.content_bytes_max);
    number("polls_without_url", scenario.polls_without_url);
    number("requests_per_minute", scenario.requests_per_minute);
    number("requests_per_hour", scenario.requests_per_hour);
    text("busy_message", scenario.busy_message);
    text("bad_end", scenario.bad_end);
    flag("rotate_refresh_tokens", scenario.rotate_refresh_tokens);
    flag("retry_after", scenario.retry_after);
    flag("fail_jobs", scenario.fail_jobs);
    flag("stuck_jobs", scenario.stuck_jobs);
    flag("vanish_jobs", scenario.vanish_jobs);
    milliseconds("poll_ms_min", changed.poll_gap_min);
    number("polls_after_complete_max", changed.polls_after_complete_max);
    number("rejected_logins_max", changed.rejected_logins_max);
    flag("strict", changed.strict);
    flag("revoke_tokens", revoke_tokens);
    keys["busy_status"] = [&](const auto& v) {
        const std::uint64_t status = json_number(v, "busy_status");
        if (status != 400 && status != 409 && status != 429)
            throw std::invalid_argument("busy_status: 400, 409 or 429");
        scenario.busy_status = static_cast<int>(status);
    };
    keys["file"] = [&](const auto& v) { scenario.file = file_from(json_text(v, "file")); };
    keys["place"] = [&](const auto& v) { scenario.place = place_from(json_text(v, "place")); };
    keys["zip"] = [&](const auto& v) { scenario.zip = zip_from(json_text(v, "zip")); };
    keys["running_words"] = [&](const auto& v) {
        scenario.running_words.clear();
        for (const boost::json::value& word : json_array(v, "running_words"))
            scenario.running_words.push_back(json_text(word, "running_words"));
        if (scenario.running_words.empty()) throw std::invalid_argument("running_words: at least one");
    };
    const auto of_all_tenants = [&](const char* key, auto change) {
        keys[key] = [&changed, key, change](const auto& v) {
            const bool on = json_flag(v, key);
            for (ServitlyTenantAccount& tenant : changed.tenants) change(tenant, on);
        };
    };
    of_all_tenants("may_export", [](ServitlyTenantAccount& tenant, bool on) { tenant.may_export = on; });
    of_all_tenants("revoke_logins", [](ServitlyTenantAccount& tenant, bool on) {
        if (!on) return;
        for (std::string* const secret : {&tenant.api_key, &tenant.pat, &tenant.password}) *secret += "-revoked";
    });
    read_json_keys(value, keys, "servitly");
    state_->options = std::move(changed);
    if (revoke_tokens) state_->logins.revoke_all();
}

}  // namespace garner::sandbox
