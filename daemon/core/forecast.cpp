#include "core/forecast.hpp"

#include <algorithm>
#include <deque>
#include <queue>
#include <tuple>

namespace garner {
namespace {

// In the order in which they happen at the same instant: who ends makes room for who is due.
enum class Step { ends, due, arrives, wakes };

struct Happening {
    WallTime when;
    Step step;
    std::size_t number;  // of a run; of a job's queue, for `wakes`
    friend bool operator>(const Happening& a, const Happening& b) {
        return std::tie(a.when, a.step, a.number) > std::tie(b.when, b.step, b.number);
    }
};

struct Lane {
    std::size_t turn = 0;
    std::size_t queue = 0;
    std::size_t unfinished = 0;
    std::size_t newest = 0;  // of the unfinished ones
};

struct Turn {
    bool taken = false;
    std::deque<std::size_t> waiting;
};

// The runs of one job that have their target's turn and wait for a slot of their source.
struct JobQueue {
    const JobSettings* job = nullptr;
    std::size_t source = 0;
    std::deque<std::size_t> waiting;
    const NamedIntervals* held_by = nullptr;
    WallTime wakes = WallTime::min();
};

struct Slots {
    std::size_t capacity = 1;
    std::size_t in_use = 0;
    std::deque<std::size_t> rotation;  // job queues; whose turn it was goes to the back
};

class Play {
public:
    Play(const std::map<std::string, std::uint32_t>& slots, const std::vector<ForecastLane>& lanes,
         const std::vector<ForecastRun>& runs, WallTime now)
        : plans_(lanes), runs_(runs), results_(runs.size()), joined_(runs.size()), now_(now) {
        std::map<std::string, std::size_t> turns;
        std::map<const JobSettings*, std::size_t> queues;
        std::map<std::string, std::size_t> sources;
        for (const ForecastLane& plan : lanes) {
            const auto source = sources.emplace(plan.job->source, sources.size()).first->second;
            if (source == slots_.size()) {
                const auto known = slots.find(plan.job->source);
                slots_.push_back({known == slots.end() ? 1 : known->second, 0, {}});
            }
            const auto queue = queues.emplace(plan.job, queues.size()).first->second;
            if (queue == queues_.size()) {
                queues_.push_back({plan.job, source, {}});
                slots_[source].rotation.push_back(queue);
            }
            lanes_.push_back({turns.emplace(plan.turn, turns.size()).first->second, queue});
        }
        turns_.resize(turns.size());
    }

    std::vector<Forecast> result() {
        for (std::size_t i = 0; i < runs_.size(); ++i)
            if (runs_[i].began) goes_on(i);
        for (std::size_t i = 0; i < runs_.size(); ++i)
            if (!runs_[i].began) coming_.push({runs_[i].due, Step::due, i});
        while (!coming_.empty()) {
            const Happening next = coming_.top();
            coming_.pop();
            switch (next.step) {
                case Step::ends:
                    ends(next.number, next.when);
                    break;
                case Step::due:
                    due(next.number);
                    break;
                case Step::arrives:
                    arrives(next.number, next.when);
                    break;
                case Step::wakes:
                    give_slots(queues_[next.number].source, next.when, std::nullopt);
                    break;
            }
        }
        return std::move(results_);
    }

private:
    const ForecastLane& plan_of(std::size_t run) const { return plans_[runs_[run].lane]; }
    Lane& lane_of(std::size_t run) { return lanes_[runs_[run].lane]; }

    void opens(std::size_t run) {
        Lane& lane = lane_of(run);
        ++lane.unfinished;
        lane.newest = run;
    }

    void goes_on(std::size_t run) {
        opens(run);
        turns_[lane_of(run).turn].taken = true;
        Slots& slots = slots_[queues_[lane_of(run).queue].source];
        ++slots.in_use;
        has_had_its_turn(slots, lane_of(run).queue);
        begins(run, *runs_[run].began);
    }

    void begins(std::size_t run, WallTime at) {
        Forecast& result = results_[run];
        const ForecastLane& plan = plan_of(run);
        result.begin = at;
        result.misses_deadline = plan.takes > plan.job->deadline;
        result.end = std::max(at + std::min(plan.takes, plan.job->deadline), now_);
        coming_.push({result.end, Step::ends, run});
    }

    void due(std::size_t run) {
        const Lane& lane = lane_of(run);
        const JobSettings& job = *plan_of(run).job;
        if (lane.unfinished > 0 && !job.window && job.concurrency_policy == ConcurrencyPolicy::forbid) {
            results_[run].skipped = true;
            results_[run].behind = lane.newest;
            return;
        }
        opens(run);
        coming_.push({std::max(runs_[run].at, now_), Step::arrives, run});
    }

    void arrives(std::size_t run, WallTime at) {
        Turn& turn = turns_[lane_of(run).turn];
        if (turn.taken) {
            turn.waiting.push_back(run);
            return;
        }
        turn.taken = true;
        joins(run, at);
    }

    void joins(std::size_t run, WallTime at) {
        JobQueue& queue = queues_[lane_of(run).queue];
        joined_[run] = at;
        queue.waiting.push_back(run);
        give_slots(queue.source, at, std::nullopt);
    }

    void ends(std::size_t run, WallTime at) {
        Lane& lane = lane_of(run);
        --lane.unfinished;
        const std::size_t source = queues_[lane.queue].source;
        --slots_[source].in_use;
        Turn& turn = turns_[lane.turn];
        if (turn.waiting.empty()) {
            turn.taken = false;
        } else {
            const std::size_t next = turn.waiting.front();
            turn.waiting.pop_front();
            results_[next].waits_for = WaitsFor::target;
            results_[next].behind = run;
            joined_[next] = at;
            queues_[lane_of(next).queue].waiting.push_back(next);
            give_slots(queues_[lane_of(next).queue].source, at, run);
        }
        give_slots(source, at, run);
    }

    // The first queue in turn whose job may start something now.
    std::optional<std::size_t> whose_turn(const Slots& slots, WallTime at) {
        for (const std::size_t number : slots.rotation) {
            JobQueue& queue = queues_[number];
            if (queue.waiting.empty()) continue;
            const NamedIntervals* held_by = covering(queue.job->blackout, queue.job->zone, at);
            if (held_by == nullptr) return number;
            queue.held_by = held_by;
            const auto free = first_uncovered(queue.job->blackout, queue.job->zone, at);
            if (!free || *free <= queue.wakes) continue;
            queue.wakes = *free;
            coming_.push({*free, Step::wakes, number});
        }
        return std::nullopt;
    }

    static void has_had_its_turn(Slots& slots, std::size_t queue) {
        std::erase(slots.rotation, queue);
        slots.rotation.push_back(queue);
    }

    void give_slots(std::size_t source, WallTime at, std::optional<std::size_t> freed_by) {
        Slots& slots = slots_[source];
        while (slots.in_use < slots.capacity) {
            const auto number = whose_turn(slots, at);
            if (!number) return;
            has_had_its_turn(slots, *number);
            JobQueue& queue = queues_[*number];
            const std::size_t run = queue.waiting.front();
            queue.waiting.pop_front();
            ++slots.in_use;
            Forecast& result = results_[run];
            if (joined_[run] < at && freed_by) {
                result.waits_for = WaitsFor::slot;
                result.behind = freed_by;
            } else if (joined_[run] < at) {
                result.waits_for = WaitsFor::blackout;
                result.behind.reset();
                result.waits_out = queue.held_by;
            }
            begins(run, at);
        }
    }

    const std::vector<ForecastLane>& plans_;
    const std::vector<ForecastRun>& runs_;
    std::vector<Forecast> results_;
    std::vector<WallTime> joined_;  // of each run: since when it waits for a slot
    std::vector<Lane> lanes_;
    std::vector<Turn> turns_;
    std::vector<JobQueue> queues_;
    std::vector<Slots> slots_;
    std::priority_queue<Happening, std::vector<Happening>, std::greater<>> coming_;
    WallTime now_;
};

// Where a job's blackouts begin, looked for minute by minute as far as anybody asks: they begin on whole minutes.
class Beginnings {
public:
    Beginnings(const JobSettings& job, WallTime from)
        : job_(job), at_(std::chrono::floor<std::chrono::minutes>(from)), covered_(true) {}

    struct Beginning {
        WallTime at;
        const NamedIntervals* which;
    };

    const Beginning* within(WallTime after, WallTime before) {
        while (at_ < before) look();
        const auto later = [](WallTime t, const Beginning& one) { return t < one.at; };
        const auto found = std::upper_bound(found_.begin(), found_.end(), after, later);
        return found != found_.end() && found->at < before ? &*found : nullptr;
    }

private:
    void look() {
        const NamedIntervals* which = covering(job_.blackout, job_.zone, at_);
        if (which != nullptr && !covered_) found_.push_back({at_, which});
        covered_ = which != nullptr;
        at_ += std::chrono::minutes(1);
    }

    const JobSettings& job_;
    WallTime at_;
    bool covered_;
    std::vector<Beginning> found_;
};

}  // namespace

std::vector<Forecast> forecast(const std::map<std::string, std::uint32_t>& slots,
                               const std::vector<ForecastLane>& lanes, const std::vector<ForecastRun>& runs,
                               WallTime now) {
    std::vector<Forecast> results = Play(slots, lanes, runs, now).result();
    std::map<const JobSettings*, WallTime> first;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const JobSettings* job = lanes[runs[i].lane].job;
        if (job->blackout.empty() || results[i].begin == WallTime::max()) continue;
        const auto known = first.emplace(job, results[i].begin).first;
        known->second = std::min(known->second, results[i].begin);
    }
    std::map<const JobSettings*, Beginnings> beginnings;
    for (const auto& [job, from] : first) beginnings.emplace(job, Beginnings(*job, from));
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto found = beginnings.find(lanes[runs[i].lane].job);
        if (found == beginnings.end() || results[i].begin == WallTime::max()) continue;
        if (const auto* beginning = found->second.within(results[i].begin, results[i].end)) {
            results[i].runs_into = beginning->which;
            results[i].blackout_begins_at = beginning->at;
        }
    }
    return results;
}

}  // namespace garner
