// A connector under the contract that all connectors keep: how to make it, what its vendor says when all is well, and
// which addresses it asks. A new vendor is one more function here and one line in subjects().
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "connectors/connector.hpp"
#include "platform/http.hpp"
#include "scripted_client.hpp"

namespace garner {

enum class Verb { list, start, poll, discard };

/// Where a vendor's rule differs from the common table: everything that it is asked and answers in one call, and what
/// the call comes to. No kind: it succeeds.
struct OwnAnswer {
    std::vector<HttpReply> script;
    std::optional<FailureKind> kind;
};

struct Subject {
    std::string name;
    std::function<std::unique_ptr<Connector>(ConnectorTools)> make;
    std::vector<Verb> verbs{Verb::list, Verb::start, Verb::poll};  ///< those that are requests

    Target target;
    ExportRequest request;  ///< what start() asks for
    std::string remote_job;
    std::vector<Target> listed;          ///< what `good_list` means; what the settings say where list is no request
    std::string resource;                ///< the address in `good_ready`
    std::string download_authorization;  ///< what goes with it; empty where the address is its own credential

    std::string good_list;
    std::string good_start;  ///< brings `remote_job`
    std::string good_pending;
    std::string good_ready;
    std::string good_discard;
    std::string error_body;                  ///< the vendor's own form, saying "the details"
    std::string error_id;                    ///< in it; empty where the vendor has none
    std::string foreign_error;               ///< JSON like an error body that is not the vendor's
    std::string escaped_error;               ///< its form with %s where a vendor may echo what it was sent
    std::vector<std::string> wrong_answers;  ///< JSON objects that are no answer to anything

    std::string list_url, start_url, poll_url, discard_url;

    /// The replies that a first call brings before its own, and those between a call's 401 and its repetition. Empty
    /// where the credential goes with each call: then a 401 is a rejected login.
    std::vector<HttpReply> login, renewal;
    /// The last of `login` with this status is the login that is refused.
    int login_refused_status = 401;
    std::vector<std::string> login_refused_words;  ///< what its text tells the admin to look at

    std::string login_words;  ///< what a call's final 401 tells the admin to look at
    std::map<Verb, std::vector<std::string>> scope_words;
    std::string authorization;  ///< the header's whole value
    std::vector<std::string>
        secrets;  ///< must be in no text, and in no URL or further header of a call that is no login

    /// Nothing: as the common table says. Not set: always.
    std::function<std::optional<OwnAnswer>(Verb, const HttpReply&)> own_answer;

    bool has(Verb verb) const { return std::find(verbs.begin(), verbs.end(), verb) != verbs.end(); }
};

Subject tulip_subject();
Subject servitly_subject();
Subject appgate_subject();

inline std::vector<Subject> subjects() { return {tulip_subject(), servitly_subject(), appgate_subject()}; }

/// Those whose credential brings a token.
inline std::vector<Subject> subjects_that_log_in() {
    std::vector<Subject> chosen = subjects();
    std::erase_if(chosen, [](const Subject& subject) { return subject.login.empty(); });
    return chosen;
}

inline void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.name; }
inline void PrintTo(Verb verb, std::ostream* out) {
    *out << (verb == Verb::list ? "list" : verb == Verb::start ? "start" : verb == Verb::poll ? "poll" : "discard");
}

}  // namespace garner
