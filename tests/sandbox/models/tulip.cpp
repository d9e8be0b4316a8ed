#include "sandbox/models/tulip.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "core/text.hpp"
#include "sandbox/models/faults.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

constexpr std::string_view kJobType = "ddm-machine-activity-export";
constexpr std::string_view kRoot = "/api/v3/";

// "/machines/..." of either URL form; the workspace when the form names one.
struct Route {
    std::optional<std::string> workspace;
    std::string rest;
};

std::optional<Route> route_of(std::string_view path) {
    if (path.substr(0, kRoot.size()) != kRoot) return std::nullopt;
    path.remove_prefix(kRoot.size());
    Route route;
    if (path.substr(0, 2) == "w/") {
        path.remove_prefix(2);
        const std::size_t slash = path.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        route.workspace = percent_decoded(path.substr(0, slash));
        path.remove_prefix(slash + 1);
    }
    route.rest = std::string(path);
    return route;
}

// What follows `prefix`, when something does.
std::optional<std::string> after(std::string_view text, std::string_view prefix) {
    if (text.size() <= prefix.size() || text.substr(0, prefix.size()) != prefix) return std::nullopt;
    return percent_decoded(text.substr(prefix.size()));
}

std::string_view error_code(int status) {
    switch (status) {
        case 400:
            return "BadRequest";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "NotFound";
        case 405:
            return "MethodNotAllowed";
        case 409:
            return "Conflict";
        case 429:
            return "TooManyRequests";
        default:
            return "InternalServerError";
    }
}

}  // namespace

std::vector<TulipMachineType> seeded_machines(std::uint64_t seed, std::size_t count) {
    constexpr std::array<std::string_view, 8> kinds = {"Press", "Lathe", "Mill", "Welder",
                                                       "Oven",  "Robot", "Saw",  "Dryer"};
    std::vector<TulipMachineType> types;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t group = i / 4;
        const std::string kind(kinds[group % kinds.size()]);
        if (i % 4 == 0)
            types.push_back({seeded_word(17, chance(seed, "machine type", group)),
                             kind + " type " + std::to_string(group + 1),
                             {}});
        types.back().machines.push_back(
            {seeded_word(17, chance(seed, "machine", i)), kind + " " + std::to_string(i + 1)});
    }
    return types;
}

TulipModel::TulipModel(TulipOptions options) : options_(std::move(options)), presigner_(options_.seed) {}

void TulipModel::violation(WallTime now, std::string what) { violations_.push_back({now, std::move(what)}); }

std::string TulipModel::error_body(int status, std::string_view details) {
    boost::json::object body;
    body["errorCode"] = error_code(status);
    body["errorUniqueID"] = seeded_base64(43, chance(options_.seed, "error", errors_++));
    body["details"] = details.empty() ? error_code(status) : details;
    return boost::json::serialize(body);
}

ModelReply TulipModel::error(int status, std::string_view details) {
    if (status == 403) ++counts_.forbidden;
    if (status == 404) ++counts_.not_found;
    ModelReply reply;
    reply.status = status;
    reply.headers = {{"content-type", "application/json; charset=utf-8"}};
    reply.body = error_body(status, details);
    return reply;
}

ModelReply TulipModel::handle(Door door, const ModelRequest& request, WallTime now) {
    if (options_.user_agent_needed && request.header("user-agent").empty())
        violation(now, request.method + " " + std::string(request.path()) + " without a User-Agent");
    return door == Door::api ? api(request, now) : download(request, now);
}

ModelReply TulipModel::rejected_login(const std::string& authorization, WallTime now) {
    ++counts_.unauthorized;
    const std::size_t rejected = ++rejected_logins_[authorization];
    if (rejected > options_.rejected_logins_max)
        violation(now,
                  "login hammering: a credential was used again after 401 (" + std::to_string(rejected) + " times)");
    ModelReply reply = error(401, "Invalid or missing API token");
    reply.headers.emplace_back("www-authenticate", "Basic realm=\"tulip\"");
    return reply;
}

ModelReply TulipModel::api(const ModelRequest& request, WallTime now) {
    const std::optional<Route> route = route_of(request.path());
    if (!route) return error(404, "No such resource");

    const std::string authorization(request.header("authorization"));
    const std::optional<std::string> credential = basic_credential(authorization);
    if (!credential || credential->rfind("apikey.2_", 0) != 0) return rejected_login(authorization, now);
    const auto token = options_.tokens.find(*credential);
    if (token == options_.tokens.end()) return rejected_login(authorization, now);

    const bool account = token->second.level == TulipToken::Level::account;
    if (account && !route->workspace) return error(403, "An account-level token needs /w/{workspaceId} in the path");
    if (!account && route->workspace) return error(403, "A workspace-level token is used without /w/{workspaceId}");
    if (route->workspace && *route->workspace != options_.workspace) return error(404, "No such workspace");

    const auto may = [&](TulipScope scope) { return token->second.scopes.contains(scope); };
    if (route->rest == "machines") {
        if (request.method != "GET") return error(405, "Method not allowed");
        if (!may(TulipScope::machines_read)) return error(403, "Missing scope machines:read");
        ++counts_.list;
        return list_machines();
    }
    if (const auto job_id = after(route->rest, "machines/archive/csv/")) {
        if (request.method != "GET") return error(405, "Method not allowed");
        if (!may(TulipScope::machines_read)) return error(403, "Missing scope machines:read");
        ++counts_.poll;
        return poll(request, *job_id, now);
    }
    if (const auto machine_id = after(route->rest, "machines/archive/")) {
        if (request.method != "POST") return error(405, "Method not allowed");
        if (!may(TulipScope::machines_write)) return error(403, "Missing scope machines:write");
        ++counts_.start;
        return start(request, *machine_id, now);
    }
    return error(404, "No such resource");
}

ModelReply TulipModel::list_machines() const {
    boost::json::array types;
    for (const TulipMachineType& type : options_.machine_types) {
        boost::json::array machines;
        for (const TulipMachine& one : type.machines) {
            boost::json::object machine;
            machine["id"] = one.id;
            machine["name"] = one.name;
            machines.push_back(std::move(machine));
        }
        boost::json::object entry;
        entry["id"] = type.id;
        entry["name"] = type.name;
        entry["machines"] = std::move(machines);
        types.push_back(std::move(entry));
    }
    return json_reply(200, types);
}

const TulipMachine* TulipModel::machine(std::string_view id) const {
    for (const TulipMachineType& type : options_.machine_types) {
        for (const TulipMachine& one : type.machines) {
            if (one.id == id) return &one;
        }
    }
    return nullptr;
}

TulipModel::Job* TulipModel::known_job(std::string_view id) {
    const auto found = job_index_.find(id);
    return found == job_index_.end() ? nullptr : &jobs_[found->second];
}

const TulipModel::Job* TulipModel::job(std::string_view id) const {
    const auto found = job_index_.find(id);
    return found == job_index_.end() ? nullptr : &jobs_[found->second];
}

void TulipModel::forget_ended(WallTime now) {
    std::erase_if(running_, [&](std::size_t index) {
        const Job& job = jobs_[index];
        return (job.ends && *job.ends <= now) || (job.vanishes && job.polls > 1);
    });
}

TulipModel::Job& TulipModel::new_job(const TulipMachine& machine, WallTime now) {
    const TulipScenario& scenario = options_.scenario;
    const std::uint64_t ordinal = jobs_of_machine_[machine.id]++;
    const std::uint64_t seed = chance(options_.seed, machine.id, ordinal);
    Job job;
    job.id = seeded_word(17, mix(seed));
    job.machine_id = machine.id;
    job.machine_name = machine.name;
    job.started = now;
    const Duration drawn(static_cast<std::int64_t>(
        between(static_cast<std::uint64_t>(scenario.job_duration_min.count()),
                static_cast<std::uint64_t>(scenario.job_duration_max.count()), chance(seed, "duration"))));
    const Duration takes = takes_ ? takes_(machine.id, ordinal) : drawn;
    if (scenario.complete_at_once)
        job.ends = now;
    else if (!scenario.stuck_jobs)
        job.ends = now + takes;
    job.fails = scenario.fail_jobs;
    job.vanishes = scenario.vanish_jobs;
    job.without_resource = scenario.polls_without_resource;
    const std::uint64_t bytes = between(scenario.content_bytes_min, scenario.content_bytes_max, chance(seed, "bytes"));
    switch (scenario.file) {
        case TulipScenario::File::rows:
            job.object.content = std::make_shared<ActivityCsv>(seed, bytes, scenario.line_end);
            break;
        case TulipScenario::File::header_only:
            job.object.content = std::make_shared<ActivityCsv>(seed, 0, scenario.line_end);
            break;
        case TulipScenario::File::empty:
            job.object.content = std::make_shared<TextContent>("");
            break;
        case TulipScenario::File::html:
            job.object.content = std::make_shared<TextContent>(html_reply(200, "Sign in").body);
            break;
    }
    job.object.etag = "\"" + to_lower_ascii(seeded_word(32, chance(seed, "etag"))) + "\"";
    job.object.modified = std::chrono::floor<std::chrono::seconds>(job.ends.value_or(now));
    job.path = "/" + options_.instance + "/factory/tableExports/" + job.id + "_" +
               seeded_word(9, chance(seed, "file")) + ".csv";
    job_index_[job.id] = jobs_.size();
    path_index_[job.path] = jobs_.size();
    running_.push_back(jobs_.size());
    jobs_.push_back(std::move(job));
    return jobs_.back();
}

ModelReply TulipModel::start(const ModelRequest& request, const std::string& machine_id, WallTime now) {
    const TulipMachine* const target = machine(machine_id);
    if (target == nullptr) return error(404, "No such machine");

    forget_ended(now);
    std::size_t running = 0;
    for (std::size_t index : running_) {
        if (jobs_[index].answer_lost) continue;
        ++running;
        if (jobs_[index].machine_id == machine_id) {
            violation(now, "a second export of machine " + machine_id + " was started while job " + jobs_[index].id +
                               " runs");
            if (options_.strict) return error(400, "An export of this machine is already running");
            break;
        }
    }
    if (running >= options_.concurrent_jobs_max) {
        violation(now, "an export was started while " + std::to_string(running) + " run; " +
                           std::to_string(options_.concurrent_jobs_max) + " are allowed");
        if (options_.strict) return error(400, "Too many exports are running");
    }

    Job& job = new_job(*target, now);
    job.answer_lost = !request.header(kAnswerLostHeader).empty();
    boost::json::object body;
    body["id"] = job.id;
    body["type"] = kJobType;
    body["customerId"] = seeded_word(17, chance(options_.seed, "customer"));
    body["userId"] = seeded_word(17, chance(options_.seed, "user"));
    body["status"] =
        options_.scenario.complete_at_once ? options_.scenario.complete_word : options_.scenario.running_words.front();
    body["workspaceId"] = options_.workspace;
    return json_reply(200, body);
}

ModelReply TulipModel::poll(const ModelRequest& request, const std::string& job_id, WallTime now) {
    Job* const job = known_job(job_id);
    if (job == nullptr) return error(404, "No such job");
    const bool answer_lost = !request.header(kAnswerLostHeader).empty();
    if (job->last_poll && now - *job->last_poll < options_.poll_gap_min)
        violation(now, "job " + job_id + " was polled again after " + std::to_string((now - *job->last_poll).count()) +
                           " ms; " + std::to_string(options_.poll_gap_min.count()) + " are the least");
    job->answer_lost = false;  // whoever polls it knows it
    job->last_poll = answer_lost ? std::nullopt : std::optional(now);
    ++job->polls;
    if (job->vanishes && job->polls > 1) return error(404, "No such job");

    boost::json::object body;
    body["id"] = job->id;
    body["type"] = kJobType;
    const TulipScenario& scenario = options_.scenario;
    if (!job->ends || now < *job->ends) {
        body["status"] = scenario.running_words[(job->polls - 1) % scenario.running_words.size()];
    } else if (job->fails) {
        body["status"] = scenario.failed_word;
    } else {
        body["status"] = scenario.complete_word;
        if (!answer_lost) ++job->polls_complete;
        if (!answer_lost) ++job->polls_since_download;
        if (job->polls_complete > job->without_resource) {
            if (job->polls_since_download > options_.polls_after_complete_max + job->without_resource)
                violation(now, "job " + job_id + " is complete and was polled " +
                                   std::to_string(job->polls_since_download) + " times without a download");
            std::string url = presigner_.sign(options_.download_url, job->path, now, scenario.url_lifetime);
            if (scenario.plain_http_resource && url.rfind("https://", 0) == 0) url.replace(0, 5, "http");
            body["resource"] = std::move(url);
        }
    }
    return json_reply(200, body);
}

ModelReply TulipModel::download(const ModelRequest& request, WallTime now) {
    ++counts_.download;
    const std::string path(request.path());
    if (!request.header("authorization").empty()) {
        violation(now, "a credential was sent to the download host: " + path);
        return store_error(
            400, "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified");
    }
    switch (presigner_.check(request, now)) {
        case Presigner::Verdict::missing:
            return store_error(403, "AccessDenied", "Access Denied");
        case Presigner::Verdict::altered:
            violation(now, "a presigned URL was altered: " + path);
            return store_error(
                403, "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key "
                "and signing method.");
        case Presigner::Verdict::expired: {
            if (const auto stale = path_index_.find(path); stale != path_index_.end())
                jobs_[stale->second].polls_since_download = 0;
            return store_error(403, "AccessDenied", "Request has expired");
        }
        case Presigner::Verdict::good:
            break;
    }
    if (request.method != "GET")
        return store_error(403, "SignatureDoesNotMatch", "The URL is signed for GET, not for " + request.method);
    const auto found = path_index_.find(path);
    if (found == path_index_.end()) return store_error(404, "NoSuchKey", "The specified key does not exist.");
    Job& job = jobs_[found->second];
    job.polls_since_download = 0;
    ModelReply reply = serve_object(job.object, request);
    if (reply.status == 200 || reply.status == 206) ++job.downloads;
    return reply;
}

void TulipModel::client_lost_memory() {
    for (Job& job : jobs_) {
        if (job.polls == 0) job.answer_lost = true;
        job.last_poll.reset();
        job.polls_since_download = 0;
    }
    rejected_logins_.clear();
}

void TulipModel::reset() {
    jobs_.clear();
    job_index_.clear();
    path_index_.clear();
    jobs_of_machine_.clear();
    running_.clear();
    rejected_logins_.clear();
    violations_.clear();
    counts_ = {};
}

std::string TulipModel::record_json() const {
    constexpr std::uint64_t kHashBytesMax = 1ULL << 30;
    boost::json::array jobs;
    for (const Job& job : jobs_) {
        boost::json::object entry;
        entry["id"] = job.id;
        entry["machine_id"] = job.machine_id;
        entry["machine_name"] = job.machine_name;
        entry["started"] = format_rfc3339(job.started);
        if (job.ends) entry["ends"] = format_rfc3339(*job.ends);
        entry["end"] = !job.ends   ? "never"
                       : job.fails ? options_.scenario.failed_word
                                   : options_.scenario.complete_word;
        entry["polls"] = job.polls;
        entry["downloads"] = job.downloads;
        entry["size"] = job.object.content->size();
        if (job.object.content->size() <= kHashBytesMax) entry["sha256"] = job.object.content->sha256();
        entry["told"] = job.told();
        if (job.answer_lost) entry["answer_lost"] = true;
        jobs.push_back(std::move(entry));
    }
    boost::json::array violations;
    for (const Violation& one : violations_) {
        boost::json::object entry;
        entry["at"] = format_rfc3339(one.at);
        entry["what"] = printable(one.what);
        violations.push_back(std::move(entry));
    }
    boost::json::object requests;
    requests["list"] = counts_.list;
    requests["start"] = counts_.start;
    requests["poll"] = counts_.poll;
    requests["download"] = counts_.download;
    requests["unauthorized"] = counts_.unauthorized;
    requests["forbidden"] = counts_.forbidden;
    requests["not_found"] = counts_.not_found;
    boost::json::object record;
    record["vendor"] = "tulip";
    record["requests"] = std::move(requests);
    record["jobs"] = std::move(jobs);
    record["violations"] = std::move(violations);
    return boost::json::serialize(record);
}

}  // namespace garner::sandbox
