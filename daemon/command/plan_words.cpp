#include "command/plan_words.hpp"

#include "core/local_time.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

std::string whole_seconds(Duration d) { return format_duration(std::chrono::round<std::chrono::seconds>(d)); }

std::string run_words(const Plan& plan, std::size_t number) {
    const PlannedRun& run = plan.runs[number];
    const PlanLane& lane = plan.lanes[run.lane];
    return (run.id.empty() ? "" : "run " + run.id + ", ") + lane.job->name + " of " + name_of(lane) + ", due " +
           format_rfc3339_in(run.start.instant, lane.job->zone);
}

std::string jitter_words(const PlanLane& lane, const PlannedRun& run) {
    if (run.start.jitter.count() > 0) return "jitter of " + whole_seconds(run.start.jitter);
    if (lane.target.id.empty() && lane.job->jitter.count() > 0)
        return "jitter of up to " + format_duration(lane.job->jitter) + ", known once the source was listed";
    return "";
}

}  // namespace

const std::string& name_of(const PlanLane& lane) {
    return lane.target.name.empty() ? lane.target.id : lane.target.name;
}

std::string clock_in(WallTime t, const Zone& zone) {
    return format_local(t, zone, t.time_since_epoch() % Duration(60'000) < Duration(1000) ? "%H:%M" : "%H:%M:%S");
}

void append(std::string& text, const std::string& more) {
    if (more.empty()) return;
    text += (text.empty() ? "" : "; ") + more;
}

bool misses_deadline(const PlannedRun& run) { return run.future && run.future->misses_deadline; }

std::string decision_words(const Plan& plan, const PlannedRun& run) {
    const PlanLane& lane = plan.lanes[run.lane];
    std::string text = lane.job->schedule.decision(run.start.instant, lane.job->zone);
    append(text, jitter_words(lane, run));
    if (!run.start.blackout.empty())
        append(text, "moved from " + clock_in(run.start.instant + run.start.jitter, lane.job->zone) +
                         " to the end of blackout '" + run.start.blackout + "'");
    if (!run.paused.empty()) append(text, "does not start: " + run.paused);
    if (!lane.missing.empty()) append(text, "fails at once: " + lane.missing);
    return text;
}

std::string waits_for_words(const Plan& plan, const PlannedRun& run) {
    if (!run.future) return "";
    const JobSettings& job = *plan.lanes[run.lane].job;
    switch (run.future->waits_for) {
        case WaitsFor::nothing:
            return "";
        case WaitsFor::target:
            return "its target: " + run_words(plan, *run.future->behind);
        case WaitsFor::slot:
            return "a slot of " + job.source + ": " + run_words(plan, *run.future->behind);
        case WaitsFor::blackout:
            return "the end of blackout '" + run.future->waits_out->name + "'";
    }
    return "";
}

std::string forecast_words(const Plan& plan, const PlannedRun& run) {
    if (!run.future) return "";
    const PlanLane& lane = plan.lanes[run.lane];
    const Forecast& future = *run.future;
    if (future.skipped) return "will be skipped: still going is " + run_words(plan, *future.behind);
    if (future.begin == WallTime::max()) return "never begins: blackout without an end";
    std::string text;
    const std::string waits_for = waits_for_words(plan, run);
    if (!waits_for.empty()) append(text, "waits until " + clock_in(future.begin, lane.job->zone) + " for " + waits_for);
    if (future.misses_deadline)
        append(text, "will not make its deadline of " + format_duration(lane.job->deadline) + ": takes " +
                         whole_seconds(lane.takes));
    if (future.runs_into != nullptr)
        append(text, "still going when blackout '" + future.runs_into->name + "' begins at " +
                         clock_in(*future.blackout_begins_at, lane.job->zone));
    return text;
}

boost::json::object planned_run_json(const Plan& plan, const PlannedRun& run) {
    const PlanLane& lane = plan.lanes[run.lane];
    const JobSettings& job = *lane.job;
    const bool begins = run.future && run.future->begin != WallTime::max();
    boost::json::object object;
    object["job"] = job.name;
    object["source"] = job.source;
    object["target"] = json_text(lane.target.id.empty() ? lane.target.name : lane.target.id);
    object["target_name"] = json_text(lane.target.name);
    object["scheduled_at"] = format_rfc3339(run.start.instant);
    object["at"] = format_rfc3339(run.start.at);
    object["local"] = format_rfc3339_in(run.start.at, job.zone);
    object["zone"] = job.zone.name();
    object["offset"] = format_local(run.start.at, job.zone, "%Ez");
    object["decision"] = json_text(decision_words(plan, run));
    object["jitter"] = std::chrono::round<std::chrono::seconds>(run.start.jitter).count();
    object["blackout"] = json_text_or_null(run.start.blackout);
    object["paused"] = !run.paused.empty();
    object["window"] = nullptr;
    if (run.window)
        object["window"] = {{"start", format_rfc3339(run.window->start)}, {"end", format_rfc3339(run.window->end)}};
    object["run"] = json_text_or_null(run.id);
    object["expected_begin"] = begins ? json_time(run.future->begin) : nullptr;
    object["expected_end"] = begins ? json_time(run.future->end) : nullptr;
    object["measured"] = lane.is_measured;
    object["waits_for"] = json_text_or_null(waits_for_words(plan, run));
    object["skipped"] = run.future && run.future->skipped;
    object["misses_deadline"] = misses_deadline(run);
    object["runs_into_blackout"] = nullptr;
    if (run.future && run.future->runs_into != nullptr)
        object["runs_into_blackout"] = json_text(run.future->runs_into->name);
    object["forecast"] = json_text(forecast_words(plan, run));
    return object;
}

}  // namespace garner
