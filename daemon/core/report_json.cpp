#include "core/report_json.hpp"

#include <boost/json/array.hpp>

#include "core/text.hpp"

namespace garner {
namespace {

namespace json = boost::json;

constexpr std::size_t text_bytes_max = 4096;

json::value window_json(const std::optional<Window>& window) {
    if (!window) return nullptr;
    return json::object{{"start", format_rfc3339(window->start)}, {"end", format_rfc3339(window->end)}};
}

void put_target(json::object& object, const Target& target) {
    object["target"] = json_text(target.id);
    object["target_name"] = json_text(target.name);
}

}  // namespace

json::value json_time(std::optional<WallTime> t) {
    if (!t) return nullptr;
    return json::value(format_rfc3339(*t));
}

json::string json_text(const std::string& text) { return json::string(printable(text, text_bytes_max)); }

json::value json_text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return json_text(text);
}

json::object run_json(const RunRecord& run) {
    json::object object;
    object["id"] = run.id;
    object["job"] = run.job;
    object["source"] = run.source;
    put_target(object, run.target);
    object["scheduled_at"] = format_rfc3339(run.scheduled_at);
    object["window"] = window_json(run.window);
    object["trigger"] = std::string(to_string(run.trigger));
    object["state"] = std::string(to_string(run.state));
    object["reason"] = json_text(run.reason);
    object["attempts"] = run.attempts;
    object["remote_job"] = json_text_or_null(run.remote_job);
    object["queued_at"] = json_time(run.queued_at);
    object["started_at"] = json_time(run.started_at);
    object["ended_at"] = json_time(run.ended_at);
    object["artifact"] = json_text_or_null(run.artifact);
    return object;
}

json::object artifact_json(const ArtifactRecord& artifact) {
    json::object object;
    object["id"] = artifact.id;
    object["run"] = artifact.run;
    object["job"] = artifact.job;
    object["source"] = artifact.source;
    put_target(object, artifact.target);
    object["scheduled_at"] = format_rfc3339(artifact.scheduled_at);
    object["window"] = window_json(artifact.window);
    object["store"] = artifact.store;
    object["path"] = json_text(artifact.path);
    object["size"] = artifact.size;
    object["sha256"] = artifact.sha256;
    object["media_type"] = json_text(artifact.media_type);
    object["probe"] = json_text(artifact.probe);
    object["verdict"] = std::string(to_string(artifact.verdict));
    object["reasons"] = json_list(artifact.reasons, [](const std::string& r) { return json::value(json_text(r)); });
    object["rows"] = artifact.rows ? json::value(*artifact.rows) : json::value(nullptr);
    object["accepted"] = nullptr;
    if (const auto& accepted = artifact.acceptance)
        object["accepted"] = json::object{{"at", format_rfc3339(accepted->at)},
                                          {"by", json_text(accepted->who)},
                                          {"reason", json_text(accepted->reason)}};
    object["damage"] = json_text_or_null(artifact.damage);
    object["held"] = artifact.held;
    object["held_until"] = json_time(artifact.held_until);
    object["place"] = std::string(to_string(artifact.place));
    object["removed_at"] = json_time(artifact.removal ? std::optional(artifact.removal->since) : std::nullopt);
    object["removed_by"] = json_text_or_null(artifact.removal ? artifact.removal->rule : std::string());
    object["trash_until"] = json_time(artifact.removal ? artifact.removal->until : std::nullopt);
    object["stored_at"] = format_rfc3339(artifact.stored_at);
    object["remote_job"] = json_text_or_null(artifact.remote_job);
    object["manifest_sha256"] = json_text_or_null(artifact.manifest_sha256);
    return object;
}

json::object leftover_json(const LeftoverRecord& leftover, std::optional<WallTime> expires) {
    json::object object;
    object["id"] = leftover.id;
    object["run"] = leftover.run;
    object["job"] = leftover.job;
    object["source"] = leftover.source;
    put_target(object, leftover.target);
    object["remote_job"] = json_text_or_null(leftover.remote_job);
    object["since"] = format_rfc3339(leftover.since);
    object["why"] = json_text(leftover.why);
    object["next_try"] = json_time(leftover.next_try);
    object["window"] = window_json(leftover.window);
    object["fate"] = std::string(to_string(leftover.fate));
    object["tries"] = leftover.tries;
    object["expires"] = json_time(expires);
    return object;
}

json::object timeline_json(const TimelineEntry& entry) {
    json::object object;
    object["at"] = format_rfc3339(entry.at);
    object["event"] = json_text(entry.event);
    object["detail"] = json_text(entry.detail);
    return object;
}

boost::json::object pause_json(const Pause& pause) {
    boost::json::object object;
    object["since"] = pause.since > WallTime::min() ? json_time(pause.since) : boost::json::value();
    object["until"] = json_time(pause.until);
    object["who"] = json_text(pause.who);
    object["reason"] = json_text(pause.reason);
    return object;
}

}  // namespace garner
