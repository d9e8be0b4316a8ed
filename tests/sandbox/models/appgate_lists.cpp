// What the Appgate model says of itself: versions, settings, and appliances in pages. Ranges are inclusive, as the
// vendor's specification has them.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <utility>

#include "core/text.hpp"
#include "sandbox/models/appgate_state.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

constexpr std::string_view kCreated = "2026-01-05T08:00:00Z";
// Seen in v19 and not in v17.
constexpr int kTotalCountSince = 18, kMetricsAggregatorSince = 18, kStatsInPagesSince = 18;
constexpr std::uint64_t kDiskTotal = 20735209472, kDiskUsed = 5183802368;

struct Function {
    std::string_view key;         ///< in GET /appliances
    std::string_view name;        ///< in GET /appliances/status
    std::string_view short_name;  ///< in GET /stats/appliances
    std::string_view count;
};
constexpr std::array<Function, 7> kFunctions = {{
    {"controller", "Controller", "CTR", "controllerCount"},
    {"gateway", "Gateway", "GW", "gatewayCount"},
    {"logServer", "LogServer", "LS", "logServerCount"},
    {"logForwarder", "LogForwarder", "LF", "logForwarderCount"},
    {"connector", "Connector", "CON", "connectorCount"},
    {"portal", "Portal", "PRT", "portalCount"},
    {"metricsAggregator", "MetricsAggregator", "MA", ""},
}};

bool has(const AppgateAppliance& appliance, std::string_view function) {
    return std::find(appliance.functions.begin(), appliance.functions.end(), function) != appliance.functions.end();
}

boost::json::array texts(const std::vector<std::string>& from) {
    boost::json::array made;
    for (const std::string& one : from) made.emplace_back(one);
    return made;
}

std::string release_of(int version) { return "6." + std::to_string(std::max(version, 17) - 17) + ".0-10000-release"; }

std::string host_of(const AppgateAppliance& appliance) {
    return escape_path_component(appliance.name) + ".appgate.test";
}

boost::json::array anybody() {
    return {boost::json::object{{"address", "0.0.0.0"}, {"netmask", 0}},
            boost::json::object{{"address", "::"}, {"netmask", 0}}};
}

boost::json::object networking() {
    boost::json::object dhcp{{"enabled", true}, {"dns", true}, {"routers", true}, {"ntp", false}, {"mtu", false}};
    boost::json::object nic{{"enabled", true},
                            {"name", "eth0"},
                            {"ipv4", boost::json::object{{"dhcp", std::move(dhcp)}, {"static", boost::json::array()}}}};
    return {{"hosts", boost::json::array()},
            {"nics", boost::json::array{std::move(nic)}},
            {"dnsServers", boost::json::array{"192.0.2.53"}},
            {"routes", boost::json::array()}};
}

boost::json::object plain_entry(const AppgateAppliance& one, const AppgateOptions& options, int version) {
    const std::string host = host_of(one);
    boost::json::object entry;
    entry["id"] = one.id;
    entry["name"] = one.name;
    entry["notes"] = "";
    entry["created"] = kCreated;
    entry["updated"] = kCreated;
    entry["tags"] = texts(one.tags);
    entry["activated"] = one.activated;
    entry["pendingCertificateRenewal"] = false;
    entry["version"] = options.scenario.version_max;
    entry["hostname"] = host;
    entry["site"] = seeded_uuid(chance(options.seed, "site"));
    entry["siteName"] = "Default Site";
    entry["clientInterface"] = {{"proxyProtocol", false},
                                {"hostname", host},
                                {"httpsPort", 443},
                                {"dtlsPort", 443},
                                {"allowSources", anybody()}};
    if (has(one, "controller") || has(one, "logServer"))
        entry["adminInterface"] = {{"hostname", host},
                                   {"httpsPort", 8443},
                                   {"httpsCiphers", boost::json::array{"TLS13-AES256-GCM-SHA384"}},
                                   {"allowSources", anybody()}};
    entry["networking"] = networking();
    for (const Function& function : kFunctions) {
        if (function.key != "metricsAggregator" || version >= kMetricsAggregatorSince)
            entry[function.key] = boost::json::object{{"enabled", has(one, function.key)}};
    }
    return entry;
}

boost::json::object status_entry(const AppgateAppliance& one, const AppgateOptions& options, int version) {
    boost::json::object entry = plain_entry(one, options, version);
    boost::json::array functions;
    for (const Function& function : kFunctions) {
        if (has(one, function.key)) functions.emplace_back(function.name);
    }
    entry["functions"] = std::move(functions);
    entry["status"] = one.status;
    if (one.status == "offline" || one.status == "n/a") return entry;
    entry["applianceVersion"] = release_of(options.scenario.version_max);
    entry["numberOfSessions"] = 0;
    entry["details"] = {
        {"status", one.status},
        {"version", release_of(options.scenario.version_max)},
        {"disk",
         boost::json::object{
             {"total", kDiskTotal}, {"used", kDiskUsed}, {"free", kDiskTotal - kDiskUsed}, {"percent", 25.0}}},
        {"volumeNumber", 0},
        {"upgrade", boost::json::object{{"status", "idle"}, {"details", ""}}}};
    return entry;
}

boost::json::object stats_entry(const AppgateAppliance& one, const AppgateOptions& options) {
    std::string functions;
    for (const Function& function : kFunctions) {
        if (has(one, function.key)) functions.append(functions.empty() ? "" : ", ").append(function.short_name);
    }
    boost::json::object entry;
    entry["id"] = one.id;
    entry["name"] = one.name;
    entry["siteName"] = "Default Site";
    entry["tags"] = texts(one.tags);
    entry["online"] = one.status != "offline" && one.status != "n/a";
    entry["status"] = one.status;
    entry["function"] = functions;
    if (one.status == "offline" || one.status == "n/a") return entry;
    entry["version"] = release_of(options.scenario.version_max);
    entry["volumeNumber"] = 0;
    entry["numberOfSessions"] = 0;
    entry["disk"] = 25.0;
    return entry;
}

// What the query string asks of a list.
struct Wanted {
    std::string query;
    std::string order_by = "name";
    bool descending = false;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> range;
    bool broken = false;
};

std::optional<std::pair<std::uint64_t, std::uint64_t>> range_of(std::string_view text) {
    std::pair<std::uint64_t, std::uint64_t> range;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, range.first);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
    const auto last = std::from_chars(first.ptr + 1, end, range.second);
    if (last.ec != std::errc() || last.ptr != end || range.second < range.first) return std::nullopt;
    return range;
}

Wanted wanted_of(std::string_view query) {
    Wanted wanted;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view key = pair.substr(0, equals);
        const std::string value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (key == "query") wanted.query = value;
        if (key == "orderBy") wanted.order_by = value;
        if (key == "descending") wanted.descending = value == "true";
        if (key != "range") continue;
        wanted.range = range_of(value);
        wanted.broken = !wanted.range;
    }
    return wanted;
}

}  // namespace

ModelReply AppgateModel::State::version_reply() const {
    boost::json::object body;
    body["peerVersion"] = options.scenario.version_max;
    body["lowestPeerVersionSupported"] = options.scenario.version_min;
    return json_reply(200, body);
}

ModelReply AppgateModel::State::identity_providers() const {
    boost::json::object provider{{"name", options.provider}, {"type", "Credentials"}};
    boost::json::object body;
    body["data"] = boost::json::array{std::move(provider)};
    body["bannerMessage"] = "Authorized use only.";
    return json_reply(200, body);
}

ModelReply AppgateModel::State::global_settings(const AppgateCall& call) {
    ++counts.settings;
    if (call.request.method != "GET") {
        violation(call.now, call.request.method + " global-settings: a backup does not change the Collective");
        return appgate_error(403, "You don't have permission to access this resource.");
    }
    if (options.scenario.global_settings_forbidden)
        return appgate_error(403, "You don't have permission to access this resource.");
    boost::json::object body;
    body["claimsTokenExpiration"] = 1440;
    body["entitlementTokenExpiration"] = 180;
    body["administrationTokenExpiration"] =
        std::chrono::ceil<std::chrono::minutes>(options.scenario.token_lifetime).count();
    body["vpnCertificateExpiration"] = 525600;
    body["spaMode"] = "TCP";
    body["loginBannerMessage"] = "Authorized use only.";
    body["messageOfTheDay"] = "Welcome to Appgate SDP.";
    body["backupApiEnabled"] = options.scenario.backup_api_enabled;
    body["geoIpUpdates"] = false;
    body["auditLogPersistenceMode"] = "Default";
    body["collectiveId"] = seeded_uuid(chance(options.seed, "collective"));
    return json_reply(200, body);
}

ModelReply AppgateModel::State::list(const AppgateCall& call, ListKind kind) const {
    const Wanted wanted = wanted_of(call.request.query());
    if (wanted.broken) return appgate_error(400, "range: first-last is wanted");
    std::vector<const AppgateAppliance*> chosen;
    std::size_t readable = 0;
    for (const AppgateAppliance& one : options.appliances) {
        if (kind == ListKind::stats && !one.activated) continue;
        ++readable;
        if (one.name.find(wanted.query) != std::string::npos) chosen.push_back(&one);
    }
    std::stable_sort(chosen.begin(), chosen.end(), [&](const auto* a, const auto* b) {
        if (wanted.descending) std::swap(a, b);
        return wanted.order_by == "id" ? a->id < b->id : a->name < b->name;
    });

    const std::uint64_t total = chosen.size();
    const std::uint64_t first = wanted.range ? std::min(wanted.range->first, total) : 0;
    std::uint64_t end = wanted.range ? std::min(wanted.range->second, total - 1) + 1 : total;
    if (total == 0) end = 0;
    if (options.scenario.page_max > 0) end = std::min(end, first + options.scenario.page_max);
    boost::json::array data;
    for (std::uint64_t i = first; i < end; ++i) {
        const AppgateAppliance& one = *chosen[static_cast<std::size_t>(i)];
        data.push_back(kind == ListKind::plain    ? plain_entry(one, options, call.version)
                       : kind == ListKind::status ? status_entry(one, options, call.version)
                                                  : stats_entry(one, options));
    }
    boost::json::object body;
    if (kind == ListKind::stats) {
        body["name"] = "appliances";
        body["creationDate"] = format_rfc3339(call.now);
        body["refreshInterval"] = 1;
        body["applianceCount"] = readable;
        for (const Function& function : kFunctions) {
            if (function.count.empty()) continue;
            body[function.count] =
                std::count_if(chosen.begin(), chosen.end(), [&](const auto* one) { return has(*one, function.key); });
        }
    } else if (call.version >= kTotalCountSince) {
        body["totalCount"] = readable;
    }
    body["data"] = std::move(data);
    if (kind == ListKind::stats && call.version < kStatsInPagesSince) return json_reply(200, body);
    body["range"] =
        std::to_string(first) + "-" + std::to_string(end > first ? end - 1 : first) + "/" + std::to_string(total);
    body["orderBy"] = wanted.order_by;
    body["descending"] = wanted.descending;
    body["queries"] = wanted.query.empty() ? boost::json::array() : boost::json::array{wanted.query};
    body["filterBy"] = boost::json::array();
    return json_reply(200, body);
}

}  // namespace garner::sandbox
