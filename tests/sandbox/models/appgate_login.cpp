// Logins of the Appgate model, and which token holds. A lock-out is what a client that repeats a rejected login earns.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <utility>

#include "sandbox/models/appgate_state.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !digit) return false;
    }
    return true;
}

// The text of a key; empty when it is absent or no text.
std::string text_of(const boost::json::object& body, std::string_view key) {
    const boost::json::value* const value = body.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

boost::json::object privilege(std::string_view type, std::string_view target) {
    boost::json::object entry;
    entry["type"] = type;
    entry["target"] = target;
    if (target == "Appliance") entry["scope"] = boost::json::object{{"all", true}};
    return entry;
}

std::string bearer(const ModelRequest& request) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view header = request.header("authorization");
    return header.starts_with(kScheme) ? std::string(header.substr(kScheme.size())) : std::string();
}

}  // namespace

ModelReply AppgateModel::State::not_acceptable(const ModelRequest& request, bool with_versions) {
    ++counts.not_acceptable;
    const AppgateScenario& scenario = options.scenario;
    const std::string accept(request.header("accept"));
    boost::json::object body = appgate_error_body(
        406, "Invalid 'Accept' header. Current version: application/vnd.appgate.peer-v" +
                 std::to_string(scenario.version_max) + "+json, Received: " + (accept.empty() ? "nothing" : accept));
    if (with_versions) {
        body["minSupportedVersion"] = scenario.version_min;
        body["maxSupportedVersion"] = scenario.version_max;
    }
    return json_reply(406, body);
}

// What the client was told and will hear again if it repeats it.
ModelReply AppgateModel::State::rejected_login(const AppgateCall& call, const std::string& credential,
                                               ModelReply reply) {
    ++logins.rejected;
    if (!call.answer_lost) {
        const std::size_t rejected = ++rejected_answers[credential];
        if (rejected > options.rejected_logins_max)
            violation(call.now, "login hammering: a rejected login was repeated (" + std::to_string(rejected) +
                                    " times); the account will be locked");
    }
    return reply;
}

ModelReply AppgateModel::State::log_in(const AppgateCall& call) {
    ++counts.login;
    boost::system::error_code broken;
    const boost::json::value parsed = boost::json::parse(call.request.body, broken);
    if (broken || !parsed.is_object()) return appgate_error(400, "The body is not a JSON object");
    const boost::json::object& body = parsed.get_object();

    boost::json::array errors;
    const auto wrong = [&](std::string_view field, std::string_view message) {
        errors.push_back(boost::json::object{{"field", field}, {"message", message}});
    };
    for (const char* field : {"providerName", "username", "password", "deviceId"}) {
        if (text_of(body, field).empty()) wrong(field, "may not be null");
    }
    const std::string provider = text_of(body, "providerName");
    if (!provider.empty() && provider != options.provider) wrong("providerName", "no such identity provider");
    const std::string device = text_of(body, "deviceId");
    if (!device.empty() && !is_uuid(device)) wrong("deviceId", "must be a valid UUID");
    if (!errors.empty()) {
        boost::json::object answer = appgate_error_body(422, "Validation failed.");
        answer["errors"] = std::move(errors);
        return json_reply(422, answer);
    }

    const std::string username = text_of(body, "username");
    const std::string password = text_of(body, "password");
    const std::string credential = username + "\n" + password;
    const auto failed = [&](std::string_view message) {
        boost::json::object answer = appgate_error_body(401, message);
        answer["failureType"] = "Login";
        return rejected_login(call, credential, json_reply(401, answer));
    };
    constexpr std::string_view kWrong = "Invalid username or password.";
    if (username != options.username) return failed(kWrong);
    if (std::find(logins.device_ids.begin(), logins.device_ids.end(), device) == logins.device_ids.end()) {
        logins.device_ids.push_back(device);
        if (logins.device_ids.size() > 1)
            violation(call.now, "another device id for account " + username + ": " + device);
    }
    if (wrong_passwords >= options.scenario.lock_after)
        return failed("User is locked because of too many failed login attempts.");
    if (password != options.password) {
        ++wrong_passwords;
        return failed(kWrong);
    }
    wrong_passwords = 0;
    if (options.scenario.mfa_required) {
        boost::json::object answer = appgate_error_body(412, "One-time password is required.");
        answer["otpRequired"] = true;
        answer["username"] = username;
        return rejected_login(call, credential, json_reply(412, answer));
    }
    return accepted_login(call);
}

ModelReply AppgateModel::State::accepted_login(const AppgateCall& call) {
    constexpr Duration kSoonAtMost = std::chrono::seconds(60);
    constexpr int kSoonFraction = 5;
    if (const auto held = tokens.find(known_token); held != tokens.end() && !held->second.refused) {
        const Duration left = held->second.expires - call.now;
        if (left > std::min(kSoonAtMost, (held->second.expires - held->second.issued) / kSoonFraction))
            violation(call.now, "login without need: the last token holds for another " + std::to_string(left.count()) +
                                    " ms, and nothing was answered 401");
    }
    ++logins.logins;
    const std::string token = seeded_base64(64, chance(options.seed, "token", tokens_given++));
    const Token given{call.now, call.now + options.scenario.token_lifetime};
    tokens[token] = given;
    if (!call.answer_lost) known_token = token;

    boost::json::object user;
    user["name"] = options.username;
    user["needTwoFactorAuth"] = false;
    user["canAccessAuditLogs"] = false;
    user["privileges"] = boost::json::array{privilege("Backup", "Appliance"), privilege("View", "Appliance"),
                                            privilege("View", "GlobalSetting")};
    boost::json::object body;
    body["user"] = std::move(user);
    body["token"] = token;
    body["expires"] = format_rfc3339(given.expires);
    body["messageOfTheDay"] = "Welcome to Appgate SDP.";
    return json_reply(200, body);
}

ModelReply AppgateModel::State::log_out(const AppgateCall& call) {
    const std::string token = bearer(call.request);
    tokens.erase(token);
    if (token == known_token) known_token.clear();
    ModelReply reply;
    reply.status = 204;
    return reply;
}

bool AppgateModel::State::authorized(const AppgateCall& call) {
    const auto found = tokens.find(bearer(call.request));
    if (found == tokens.end()) return false;
    const Token& token = found->second;
    if (!token.revoked && call.now < token.expires) return true;
    if (!call.answer_lost) refuse_token_of(call.request);
    return false;
}

// The client heard a 401 for it: its next login is needed.
void AppgateModel::State::refuse_token_of(const ModelRequest& request) {
    if (const auto found = tokens.find(bearer(request)); found != tokens.end()) found->second.refused = true;
}

}  // namespace garner::sandbox
