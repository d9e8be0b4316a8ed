// Backups of the Appgate model: one at a time on an appliance, on its disk until they are deleted.
#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <utility>

#include "core/base64.hpp"
#include "core/text.hpp"
#include "sandbox/models/activity_csv.hpp"
#include "sandbox/models/appgate_state.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/openpgp_message.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

constexpr int kNotifySince = 16, kResultSince = 17, kFileAcceptOnDeleteSince = 17, kMessageSince = 18,
              kWrongStateSince = 19, kAcceptedSince = 20, kRangeSince = 20;
constexpr std::string_view kFailureOutput = "tar: /mnt/state: Cannot write: No space left on device\nbackup failed\n";

bool offline(const AppgateAppliance& appliance) {
    return !appliance.activated || appliance.status == "offline" || appliance.status == "n/a" ||
           appliance.status.empty();
}

void drop_range(ModelRequest& request) {
    std::erase_if(request.headers,
                  [](const auto& header) { return header.first == "range" || header.first == "if-range"; });
}

}  // namespace

const AppgateAppliance* AppgateModel::State::appliance(std::string_view id) const {
    for (const AppgateAppliance& one : options.appliances) {
        if (one.id == id) return &one;
    }
    return nullptr;
}

// Before v19 the vendor had no code for it.
std::optional<ModelReply> AppgateModel::State::not_now(const AppgateCall& call, const AppgateAppliance& target) {
    if (!offline(target)) return std::nullopt;
    return call.version >= kWrongStateSince || call.request.method == "POST"
               ? appgate_error(412, "Appliance is not in the right state for this operation: it is offline")
               : appgate_error(500, "Appliance cannot be reached");
}

void AppgateModel::State::forget_ended(WallTime now) {
    std::erase_if(running, [&](std::size_t index) { return jobs[index].ended(now) || jobs[index].gone(); });
}

void AppgateModel::State::give_content(Job& job, std::uint64_t seed) const {
    const AppgateScenario& scenario = options.scenario;
    const std::uint64_t bytes = between(scenario.content_bytes_min, scenario.content_bytes_max, chance(seed, "bytes"));
    const auto message = std::make_shared<OpenPgpMessage>(chance(seed, "message"), bytes);
    switch (scenario.file) {
        case AppgateScenario::File::message:
            job.object.content = message;
            break;
        case AppgateScenario::File::armored:
            job.object.content = std::make_shared<TextContent>(armored(*message));
            break;
        case AppgateScenario::File::html:
            job.object.content = std::make_shared<TextContent>(html_reply(200, "Sign in").body);
            break;
        case AppgateScenario::File::empty:
            job.object.content = std::make_shared<TextContent>("");
            break;
        case AppgateScenario::File::truncated:
            job.object.content = std::make_shared<TruncatedContent>(message, message->size() * 2 / 3);
            break;
    }
    job.object.etag = "\"" + to_lower_ascii(seeded_word(32, chance(seed, "etag"))) + "\"";
    job.object.modified = std::chrono::floor<std::chrono::seconds>(job.ends.value_or(job.started));
    job.object.media_type = "application/gpg";
}

AppgateModel::Job& AppgateModel::State::new_job(const AppgateAppliance& target, WallTime now) {
    const AppgateScenario& scenario = options.scenario;
    const std::uint64_t seed = chance(options.seed, target.id, jobs_of_appliance[target.id]++);
    Job job;
    job.id = seeded_uuid(mix(seed));
    job.appliance_id = target.id;
    job.appliance_name = target.name;
    job.started = now;
    const Duration takes(static_cast<std::int64_t>(
        between(static_cast<std::uint64_t>(scenario.job_duration_min.count()),
                static_cast<std::uint64_t>(scenario.job_duration_max.count()), chance(seed, "duration"))));
    if (!scenario.stuck_jobs) job.ends = now + takes;
    job.fails = scenario.fail_jobs;
    job.vanishes = scenario.vanish_jobs;
    if (!job.fails) give_content(job, seed);
    job_index[job.id] = jobs.size();
    running.push_back(jobs.size());
    jobs.push_back(std::move(job));
    return jobs.back();
}

ModelReply AppgateModel::State::start(const AppgateCall& call, const std::string& appliance_id) {
    ++counts.start;
    const AppgateAppliance* const target = appliance(appliance_id);
    if (target == nullptr) return appgate_error(404, "No such appliance");
    boost::system::error_code broken;
    const boost::json::value body = boost::json::parse(call.request.body, broken);
    if (broken || !body.is_object()) return appgate_error(400, "The body is not a JSON object");
    bool logs = false, audit = false;
    std::string notify_url;
    for (const auto& [key, value] : body.get_object()) {
        if (key == "logs" && value.is_bool())
            logs = value.get_bool();
        else if (key == "audit" && value.is_bool())
            audit = value.get_bool();
        else if (key == "notifyUrl" && value.is_string() && call.version >= kNotifySince)
            notify_url = std::string(value.get_string());
        else
            return appgate_error(400, "Not understood: " + std::string(key));
    }
    if (!options.scenario.backup_api_enabled) return appgate_error(503, "Backup API is disabled.");
    if (options.scenario.wrong_state)
        return appgate_error(412, "Appliance is not in the right state for this operation: it is upgrading");
    if (auto refused = not_now(call, *target)) return std::move(*refused);

    forget_ended(call.now);
    std::size_t ours = 0;
    for (std::size_t index : running) {
        if (jobs[index].answer_lost) continue;
        ++ours;
        if (jobs[index].appliance_id == appliance_id) {
            violation(call.now, "a second backup of appliance " + target->name + " was started while backup " +
                                    jobs[index].id + " runs");
            if (options.strict) return appgate_error(412, "A backup of this appliance is already running");
            break;
        }
    }
    if (ours >= options.concurrent_jobs_max) {
        violation(call.now, "a backup was started while " + std::to_string(ours) + " run; " +
                                std::to_string(options.concurrent_jobs_max) + " are allowed");
        if (options.strict) return appgate_error(412, "Too many backups are running");
    }

    Job& job = new_job(*target, call.now);
    job.logs = logs;
    job.audit = audit;
    job.answer_lost = call.answer_lost;
    if (options.scenario.notify && !notify_url.empty()) {
        job.notify_url = std::move(notify_url);
        unnotified.push_back(jobs.size() - 1);
    }
    boost::json::object answer;
    answer["id"] = job.id;
    return json_reply(call.version >= kAcceptedSince ? 202 : 200, answer);
}

ModelReply AppgateModel::State::backup(const AppgateCall& call, const std::string& appliance_id,
                                       const std::string& job_id, bool status_wanted) {
    const std::string& method = call.request.method;
    const bool deletion = method == "DELETE";
    if (!status_wanted && method != "GET" && method != "HEAD" && !deletion)
        return appgate_error(405, "Method not allowed");
    if (!status_wanted && !call.gpg && (!deletion || call.version >= kFileAcceptOnDeleteSince))
        return not_acceptable(call.request, false);
    ++(status_wanted ? counts.poll : deletion ? counts.deletion : counts.download);

    const AppgateAppliance* const target = appliance(appliance_id);
    if (target == nullptr) return appgate_error(404, "No such appliance");
    if (auto refused = not_now(call, *target)) return std::move(*refused);
    const auto found = job_index.find(job_id);
    if (found == job_index.end()) return appgate_error(404, "No such backup");
    Job& job = jobs[found->second];
    if (job.appliance_id != appliance_id || job.deleted) return appgate_error(404, "No such backup");
    job.answer_lost = false;  // whoever asks for it knows it
    if (status_wanted) return poll(call, job);
    if (job.gone()) return appgate_error(404, "No such backup");
    return deletion ? remove(call, job) : download(call, job);
}

ModelReply AppgateModel::State::poll(const AppgateCall& call, Job& job) {
    constexpr std::array<std::string_view, 4> steps = {"Stopping services", "Dumping the database",
                                                       "Collecting the configuration", "Encrypting"};
    if (job.last_poll && call.now - *job.last_poll < options.poll_gap_min)
        violation(call.now, "backup " + job.id + " was polled again after " +
                                std::to_string((call.now - *job.last_poll).count()) + " ms; " +
                                std::to_string(options.poll_gap_min.count()) + " are the least");
    job.last_poll = call.answer_lost ? std::nullopt : std::optional(call.now);
    ++job.polls;
    if (job.gone()) return appgate_error(404, "No such backup");

    boost::json::object body;
    if (!job.ended(call.now)) {
        body["status"] = "processing";
        if (call.version >= kMessageSince) body["message"] = steps[(job.polls - 1) % steps.size()];
        return json_reply(200, body);
    }
    if (!call.answer_lost) {
        ++job.polls_done;
        ++job.polls_since_download;
    }
    if (job.polls_since_download > options.polls_after_done_max)
        violation(call.now, "backup " + job.id + " is done and was polled " + std::to_string(job.polls_since_download) +
                                " times without a download");
    const bool base64 = job.fails && options.scenario.base64_output;
    body["status"] = "done";
    if (call.version >= kResultSince) body["result"] = job.fails ? "failure" : "success";
    body["encoding"] = base64 ? "base64" : "utf-8";
    body["output"] = !job.fails ? std::string() : base64 ? base64_encode(kFailureOutput) : std::string(kFailureOutput);
    return json_reply(200, body);
}

ModelReply AppgateModel::State::download(const AppgateCall& call, Job& job) {
    if (!job.ended(call.now)) {
        violation(call.now, "backup " + job.id + " was fetched while it runs");
        return appgate_error(412, "The backup is still running");
    }
    if (job.fails) return appgate_error(410, "Backup creation failed.");
    const bool head = call.request.method == "HEAD";
    ModelRequest asked = call.request;
    const std::string range(asked.header("range"));
    if (call.version >= kRangeSince && range.empty() && !head)
        return appgate_error(400, "The Range header is required");
    const bool everything = range == "bytes=0-";
    if (options.scenario.ignore_range || (everything && !options.scenario.serve_206) || job.object.content->size() == 0)
        drop_range(asked);

    ModelReply reply = serve_object(job.object, asked);
    if (reply.status == 416) {
        ModelReply refused = appgate_error(416, "The range cannot be satisfied");
        refused.headers.emplace_back("content-range", "bytes */" + std::to_string(job.object.content->size()));
        return refused;
    }
    if (head) return reply;
    job.polls_since_download = 0;
    ++job.downloads;
    if (!call.answer_lost && reply.content_offset + reply.content_length == job.object.content->size())
        job.downloaded_to_the_end = true;
    return reply;
}

ModelReply AppgateModel::State::remove(const AppgateCall& call, Job& job) {
    constexpr Duration kOld = std::chrono::hours(1);
    if (!job.ended(call.now)) {
        violation(call.now, "backup " + job.id + " was deleted while it runs");
        return appgate_error(412, "The backup is still running; it cannot be cancelled");
    }
    if (options.scenario.refuse_delete) return appgate_error(500, "The backup could not be deleted");
    if (!job.fails && !job.downloaded_to_the_end && call.now - job.started <= kOld)
        violation(call.now, "backup " + job.id + " was deleted before it was fetched");
    job.deleted = true;
    ModelReply reply;
    reply.status = call.version >= kAcceptedSince ? 202 : 204;
    return reply;
}

}  // namespace garner::sandbox
