#include "core/retention_forecast.hpp"

#include <algorithm>
#include <deque>

#include "core/calendar_period.hpp"
#include "core/local_time.hpp"

namespace garner {
namespace {

constexpr std::size_t usual_of = 10;

struct Trashed {
    WallTime gone_at;
    std::uint64_t size;
};

// What a job brings home, one artifact after the other.
class Harvest {
public:
    Harvest(const JobSettings& job, std::span<const RetainedArtifact> artifacts, WallTime now) : job_(job), due_(now) {
        for (const RetainedArtifact& artifact : artifacts)
            if (artifact.instant <= now) covered_until_ = std::max(covered_until_, artifact.instant + Duration(1));
        advance();
    }

    WallTime due() const { return due_; }

    /// The instants of what a run at due() brings; then due() is the next one.
    std::vector<WallTime> gather() {
        std::vector<WallTime> instants;
        if (!job_.window) {
            instants.push_back(due_);
        } else {
            for (Window next = window_ending_after(*job_.window, job_.zone, covered_until_);
                 next.end + job_.window->settle_delay <= due_;
                 next = window_ending_after(*job_.window, job_.zone, covered_until_)) {
                instants.push_back(next.end - Duration(1));
                covered_until_ = next.end;
            }
        }
        advance();
        return instants;
    }

private:
    void advance() { due_ = job_.schedule.empty() ? WallTime::max() : job_.schedule.next_after(due_, job_.zone); }

    const JobSettings& job_;
    WallTime due_;
    WallTime covered_until_ = WallTime::min();  // of windows
};

std::uint64_t usual_size(std::span<const RetainedArtifact> artifacts) {
    std::vector<const RetainedArtifact*> verified;
    for (const RetainedArtifact& artifact : artifacts)
        if (artifact.verdict == Verdict::verified) verified.push_back(&artifact);
    std::sort(verified.begin(), verified.end(), [](auto* a, auto* b) { return a->instant > b->instant; });
    verified.resize(std::min(verified.size(), usual_of));
    if (verified.empty()) return 0;
    const auto middle = verified.begin() + static_cast<std::ptrdiff_t>(verified.size() / 2);
    std::nth_element(verified.begin(), middle, verified.end(), [](auto* a, auto* b) { return a->size < b->size; });
    return (*middle)->size;
}

// The store as it will be.
class Outlook {
public:
    Outlook(std::span<const RetainedArtifact> artifacts, const RetentionRule& rule, const Zone& zone)
        : rule_(rule), zone_(zone), there_(artifacts.begin(), artifacts.end()) {
        forecast_.trashed_at.resize(artifacts.size());
        forecast_.usual_bytes = usual_size(artifacts);
        for (std::size_t i = 0; i < there_.size(); ++i) place_.push_back(i);
    }

    void add(WallTime instant, WallTime now) {
        RetainedArtifact artifact;
        artifact.instant = instant;
        artifact.stored_at = now;
        artifact.size = forecast_.usual_bytes;
        there_.push_back(std::move(artifact));
        place_.push_back(forecast_.trashed_at.size());
    }

    void pass(WallTime now) {
        RetentionConditions conditions;
        conditions.now = now;
        const RetentionPlan plan = plan_retention(there_, rule_, zone_, conditions);
        std::size_t kept = 0;
        for (std::size_t i = 0; i < there_.size(); ++i) {
            if (plan.decisions[i].action == RetentionAction::trash) {
                trash_.push_back({now + rule_.grace, there_[i].size});
                if (place_[i] < forecast_.trashed_at.size()) forecast_.trashed_at[place_[i]] = now;
                continue;
            }
            if (kept != i) {
                there_[kept] = std::move(there_[i]);
                place_[kept] = place_[i];
            }
            ++kept;
        }
        there_.resize(kept);
        place_.resize(kept);
    }

    // `at`: the first instant after the month, or the end of the span.
    void close_month(absl::CivilMonth name, WallTime at) {
        while (!trash_.empty() && trash_.front().gone_at <= at) trash_.pop_front();
        RetentionMonth month;
        month.month = name;
        month.kept = there_.size();
        for (const RetainedArtifact& artifact : there_) {
            month.kept_bytes += artifact.size;
            if (!month.oldest || artifact.instant < *month.oldest) month.oldest = artifact.instant;
        }
        month.in_trash = trash_.size();
        for (const Trashed& trashed : trash_) month.trash_bytes += trashed.size;
        forecast_.months.push_back(month);
    }

    RetentionForecast finish() {
        for (const RetainedArtifact& artifact : there_) forecast_.kept_instants.push_back(artifact.instant);
        std::sort(forecast_.kept_instants.begin(), forecast_.kept_instants.end());
        return std::move(forecast_);
    }

private:
    const RetentionRule& rule_;
    const Zone& zone_;
    std::vector<RetainedArtifact> there_;
    std::vector<std::size_t> place_;  // of each in trashed_at; past its end: a new one
    std::deque<Trashed> trash_;       // in the order in which they are gone
    RetentionForecast forecast_;
};

}  // namespace

RetentionForecast simulate_retention(std::span<const RetainedArtifact> artifacts, const RetentionRule& rule,
                                     const JobSettings& job, WallTime now, WallTime until) {
    Outlook outlook(artifacts, rule, job.zone);
    Harvest harvest(job, artifacts, now);
    std::optional<absl::CivilDay> last_pass;
    for (absl::CivilMonth month(local_time_of(now, job.zone)); now < until; ++month) {
        const WallTime end = std::min(until, instant_of(absl::CivilSecond(month + 1), job.zone));
        while (harvest.due() < end) {
            now = harvest.due();
            for (const WallTime instant : harvest.gather()) outlook.add(instant, now);
            const absl::CivilDay today(local_time_of(now, job.zone));
            if (last_pass == today) continue;
            outlook.pass(now);
            last_pass = today;
        }
        now = end;
        outlook.pass(now);
        outlook.close_month(month, now);
    }
    return outlook.finish();
}

}  // namespace garner
