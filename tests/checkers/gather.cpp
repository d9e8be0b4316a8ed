#include "checkers/gather.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "platform/sha256.hpp"

namespace garner::checkers {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

// What `key` holds, or why it cannot be had.
const json::array* array_of(const json::value& value, std::string_view key) {
    const json::value* found = value.is_object() ? value.get_object().if_contains(key) : nullptr;
    return found != nullptr && found->is_array() ? &found->get_array() : nullptr;
}

}  // namespace

std::string gather_ledger(const std::string& path, Evidence& evidence) {
    const auto database = Database::open_for_reading(path);
    return database ? read_ledger(*database, evidence) : database.error().what;
}

std::string gather_store(const std::string& name, const std::string& directory, Evidence& evidence) {
    evidence.store = name;
    std::error_code error;
    std::filesystem::recursive_directory_iterator files(directory, error);
    if (error) return "list " + directory + ": " + error.message();
    for (; files != std::filesystem::recursive_directory_iterator(); files.increment(error)) {
        if (error) return "list " + directory + ": " + error.message();
        if (!files->is_regular_file()) continue;
        std::ifstream file(files->path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(file), {});
        if (file.bad()) return "read " + files->path().string();
        StoredFile& stored = evidence.files[files->path().lexically_relative(directory).string()];
        stored.size = bytes.size();
        stored.sha256 = Sha256::of(bytes);
        if (files->path().string().ends_with(".manifest.json") || files->path().string().ends_with(".marks.json"))
            stored.text = bytes;
    }
    return {};
}

std::string gather_record(const std::string& source, const std::string& text, Evidence& evidence) {
    boost::system::error_code error;
    const json::value record = json::parse(text, error);
    const json::array* jobs = error ? nullptr : array_of(record, "jobs");
    if (jobs == nullptr) return "the record of " + source + " has no jobs";
    std::set<std::string> left;
    if (const json::array* ids = array_of(record, "left"))
        for (const json::value& id : *ids) left.emplace(id.as_string());
    for (const json::value& one : *jobs) {
        const json::object& job = one.as_object();
        if (flag_of(job, "foreign")) continue;
        RemoteJob& remote = evidence.remote_jobs.emplace_back();
        remote.source = source;
        remote.id = text_of(job, "id");
        for (const char* key : {"machine_id", "tenant", "appliance"}) remote.target_id += text_of(job, key);
        remote.started = parse_rfc3339(text_of(job, "started")).value_or(WallTime());
        remote.lies_there = left.contains(remote.id);
        remote.answer_lost = flag_of(job, "answer_lost");
        remote.brings_nothing = flag_of(job, "told");
        remote.sha256 = text_of(job, "sha256");
        evidence.now = std::max(evidence.now, remote.started);
    }
    return {};
}

std::string gather_violations(const std::string& text, Evidence& evidence) {
    boost::system::error_code error;
    const json::value said = json::parse(text, error);
    const json::array* violations = error ? nullptr : array_of(said, "violations");
    if (violations == nullptr) return "the answer about violations has none";
    for (const json::value& one : *violations)
        evidence.complaints.push_back(text_of(one.as_object(), "what") + " at " + text_of(one.as_object(), "at"));
    return {};
}

}  // namespace garner::checkers
