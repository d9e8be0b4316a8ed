#include "settings/assemble.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "settings/assemble_expect.hpp"
#include "settings/assemble_intervals.hpp"
#include "settings/assemble_schedule.hpp"
#include "settings/assemble_source.hpp"
#include "settings/assemble_targets.hpp"
#include "settings/assemble_vendor.hpp"
#include "settings/words.hpp"

namespace garner {
namespace {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

Zone zone_of(const Checked* key, const Zone& otherwise) {
    if (key == nullptr) return otherwise;
    const Result<Zone> zone = Zone::load(key->text());
    return zone ? *zone : otherwise;
}

std::string state_directory_of(const Checked* key, const Environment& environment) {
    if (key != nullptr) return absolute_path("/", key->text());
    std::string given = environment("STATE_DIRECTORY").value_or("");
    given = given.substr(0, given.find(':'));
    return given.starts_with('/') ? absolute_path("/", given) : Settings{}.state_directory;
}

LogLevel level_of(const std::string& word) {
    if (word == "trace") return LogLevel::trace;
    if (word == "debug") return LogLevel::debug;
    if (word == "warn") return LogLevel::warn;
    return word == "error" ? LogLevel::error : LogLevel::info;
}

LogFormat format_of(const std::string& word) {
    if (word == "json") return LogFormat::json;
    return word == "journal" ? LogFormat::journal : LogFormat::logfmt;
}

void read_global(const Checked& top, const Environment& environment, Settings& settings, Report& report) {
    static const Checked nothing;
    const Checked* section = top.find("global");
    const Checked& global = section != nullptr ? *section : nothing;
    settings.zone = zone_of(global.find("timezone"), Zone());
    settings.state_directory = state_directory_of(global.find("state_directory"), environment);
    if (const Checked* socket = global.find("control_socket"))
        settings.control_socket = absolute_path("/", socket->text());
    if (const Checked* log = global.find("log")) {
        if (const Checked* level = log->find("level")) settings.log.level = level_of(level->text());
        if (const Checked* format = log->find("format")) settings.log.format = format_of(format->text());
    }
    if (const Checked* budget = global.find("deletion_budget")) {
        budget->read("artifacts", settings.deletion_budget.count);
        budget->read("percent", settings.deletion_budget.percent);
    }
    if (const Checked* state = global.find("state_directory"); state != nullptr && settings.control_socket.empty())
        if (!wrong_socket_path(settings.control_socket_path(), {}).empty())
            report.error(state->place, state->path,
                         "is too long for the control socket in it; set global.control_socket to a shorter path");
}

void read_web(const Checked& top, WebSettings& web, Report& report) {
    const Checked* section = top.find("web");
    if (section == nullptr) return;
    section->read("listen", web.listen);
    section->read("insecure", web.insecure);
    if (const Checked* url = section->find("callback_url")) web.callback_url = normal_url(url->text());
    if (const Checked* tls = section->find("tls_server_config")) {
        tls->read("cert_file", web.tls_cert_file);
        tls->read("key_file", web.tls_key_file);
    }
    const Checked* users = section->find("basic_auth_users");
    if (users != nullptr)
        for (const Checked& user : users->parts) web.basic_auth_users.emplace(user.name, user.text());
    const bool is_guarded = (users != nullptr && !users->parts.empty()) || section->is_broken("basic_auth_users") ||
                            section->is_broken("insecure") || web.insecure;
    const Checked* listen = section->find("listen");
    if (listen == nullptr || is_guarded) return;
    for (const Checked& address : listen->parts)
        if (const auto parts = parse_host_port(address.text()); parts && !is_loopback(parts->host))
            report.error(address.place, address.path,
                         "is reachable by other machines, without a password: set web.basic_auth_users, listen on "
                         "127.0.0.1, or set "
                         "web.insecure: true where that is meant");
}

// A source, store or time interval by its name, and whether a job has named it.
class Names {
public:
    explicit Names(const Checked* section, bool is_whole) : is_whole_(is_whole) {
        if (section == nullptr) return;
        for (const Checked& part : section->parts) keys_.emplace(part.name, &part);
        for (const auto& [name, key] : keys_) words_.push_back(name);
    }

    void use(const Checked& reference, std::string_view what, Report& report) {
        used_.insert(reference.text());
        if (keys_.contains(reference.text()) || !is_whole_ || report.full()) return;
        const std::string meant = near_miss(reference.text(), words_);
        report.error(
            reference.place, reference.path,
            "no " + std::string(what) + " '" + printable(reference.text(), 64) + "'" +
                (!meant.empty() ? ", did you mean '" + meant + "'?"
                 : words_.empty()
                     ? "; there are none"
                     : "; there are: " + join_words({words_.begin(), words_.begin() + std::min<std::ptrdiff_t>(
                                                                                          20, std::ssize(words_))})));
    }

    void warn_of_unused(Report& report) const {
        for (const auto& [name, key] : keys_)
            if (!used_.contains(name)) report.warning(key->key_place, key->path, "is not used by any job");
    }

private:
    bool is_whole_;
    std::map<std::string, const Checked*> keys_;
    std::vector<std::string_view> words_;
    std::set<std::string> used_;
};

void read_stores(const Checked& top, Settings& settings, Report& report) {
    const Checked* section = top.find("stores");
    if (section == nullptr) return;
    std::map<std::string, const Checked*>
        by_path;  // with a slash behind, so that what begins with another is inside it
    for (const Checked& keys : section->parts) {
        StoreSettings store;
        store.name = keys.name;
        keys.read("reserve", store.reserve_bytes);
        if (const Checked* verify = keys.find("verify")) {
            store.verify.emplace();
            store.verify->schedule = schedule_of(*verify, "stores/" + store.name);
            verify->read("outdated_after", store.verify->outdated_after);
            verify->read("bandwidth", store.verify->bandwidth);
        }
        if (const Checked* path = keys.find("path")) {
            store.path = absolute_path("/", path->text());
            if (store.path == settings.state_directory)
                report.error(path->place, path->path,
                             "is the state directory; take a directory of its own, such as " +
                                 printable(store.path + "/archive"));
            if (const auto [other, is_new] = by_path.emplace(store.path == "/" ? "/" : store.path + "/", path); !is_new)
                report.error(path->place, path->path,
                             "is also the path of the store at " + report.where(other->second->place));
        }
        settings.stores.emplace(store.name, std::move(store));
    }
    for (const auto& [inner, key] : by_path)
        for (std::size_t slash = inner.rfind('/', inner.size() - 2); slash != std::string::npos && inner.size() > 1;
             slash = slash == 0 ? std::string::npos : inner.rfind('/', slash - 1))
            if (const auto outer = by_path.find(inner.substr(0, slash + 1)); outer != by_path.end())
                report.error(
                    key->place, key->path,
                    "lies inside the store at " + report.where(outer->second->place) + "; stores must not be nested");
}

// The names that a job refers to.
struct References {
    Names sources;
    Names stores;
    Names time_intervals;
    Names retention;
};

std::map<std::string, RetentionRule> read_retention(const Checked& top, Report& report) {
    std::map<std::string, RetentionRule> rules;
    const Checked* section = top.find("retention");
    if (section == nullptr) return rules;
    for (const Checked& keys : section->parts) {
        RetentionRule rule;
        keys.read("keep_last", rule.keep_last);
        keys.read("keep_hourly", rule.keep_hourly);
        keys.read("keep_daily", rule.keep_daily);
        keys.read("keep_weekly", rule.keep_weekly);
        keys.read("keep_monthly", rule.keep_monthly);
        keys.read("keep_yearly", rule.keep_yearly);
        keys.read("keep_within", rule.keep_within);
        keys.read("min_good", rule.min_good);
        keys.read("grace", rule.grace);
        if (rule.empty() && keys.broken.empty())
            report.warning(keys.key_place, keys.path,
                           "has no keep_... that keeps anything, so that everything is kept");
        rules.emplace(keys.name, rule);
    }
    return rules;
}

// Each window is archived once: a rule that keeps one artifact of a longer period removes the rest of that period.
void warn_of_thinned_windows(const Checked& name, const JobSettings& job, Report& report) {
    if (!job.window) return;
    struct Period {
        const char* key;
        std::uint32_t count;
        const char* what;
        WindowLength whole;  ///< windows of this length or longer lose nothing
    };
    const RetentionRule& rule = job.retention;
    for (const Period& period : {Period{"keep_daily", rule.keep_daily, "day", WindowLength::day},
                                 Period{"keep_weekly", rule.keep_weekly, "week", WindowLength::week},
                                 Period{"keep_monthly", rule.keep_monthly, "month", WindowLength::month},
                                 Period{"keep_yearly", rule.keep_yearly, "year", WindowLength::month}}) {
        const bool thins = job.window->length < period.whole || period.key == std::string_view("keep_yearly");
        if (period.count == 0 || !thins) continue;
        report.warning(name.place, name.path,
                       std::string(period.key) + " keeps one artifact of each " + period.what +
                           ", which holds no more than its window of " + std::string(to_string(job.window->length)) +
                           ": the rest of the " + period.what +
                           " goes once no other rule keeps it; keep_last and "
                           "keep_within keep windows that follow each other");
        return;
    }
}

JobSettings read_job(const Checked& keys, const Settings& settings, References& names,
                     const std::map<std::string, NamedIntervals>& intervals,
                     const std::map<std::string, RetentionRule>& rules, Report& report) {
    JobSettings job;
    job.name = keys.name;
    keys.read("source", job.source);
    if (const Checked* source = keys.find("source")) names.sources.use(*source, "source", report);
    // Of a source that is not known, nothing can be said about the keys that depend on it.
    if (const auto source = settings.sources.find(job.source); source != settings.sources.end()) {
        assemble_targets(keys, source->second, job, report);
        assemble_expect(keys, source->second, job, report);
    }
    job.zone = zone_of(keys.find("timezone"), settings.zone);
    if (const Checked* list = keys.find("blackout"))
        for (const Checked& name : list->parts) names.time_intervals.use(name, "time interval", report);
    assemble_schedule(keys, intervals, job, report);
    keys.read("deadline", job.deadline);
    keys.read("retries", job.retries);
    keys.read("retry_wait", job.retry_wait);
    if (const Checked* name = keys.find("retention")) {
        names.retention.use(*name, "retention rule", report);
        job.retention_name = name->text();
        if (const auto rule = rules.find(job.retention_name); rule != rules.end()) job.retention = rule->second;
        warn_of_thinned_windows(*name, job, report);
    }
    if (const Checked* list = keys.find("stores")) {
        for (const Checked& store : list->parts) names.stores.use(store, "store", report);
        job.store = list->parts.front().text();
        if (list->parts.size() > 1)
            report.error(list->parts[1].place, list->parts[1].path,
                         "more than one store per job is not supported by this version yet: name one");
    }
    return job;
}

}  // namespace

Settings assemble(const Checked& top, bool is_whole, SecretReader& secrets, const Environment& environment,
                  Report& report) {
    Settings settings;
    read_global(top, environment, settings, report);
    read_web(top, settings.web, report);
    if (const Checked* section = top.find("sources"))
        for (const Checked& keys : section->parts)
            if (const auto type = source_type_of(keys))
                settings.sources.emplace(keys.name, assemble_source(keys, *type, secrets, report));
    read_stores(top, settings, report);

    References names{Names(top.find("sources"), is_whole), Names(top.find("stores"), is_whole),
                     Names(top.find("time_intervals"), is_whole), Names(top.find("retention"), is_whole)};
    const std::map<std::string, RetentionRule> rules = read_retention(top, report);
    const std::map<std::string, NamedIntervals> intervals = assemble_intervals(top, report);
    if (const Checked* section = top.find("jobs"))
        for (const Checked& keys : section->parts)
            settings.jobs.emplace(keys.name, read_job(keys, settings, names, intervals, rules, report));
    names.sources.warn_of_unused(report);
    names.stores.warn_of_unused(report);
    names.time_intervals.warn_of_unused(report);
    names.retention.warn_of_unused(report);
    return settings;
}

}  // namespace garner
