#include "settings/assemble_source.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "settings/assemble_vendor.hpp"
#include "settings/words.hpp"

namespace garner {
namespace {

// An Appgate controller's API is at port 8443 under /admin. People know their controller by its host name, so the
// vendor's own clients add what is missing, and so does this.
std::string appgate_url(const std::string& normal) {
    const auto url = parse_url(normal);
    if (!url) return normal;
    const std::string origin = normal.substr(0, normal.size() - url->path.size());
    return origin + (url->address.port ? "" : ":8443") + (url->path.empty() ? "/admin" : url->path);
}

void read_tls(const Checked& source, TlsSettings& tls, Report& report) {
    const Checked* section = source.find("tls_config");
    if (section == nullptr) return;
    section->read("ca_file", tls.ca_file);
    section->read("cert_file", tls.cert_file);
    section->read("key_file", tls.key_file);
    section->read("server_name", tls.server_name);
    section->read("insecure_skip_verify", tls.insecure_skip_verify);
    const auto has = [&](const char* key) { return section->find(key) != nullptr || section->is_broken(key); };
    if (has("cert_file") != has("key_file"))
        report.error(section->key_place, section->path,
                     "cert_file and key_file belong together; one of them is missing");
    if (tls.insecure_skip_verify)
        report.warning(section->find("insecure_skip_verify")->place, section->path + ".insecure_skip_verify",
                       "anybody on the way can pose as the vendor; better name the certificate in ca_file");
}

void read_proxy(const Checked& source, HttpSettings& http, Report& report) {
    source.read("proxy_url", http.proxy_url);
    std::vector<std::string> words;
    source.read("no_proxy", words);
    for (std::string_view list : words)
        while (!list.empty()) {
            const std::size_t comma = std::min(list.find(','), list.size());
            http.no_proxy.push_back(to_lower_ascii(trim_ascii(list.substr(0, comma))));
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
    if (!words.empty() && source.find("proxy_url") == nullptr && !source.is_broken("proxy_url"))
        report.warning(source.find("no_proxy")->key_place, source.path + ".no_proxy",
                       "has no effect without proxy_url");
    const auto proxy = parse_url(http.proxy_url);
    if (proxy && proxy->has_user && (report.file(source.find("proxy_url")->place).mode & 0077U) != 0)
        report.warning(source.find("proxy_url")->place, source.path + ".proxy_url",
                       "holds a password in a file that others may read: chmod 0600 " +
                           printable(report.file(source.find("proxy_url")->place).shown));
}

// `initial` above `max` would be a wait that shrinks.
template <class Pace>
void read_pace(const Checked& source, const char* name, Pace& pace, Report& report) {
    const Checked* section = source.find(name);
    if (section == nullptr) return;
    section->read("initial", pace.initial);
    section->read("max", pace.max);
    if (pace.initial > pace.max && section->broken.empty())
        report.error(
            section->key_place, section->path,
            "initial (" + format_duration(pace.initial) + ") is longer than max (" + format_duration(pace.max) + ")");
}

void read_discovery(const Checked& source, DiscoverySettings& discovery) {
    const Checked* section = source.find("discovery");
    if (section == nullptr) return;
    section->read("interval", discovery.interval);
    std::string ratio;
    section->read("min_ratio", ratio);
    if (!ratio.empty()) std::from_chars(ratio.data(), ratio.data() + ratio.size(), discovery.min_ratio);
}

void read_limits(const Checked& source, SourceSettings& settings) {
    const Checked* limits = source.find("limits");
    if (limits == nullptr) return;
    limits->read("max_concurrent_jobs", settings.max_concurrent_jobs);
    const auto read = [&](const char* key, std::optional<std::uint32_t>& into) {
        if (limits->find(key) == nullptr) return;
        std::uint32_t count = 0;
        limits->read(key, count);
        into = count;
    };
    read("requests_per_second", settings.limits.per_second);
    read("requests_per_minute", settings.limits.per_minute);
    read("requests_per_hour", settings.limits.per_hour);
    read("requests_per_month", settings.limits.per_month);
}

// Where the configuration says nothing; the schema tells people the same numbers.
void set_defaults(SourceSettings& source) {
    if (source.type == SourceType::servitly) {
        source.max_concurrent_jobs = 4;                  // the vendor takes one a tenant
        source.poll.initial = std::chrono::seconds(30);  // a customer's API key has 100 requests an hour
    }
    if (source.type == SourceType::appgate) source.max_concurrent_jobs = 2;
}

}  // namespace

SourceSettings assemble_source(const Checked& keys, SourceType type, SecretReader& secrets, Report& report) {
    SourceSettings source;
    source.name = keys.name;
    source.type = type;
    set_defaults(source);
    HttpSettings& http = source.http;
    keys.read("allow_http", http.allow_http);
    keys.read("allow_private_downloads", http.allow_private_downloads);
    keys.read("timeout", http.timeout);
    if (const Checked* url = keys.find("url")) {
        http.base_url = normal_url(url->text());
        if (type == SourceType::appgate) http.base_url = appgate_url(http.base_url);
        if (http.base_url.starts_with("http:") && !http.allow_http && !keys.is_broken("allow_http"))
            report.error(url->place, url->path,
                         "http:// sends the password in clear text; write https://, or set allow_http: true where that "
                         "is meant");
    }
    read_tls(keys, http.tls, report);
    read_proxy(keys, http, report);
    read_pace(keys, "poll", source.poll, report);
    read_pace(keys, "backoff", source.backoff, report);
    if (const Checked* backoff = keys.find("backoff")) backoff->read("throttled", source.backoff.throttled);
    read_limits(keys, source);
    read_discovery(keys, source.discovery);
    source.vendor = assemble_vendor(keys, type, secrets, report);
    return source;
}

}  // namespace garner
