// Tulip's scenario from JSON. All keys are read into a copy first: a wrong key changes nothing.
#include <functional>
#include <map>
#include <stdexcept>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "sandbox/models/json_keys.hpp"
#include "sandbox/models/tulip.hpp"

namespace garner::sandbox {
namespace {

std::vector<TulipMachineType> machine_types_from(const boost::json::value& value) {
    std::vector<TulipMachineType> types;
    for (const boost::json::value& entry : json_array(value, "machine_types")) {
        TulipMachineType type;
        JsonKeys keys;
        keys["id"] = [&](const auto& v) { type.id = json_text(v, "machine_types.id"); };
        keys["name"] = [&](const auto& v) { type.name = json_text(v, "machine_types.name"); };
        keys["machines"] = [&](const auto& v) {
            for (const boost::json::value& one : json_array(v, "machine_types.machines")) {
                TulipMachine machine;
                JsonKeys inner;
                inner["id"] = [&](const auto& w) { machine.id = json_text(w, "machines.id"); };
                inner["name"] = [&](const auto& w) { machine.name = json_text(w, "machines.name"); };
                read_json_keys(one, inner, "machine");
                type.machines.push_back(std::move(machine));
            }
        };
        read_json_keys(entry, keys, "machine type");
        types.push_back(std::move(type));
    }
    return types;
}

TulipScenario::File file_from(const std::string& word) {
    if (word == "rows") return TulipScenario::File::rows;
    if (word == "header_only") return TulipScenario::File::header_only;
    if (word == "empty") return TulipScenario::File::empty;
    if (word == "html") return TulipScenario::File::html;
    throw std::invalid_argument("file: rows, header_only, empty or html");
}

}  // namespace

void TulipModel::configure(const boost::json::value& value) {
    TulipOptions changed = options_;
    TulipScenario& scenario = changed.scenario;
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
    milliseconds("url_ms", scenario.url_lifetime);
    number("content_bytes_min", scenario.content_bytes_min);
    number("content_bytes_max", scenario.content_bytes_max);
    number("polls_without_resource", scenario.polls_without_resource);
    text("complete_word", scenario.complete_word);
    text("failed_word", scenario.failed_word);
    flag("complete_at_once", scenario.complete_at_once);
    flag("fail_jobs", scenario.fail_jobs);
    flag("stuck_jobs", scenario.stuck_jobs);
    flag("vanish_jobs", scenario.vanish_jobs);
    flag("plain_http_resource", scenario.plain_http_resource);
    milliseconds("poll_ms_min", changed.poll_gap_min);
    number("concurrent_jobs_max", changed.concurrent_jobs_max);
    number("polls_after_complete_max", changed.polls_after_complete_max);
    number("rejected_logins_max", changed.rejected_logins_max);
    flag("strict", changed.strict);
    keys["file"] = [&](const auto& v) { scenario.file = file_from(json_text(v, "file")); };
    keys["crlf"] = [&](const auto& v) { scenario.line_end = json_flag(v, "crlf") ? LineEnd::crlf : LineEnd::lf; };
    keys["running_words"] = [&](const auto& v) {
        scenario.running_words.clear();
        for (const boost::json::value& word : json_array(v, "running_words"))
            scenario.running_words.push_back(json_text(word, "running_words"));
        if (scenario.running_words.empty()) throw std::invalid_argument("running_words: at least one");
    };
    keys["machine_types"] = [&](const auto& v) { changed.machine_types = machine_types_from(v); };
    keys["revoke_tokens"] = [&](const auto& v) {
        if (json_flag(v, "revoke_tokens")) changed.tokens.clear();
    };
    read_json_keys(value, keys, "tulip");
    options_ = std::move(changed);
}

}  // namespace garner::sandbox
