// What the Servitly model holds; shared by its source files only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/models/presigned.hpp"
#include "sandbox/models/servitly.hpp"
#include "sandbox/models/servitly_logins.hpp"
#include "sandbox/models/servitly_quota.hpp"

namespace garner::sandbox {

struct ServitlyModel::State {
    explicit State(ServitlyOptions given) : options(std::move(given)), presigner(options.seed) {}

    struct Counts {
        std::uint64_t login = 0, renew = 0, start = 0, busy = 0, poll = 0, download = 0, bad_request = 0,
                      unauthorized = 0, forbidden = 0, not_found = 0, too_many = 0;
    };

    ModelReply api(const ModelRequest&);
    ModelReply login(const ModelRequest&, const std::string& rest, const std::string& tenant);
    ModelReply start(const ModelRequest&, const std::string& tenant);
    ModelReply poll(const ModelRequest&, const std::string& tenant, std::string_view id);
    ModelReply download(const ModelRequest&);
    ModelReply file(const ModelRequest&, Job&);
    ModelReply error(int status, std::string_view message);

    const ServitlyTenantAccount* account(std::string_view tenant) const;
    bool holds_login_secret(const ModelRequest&) const;
    Job* known_job(std::string_view id);
    Job* running_at(const std::string& tenant);
    Job& new_job(const std::string& tenant, const std::string& mask, bool hash_names);
    std::string word_of(const Job&) const;
    bool kept(const Job&) const;
    void violation(std::string what) { violations.push_back({now, std::move(what)}); }

    ServitlyOptions options;
    Presigner presigner;
    std::vector<Violation> violations;
    ServitlyLogins logins{options, violations};
    ServitlyQuota quota;
    std::vector<Job> jobs;
    std::map<std::string, std::size_t, std::less<>> job_index;
    std::map<std::string, std::size_t, std::less<>> path_index;
    std::map<std::string, std::size_t> running;  ///< by tenant
    std::map<std::string, std::uint64_t> jobs_of_tenant;
    std::map<std::pair<std::string, std::string>, std::size_t> names;  ///< (tenant, name) to the newest job
    std::map<std::string, std::uint64_t> concurrent_max;               ///< of ours, by tenant
    Counts counts;
    WallTime now{};  ///< of the latest request
};

}  // namespace garner::sandbox
