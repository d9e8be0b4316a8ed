// A connector under the contract that all connectors keep: how to make it, what its vendor says when all is well, and
// which addresses it asks. A new vendor is one more function here and one line in subjects().
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "connectors/connector.hpp"
#include "platform/http.hpp"

namespace garner {

enum class Verb { list, start, poll };
inline constexpr Verb all_verbs[] = {Verb::list, Verb::start, Verb::poll};

struct Subject {
    std::string name;
    std::function<std::unique_ptr<Connector>(HttpClient&)> make;

    Target target;
    std::string remote_job;
    std::vector<Target> listed;  ///< what `good_list` means
    std::string resource;        ///< the address in `good_ready`

    std::string good_list;
    std::string good_start;  ///< brings `remote_job`
    std::string good_pending;
    std::string good_ready;
    std::string error_body;     ///< the vendor's own form, saying "the details"
    std::string error_id;       ///< in it; empty where the vendor has none
    std::string escaped_error;  ///< its form with %s where a vendor may echo what it was sent

    std::string list_url, start_url, poll_url;
    std::string login_words;  ///< what a 401's text tells the admin to look at
    std::vector<std::string> list_scope_words, start_scope_words;
    std::string authorization;         ///< the header's whole value
    std::vector<std::string> secrets;  ///< must be in no text, URL or further header
};

Subject tulip_subject();

inline std::vector<Subject> subjects() { return {tulip_subject()}; }

inline void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.name; }
inline void PrintTo(Verb verb, std::ostream* out) {
    *out << (verb == Verb::list ? "list" : verb == Verb::start ? "start" : "poll");
}

}  // namespace garner
