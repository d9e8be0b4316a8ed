// What the parts of the Appgate model share: appgate.cpp routes, appgate_login.cpp knows tokens, appgate_lists.cpp
// appliances and settings, appgate_backups.cpp the backups. The model's face is appgate.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "sandbox/models/appgate.hpp"

namespace garner::sandbox {

/// One request whose Accept header holds. Answers are those of the API version that it names, not of the newest one.
struct AppgateCall {
    const ModelRequest& request;
    WallTime now;
    int version = 0;
    bool gpg = false;          ///< the Accept header asks for a file
    bool answer_lost = false;  ///< kAnswerLostHeader
};

/// A UUID from a number.
std::string seeded_uuid(std::uint64_t number);

struct AppgateModel::State {
    explicit State(AppgateOptions given) : options(std::move(given)) {}

    AppgateOptions options;
    std::vector<Violation> violations;
    WallTime last_seen{};  ///< of the last request: what record_json() takes for now

    // Tokens and logins.
    struct Token {
        WallTime issued;
        WallTime expires;
        bool refused = false;  ///< a request with it was answered 401
        bool revoked = false;
    };
    std::map<std::string, Token, std::less<>> tokens;
    std::string known_token;  ///< the last one that the client has in its hands; empty: none
    Logins logins;
    std::uint64_t tokens_given = 0;
    std::uint64_t wrong_passwords = 0;                    ///< in a row
    std::map<std::string, std::size_t> rejected_answers;  ///< that the client saw, by user and password

    // Backups.
    std::vector<Job> jobs;
    std::map<std::string, std::size_t, std::less<>> job_index;
    std::map<std::string, std::uint64_t> jobs_of_appliance;
    std::vector<std::size_t> running;
    std::vector<std::size_t> unnotified;

    struct Counts {
        std::uint64_t version = 0, login = 0, list = 0, status_list = 0, settings = 0, start = 0, poll = 0,
                      download = 0, deletion = 0, not_acceptable = 0, unauthorized = 0;
    };
    Counts counts;

    void violation(WallTime now, std::string what) { violations.push_back({now, std::move(what)}); }
    ModelReply answer(const ModelRequest&, WallTime now);
    ModelReply route(const AppgateCall&, const std::vector<std::string>& path);

    // appgate_login.cpp
    ModelReply not_acceptable(const ModelRequest&, bool with_versions);
    ModelReply log_in(const AppgateCall&);
    ModelReply rejected_login(const AppgateCall&, const std::string& credential, ModelReply);
    ModelReply accepted_login(const AppgateCall&);
    ModelReply log_out(const AppgateCall&);
    bool authorized(const AppgateCall&);
    void refuse_token_of(const ModelRequest&);

    // appgate_lists.cpp
    ModelReply version_reply() const;
    ModelReply identity_providers() const;
    ModelReply global_settings(const AppgateCall&);
    enum class ListKind { plain, status, stats };
    ModelReply list(const AppgateCall&, ListKind) const;

    // appgate_backups.cpp
    const AppgateAppliance* appliance(std::string_view id) const;
    ModelReply start(const AppgateCall&, const std::string& appliance_id);
    ModelReply backup(const AppgateCall&, const std::string& appliance_id, const std::string& job_id,
                      bool status_wanted);
    ModelReply poll(const AppgateCall&, Job&);
    ModelReply download(const AppgateCall&, Job&);
    ModelReply remove(const AppgateCall&, Job&);
    Job& new_job(const AppgateAppliance&, WallTime now);
    void give_content(Job&, std::uint64_t seed) const;
    void forget_ended(WallTime now);
    std::optional<ModelReply> not_now(const AppgateCall&, const AppgateAppliance&);
};

/// `{id, message}`, as Appgate words its errors.
boost::json::object appgate_error_body(int status, std::string_view message);
ModelReply appgate_error(int status, std::string_view message);

}  // namespace garner::sandbox
