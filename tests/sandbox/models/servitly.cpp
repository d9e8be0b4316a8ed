#include "sandbox/models/servitly.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>
#include <utility>

#include "core/text.hpp"
#include "sandbox/models/activity_csv.hpp"
#include "sandbox/models/faults.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/seeded.hpp"
#include "sandbox/models/servitly_export.hpp"
#include "sandbox/models/servitly_state.hpp"

namespace garner::sandbox {
namespace {

constexpr std::string_view kFiles = "/data/dataExports/files/";  // where `url` leads at Place::api; made up
constexpr std::uint64_t kPackedMax = 256 * 1024;                 // archives up to this size are deflated

// "/api" of "https://acme.servitly.test/api".
std::string_view prefix_of(std::string_view url) {
    const std::size_t host = url.find("://");
    const std::size_t path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
    return path == std::string_view::npos ? std::string_view() : url.substr(path);
}

std::string query_value(std::string_view query, std::string_view lower_case_key) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && to_lower_ascii(pair.substr(0, equals)) == lower_case_key)
            return percent_decoded(pair.substr(equals + 1));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
    }
    return {};
}

std::string_view bearer(const ModelRequest& request) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view authorization = request.header("authorization");
    return authorization.starts_with(scheme) ? authorization.substr(scheme.size()) : std::string_view();
}

// The deprecated name is what older clients send.
std::string tenant_header(const ModelRequest& request) {
    const std::string_view name = request.header("x-servitly-tenant");
    const std::string_view old_name = request.header("x-semioty-tenant");
    if (!name.empty() && !old_name.empty() && name != old_name) return {};
    return std::string(name.empty() ? old_name : name);
}

std::string_view reason(int status) {
    switch (status) {
        case 400:
            return "Bad request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not found";
        case 405:
            return "Method not allowed";
        case 409:
            return "Conflict";
        case 429:
            return "Too many requests";
        default:
            return "Internal server error";
    }
}

std::string text_of(const boost::json::value& body, std::string_view key) {
    const boost::json::value* const value = body.is_object() ? body.get_object().if_contains(key) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::vector<ServitlyTenantAccount> seeded_tenants(std::uint64_t seed, std::size_t count) {
    constexpr std::array<std::string_view, 8> names = {"acme", "bravo",   "carbon", "delta",
                                                       "echo", "foxtrot", "gamma",  "hotel"};
    std::vector<ServitlyTenantAccount> tenants;
    for (std::size_t i = 0; i < count; ++i) {
        ServitlyTenantAccount tenant;
        tenant.name = names[i % names.size()];
        if (i >= names.size()) tenant.name += std::to_string(i / names.size() + 1);
        tenant.api_key = seeded_word(32, chance(seed, "api key", i));
        tenant.pat = seeded_word(40, chance(seed, "pat", i));
        tenant.email = "backup@" + tenant.name + ".example";
        tenant.password = seeded_word(24, chance(seed, "tenant password", i));
        tenants.push_back(std::move(tenant));
    }
    return tenants;
}

ServitlyModel::ServitlyModel(ServitlyOptions options) : state_(std::make_unique<State>(std::move(options))) {}
ServitlyModel::~ServitlyModel() = default;

const std::vector<Violation>& ServitlyModel::violations() const { return state_->violations; }
const std::vector<ServitlyModel::Job>& ServitlyModel::jobs() const { return state_->jobs; }
const ServitlyModel::Job* ServitlyModel::job(std::string_view id) const { return state_->known_job(id); }
ServitlyModel::Logins ServitlyModel::logins() const { return state_->logins.counts(); }
ServitlyScenario& ServitlyModel::scenario() { return state_->options.scenario; }
const ServitlyOptions& ServitlyModel::options() const { return state_->options; }

void ServitlyModel::set_urls(std::string api_url, std::string download_url) {
    state_->options.api_url = std::move(api_url);
    state_->options.download_url = std::move(download_url);
}

std::string ServitlyModel::error_body(int status, std::string_view details) {
    boost::json::object body;
    body["message"] = details.empty() ? reason(status) : details;
    return boost::json::serialize(body);
}

void ServitlyModel::answered_instead(const ModelRequest& request, int status) {
    if (status == 401) state_->logins.token_refused(bearer(request));
}

ModelReply ServitlyModel::handle(Door door, const ModelRequest& request, WallTime now) {
    State& state = *state_;
    state.now = now;
    if (state.options.user_agent_needed && request.header("user-agent").empty())
        state.violation(request.method + " " + std::string(request.path()) + " without a User-Agent");
    if (door == Door::download) return state.download(request);
    ModelReply reply = state.api(request);
    reply.headers.emplace_back("date", format_http_date(now));  // what a client measures a token's life with
    return reply;
}

void ServitlyModel::client_restarted() { state_->logins.client_restarted(); }

void ServitlyModel::client_lost_memory() {
    for (Job& job : state_->jobs) {
        if (job.polls == 0) job.answer_lost = true;
        job.last_poll.reset();
        job.polls_since_download = 0;
    }
    state_->logins.client_lost_memory();
    state_->quota.client_lost_memory();
}

void ServitlyModel::reset() {
    State& state = *state_;
    state.jobs.clear();
    state.job_index.clear();
    state.path_index.clear();
    state.running.clear();
    state.jobs_of_tenant.clear();
    state.names.clear();
    state.concurrent_max.clear();
    state.logins.reset();
    state.quota.reset();
    state.violations.clear();
    state.counts = {};
}

bool ServitlyModel::start_foreign_export(const std::string& tenant, WallTime now, Duration lasts) {
    State& state = *state_;
    state.now = now;
    if (state.account(tenant) == nullptr) throw std::invalid_argument("tenant: \"" + tenant + "\" is not known");
    if (state.running_at(tenant) != nullptr) return false;
    Job& job = state.new_job(tenant, {}, false);
    job.name = "Data Export widget";
    job.foreign = true;
    job.fails = false;
    job.vanishes = false;
    job.ends = now + lasts;
    return true;
}

ModelReply ServitlyModel::State::error(int status, std::string_view message) {
    if (status == 400) ++counts.bad_request;
    if (status == 401) ++counts.unauthorized;
    if (status == 403) ++counts.forbidden;
    if (status == 404) ++counts.not_found;
    if (status == 429) ++counts.too_many;
    boost::json::object body;
    body["message"] = message;
    return json_reply(status, body);
}

const ServitlyTenantAccount* ServitlyModel::State::account(std::string_view tenant) const {
    for (const ServitlyTenantAccount& one : options.tenants) {
        if (one.name == tenant) return &one;
    }
    return nullptr;
}

// A login's secrets belong into the login only: anywhere else they end in somebody's log. Short ones may be words of
// the request by chance.
bool ServitlyModel::State::holds_login_secret(const ModelRequest& request) const {
    const auto within = [](std::string_view secret, std::string_view text) {
        return secret.size() >= 8 && text.find(secret) != std::string_view::npos;
    };
    const std::string target = percent_decoded(request.target);
    return std::any_of(options.tenants.begin(), options.tenants.end(), [&](const ServitlyTenantAccount& one) {
        for (const std::string_view secret :
             {std::string_view(one.api_key), std::string_view(one.pat), std::string_view(one.password)}) {
            if (within(secret, target) || within(secret, request.body)) return true;
            for (const auto& [name, value] : request.headers) {
                if (within(secret, value)) return true;
            }
        }
        return false;
    });
}

ModelReply ServitlyModel::State::api(const ModelRequest& request) {
    const std::string_view prefix = prefix_of(options.api_url);
    std::string_view path = request.path();
    if (!path.starts_with(prefix)) return error(404, "No such resource");
    path.remove_prefix(prefix.size());
    const std::string rest = percent_decoded(path);

    const std::string tenant = tenant_header(request);
    if (tenant.empty()) return error(400, "The tenant header is missing");
    if (const auto early = quota.too_early(tenant, now))
        violation(request.method + " " + rest + " came " + std::to_string(early->count()) +
                  " ms before Retry-After was over");
    const ServitlyScenario& scenario = options.scenario;
    if (const auto wait = quota.wait(tenant, scenario.requests_per_minute, scenario.requests_per_hour, now)) {
        ModelReply reply = error(429, "Too many requests");
        if (scenario.retry_after) {
            const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait);
            reply.headers.emplace_back("retry-after", std::to_string(seconds.count()));
            if (request.header(kAnswerLostHeader).empty()) quota.told(tenant, now, now + seconds);
        }
        return reply;
    }
    if (!request.body.empty() && !request.header("content-type").starts_with("application/json"))
        return error(400, "Content-Type must be application/json");

    if (rest.starts_with("/identity/users/")) {
        if (request.method != "POST") return error(405, "Method not allowed");
        return login(request, rest, tenant);
    }
    if (holds_login_secret(request)) {
        violation("a login's secret was sent with " + request.method + " " + printable(rest));
        if (options.strict) return error(400, "The API key belongs into the login only");
    }
    const std::string refusal = logins.refusal(tenant, bearer(request), now);
    if (!refusal.empty()) return error(401, refusal);

    if (rest == "/data/dataExports") {
        if (request.method != "POST") return error(405, "Method not allowed");
        if (!account(tenant)->may_export) return error(403, "Permission EXPORT_DATA is missing");
        return start(request, tenant);
    }
    if (request.method != "GET") return error(405, "Method not allowed");
    if (rest.starts_with(kFiles)) {
        ++counts.download;
        const auto found = path_index.find(rest);
        if (found == path_index.end() || jobs[found->second].tenant != tenant) return error(404, "No such file");
        return file(request, jobs[found->second]);
    }
    constexpr std::string_view exports = "/data/dataExports/";
    if (!rest.starts_with(exports)) return error(404, "No such resource");
    if (!account(tenant)->may_export) return error(403, "Permission EXPORT_DATA is missing");
    return poll(request, tenant, std::string_view(rest).substr(exports.size()));
}

ModelReply ServitlyModel::State::login(const ModelRequest& request, const std::string& rest,
                                       const std::string& tenant) {
    const ServitlyTenantAccount* const known = account(tenant);
    const ServitlyLogins::Asked asked{now, !request.header(kAnswerLostHeader).empty()};
    boost::system::error_code broken;
    const boost::json::value body = boost::json::parse(request.body, broken);
    if (broken || !body.is_object()) return error(400, "A JSON object is wanted");

    ServitlyLogins::Answer answer{404, "No such resource", {}};
    if (rest == "/identity/users/patLogin") {
        ++counts.login;
        const std::string key = text_of(body, "apiKey");
        const std::string pat = text_of(body, "pat");
        if (key.empty() || pat.empty()) return error(400, "apiKey and pat are required");
        if (!request.query().empty()) violation("patLogin with a query: its secrets belong into the body");
        const bool right = known != nullptr && key == known->api_key && pat == known->pat;
        answer = logins.log_in(known, right, tenant + "\n" + key + "\n" + pat, asked);
    } else if (rest == "/identity/users/login") {
        ++counts.login;
        const std::string key = query_value(request.query(), "apikey");
        const std::string email = text_of(body, "email");
        const std::string password = text_of(body, "password");
        if (key.empty() || email.empty() || password.empty())
            return error(400, "apiKey, email and password are required");
        const bool right =
            known != nullptr && key == known->api_key && email == known->email && password == known->password;
        answer = logins.log_in(known, right, tenant + "\n" + key + "\n" + email + "\n" + password, asked);
    } else if (rest == "/identity/users/me/renewToken" || rest == "/identity/users/me/logout") {
        if (holds_login_secret(request)) {
            violation("a login's secret was sent with " + request.method + " " + rest);
            if (options.strict) return error(400, "The API key belongs into the login only");
        }
        if (known == nullptr) return error(401, "Unauthorized");
        if (rest.ends_with("renewToken")) {
            ++counts.renew;
            answer = logins.renew(*known, bearer(request), body, asked);
        } else {
            answer = logins.log_out(*known, body);
        }
    }
    return answer.status == 200 ? json_reply(200, answer.body) : error(answer.status, answer.message);
}

ServitlyModel::Job* ServitlyModel::State::known_job(std::string_view id) {
    const auto found = job_index.find(id);
    return found == job_index.end() ? nullptr : &jobs[found->second];
}

ServitlyModel::Job* ServitlyModel::State::running_at(const std::string& tenant) {
    const auto found = running.find(tenant);
    if (found == running.end()) return nullptr;
    Job& job = jobs[found->second];
    const bool vanished = job.vanishes && job.polls > 1;
    if (!vanished && (!job.ends || now < *job.ends)) return &job;
    running.erase(found);
    return nullptr;
}

ServitlyModel::Job& ServitlyModel::State::new_job(const std::string& tenant, const std::string& mask, bool hash_names) {
    const ServitlyScenario& scenario = options.scenario;
    const std::uint64_t seed = chance(options.seed, tenant, jobs_of_tenant[tenant]++);
    Job job;
    job.id = to_lower_ascii(seeded_word(24, mix(seed)));
    job.tenant = tenant;
    job.started = now;
    const Duration takes(static_cast<std::int64_t>(
        between(static_cast<std::uint64_t>(scenario.job_duration_min.count()),
                static_cast<std::uint64_t>(scenario.job_duration_max.count()), chance(seed, "duration"))));
    if (!scenario.stuck_jobs) job.ends = now + takes;
    job.fails = scenario.fail_jobs;
    job.vanishes = scenario.vanish_jobs;
    job.without_url = scenario.polls_without_url;
    job.place = scenario.place;
    const std::uint64_t bytes = between(scenario.content_bytes_min, scenario.content_bytes_max, chance(seed, "bytes"));
    const std::uint64_t things = between(scenario.things_min, scenario.things_max, chance(seed, "things"));
    const ZipForm by_seed = bytes > kPackedMax                  ? ZipForm::stored
                            : chance(seed, "zip form") % 2 == 0 ? ZipForm::deflated
                                                                : ZipForm::streamed;
    const auto archive = [&](std::uint64_t files) {
        return seeded_archive(seed, files, bytes, scenario.zip.value_or(by_seed), mask, hash_names);
    };
    switch (scenario.file) {
        case ServitlyScenario::File::csvs:
            job.object.content = archive(things);
            break;
        case ServitlyScenario::File::empty_zip:
            job.object.content = archive(0);
            break;
        case ServitlyScenario::File::no_zip:
            job.object.content = std::make_shared<ActivityCsv>(seed, bytes);
            break;
        case ServitlyScenario::File::html:
            job.object.content = std::make_shared<TextContent>(html_reply(200, "Sign in").body);
            break;
        case ServitlyScenario::File::truncated: {
            const std::shared_ptr<const Content> whole = archive(things);
            std::string part(static_cast<std::size_t>(whole->size() * 2 / 3), '\0');
            whole->read(0, part);
            job.object.content = std::make_shared<TextContent>(std::move(part));
            break;
        }
    }
    job.object.media_type = "application/zip";
    job.object.etag = "\"" + to_lower_ascii(seeded_word(32, chance(seed, "etag"))) + "\"";
    job.object.modified = std::chrono::floor<std::chrono::seconds>(job.ends.value_or(now));
    const std::string file_name = job.id + "_" + seeded_word(9, chance(seed, "file")) + ".zip";
    job.path = job.place == ServitlyScenario::Place::api ? std::string(kFiles) + file_name
                                                         : "/" + tenant + "/exports/" + file_name;
    job_index[job.id] = jobs.size();
    path_index[job.path] = jobs.size();
    running[tenant] = jobs.size();
    jobs.push_back(std::move(job));
    return jobs.back();
}

std::string ServitlyModel::State::word_of(const Job& job) const {
    const ServitlyScenario& scenario = options.scenario;
    if (!job.ends || now < *job.ends)
        return scenario.running_words[(std::max<std::uint64_t>(job.polls, 1) - 1) % scenario.running_words.size()];
    return job.fails ? scenario.bad_end : "COMPLETED";
}

bool ServitlyModel::State::kept(const Job& job) const { return !job.ends || now < *job.ends + options.scenario.kept; }

ModelReply ServitlyModel::State::start(const ModelRequest& request, const std::string& tenant) {
    ++counts.start;
    ServitlyExportBody body;
    try {
        body = servitly_export_body(request.body);
    } catch (const std::invalid_argument& wrong) {
        return error(400, wrong.what());
    }
    if (const Job* const other = running_at(tenant)) {
        ++counts.busy;
        if (!other->foreign && !other->answer_lost)
            violation("a second export of tenant " + tenant + " was started while export " + other->id + " runs");
        return error(options.scenario.busy_status, options.scenario.busy_message);
    }
    if (!body.name.empty()) {
        const auto before = names.find({tenant, body.name});
        if (before != names.end() && !jobs[before->second].answer_lost)
            violation("names must be unique: tenant " + tenant + " has two exports named " + printable(body.name));
    }
    Job& job = new_job(tenant, body.thing_file_name, body.hash_thing_file_name);
    job.name = body.name;
    job.request = request.body;
    job.from = body.from;
    job.to = body.to;
    job.answer_lost = !request.header(kAnswerLostHeader).empty();
    if (!body.name.empty()) names[{tenant, body.name}] = jobs.size() - 1;
    const auto ours = static_cast<std::uint64_t>(std::count_if(jobs.begin(), jobs.end(), [&](const Job& one) {
        return one.tenant == tenant && !one.foreign && (!one.ends || now < *one.ends);
    }));
    concurrent_max[tenant] = std::max(concurrent_max[tenant], ours);
    boost::json::object answer = body.fields;
    answer["id"] = job.id;
    answer["state"] = options.scenario.running_words.front();
    return json_reply(201, answer);
}

ModelReply ServitlyModel::State::poll(const ModelRequest& request, const std::string& tenant, std::string_view id) {
    ++counts.poll;
    Job* const job = known_job(id);
    if (job == nullptr || job->tenant != tenant || !kept(*job)) return error(404, "No such data export");
    const bool answer_lost = !request.header(kAnswerLostHeader).empty();
    if (job->last_poll && now - *job->last_poll < options.poll_gap_min)
        violation("export " + job->id + " was polled again after " + std::to_string((now - *job->last_poll).count()) +
                  " ms; " + std::to_string(options.poll_gap_min.count()) + " are the least");
    if (job->foreign) violation("export " + job->id + " is somebody else's and was polled");
    job->answer_lost = false;  // whoever polls it knows it
    job->last_poll = answer_lost ? std::nullopt : std::optional(now);
    ++job->polls;
    if (job->vanishes && job->polls > 1) return error(404, "No such data export");

    boost::json::object body;
    if (!job->request.empty()) body = boost::json::parse(job->request).get_object();
    body["id"] = job->id;
    body["name"] = job->name;
    body["state"] = word_of(*job);
    if (job->ends && *job->ends <= now && !job->fails) {
        if (!answer_lost) ++job->polls_complete;
        if (!answer_lost) ++job->polls_since_download;
        if (job->polls_complete > job->without_url) {
            if (job->polls_since_download > options.polls_after_complete_max + job->without_url)
                violation("export " + job->id + " is complete and was polled " +
                          std::to_string(job->polls_since_download) + " times without a download");
            body["url"] = job->place == ServitlyScenario::Place::api
                              ? options.api_url + job->path
                              : presigner.sign(options.download_url, job->path, now, options.scenario.url_lifetime);
        }
    }
    return json_reply(200, body);
}

ModelReply ServitlyModel::State::file(const ModelRequest& request, Job& job) {
    job.polls_since_download = 0;
    if (!kept(job) || !job.ends || now < *job.ends)
        return store_error(404, "NoSuchKey", "The specified key does not exist.");
    ModelReply reply = serve_object(job.object, request);
    if (reply.status == 200 || reply.status == 206) ++job.downloads;
    return reply;
}

ModelReply ServitlyModel::State::download(const ModelRequest& request) {
    ++counts.download;
    const std::string path(request.path());
    if (!request.header("authorization").empty() || !request.header("x-servitly-tenant").empty() ||
        !request.header("x-semioty-tenant").empty() || holds_login_secret(request)) {
        violation("a credential or the tenant header was sent to the download host: " + printable(path));
        return store_error(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    switch (presigner.check(request, now)) {
        case Presigner::Verdict::missing:
            return store_error(403, "AccessDenied", "Access Denied");
        case Presigner::Verdict::altered:
            violation("a presigned URL was altered: " + printable(path));
            return store_error(403, "SignatureDoesNotMatch",
                               "The request signature we calculated does not match the signature you provided.");
        case Presigner::Verdict::expired:
            if (const auto stale = path_index.find(path); stale != path_index.end())
                jobs[stale->second].polls_since_download = 0;
            return store_error(403, "AccessDenied", "Request has expired");
        case Presigner::Verdict::good:
            break;
    }
    if (request.method != "GET")
        return store_error(403, "SignatureDoesNotMatch", "The URL is signed for GET, not for " + request.method);
    const auto found = path_index.find(path);
    if (found == path_index.end()) return store_error(404, "NoSuchKey", "The specified key does not exist.");
    return file(request, jobs[found->second]);
}

}  // namespace garner::sandbox
