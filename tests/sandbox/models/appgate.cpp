#include "sandbox/models/appgate.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "core/text.hpp"
#include "sandbox/models/appgate_state.hpp"
#include "sandbox/models/faults.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

constexpr std::string_view kRoot = "/admin/";
constexpr std::string_view kAcceptPrefix = "application/vnd.appgate.peer-v";
constexpr int kVersionCallSince = 20;

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t slash = path.find('/');
        parts.push_back(percent_decoded(path.substr(0, slash)));
        if (slash == std::string_view::npos) return parts;
        path.remove_prefix(slash + 1);
    }
}

struct PeerAccept {
    int version = 0;
    bool gpg = false;
};

// "application/vnd.appgate.peer-v20+json" and nothing else.
std::optional<PeerAccept> peer_accept(std::string_view accept) {
    if (!accept.starts_with(kAcceptPrefix)) return std::nullopt;
    accept.remove_prefix(kAcceptPrefix.size());
    PeerAccept asked;
    const auto [end, failed] = std::from_chars(accept.data(), accept.data() + accept.size(), asked.version);
    if (failed != std::errc()) return std::nullopt;
    const std::string_view kind(end, static_cast<std::size_t>(accept.data() + accept.size() - end));
    if (kind != "+json" && kind != "+gpg") return std::nullopt;
    asked.gpg = kind == "+gpg";
    return asked;
}

std::string_view error_id(int status) {
    switch (status) {
        case 400:
            return "bad request";
        case 401:
            return "unauthorized";
        case 403:
            return "forbidden";
        case 404:
            return "not found";
        case 405:
            return "method not allowed";
        case 406:
            return "not acceptable";
        case 410:
            return "gone";
        case 412:
            return "precondition failed";
        case 416:
            return "range not satisfiable";
        case 422:
            return "unprocessable entity";
        case 429:
            return "too many requests";
        case 503:
            return "service unavailable";
        default:
            return "internal server error";
    }
}

std::string state_of(const AppgateModel::Job& job, WallTime now) {
    if (job.gone()) return "vanished";
    if (!job.ended(now)) return job.ends ? "processing" : "stuck";
    return job.fails ? "failure" : "success";
}

boost::json::object job_record(const AppgateModel::Job& job, WallTime now) {
    constexpr std::uint64_t kHashBytesMax = 1ULL << 30;
    boost::json::object entry;
    entry["id"] = job.id;
    entry["appliance"] = job.appliance_id;
    entry["name"] = job.appliance_name;
    entry["started"] = format_rfc3339(job.started);
    if (job.ends) entry["ends"] = format_rfc3339(*job.ends);
    entry["state"] = state_of(job, now);
    entry["logs"] = job.logs;
    entry["audit"] = job.audit;
    entry["notified"] = !job.notify_url.empty();
    entry["polls"] = job.polls;
    entry["downloads"] = job.downloads;
    if (job.object.content) {
        entry["size"] = job.object.content->size();
        if (job.object.content->size() <= kHashBytesMax) entry["sha256"] = job.object.content->sha256();
    }
    entry["deleted"] = job.deleted;
    entry["told"] = job.told();
    if (job.answer_lost) entry["answer_lost"] = true;
    return entry;
}

}  // namespace

boost::json::object appgate_error_body(int status, std::string_view message) {
    boost::json::object body;
    body["id"] = error_id(status);
    body["message"] = message.empty() ? error_id(status) : message;
    return body;
}

ModelReply appgate_error(int status, std::string_view message) {
    return json_reply(status, appgate_error_body(status, message));
}

std::string seeded_uuid(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
    for (char& c : text) {
        if (c != 'x') continue;
        number = mix(number);
        c = digits[(number >> 20) % digits.size()];
    }
    return text;
}

std::vector<AppgateAppliance> seeded_appliances(std::uint64_t seed, std::size_t count) {
    std::vector<AppgateAppliance> appliances;
    for (std::size_t i = 0; i < count; ++i) {
        AppgateAppliance made;
        made.id = seeded_uuid(chance(seed, "appliance", i));
        if (i < 2) {
            made.name = i == 0 ? "controller" : "controller-2";
            made.functions = {"controller"};
        } else if (i == 2) {
            made.name = "logserver";
            made.functions = {"logServer"};
        } else {
            const std::string kind = i % 2 == 1 ? "gateway" : "connector";
            made.name = kind + "-" + std::to_string((i - 1) / 2);
            made.functions = {kind};
        }
        if (i % 2 == 0) made.tags = {"backup"};
        appliances.push_back(std::move(made));
    }
    return appliances;
}

AppgateModel::AppgateModel(AppgateOptions options) : state_(std::make_unique<State>(std::move(options))) {}
AppgateModel::~AppgateModel() = default;

const std::vector<Violation>& AppgateModel::violations() const { return state_->violations; }
const std::vector<AppgateModel::Job>& AppgateModel::jobs() const { return state_->jobs; }
AppgateModel::Logins AppgateModel::logins() const { return state_->logins; }
AppgateScenario& AppgateModel::scenario() { return state_->options.scenario; }
std::vector<AppgateAppliance>& AppgateModel::appliances() { return state_->options.appliances; }
const AppgateOptions& AppgateModel::options() const { return state_->options; }

const AppgateModel::Job* AppgateModel::job(std::string_view id) const {
    const auto found = state_->job_index.find(id);
    return found == state_->job_index.end() ? nullptr : &state_->jobs[found->second];
}

std::string AppgateModel::error_body(int status, std::string_view details) {
    return boost::json::serialize(appgate_error_body(status, details));
}

ModelReply AppgateModel::handle(Door door, const ModelRequest& request, WallTime now) {
    State& state = *state_;
    state.last_seen = std::max(state.last_seen, now);
    if (state.options.user_agent_needed && request.header("user-agent").empty())
        state.violation(now, request.method + " " + std::string(request.path()) + " without a User-Agent");
    if (door != Door::api) return appgate_error(404, "There is nothing to download here");
    ModelReply reply = state.answer(request, now);
    reply.headers.emplace_back("date", format_http_date(now));  // what a client measures a token's life with
    return reply;
}

ModelReply AppgateModel::State::answer(const ModelRequest& request, WallTime now) {
    if (!request.path().starts_with(kRoot)) return appgate_error(404, "No such resource");
    const std::vector<std::string> path = parts_of(request.path().substr(kRoot.size()));
    const std::string_view accept = request.header("accept");
    if (path == std::vector<std::string>{"version"}) {
        if (options.scenario.version_max < kVersionCallSince) return appgate_error(404, "No such resource");
        if (accept != "application/json") return not_acceptable(request, false);
        if (request.method != "GET") return appgate_error(405, "Method not allowed");
        ++counts.version;
        return version_reply();
    }

    const bool login = path.front() == "login" || path.front() == "authentication";
    const std::optional<PeerAccept> asked = peer_accept(accept);
    if (!asked || asked->version < options.scenario.version_min || asked->version > options.scenario.version_max)
        return not_acceptable(request, login);
    return route({request, now, asked->version, asked->gpg, !request.header(kAnswerLostHeader).empty()}, path);
}

ModelReply AppgateModel::State::route(const AppgateCall& call, const std::vector<std::string>& path) {
    constexpr int kStatusListSince = 20;
    const auto is = [&](std::initializer_list<std::string_view> parts) {
        return std::equal(path.begin(), path.end(), parts.begin(), parts.end());
    };
    const auto needs = [&](std::string_view method, auto&& answer) {
        if (call.request.method != method) return appgate_error(405, "Method not allowed");
        return answer();
    };
    const bool of_backup = path.size() >= 4 && path[0] == "appliances" && path[2] == "backup";
    const bool file_wanted = of_backup && path.size() == 4;
    if (call.gpg && !file_wanted) return not_acceptable(call.request, path.front() == "login");

    if (is({"login"})) return needs("POST", [&] { return log_in(call); });
    if (is({"identity-providers", "names"})) return needs("GET", [&] { return identity_providers(); });
    if (!authorized(call)) {
        ++counts.unauthorized;
        return appgate_error(401, "Token error. Login again.");
    }
    if (is({"authentication", "logout"})) return needs("POST", [&] { return log_out(call); });
    if (is({"global-settings"})) return global_settings(call);
    if (is({"appliances"})) {
        return needs("GET", [&] {
            ++counts.list;
            return list(call, ListKind::plain);
        });
    }
    const bool status_list = is({"appliances", "status"}) && call.version >= kStatusListSince;
    if (status_list || is({"stats", "appliances"})) {
        return needs("GET", [&] {
            ++counts.status_list;
            return list(call, status_list ? ListKind::status : ListKind::stats);
        });
    }
    if (path.size() == 3 && path[0] == "appliances" && path[2] == "backup")
        return needs("POST", [&] { return start(call, path[1]); });
    if (file_wanted) return backup(call, path[1], path[3], false);
    if (of_backup && path.size() == 5 && path[4] == "status")
        return needs("GET", [&] { return backup(call, path[1], path[3], true); });
    return appgate_error(404, "No such resource");
}

std::vector<std::string> AppgateModel::left_behind() const {
    std::vector<std::string> left;
    for (const Job& job : state_->jobs) {
        if (!job.deleted && !job.gone()) left.push_back(job.id);
    }
    return left;
}

std::vector<std::string> AppgateModel::due_notifications(WallTime now) {
    std::vector<std::string> due;
    std::erase_if(state_->unnotified, [&](std::size_t index) {
        const Job& job = state_->jobs[index];
        if (!job.ended(now)) return false;
        due.push_back(job.notify_url);
        return true;
    });
    return due;
}

void AppgateModel::client_lost_memory() {
    for (Job& job : state_->jobs) {
        if (job.polls == 0) job.answer_lost = true;
        job.last_poll.reset();
        job.polls_since_download = 0;
    }
    state_->known_token.clear();
    state_->rejected_answers.clear();
}

void AppgateModel::client_restarted() { state_->known_token.clear(); }

void AppgateModel::answered_instead(const ModelRequest& request, int status) {
    if (status == 401) state_->refuse_token_of(request);
}

void AppgateModel::reset() { state_ = std::make_unique<State>(std::move(state_->options)); }

std::string AppgateModel::record_json() const {
    const State& state = *state_;
    boost::json::array jobs;
    for (const Job& job : state.jobs) jobs.push_back(job_record(job, state.last_seen));
    boost::json::array left;
    for (const std::string& id : left_behind()) left.emplace_back(id);
    boost::json::array devices;
    for (const std::string& id : state.logins.device_ids) devices.emplace_back(id);
    boost::json::array violations;
    for (const Violation& one : state.violations) {
        boost::json::object entry;
        entry["at"] = format_rfc3339(one.at);
        entry["what"] = printable(one.what);
        violations.push_back(std::move(entry));
    }
    const State::Counts& counts = state.counts;
    boost::json::object requests;
    requests["version"] = counts.version;
    requests["login"] = counts.login;
    requests["list"] = counts.list;
    requests["status_list"] = counts.status_list;
    requests["settings"] = counts.settings;
    requests["start"] = counts.start;
    requests["poll"] = counts.poll;
    requests["download"] = counts.download;
    requests["delete"] = counts.deletion;
    requests["not_acceptable"] = counts.not_acceptable;
    requests["unauthorized"] = counts.unauthorized;
    boost::json::object record;
    record["vendor"] = "appgate";
    record["requests"] = std::move(requests);
    record["logins"] = state.logins.logins;
    record["rejected"] = state.logins.rejected;
    record["device_ids"] = std::move(devices);
    record["jobs"] = std::move(jobs);
    record["left"] = std::move(left);
    record["violations"] = std::move(violations);
    return boost::json::serialize(record);
}

}  // namespace garner::sandbox
