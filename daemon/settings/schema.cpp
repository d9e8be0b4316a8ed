#include "settings/schema.hpp"

#include <array>

namespace garner {
namespace {

using enum KeyKind;

constexpr std::uint64_t second = 1'000;
constexpr std::uint64_t hour = 3'600 * second;
constexpr std::uint64_t day = 24 * hour;

constexpr std::array<std::string_view, 5> levels{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> formats{"logfmt", "json", "journal"};
constexpr std::array<std::string_view, 4> window_lengths{"1h", "1d", "1w", "1mo"};
constexpr std::array<std::string_view, 2> timestamp_formats{"ISO_8601", "EPOCH_MILLIS"};
constexpr std::array<std::string_view, 7> appliance_functions{
    "controller", "gateway", "logserver", "logforwarder", "connector", "portal", "metricsaggregator"};
// What garner puts into the body of an export itself, in the vendor's spelling and in ours.
constexpr std::array<std::string_view, 24> export_members{"name",
                                                          "startTimestamp",
                                                          "endTimestamp",
                                                          "thingFileName",
                                                          "hashThingFileName",
                                                          "customerId",
                                                          "locationId",
                                                          "thingId",
                                                          "qualifiedMetricIds",
                                                          "includeUnit",
                                                          "timestampFormat",
                                                          "window",
                                                          "start",
                                                          "settle_delay",
                                                          "settleDelay",
                                                          "thing_file_name",
                                                          "hash_thing_file_name",
                                                          "customer_id",
                                                          "location_id",
                                                          "thing_id",
                                                          "metrics",
                                                          "include_unit",
                                                          "timestamp_format",
                                                          "extra"};

// clang-format off
constexpr std::array secret_keys{
    Key{.name = "file", .doc = "file that holds the secret and nothing else; relative to this file's directory"},
    Key{.name = "env", .doc = "environment variable that holds the secret", .wrong = wrong_variable_name},
    Key{.name = "credential", .doc = "systemd credential (LoadCredential=) that holds the secret", .wrong = wrong_credential_name},
};

constexpr std::array log_keys{
    Key{.name = "level", .doc = "least important message that is logged", .preset = "info", .choices = levels},
    Key{.name = "format", .doc = "form of the log; by default journal under systemd, logfmt elsewhere", .choices = formats},
};
constexpr Section log_section{log_keys};

constexpr std::array deletion_budget_keys{
    Key{.name = "artifacts", .kind = whole, .doc = "so many artifacts may go into the trash in one pass", .preset = "50", .most = 1'000'000'000},
    Key{.name = "percent", .kind = whole, .doc = "or, where that is more, so many of a hundred", .preset = "20", .most = 100},
};
constexpr Section deletion_budget_section{deletion_budget_keys};

constexpr std::array global_keys{
    Key{.name = "timezone", .doc = "IANA zone of the schedules", .preset = "UTC", .wrong = wrong_time_zone},
    Key{.name = "state_directory", .doc = "the ledger's place; by default systemd's $STATE_DIRECTORY, else /var/lib/garner",
        .preset = "/var/lib/garner", .wrong = wrong_absolute_path},
    Key{.name = "control_socket", .doc = "Unix socket of the garner command; by default control.sock in the state directory",
        .wrong = wrong_socket_path},
    Key{.name = "log", .kind = section, .doc = "what is logged, and how", .section = &log_section},
    Key{.name = "deletion_budget", .kind = section, .doc = "what retention may remove in one pass without garner prune --confirm",
        .section = &deletion_budget_section},
};
constexpr Section global_section{global_keys};

constexpr std::array tls_server_keys{
    Key{.name = "cert_file", .doc = "PEM certificate chain of the listener", .required = true, .wrong = wrong_absolute_path},
    Key{.name = "key_file", .doc = "PEM private key of the listener", .required = true, .wrong = wrong_absolute_path},
};
constexpr Section tls_server_section{tls_server_keys};

constexpr std::array web_keys{
    Key{.name = "listen", .kind = texts, .doc = "addresses of metrics and health", .preset = "[\"127.0.0.1:9847\"]",
        .wrong = wrong_listen_address},
    Key{.name = "tls_server_config", .kind = section, .doc = "HTTPS instead of HTTP", .section = &tls_server_section},
    Key{.name = "basic_auth_users", .kind = text_map, .doc = "user names and the bcrypt hashes of their passwords",
        .wrong = wrong_bcrypt_hash},
    Key{.name = "insecure", .kind = boolean, .doc = "allow listeners beyond loopback without basic_auth_users",
        .preset = "false"},
    Key{.name = "callback_url",
        .doc = "where vendors reach this listener, to say that a backup is ready; without it they are only asked",
        .wrong = wrong_base_url},
};
constexpr Section web_section{web_keys};

constexpr std::array basic_auth_keys{
    Key{.name = "username", .doc = "the API token's name, apikey.2_...", .required = true, .wrong = wrong_user_name},
    Key{.name = "password", .kind = secret, .doc = "the API token's secret", .required = true},
};
constexpr Section basic_auth_section{basic_auth_keys};

constexpr std::array tls_keys{
    Key{.name = "ca_file", .doc = "PEM certificates to trust instead of the system's", .wrong = wrong_absolute_path},
    Key{.name = "cert_file", .doc = "PEM client certificate; needs key_file", .wrong = wrong_absolute_path},
    Key{.name = "key_file", .doc = "PEM key of the client certificate", .wrong = wrong_absolute_path},
    Key{.name = "server_name", .doc = "name to expect in the server's certificate, instead of the URL's host",
        .wrong = wrong_host_name},
    Key{.name = "insecure_skip_verify", .kind = boolean, .doc = "accept any certificate", .preset = "false"},
};
constexpr Section tls_section{tls_keys};

constexpr Key budget_key(std::string_view name, std::string_view doc) {
    return Key{.name = name, .kind = whole, .doc = doc, .least = 1, .most = 1'000'000'000};
}
// What a vendor bears differs, and so do the defaults.
constexpr auto limits_keys_of(std::string_view jobs) {
    return std::array{
        Key{.name = "max_concurrent_jobs", .kind = whole, .doc = "remote jobs of this source at the same time", .preset = jobs,
            .least = 1, .most = 1000},
        budget_key("requests_per_second", "requests in any second, whatever they are for; further ones wait"),
        budget_key("requests_per_minute", "requests in any 60 seconds"),
        budget_key("requests_per_hour", "requests in any 60 minutes"),
        budget_key("requests_per_month", "requests in a calendar month, UTC"),
        Key{.name = "bandwidth", .later = "downloads take what the network gives"},
    };
}
constexpr auto poll_keys_of(std::string_view initial) {
    return std::array{
        Key{.name = "initial", .kind = duration, .doc = "shortest wait before a look at a remote job", .preset = initial, .least = 1, .most = day},
        Key{.name = "max", .kind = duration, .doc = "longest wait between two looks, once it is due", .preset = "5m", .least = 1, .most = day},
    };
}
constexpr auto tulip_limits_keys = limits_keys_of("1");
constexpr auto servitly_limits_keys = limits_keys_of("4");
constexpr auto appgate_limits_keys = limits_keys_of("2");
constexpr auto quick_poll_keys = poll_keys_of("5s");
constexpr auto servitly_poll_keys = poll_keys_of("30s");  // a customer's key has 100 requests an hour
constexpr Section tulip_limits_section{tulip_limits_keys};
constexpr Section servitly_limits_section{servitly_limits_keys};
constexpr Section appgate_limits_section{appgate_limits_keys};
constexpr Section quick_poll_section{quick_poll_keys};
constexpr Section servitly_poll_section{servitly_poll_keys};
constexpr Key limits_key(const Section& keys) {
    return Key{.name = "limits", .kind = section, .doc = "what the vendor can bear", .section = &keys};
}
constexpr Key poll_key(const Section& keys) {
    return Key{.name = "poll", .kind = section, .doc = "pace of asking whether a remote job is ready", .section = &keys};
}

constexpr std::array backoff_keys{
    Key{.name = "initial", .kind = duration, .doc = "first wait after a failed request", .preset = "1s", .least = 1, .most = day},
    Key{.name = "max", .kind = duration, .doc = "longest wait after failed requests", .preset = "5m", .least = 1, .most = day},
    Key{.name = "throttled", .kind = duration, .doc = "wait after a 429 that does not say how long", .preset = "60s", .least = 1, .most = day},
};
constexpr Section backoff_section{backoff_keys};

constexpr std::array discovery_keys{
    Key{.name = "interval", .kind = duration, .doc = "time between two looks at the source's list of targets", .preset = "15m",
        .least = second, .most = 7 * day},
    Key{.name = "min_ratio",
        .doc = "a list with fewer than this part of the last one's targets is not believed until garner targets --accept", .preset = "0.5",
        .wrong = wrong_ratio},
};
constexpr Section discovery_section{discovery_keys};

constexpr std::array source_keys{
    Key{.name = "type", .doc = "the vendor: tulip, servitly or appgate", .required = true},
    Key{.name = "url", .doc = "the vendor's address, such as https://acme.tulip.co", .required = true, .wrong = wrong_base_url},
    Key{.name = "tls_config", .kind = section, .doc = "TLS towards the vendor", .section = &tls_section},
    Key{.name = "proxy_url", .doc = "HTTP proxy, such as http://proxy.example:3128", .wrong = wrong_proxy_url},
    Key{.name = "no_proxy", .kind = texts, .doc = "hosts, .suffixes and addresses that are reached without the proxy",
        .wrong = wrong_proxy_exception},
    Key{.name = "allow_http", .kind = boolean, .doc = "allow http:// URLs, which anybody on the way can read", .preset = "false"},
    Key{.name = "allow_private_downloads", .kind = boolean,
        .doc = "allow downloads and redirects to loopback, link-local and private addresses", .preset = "false"},
    Key{.name = "timeout", .kind = duration, .doc = "longest time of one small request", .preset = "30s", .least = 1, .most = hour},
    Key{.name = "backoff", .kind = section, .doc = "waits after failures", .section = &backoff_section},
    Key{.name = "discovery", .kind = section, .doc = "how the list of targets is kept up to date", .section = &discovery_section},
};
constexpr std::array tulip_keys{
    Key{.name = "workspace", .doc = "only with an account-level token: the part after /w/ in the browser's address",
        .wrong = wrong_workspace},
    Key{.name = "basic_auth", .kind = section, .doc = "the API token", .required = true, .section = &basic_auth_section},
    limits_key(tulip_limits_section),
    poll_key(quick_poll_section),
};

constexpr std::array tenant_keys{
    Key{.name = "api_key", .kind = secret, .doc = "the tenant's API key", .required = true},
    Key{.name = "pat", .kind = secret, .doc = "personal access token of the account; or email and password"},
    Key{.name = "email", .doc = "e-mail address of the account, with password", .wrong = wrong_email},
    Key{.name = "password", .kind = secret, .doc = "password of the account, with email"},
};
constexpr Section tenant_section{tenant_keys};
constexpr std::array servitly_keys{
    Key{.name = "tenants", .kind = named, .doc = "the account at each tenant, by the tenant's name", .required = true, .least = 1,
        .section = &tenant_section},
    Key{.name = "tenant_header", .doc = "HTTP header that names the tenant; older deployments want X-Semioty-Tenant",
        .preset = "X-Servitly-Tenant", .wrong = wrong_header_name},
    Key{.name = "busy_words", .kind = texts,
        .doc = "further words that tell, in the answer to a refused start, that another export is running"},
    limits_key(servitly_limits_section),
    poll_key(servitly_poll_section),
};

constexpr std::array login_keys{
    Key{.name = "provider", .doc = "identity provider of the account", .preset = "local"},
    Key{.name = "username", .doc = "the account's name", .required = true},
    Key{.name = "password", .kind = secret, .doc = "the account's password", .required = true},
};
constexpr Section login_section{login_keys};
constexpr std::array appgate_keys{
    Key{.name = "login", .kind = section, .doc = "the account that logs in at the controller", .required = true, .section = &login_section},
    limits_key(appgate_limits_section),
    poll_key(quick_poll_section),
};

constexpr std::array source_types{
    Variant{.type = "tulip", .keys = tulip_keys},
    Variant{.type = "servitly", .keys = servitly_keys},
    Variant{.type = "appgate", .keys = appgate_keys},
};
constexpr Section source_section{source_keys, source_types};

constexpr std::array verify_keys{
    Key{.name = "schedule", .kind = texts, .doc = "when artifacts are read back: as a job's schedule, in global.timezone",
        .required = true, .wrong = wrong_schedule},
    Key{.name = "outdated_after", .kind = duration, .doc = "what was found whole within this time is not read again", .preset = "30d",
        .most = 3650 * day},
    Key{.name = "bandwidth", .kind = size, .doc = "bytes that are read a second; by default as many as the disk gives", .least = 1024},
};
constexpr Section verify_section{verify_keys};

constexpr std::array store_keys{
    Key{.name = "type", .doc = "the kind of place: local", .required = true},
    Key{.name = "verify", .kind = section, .doc = "reads artifacts back by a schedule and finds what has changed", .section = &verify_section},
};
constexpr std::array local_store_keys{
    Key{.name = "path", .doc = "directory of the artifacts", .required = true, .wrong = wrong_absolute_path},
    Key{.name = "reserve", .kind = size, .doc = "no download starts with less free space than this", .preset = "0B"},
};
constexpr std::array store_types{
    Variant{.type = "local", .keys = local_store_keys},
    Variant{.type = "s3", .later = true},
};
constexpr Section store_section{store_keys, store_types};

constexpr std::array target_keys{
    Key{.name = "include", .kind = texts, .doc = "names, globs (* and ?) or id:ID", .preset = "[\"*\"]", .wrong = wrong_target_word},
    Key{.name = "exclude", .kind = texts, .doc = "those of them that are left out", .wrong = wrong_target_word},
};
constexpr Section target_section{target_keys};

constexpr std::array appliance_keys{
    target_keys[0],
    target_keys[1],
    Key{.name = "tags", .kind = texts, .doc = "only appliances that have one of these tags"},
    Key{.name = "functions", .kind = texts, .doc = "only appliances that have one of these functions",
        .choices = appliance_functions, .any_case = true},
};
constexpr Section appliance_section{appliance_keys};

constexpr std::array metric_keys{
    Key{.name = "metric_id", .doc = "the metric's id", .required = true},
    Key{.name = "product_model_id", .doc = "the product model that the metric belongs to"},
    Key{.name = "product_model_part_id", .doc = "the product model's part that the metric belongs to"},
    Key{.name = "thing_definition_id", .doc = "the thing definition that it belongs to, instead of model and part"},
};
constexpr Section metric_section{metric_keys};

constexpr std::array export_keys{
    Key{.name = "window", .doc = "span of time that one artifact covers: 1h, 1d, 1w or 1mo; needs start", .choices = window_lengths},
    Key{.name = "start", .doc = "local time at which the first window begins: 2026-01-01 or 2026-01-01T06:00:00",
        .wrong = wrong_local_time},
    Key{.name = "settle_delay", .kind = duration, .doc = "how long after its end a window is exported, for data that comes late",
        .preset = "0s", .most = 366 * day},
    Key{.name = "available_for", .kind = duration,
        .doc = "how long the vendor has data: what is older is told as lost instead of asked for", .least = hour},
    Key{.name = "thing_file_name", .doc = "mask of the names of the files inside the archive, without extension"},
    Key{.name = "hash_thing_file_name", .kind = boolean, .doc = "name these files by the MD5 of that name"},
    Key{.name = "customer_id", .doc = "only things of this customer"},
    Key{.name = "location_id", .doc = "only things of this location"},
    Key{.name = "thing_id", .doc = "only this thing"},
    Key{.name = "metrics", .kind = sections, .doc = "only these metrics", .section = &metric_section},
    Key{.name = "include_unit", .kind = boolean, .doc = "put the unit behind the names of the columns"},
    Key{.name = "timestamp_format", .doc = "form of the times in the files", .choices = timestamp_formats},
    Key{.name = "extra", .kind = free_map, .doc = "further members of the request, in the vendor's spelling",
        .reserved = export_members},
};
constexpr Section export_section{export_keys};

constexpr std::array backup_keys{
    Key{.name = "logs", .kind = boolean, .doc = "put the system logs into the backup, which makes it larger", .preset = "false"},
    Key{.name = "audit", .kind = boolean, .doc = "put the audit logs into the backup, which makes it larger", .preset = "false"},
};
constexpr Section backup_section{backup_keys};

constexpr std::array expect_keys{
    Key{.name = "min_size", .kind = size, .doc = "least size", .preset = "1B"},
    Key{.name = "max_size", .kind = size, .doc = "largest size"},
    Key{.name = "ratio", .kind = texts, .doc = "least and most of the median of the target's last verified ones, once there are five",
        .preset = "[0.1, 10]", .wrong = wrong_factor},
    Key{.name = "min_rows", .kind = whole, .doc = "least number of rows of CSV, headers not counted", .preset = "0"},
    Key{.name = "allow_empty", .kind = boolean, .doc = "CSV without a row is fine", .preset = "false"},
    Key{.name = "columns", .kind = texts, .doc = "columns of CSV: names that the header has to have, or how many it has"},
};
constexpr Section expect_section{expect_keys};

constexpr std::array time_keys{
    Key{.name = "start_time", .doc = "first minute, such as 06:00", .required = true, .wrong = wrong_time_of_day},
    Key{.name = "end_time", .doc = "when it is over, such as 22:00 or 24:00", .required = true, .wrong = wrong_time_of_day},
};
constexpr Section time_section{time_keys};
constexpr std::array interval_keys{
    Key{.name = "times", .kind = sections, .doc = "times of the day; all day if left out", .section = &time_section},
    Key{.name = "weekdays", .kind = texts, .doc = "weekdays, such as monday:friday", .wrong = wrong_weekdays},
    Key{.name = "days_of_month", .kind = texts, .doc = "days of the month, such as 1:7; -1 is the last one", .wrong = wrong_days_of_month},
    Key{.name = "months", .kind = texts, .doc = "months, such as january:march or 1:3", .wrong = wrong_months},
    Key{.name = "years", .kind = texts, .doc = "years, such as 2026:2028", .wrong = wrong_years},
    Key{.name = "location", .doc = "IANA zone of these times; by default that of the job", .wrong = wrong_time_zone},
};
constexpr Section interval_section{interval_keys};

constexpr Key keep_key(std::string_view name, std::string_view doc) {
    return Key{.name = name, .kind = whole, .doc = doc, .most = 1'000'000};
}
constexpr std::array retention_keys{
    keep_key("keep_last", "the newest so many verified artifacts"),
    keep_key("keep_hourly", "the last one of each of the newest so many hours that have one"),
    keep_key("keep_daily", "the last one of each of the newest so many days that have one"),
    keep_key("keep_weekly", "the last one of each of the newest so many ISO weeks that have one"),
    keep_key("keep_monthly", "the last one of each of the newest so many months that have one"),
    keep_key("keep_yearly", "the last one of each of the newest so many years that have one"),
    Key{.name = "keep_within", .kind = duration, .doc = "all that are less than this older than the newest verified one", .least = second},
    Key{.name = "min_good", .kind = whole, .doc = "so many of the newest verified ones stay, whatever the rules say", .preset = "2",
        .most = 1'000'000},
    Key{.name = "grace", .kind = duration, .doc = "time in the store's trash before it is gone", .preset = "7d", .most = 3660 * day},
};
constexpr Section retention_section{retention_keys};

constexpr std::array<std::string_view, 3> catch_ups{"none", "latest", "all"};
constexpr std::array<std::string_view, 2> concurrency_policies{"forbid", "queue"};
constexpr std::array job_keys{
    Key{.name = "source", .doc = "name of the source to archive from", .required = true},
    Key{.name = "machines", .kind = selection, .doc = "Tulip machines: names, globs or id:ID; [\"*\"] for all",
        .section = &target_section},
    Key{.name = "tenants", .kind = selection, .doc = "tenants of the Servitly source: names or globs; [\"*\"] for all",
        .section = &target_section},
    Key{.name = "appliances", .kind = selection,
        .doc = "Appgate appliances: names, globs or id:ID, or by tags and functions; [\"*\"] for all that hold state",
        .section = &appliance_section},
    Key{.name = "export", .kind = section, .doc = "what Servitly is asked for", .section = &export_section},
    Key{.name = "backup", .kind = section, .doc = "what an Appgate appliance puts into its backup", .section = &backup_section},
    Key{.name = "schedule", .kind = texts, .doc = "five-field cron, @daily and its kin, or @every 30s; one or a list",
        .required = true, .wrong = wrong_schedule},
    Key{.name = "timezone", .doc = "IANA zone of this schedule; by default global.timezone", .wrong = wrong_time_zone},
    Key{.name = "deadline", .kind = duration, .doc = "longest time of one run, further attempts included", .preset = "12h", .least = 1},
    Key{.name = "retries", .kind = whole, .doc = "further attempts after a failed one", .preset = "2", .most = 100},
    Key{.name = "retry_wait", .kind = duration, .doc = "wait before a further attempt", .preset = "5m", .most = 7 * day},
    Key{.name = "stores", .kind = texts, .doc = "the store of the artifacts", .required = true},
    Key{.name = "retention", .doc = "the rule that says which artifacts are kept; without one, all are"},
    Key{.name = "jitter", .kind = duration, .doc = "a run begins up to this much after its instant, each target with a delay of its own",
        .preset = "0s", .most = day},
    Key{.name = "catch_up", .doc = "which of the instants that were missed while garnerd was down are run", .preset = "latest",
        .choices = catch_ups},
    Key{.name = "starting_deadline", .kind = duration, .doc = "an instant that was missed for longer is not made up for",
        .least = second},
    Key{.name = "concurrency_policy", .doc = "a run that is due while the target's last one is still going is skipped, or waits",
        .preset = "forbid", .choices = concurrency_policies},
    Key{.name = "blackout", .kind = texts, .doc = "time_intervals in which nothing new starts"},
    Key{.name = "paused", .kind = boolean, .doc = "nothing starts by the schedule", .preset = "false"},
    Key{.name = "expect", .kind = section, .doc = "what an artifact has to be, to count as a success", .section = &expect_section},
    Key{.name = "labels", .later = "metrics have the labels job, source and target"},
};
constexpr Section job_section{job_keys};

constexpr std::array top_keys{
    Key{.name = "version", .kind = whole, .doc = "version of this file's form: 1"},
    Key{.name = "include", .kind = texts, .doc = "further files, such as conf.d/*.yaml", .main_only = true},
    Key{.name = "global", .kind = section, .doc = "what holds for everything", .section = &global_section, .main_only = true},
    Key{.name = "web", .kind = section, .doc = "the listener of metrics and health", .section = &web_section, .main_only = true},
    Key{.name = "sources", .kind = named, .doc = "accounts at vendors", .section = &source_section},
    Key{.name = "stores", .kind = named, .doc = "where artifacts are kept", .section = &store_section},
    Key{.name = "jobs", .kind = named, .doc = "what is archived, and when", .section = &job_section},
    Key{.name = "retention", .kind = named, .doc = "rules that say which artifacts of a target are kept", .section = &retention_section},
    Key{.name = "time_intervals", .kind = named_lists, .doc = "spans of the calendar, for blackouts", .section = &interval_section,
        .not_a_list = "where Alertmanager has '- name: NAME' with 'time_intervals:' below it, write 'NAME:' with that list below it"},
};
// clang-format on

}  // namespace

const Section& configuration_schema() {
    static constexpr Section whole_file{top_keys};
    return whole_file;
}

const Section& secret_schema() {
    static constexpr Section forms{secret_keys};
    return forms;
}

}  // namespace garner
