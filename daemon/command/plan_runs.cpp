// What a newcomer gets wrong: what is shown is not all that is played forward. Other jobs of the source take slots, and
// what began before the span still goes on in it.
#include "command/plan_runs.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "core/due_instants.hpp"
#include "core/selection.hpp"
#include "core/text.hpp"
#include "ledger/reader.hpp"
#include "ledger/target_report.hpp"

namespace garner {
namespace {

using std::chrono::hours;

constexpr std::size_t runs_max = 200'000;
// As far as this ahead, what goes on now may still matter; else the span gets a day of its own to warm up.
constexpr Duration from_now_max = hours(7 * 24);
constexpr Duration warming_up = hours(24);

class Planner {
public:
    Planner(const Settings& settings, const Database& ledger, const PlanSpan& span, const PlanFilter& filter,
            WallTime now)
        : settings_(settings), reader_(ledger), span_(span), filter_(filter), now_(now) {
        const bool is_soon = span.from >= now && span.from - now <= from_now_max;
        begin_ = is_soon ? now : span.from - warming_up;
        with_unfinished_ = is_soon;
    }

    Result<Plan> plan() {
        if (auto done = read(); !done) return done.error();
        for (const auto& [name, job] : settings_.jobs) {
            if (!matters(job)) continue;
            if (auto done = add_lanes(job); !done) return done.error();
            if (auto done = add_runs(job); !done) return done.error();
        }
        if (with_unfinished_) add_unfinished();
        guess_durations();
        const auto key = [&](const PlannedRun& run) {
            const PlanLane& lane = plan_.lanes[run.lane];
            return std::tie(run.start.at, lane.job->name, lane.target.name, lane.target.id, run.start.instant);
        };
        std::stable_sort(plan_.runs.begin(), plan_.runs.end(),
                         [&](const PlannedRun& a, const PlannedRun& b) { return key(a) < key(b); });
        look_ahead();
        for (std::size_t i = 0; i < plan_.runs.size(); ++i)
            if (is_shown(plan_.runs[i])) plan_.shown.push_back(i);
        return std::move(plan_);
    }

private:
    // Jobs of one source share its slots; a plan of one job needs no other source.
    bool matters(const JobSettings& job) const {
        if (job.schedule.empty()) return false;
        const auto asked = settings_.jobs.find(filter_.job);
        return asked == settings_.jobs.end() || asked->second.source == job.source;
    }

    Result<void> read() {
        auto known = read_known_targets(reader_, settings_);
        if (!known) return known.error();
        known_ = std::move(*known);
        auto unfinished = reader_.unfinished_runs();
        if (!unfinished) return unfinished.error();
        unfinished_ = std::move(*unfinished);
        auto pauses = reader_.pauses();
        if (!pauses) return pauses.error();
        pauses_ = std::move(*pauses);
        return {};
    }

    Result<void> add_lane(const JobSettings& job, Target target, std::string missing = {}) {
        PlanLane lane{&job, std::move(target), std::move(missing)};
        const auto takes = reader_.usual_run(job.name, job.source, lane.target.id);
        if (!takes) return takes.error();
        lane.is_measured = takes->has_value();
        lane.takes = takes->value_or(Duration(0));
        places_[{job.name, lane.target.id.empty() ? lane.target.name : lane.target.id}] = plan_.lanes.size();
        plan_.lanes.push_back(std::move(lane));
        return {};
    }

    Result<void> add_lanes(const JobSettings& job) {
        first_lane_ = plan_.lanes.size();
        const auto& listed = known_.at(job.source);
        if (listed.empty()) {
            for (const std::string& word : words_of(job.targets))
                if (auto added = add_lane(job, {"", word}); !added) return added;
            return {};
        }
        Selection selection = select_targets(job.targets, listed);
        for (Target& target : selection.targets)
            if (auto added = add_lane(job, std::move(target)); !added) return added;
        for (const Unresolved& word : selection.unresolved)
            if (auto added = add_lane(job, {"", word.word}, word.reason); !added) return added;
        return {};
    }

    std::string why_paused(const JobSettings& job, WallTime due) const {
        if (job.paused) return describe(pause_of_configuration(std::nullopt));
        const auto found = pauses_.find(job.name);
        return found != pauses_.end() && found->second.covers(due) ? describe(found->second) : "";
    }

    Result<void> add_runs(const JobSettings& job) {
        std::vector<std::optional<WallTime>> exported_until(plan_.lanes.size() - first_lane_);
        JobSettings unjittered = job;  // of a target whose id is not known, the jitter is not either
        unjittered.jitter = Duration(0);
        for (WallTime due = job.schedule.next_after(begin_ - Duration(1), job.zone); due < span_.until;
             due = job.schedule.next_after(due, job.zone)) {
            const std::string paused = why_paused(job, due);
            for (std::size_t lane = first_lane_; lane < plan_.lanes.size(); ++lane) {
                PlannedRun run;
                run.lane = lane;
                const std::string& id = plan_.lanes[lane].target.id;
                run.start = planned_start(id.empty() ? unjittered : job, id, due);
                run.paused = paused;
                if (run.start.at == WallTime::max()) {
                    run.paused = "never leaves blackout '" + run.start.blackout + "'";
                    run.start.at = due;
                }
                if (!job.window || !plan_.lanes[lane].missing.empty()) {
                    plan_.runs.push_back(std::move(run));
                } else if (auto added = add_windows(run, exported_until[lane - first_lane_]); !added) {
                    return added;
                }
            }
            if (plan_.runs.size() > runs_max) return too_many();
        }
        return {};
    }

    // One run for each window that is owed by then; what an earlier instant asks for is not owed again.
    Result<void> add_windows(PlannedRun run, std::optional<WallTime>& exported_until) {
        const JobSettings& job = *plan_.lanes[run.lane].job;
        const WallTime due = run.start.instant;
        const auto add = [&](const Window& window) {
            run.window = window;
            plan_.runs.push_back(run);
        };
        if (exported_until) {
            for (Window next = window_ending_after(*job.window, job.zone, *exported_until);
                 next.end + job.window->settle_delay <= due;
                 next = window_ending_after(*job.window, job.zone, next.end)) {
                add(next);
                exported_until = next.end;
            }
            return {};
        }
        const Target& target = plan_.lanes[run.lane].target;
        auto covered = reader_.covered_windows(job.name, job.source, target.id, suspect_tries_max);
        if (!covered) return covered.error();
        for (const RunRecord& other : unfinished_)
            if (other.job == job.name && other.target.id == target.id && other.window)
                covered->push_back(*other.window);
        const auto owed = owed_windows(*job.window, job.zone, *covered, due, windows_per_instant_max);
        for (const Window& window : owed) add(window);
        // A longer backlog goes on at the next instant, behind the last of these.
        if (owed.size() == windows_per_instant_max)
            exported_until = owed.back().end;
        else
            exported_until = window_ending_after(*job.window, job.zone, due - job.window->settle_delay).start;
        return {};
    }

    void add_unfinished() {
        for (const RunRecord& record : unfinished_) {
            const auto job = settings_.jobs.find(record.job);
            if (job == settings_.jobs.end() || !matters(job->second)) continue;
            auto place = places_.find({record.job, record.target.id});
            if (place == places_.end()) {
                // No longer taken: it holds its slot until it has ended.
                place = places_.emplace(std::pair(record.job, record.target.id), plan_.lanes.size()).first;
                plan_.lanes.push_back({&job->second, record.target, {}, false});
            }
            PlannedRun run;
            run.lane = place->second;
            run.start.instant = run.start.at = record.scheduled_at;
            if (record.trigger != Trigger::manual)
                run.start = planned_start(job->second, record.target.id, record.scheduled_at);
            run.window = record.window;
            run.id = record.id;
            run.began = record.started_at;
            if (record.not_before) run.start.at = std::max(run.start.at, *record.not_before);
            plan_.runs.push_back(std::move(run));
        }
    }

    // A target without history takes as long as the others of its job, or of its source; else poll.max, which is also
    // what a lost start is given.
    void guess_durations() {
        std::map<const JobSettings*, std::vector<Duration>> by_job;
        std::map<std::string, std::vector<Duration>> by_source;
        for (const PlanLane& lane : plan_.lanes) {
            if (!lane.is_measured) continue;
            by_job[lane.job].push_back(lane.takes);
            by_source[lane.job->source].push_back(lane.takes);
        }
        const auto median = [](std::vector<Duration>& all) {
            std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
            return all[all.size() / 2];
        };
        for (PlanLane& lane : plan_.lanes) {
            if (lane.is_measured) continue;
            if (const auto same_job = by_job.find(lane.job); same_job != by_job.end())
                lane.takes = median(same_job->second);
            else if (const auto same_source = by_source.find(lane.job->source); same_source != by_source.end())
                lane.takes = median(same_source->second);
            else
                lane.takes = settings_.sources.at(lane.job->source).poll.max;
            lane.takes = std::min(lane.takes, lane.job->deadline);  // nobody is alarmed by a guess
        }
    }

    void look_ahead() {
        std::vector<ForecastLane> lanes;
        for (const PlanLane& lane : plan_.lanes) {
            const std::string& url = settings_.sources.at(lane.job->source).http.base_url;
            const std::string& id = lane.target.id.empty() ? lane.target.name : lane.target.id;
            lanes.push_back({lane.job, url + "\n" + id, lane.takes});
        }
        std::map<std::string, std::uint32_t> slots;
        for (const auto& [name, source] : settings_.sources) slots[name] = source.max_concurrent_jobs;
        std::vector<ForecastRun> runs;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < plan_.runs.size(); ++i) {
            const PlannedRun& run = plan_.runs[i];
            if (!run.paused.empty() || !plan_.lanes[run.lane].missing.empty()) continue;
            runs.push_back({run.lane, run.start.instant, run.start.at, run.began});
            places.push_back(i);
        }
        std::vector<Forecast> futures = forecast(slots, lanes, runs, begin_);
        for (std::size_t i = 0; i < futures.size(); ++i) {
            if (futures[i].behind) futures[i].behind = places[*futures[i].behind];
            plan_.runs[places[i]].future = futures[i];
        }
    }

    bool is_shown(const PlannedRun& run) const {
        const PlanLane& lane = plan_.lanes[run.lane];
        if (run.began || run.start.at >= span_.until) return false;
        // What is queued already waits for its turn, since whenever.
        if (run.start.at < span_.from && (run.id.empty() || span_.from > now_)) return false;
        if (!filter_.job.empty() && lane.job->name != filter_.job) return false;
        return filter_.target.empty() || lane.target.id == filter_.target || lane.target.name == filter_.target ||
               "id:" + lane.target.id == filter_.target;
    }

    Failure too_many() const {
        return Failure(FailureKind::rejected, "there are more than " + std::to_string(runs_max) + " runs until " +
                                                  settings_.zone.format(span_.until) +
                                                  ": ask for less, with --until, --for or --job");
    }

    const Settings& settings_;
    LedgerReader reader_;
    PlanSpan span_;
    const PlanFilter& filter_;
    WallTime now_;
    WallTime begin_;  // from here on it is played forward
    bool with_unfinished_ = false;
    std::map<std::string, std::vector<Target>> known_;
    std::vector<RunRecord> unfinished_;
    std::map<std::string, Pause> pauses_;
    std::map<std::pair<std::string, std::string>, std::size_t> places_;  // (job, target) -> lane
    std::size_t first_lane_ = 0;                                         // of the job that is being added
    Plan plan_;
};

}  // namespace

Result<Plan> make_plan(const Settings& settings, const Database& ledger, const PlanSpan& span, const PlanFilter& filter,
                       WallTime now) {
    return Planner(settings, ledger, span, filter, now).plan();
}

}  // namespace garner
