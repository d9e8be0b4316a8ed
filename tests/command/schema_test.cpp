// `garner schema` is held against files that garnerd takes and files that it refuses, by a validator of the words that
// it uses.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <boost/json/parse.hpp>
#include <regex>
#include <sstream>

#include "command/command_line.hpp"

namespace garner {
namespace {

namespace json = boost::json;

json::value printed_schema() {
    std::ostringstream out;
    std::ostringstream err;
    Invocation call{out, err, WallTime()};
    EXPECT_EQ(run_command_line(call, {"schema"}), CommandExit::fine) << err.str();
    return json::parse(out.str());
}

json::value to_json(const YAML::Node& node) {
    if (node.IsMap()) {
        json::object object;
        for (const auto& entry : node) {
            if (entry.first.Scalar() == "<<") {
                const json::value merged = to_json(entry.second);
                for (const auto& [key, value] : merged.as_object()) object.emplace(key, value);
                continue;
            }
            object[entry.first.Scalar()] = to_json(entry.second);
        }
        return object;
    }
    if (node.IsSequence()) {
        json::array array;
        for (const auto& item : node) array.push_back(to_json(item));
        return array;
    }
    if (node.IsNull()) return nullptr;
    const std::string& word = node.Scalar();
    if (node.Tag() == "!") return json::string(word);  // in quotes
    if (word == "true" || word == "false") return word == "true";
    if (!word.empty() && word.find_first_not_of("0123456789") == std::string::npos) return std::stoll(word);
    return json::string(word);
}

bool has_type(const json::value& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    return value.is_number();
}

// The path of the first value that the schema refuses; empty: none.
std::string refused_at(const json::object& schema, const json::value& value, const std::string& path) {
    if (const auto* type = schema.if_contains("type")) {
        const json::array types = type->is_array() ? type->get_array() : json::array{*type};
        const bool fits = std::any_of(types.begin(), types.end(),
                                      [&](const json::value& one) { return has_type(value, one.as_string()); });
        if (!fits) return path + ": type";
    }
    if (const auto* constant = schema.if_contains("const"); constant != nullptr && *constant != value)
        return path + ": const";
    if (const auto* words = schema.if_contains("enum")) {
        const json::array& all = words->as_array();
        if (std::find(all.begin(), all.end(), value) == all.end()) return path + ": enum";
    }
    if (const auto* pattern = schema.if_contains("pattern"); pattern != nullptr && value.is_string())
        if (!std::regex_search(std::string(value.as_string()), std::regex(std::string(pattern->as_string()))))
            return path + ": pattern";
    if (const auto* least = schema.if_contains("minimum"); least != nullptr && value.is_number())
        if (value.to_number<double>() < least->to_number<double>()) return path + ": minimum";
    if (const auto* most = schema.if_contains("maximum"); most != nullptr && value.is_number())
        if (value.to_number<double>() > most->to_number<double>()) return path + ": maximum";
    for (const std::string_view word : {"anyOf", "oneOf"}) {
        const auto* all = schema.if_contains(word);
        if (all == nullptr) continue;
        std::string why;
        std::size_t fitting = 0;
        for (const json::value& one : all->as_array()) {
            // Of sections of several types the one that is meant says what is wrong.
            const auto* type = value.is_object() ? value.get_object().if_contains("type") : nullptr;
            if (word == "oneOf" && type != nullptr && one.at("properties").at("type").at("const") != *type) continue;
            const std::string wrong = refused_at(one.as_object(), value, path);
            if (wrong.empty()) ++fitting;
            if (wrong.size() > why.size()) why = wrong;
        }
        if (fitting == 0) return why;
        if (word == "oneOf" && fitting > 1) return path + ": oneOf";
    }
    if (value.is_array())
        if (const auto* items = schema.if_contains("items"))
            for (std::size_t i = 0; i < value.get_array().size(); ++i)
                if (auto wrong = refused_at(items->as_object(), value.get_array()[i], path + "/" + std::to_string(i));
                    !wrong.empty())
                    return wrong;
    if (!value.is_object()) return "";
    const json::object& object = value.get_object();
    if (const auto* required = schema.if_contains("required"))
        for (const json::value& key : required->as_array())
            if (!object.contains(key.as_string())) return path + "/" + std::string(key.as_string()) + ": required";
    if (const auto* least = schema.if_contains("minProperties");
        least && object.size() < least->to_number<std::size_t>())
        return path + ": minProperties";
    if (const auto* most = schema.if_contains("maxProperties"); most && object.size() > most->to_number<std::size_t>())
        return path + ": maxProperties";
    const auto* properties = schema.if_contains("properties");
    const auto* others = schema.if_contains("additionalProperties");
    for (const auto& [key, one] : object) {
        const std::string below = path + "/" + std::string(key);
        const auto* known = properties != nullptr ? properties->as_object().if_contains(key) : nullptr;
        std::string wrong;
        if (known != nullptr)
            wrong = refused_at(known->as_object(), one, below);
        else if (key.starts_with("x-") && schema.contains("patternProperties"))
            continue;
        else if (others != nullptr && others->is_bool())
            wrong = below + ": unknown";
        else if (others != nullptr)
            wrong = refused_at(others->as_object(), one, below);
        if (const auto* names = schema.if_contains("propertyNames"); names != nullptr && wrong.empty())
            for (const json::value& reserved : names->at("not").at("enum").as_array())
                if (reserved.as_string() == key) wrong = below + ": reserved";
        if (!wrong.empty()) return wrong;
    }
    return "";
}

std::string refused(const YAML::Node& file) { return refused_at(printed_schema().as_object(), to_json(file), ""); }

TEST(schema, takes_what_garnerd_takes) {
    EXPECT_EQ(refused(YAML::LoadFile(std::string(GARNER_SOURCE_DIR) + "/config/garner.yaml")), "");
    EXPECT_EQ(refused(YAML::Load(R"yaml(
version: 1
x-pace: &pace {initial: 10s, max: 10m}
global: {timezone: Europe/Berlin, log: {level: debug}}
web: {listen: "127.0.0.1:0"}
sources:
  press-shop:
    type: tulip
    url: https://acme.tulip.co
    basic_auth: {username: apikey.2_x, password: {file: secret}}
    limits: {max_concurrent_jobs: 3, requests_per_minute: 60}
    poll: *pace
  fleet:
    type: servitly
    url: https://api.servitly.com
    tenants: {acme: {api_key: 12345, pat: {env: PAT}}}
  perimeter:
    type: appgate
    url: https://sdp.acme.example:8443/admin
    login: {username: backup, password: {credential: sdp}}
stores: {archive: {type: local, path: /srv/archive, reserve: 5GiB}}
time_intervals:
  production: [{weekdays: ["monday:friday"], times: [{start_time: "06:00", end_time: "22:00"}]}]
jobs:
  nightly: {source: press-shop, machines: {include: "*", exclude: ["Test *"]}, schedule: ["15 2 * * *"], jitter: 1h30m, stores: archive,
            blackout: production, catch_up: all}
  telemetry: {source: fleet, tenants: "*", schedule: "@daily", stores: [archive],
              export: {window: 1d, start: 2026-01-01, metrics: [temperature, {metric_id: x}], extra: {anything: {deep: 1}}}}
)yaml")),
              "");
}

TEST(schema, refuses_what_an_editor_should_underline) {
    const std::string source = "type: tulip, url: 'https://a.example', basic_auth: {username: u, password: p}";
    EXPECT_EQ(refused(YAML::Load("{version: 1, jbos: {}}")), "/jbos: unknown");
    EXPECT_EQ(refused(YAML::Load("{version: one}")), "/version: type");
    EXPECT_EQ(refused(YAML::Load("{global: {log: {level: loud}}}")), "/global/log/level: enum");
    EXPECT_EQ(refused(YAML::Load("{sources: {a: {" + source + ", timeout: 30}}}")), "/sources/a/timeout: type");
    EXPECT_EQ(refused(YAML::Load("{sources: {a: {" + source + ", timeout: 1h1h}}}")), "/sources/a/timeout: pattern");
    EXPECT_EQ(refused(YAML::Load("{sources: {a: {" + source + ", limits: {requests_per_minute: 0}}}}")),
              "/sources/a/limits/requests_per_minute: minimum");
    EXPECT_EQ(refused(YAML::Load("{sources: {a: {" + source + ", tenants: {}}}}")), "/sources/a/tenants: unknown");
    EXPECT_EQ(refused(YAML::Load("{jobs: {a: {schedule: '@daily', stores: x}}}")), "/jobs/a/source: required");
}

TEST(schema, explains_each_key_and_tells_its_default) {
    const json::value schema = printed_schema();
    const json::object& job =
        schema.at("properties").at("jobs").at("additionalProperties").at("properties").as_object();
    EXPECT_EQ(job.at("retries").at("default"), 2);
    EXPECT_EQ(job.at("deadline").at("default"), "12h");
    EXPECT_EQ(job.at("catch_up").at("enum").as_array().size(), 3U);
    for (const auto& [key, value] : job) EXPECT_FALSE(value.at("description").as_string().empty()) << key;
}

}  // namespace
}  // namespace garner
