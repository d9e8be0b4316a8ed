#include "service/settings_diff.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "connectors/connector.hpp"

namespace garner {
namespace {

class Parts {
public:
    void note(bool same, const std::string& part) {
        if (!same) text_ += (text_.empty() ? "" : ", ") + part;
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

std::string changed_parts(const SourceSettings& a, const SourceSettings& b) {
    Parts parts;
    parts.note(a.http.base_url == b.http.base_url, "url");
    const auto tls = [](const TlsSettings& t) {
        return std::tie(t.ca_file, t.cert_file, t.key_file, t.server_name, t.insecure_skip_verify);
    };
    parts.note(tls(a.http.tls) == tls(b.http.tls), "tls_config");
    parts.note(a.http.proxy_url == b.http.proxy_url && a.http.no_proxy == b.http.no_proxy, "proxy");
    parts.note(a.http.allow_http == b.http.allow_http, "allow_http");
    parts.note(a.http.allow_private_downloads == b.http.allow_private_downloads, "allow_private_downloads");
    parts.note(a.http.timeout == b.http.timeout, "timeout");
    parts.note(a.poll.initial == b.poll.initial && a.poll.max == b.poll.max, "poll");
    parts.note(a.backoff.initial == b.backoff.initial && a.backoff.max == b.backoff.max &&
                   a.backoff.throttled == b.backoff.throttled,
               "backoff");
    parts.note(a.max_concurrent_jobs == b.max_concurrent_jobs, "limits");
    parts.note(a.discovery == b.discovery, "discovery");
    if (a.type != b.type) {
        parts.note(false, "type");
        return parts.text();
    }
    if (const auto* tulip = std::get_if<TulipSettings>(&a.vendor))
        parts.note(tulip->workspace == std::get<TulipSettings>(b.vendor).workspace, "workspace");
    std::set<std::string> accounts{""};
    if (const auto* servitly = std::get_if<ServitlySettings>(&a.vendor)) {
        const auto& other = std::get<ServitlySettings>(b.vendor);
        for (const auto& [name, _] : servitly->tenants) accounts.insert(name);
        const bool same =
            std::equal(servitly->tenants.begin(), servitly->tenants.end(), other.tenants.begin(), other.tenants.end(),
                       [](const auto& x, const auto& y) { return x.first == y.first; });
        parts.note(same, "tenants");
        parts.note(servitly->tenant_header == other.tenant_header, "tenant_header");
        parts.note(servitly->busy_words == other.busy_words, "busy_words");
    }
    // Neither secret is compared as text, and none is shown.
    const bool same_logins = std::all_of(accounts.begin(), accounts.end(), [&](const std::string& account) {
        SourceSettings moved = b;  // another address is not another credential
        moved.http.base_url = a.http.base_url;
        return login_fingerprint(a, account) == login_fingerprint(moved, account);
    });
    parts.note(same_logins, "credential");
    return parts.text();
}

std::string changed_parts(const StoreSettings& a, const StoreSettings& b) {
    Parts parts;
    parts.note(a.path == b.path, "path");
    parts.note(a.reserve_bytes == b.reserve_bytes, "reserve");
    const auto verify = [](const StoreSettings& store) {
        return store.verify ? store.verify->schedule.text() + " " + format_duration(store.verify->outdated_after) +
                                  " " + std::to_string(store.verify->bandwidth)
                            : std::string();
    };
    parts.note(verify(a) == verify(b), "verify");
    return parts.text();
}

std::string changed_parts(const JobSettings& a, const JobSettings& b) {
    Parts parts;
    parts.note(a.source == b.source, "source");
    parts.note(a.targets == b.targets, "targets");
    parts.note(a.options == b.options && a.window == b.window, "export");
    parts.note(a.schedule.text() == b.schedule.text(), "schedule");
    parts.note(a.zone.name() == b.zone.name(), "timezone");
    parts.note(a.store == b.store, "stores");
    parts.note(a.deadline == b.deadline, "deadline");
    parts.note(a.retries == b.retries, "retries");
    parts.note(a.retry_wait == b.retry_wait, "retry_wait");
    parts.note(a.jitter == b.jitter, "jitter");
    parts.note(a.catch_up == b.catch_up, "catch_up");
    parts.note(a.starting_deadline == b.starting_deadline, "starting_deadline");
    parts.note(a.concurrency_policy == b.concurrency_policy, "concurrency_policy");
    parts.note(a.blackout == b.blackout, "blackout");
    parts.note(a.paused == b.paused, "paused");
    parts.note(a.retention == b.retention, "retention");
    parts.note(a.expect == b.expect, "expect");
    return parts.text();
}

template <class Thing>
void describe(std::vector<std::string>& lines, const std::string& kind, const std::map<std::string, Thing>& before,
              const std::map<std::string, Thing>& after) {
    for (const auto& [name, thing] : before)
        if (!after.contains(name)) lines.push_back(kind + " " + name + ": removed");
    for (const auto& [name, thing] : after) {
        const auto old = before.find(name);
        if (old == before.end()) {
            lines.push_back(kind + " " + name + ": added");
            continue;
        }
        const std::string parts = changed_parts(old->second, thing);
        if (!parts.empty()) lines.push_back(kind + " " + name + ": changed (" + parts + ")");
    }
}

}  // namespace

std::vector<std::string> describe_changes(const Settings& before, const Settings& after) {
    std::vector<std::string> lines;
    if (before.log.level != after.log.level || before.log.format != after.log.format)
        lines.push_back("global.log: changed");
    if (before.zone.name() != after.zone.name()) lines.push_back("global.timezone: now " + after.zone.name());
    if (before.web.tls_cert_file != after.web.tls_cert_file || before.web.tls_key_file != after.web.tls_key_file)
        lines.push_back("web.tls_server_config: changed");
    if (before.web.basic_auth_users != after.web.basic_auth_users) lines.push_back("web.basic_auth_users: changed");
    if (before.web.callback_url != after.web.callback_url) lines.push_back("web.callback_url: changed");
    if (before.deletion_budget != after.deletion_budget) lines.push_back("global.deletion_budget: changed");
    describe(lines, "source", before.sources, after.sources);
    describe(lines, "store", before.stores, after.stores);
    describe(lines, "job", before.jobs, after.jobs);
    return lines;
}

std::vector<std::string> changes_that_need_a_restart(const Settings& before, const Settings& after) {
    std::vector<std::string> lines;
    const auto check = [&lines](bool same, const std::string& key) {
        if (!same)
            lines.push_back(
                key + ": cannot change while garnerd runs; put it back, or restart it: systemctl restart garnerd");
    };
    check(before.state_directory == after.state_directory, "global.state_directory");
    check(before.control_socket_path() == after.control_socket_path(), "global.control_socket");
    check(before.web.listen == after.web.listen, "web.listen");
    return lines;
}

}  // namespace garner
