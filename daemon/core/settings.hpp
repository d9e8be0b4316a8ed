// What garner was told to do: checked values, free of YAML. `settings/` makes them, everything else only reads them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/expectation.hpp"
#include "core/retention_rule.hpp"
#include "core/schedule.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "core/time_intervals.hpp"
#include "core/window.hpp"
#include "core/zone.hpp"

namespace garner {

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { logfmt, json, journal };

struct LogSettings {
    LogLevel level = LogLevel::info;
    std::optional<LogFormat> format;  ///< nothing: journal when stderr is the journal, else logfmt
};

struct WebSettings {
    std::vector<std::string> listen{"127.0.0.1:9847"};  ///< "host:port", "[v6]:port"; port 0 takes a free one
    std::string tls_cert_file;                          ///< both or neither
    std::string tls_key_file;
    std::map<std::string, std::string> basic_auth_users;  ///< user name -> bcrypt hash
    bool insecure = false;                                ///< allows a listener beyond loopback without authentication
    std::string
        callback_url;  ///< where vendors reach this listener, without a slash at the end; empty: not told to them
};

struct TlsSettings {
    std::string ca_file;    ///< PEM; the only trust anchors when given, else the system's
    std::string cert_file;  ///< client certificate, with key_file
    std::string key_file;
    std::string server_name;  ///< for SNI and verification, instead of the URL's host
    bool insecure_skip_verify = false;
};

/// How a source is spoken to over HTTP. Everything a connection depends on, so it also keys what may be shared.
struct HttpSettings {
    std::string base_url;  ///< of the source; its origin is "the source's own host"
    TlsSettings tls;
    std::string
        proxy_url;  ///< http://host:port; https goes through by CONNECT. User information becomes Proxy-Authorization
    std::vector<std::string> no_proxy;  ///< host names, ".suffix", addresses, or "*"
    bool allow_http = false;
    bool allow_private_downloads = false;
    Duration timeout{30'000};  ///< one small request, from its first byte out to its last byte in
};

struct PollPace {
    Duration initial{5'000};
    Duration max{300'000};
};

struct BackoffPolicy {
    Duration initial{1'000};
    Duration max{300'000};
    Duration throttled{60'000};  ///< a 429 without Retry-After
};

/// How many requests a source may be sent, logins, polls and downloads included; nothing: not counted.
struct RequestLimits {
    std::optional<std::uint32_t> per_second;
    std::optional<std::uint32_t> per_minute;
    std::optional<std::uint32_t> per_hour;
    std::optional<std::uint32_t> per_month;
    friend bool operator==(const RequestLimits&, const RequestLimits&) = default;
};

/// How a source's list of targets is kept up to date.
struct DiscoverySettings {
    Duration interval{900'000};  ///< between two looks at the vendor's list
    double min_ratio = 0.5;      ///< a list with fewer than this part of the last one's targets is not believed
    friend bool operator==(const DiscoverySettings&, const DiscoverySettings&) = default;
};

struct TulipSettings {
    std::string workspace;  ///< only with an account-level token; empty otherwise
    std::string username;
    Secret password;
};

/// One tenant's account: by a personal access token, or by e-mail address and password.
struct ServitlyTenant {
    std::string name;
    Secret api_key;  ///< identifies the client; needed at login only
    Secret pat;      ///< or:
    std::string email;
    Secret password;
};

struct ServitlySettings {
    std::string tenant_header = "X-Servitly-Tenant";  ///< older deployments listen to X-Semioty-Tenant only
    std::map<std::string, ServitlyTenant> tenants;    ///< by name
    /// Beside the built-in ones: words that tell, in the message of a refused start, that another export is running.
    /// The vendor documents neither status nor text of that answer. [assumption]
    std::vector<std::string> busy_words;
};

struct AppgateSettings {
    std::string provider = "local";  ///< identity provider of the account
    std::string username;
    Secret password;
};

enum class SourceType { tulip, servitly, appgate };
std::string_view to_string(SourceType);

struct SourceSettings {
    std::string name;
    SourceType type = SourceType::tulip;
    HttpSettings http;
    PollPace poll;
    BackoffPolicy backoff;
    std::uint32_t max_concurrent_jobs = 1;
    RequestLimits limits{};
    DiscoverySettings discovery{};
    std::variant<TulipSettings, ServitlySettings, AppgateSettings> vendor;
};

/// When artifacts are read back, and which.
struct VerifySettings {
    Schedule schedule;
    Duration outdated_after{30 * 24 * 3'600'000LL};  ///< what was found whole within this time is not read again
    std::uint64_t bandwidth = 0;                     ///< bytes a second; 0: as fast as the disk gives them
};

struct StoreSettings {
    std::string name;
    std::string path;                        ///< absolute
    std::uint64_t reserve_bytes = 0;         ///< below this much free space no download starts
    std::optional<VerifySettings> verify{};  ///< nothing: only `garner verify` reads back
};

/// Which targets of a source a job takes: names, globs, `id:...`. Where `tags` or `functions` are given, a target must
/// also have one of them (of each of the two lists). `exclude` wins.
struct TargetSelector {
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::vector<std::string> tags{};
    std::vector<std::string> functions{};  ///< lower case
    friend bool operator==(const TargetSelector&, const TargetSelector&) = default;
};

/// What a Servitly metric is exported under: its id and what it belongs to (either product model and part, or thing
/// definition); what is empty is not sent.
struct QualifiedMetric {
    std::string metric_id;
    std::string product_model_id;
    std::string product_model_part_id;
    std::string thing_definition_id;
    friend bool operator==(const QualifiedMetric&, const QualifiedMetric&) = default;
};

/// What a job asks Servitly for; what is not set is not sent.
struct ServitlyExport {
    std::string thing_file_name;
    std::optional<bool> hash_thing_file_name;
    std::string customer_id;
    std::string location_id;
    std::string thing_id;
    std::vector<QualifiedMetric> metrics;
    std::optional<bool> include_unit;
    std::string timestamp_format;  ///< ISO_8601 or EPOCH_MILLIS
    std::string extra;             ///< members of a JSON object, as its text; empty: none
    friend bool operator==(const ServitlyExport&, const ServitlyExport&) = default;
};

/// What a job asks an appliance for.
struct AppgateBackup {
    bool logs = false;
    bool audit = false;
    friend bool operator==(const AppgateBackup&, const AppgateBackup&) = default;
};

/// What a job asks of its vendor; Tulip takes no options.
using ExportOptions = std::variant<std::monostate, ServitlyExport, AppgateBackup>;

/// What becomes of instants that were missed while the daemon was down.
enum class CatchUp { none, latest, all };
std::string_view to_string(CatchUp);

/// What becomes of a run that is due while the target's previous one is still going.
enum class ConcurrencyPolicy { forbid, queue };

struct JobSettings {
    std::string name;
    std::string source;
    TargetSelector targets;
    ExportOptions options;
    std::optional<WindowRule> window;  ///< each run covers one window of this rule
    Schedule schedule;
    Zone zone;
    std::string store;
    Duration deadline{12 * 3'600'000};  ///< one run, from its first attempt to its end
    std::uint32_t retries = 2;          ///< further whole attempts after the first
    Duration retry_wait{300'000};
    Duration jitter{0};  ///< a run begins up to this much after its instant
    CatchUp catch_up = CatchUp::latest;
    std::optional<Duration> starting_deadline{};  ///< an instant that was missed for longer is not made up for
    ConcurrencyPolicy concurrency_policy = ConcurrencyPolicy::forbid;
    std::vector<NamedIntervals> blackout{};  ///< nothing new starts inside
    bool paused = false;                     ///< by the configuration; a person's `garner pause` is in the ledger
    RetentionRule retention{};               ///< empty: everything is kept
    std::string retention_name{};            ///< as the configuration calls the rule; empty: none is named
    Expectation expect{};                    ///< what an artifact has to be, to count as a success
};

struct Settings {
    Zone zone;
    std::string state_directory = "/var/lib/garner";
    std::string control_socket;  ///< empty: <state_directory>/control.sock
    LogSettings log;
    WebSettings web;
    DeletionBudget deletion_budget{};
    std::map<std::string, SourceSettings> sources;
    std::map<std::string, StoreSettings> stores;
    std::map<std::string, JobSettings> jobs;

    std::string control_socket_path() const {
        return control_socket.empty() ? state_directory + "/control.sock" : control_socket;
    }
    std::string ledger_path() const { return state_directory + "/ledger.db"; }
};

}  // namespace garner
