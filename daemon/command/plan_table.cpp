#include "command/plan_table.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "command/plan_words.hpp"
#include "command/table.hpp"
#include "core/local_time.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

std::string day_in(WallTime t, const Zone& zone) { return format_local(t, zone, "%a %Y-%m-%d"); }

// The time alone on the day that the reader is at, else with its date.
std::string time_in(WallTime t, const Zone& zone, const std::string& day) {
    if (day_in(t, zone) == day) return clock_in(t, zone);
    return format_local(t, zone, "%m-%d ") + clock_in(t, zone);
}

std::string some_of(const std::set<std::string>& names) {
    constexpr std::size_t named_max = 5;
    std::string text;
    std::size_t named = 0;
    for (const std::string& name : names) {
        if (named++ == named_max) return text + ", and " + std::to_string(names.size() - named_max) + " more";
        text += (text.empty() ? "" : ", ") + printable(name, 80);
    }
    return text;
}

Cell time_cell(const PlannedRun& run, std::string text) {
    if (!run.paused.empty()) return Cell(std::move(text), Tint::dim);
    return Cell(std::move(text));
}

std::string zone_words(const JobSettings& job, const Zone& usual, WallTime t) {
    const std::string offset = format_local(t, job.zone, "%Ez");
    return job.zone.name() == usual.name() ? offset : job.zone.name() + " " + offset;
}

std::string end_words(const PlanLane& lane, const PlannedRun& run, const std::string& day) {
    if (!run.future || run.future->end == WallTime::max()) return "-";
    return (lane.is_measured ? "" : "~") + time_in(run.future->end, lane.job->zone, day);
}

// The runs of one job that are due at one instant.
struct Group {
    std::vector<std::size_t> runs;
};

std::vector<Group> groups_of(const Plan& plan, bool each) {
    std::vector<Group> groups;
    std::map<std::pair<const JobSettings*, WallTime>, std::size_t> places;
    for (const std::size_t number : plan.shown) {
        const PlannedRun& run = plan.runs[number];
        const std::pair key(plan.lanes[run.lane].job, run.start.instant);
        const auto place = places.emplace(key, groups.size());
        if (place.second || each) {
            place.first->second = groups.size();
            groups.emplace_back();
        }
        groups[place.first->second].runs.push_back(number);
    }
    return groups;
}

std::string target_words(const Plan& plan, const Group& group, const std::string& day) {
    std::set<std::size_t> lanes;
    for (const std::size_t number : group.runs) lanes.insert(plan.runs[number].lane);
    const PlannedRun& first = plan.runs[group.runs.front()];
    const PlannedRun& last = plan.runs[group.runs.back()];
    std::string text = lanes.size() == 1 ? name_of(plan.lanes[first.lane]) : std::to_string(lanes.size()) + " targets";
    if (group.runs.size() > lanes.size()) text += ", " + std::to_string(group.runs.size()) + " windows";
    const Zone& zone = plan.lanes[first.lane].job->zone;
    if (first.start.at != last.start.at)
        text += ", " + time_in(first.start.at, zone, day) + " to " + time_in(last.start.at, zone, day);
    return text;
}

// What there is to say of many: what holds for all of them, and how many of them something holds for.
std::string notes_of_many(const Plan& plan, const Group& group) {
    std::string text;
    const PlannedRun& first = plan.runs[group.runs.front()];
    const JobSettings& job = *plan.lanes[first.lane].job;
    append(text, job.schedule.decision(first.start.instant, job.zone));
    if (job.jitter.count() > 0) append(text, "jitter of up to " + format_duration(job.jitter));
    std::vector<std::pair<std::string, std::size_t>> counts;
    const auto count = [&](const std::string& what) {
        const auto found =
            std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == what; });
        if (found == counts.end())
            counts.emplace_back(what, 1);
        else
            ++found->second;
    };
    for (const std::size_t number : group.runs) {
        const PlannedRun& run = plan.runs[number];
        if (!run.start.blackout.empty())
            count("moved out of blackout '" + run.start.blackout + "', due " + clock_in(run.start.instant, job.zone));
        if (!run.paused.empty()) count(run.paused);
        if (!plan.lanes[run.lane].missing.empty()) count("not listed by the vendor");
        if (!run.future) continue;
        if (run.future->skipped) count("skipped, since the previous one is still going");
        if (run.future->misses_deadline) count("not within the deadline of " + format_duration(job.deadline));
        if (run.future->waits_for == WaitsFor::slot) count("waiting for a slot of " + job.source);
        if (run.future->waits_for == WaitsFor::target) count("waiting for another run of their target");
        if (run.future->waits_out != nullptr)
            count("waiting for the end of blackout '" + run.future->waits_out->name + "'");
        if (run.future->runs_into != nullptr)
            count("still going when blackout '" + run.future->runs_into->name + "' begins");
    }
    for (const auto& [what, how_many] : counts)
        append(text, (how_many == group.runs.size() ? "all" : std::to_string(how_many)) + " " + what);
    return text;
}

bool is_bad(const Plan& plan, const PlannedRun& run) {
    return misses_deadline(run) || !plan.lanes[run.lane].missing.empty();
}

}  // namespace

void print_timetable(std::ostream& out, const Plan& plan, const Zone& zone, bool each, bool colour) {
    Table table({"DAY", "TIME", "ZONE", "JOB", "TARGET", "ENDS", "NOTES"});
    std::string last_day;
    for (const Group& group : groups_of(plan, each)) {
        const PlannedRun& first = plan.runs[group.runs.front()];
        const PlanLane& lane = plan.lanes[first.lane];
        const std::string day = day_in(first.start.at, zone);
        const PlannedRun* ends_last = &first;
        bool bad = false;
        for (const std::size_t number : group.runs) {
            const PlannedRun& run = plan.runs[number];
            bad = bad || is_bad(plan, run);
            const bool later = run.future && run.future->end != WallTime::max() &&
                               (!ends_last->future || ends_last->future->end == WallTime::max() ||
                                run.future->end > ends_last->future->end);
            if (later) ends_last = &run;
        }
        std::string notes;
        if (group.runs.size() > 1) {
            notes = notes_of_many(plan, group);
        } else {
            notes = decision_words(plan, first);
            append(notes, forecast_words(plan, first));
        }
        const Tint tint = bad ? Tint::bad : first.paused.empty() ? Tint::none : Tint::dim;
        table.add({Cell(day == last_day ? "" : day), time_cell(first, time_in(first.start.at, lane.job->zone, day)),
                   Cell(zone_words(*lane.job, zone, first.start.at)), Cell(lane.job->name),
                   Cell(target_words(plan, group, day)), Cell(end_words(plan.lanes[ends_last->lane], *ends_last, day)),
                   Cell(notes.empty() ? "-" : notes, tint)});
        last_day = day;
    }
    table.drop_if_unused("ENDS");
    table.drop_if_unused("NOTES");
    if (!table.empty()) table.print(out, colour);
}

std::string summarize(const Plan& plan) {
    std::set<const JobSettings*> jobs;
    std::size_t starting = 0;
    std::size_t paused = 0;
    std::size_t skipped = 0;
    std::size_t late = 0;
    std::size_t missing = 0;
    std::set<std::string> late_ones;
    bool guessed = false;
    for (const std::size_t number : plan.shown) {
        const PlannedRun& run = plan.runs[number];
        const PlanLane& lane = plan.lanes[run.lane];
        jobs.insert(lane.job);
        if (!run.paused.empty()) {
            ++paused;
        } else if (!lane.missing.empty()) {
            ++missing;
        } else if (run.future && run.future->skipped) {
            ++skipped;
        } else {
            ++starting;
            guessed = guessed || !lane.is_measured;
        }
        if (!misses_deadline(run)) continue;
        ++late;
        late_ones.insert(lane.job->name + " of " + name_of(lane));
    }
    std::string text = std::to_string(starting) + (starting == 1 ? " run of " : " runs of ") +
                       std::to_string(jobs.size()) + (jobs.size() == 1 ? " job" : " jobs");
    if (paused > 0) append(text, std::to_string(paused) + " will not start");
    if (skipped > 0) append(text, std::to_string(skipped) + " will be skipped");
    if (missing > 0) append(text, std::to_string(missing) + " will fail, since the vendor does not list their target");
    if (late > 0)
        append(text, std::to_string(late) + " will not make " + (late == 1 ? "its" : "their") +
                         " deadline: " + some_of(late_ones));
    if (guessed) append(text, "~ is a guess: that target has no history yet");
    return text;
}

}  // namespace garner
