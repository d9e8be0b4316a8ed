// User names and bcrypt hashes, as Prometheus' web configuration has them. A bcrypt check takes some 60 ms of processor
// time: it never runs on the loop, and a password that was right is remembered by a keyed hash, so that scrapes stay
// cheap.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "platform/task.hpp"
#include "platform/worker.hpp"

namespace garner {

class BasicAuth {
public:
    /// `key`: fresh chance of this process, for the memory of right passwords.
    BasicAuth(Worker& worker, std::string key) : worker_(worker), key_(std::move(key)) {}

    void configure(std::map<std::string, std::string> users);
    bool required() const { return !users_.empty(); }

    /// Whether the value of an Authorization header is that of a user. An unknown user takes as long as a wrong
    /// password. Refuses outright while many checks are waiting.
    Task<bool> check(std::string authorization);

private:
    Worker& worker_;
    std::string key_;
    std::map<std::string, std::string> users_;
    std::set<std::string> right_;
    std::size_t waiting_ = 0;
};

/// Standard base64 with padding; empty on anything else.
std::string decode_base64(std::string_view);

/// Whether `password` has this bcrypt hash. Slow by design.
bool bcrypt_matches(const std::string& password, const std::string& hash);

}  // namespace garner
