#include "core/request_budget.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace garner {
namespace {

constexpr Duration jump_min{60'000};
constexpr Duration believed_after{3'600'000};

SteadyTime rounded_up(SteadyTime at, Duration grain) {
    const auto count = at.time_since_epoch().count();
    const auto step = grain.count();
    const auto rest = ((count % step) + step) % step;
    return SteadyTime(Duration(rest == 0 ? count : count + step - rest));
}

}  // namespace

int month_number(WallTime wall) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(wall));
    return static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

WallTime month_begin(int month_number) {
    const std::chrono::year_month_day first(std::chrono::year(month_number / 12),
                                            std::chrono::month(static_cast<unsigned>(month_number % 12) + 1),
                                            std::chrono::day(1));
    return WallTime(std::chrono::sys_days(first));
}

void RequestBudget::set_limits(const RequestLimits& limits) {
    windows_[0].limit = limits.per_second;
    windows_[1].limit = limits.per_minute;
    windows_[2].limit = limits.per_hour;
    per_month_ = limits.per_month;
}

bool RequestBudget::is_limited() const {
    return per_month_ || std::any_of(windows_.begin(), windows_.end(), [](const Window& w) { return w.limit; });
}

void RequestBudget::Window::add(SteadyTime at, std::uint64_t count) {
    const SteadyTime until = rounded_up(at, grain) + span;
    total += count;
    // Almost always the last one; what is remembered may come in any order.
    auto place = buckets.end();
    while (place != buckets.begin() && std::prev(place)->until > until) --place;
    if (place != buckets.begin() && std::prev(place)->until == until)
        std::prev(place)->count += count;
    else
        buckets.insert(place, Bucket{until, count});
}

void RequestBudget::Window::forget(SteadyTime now) {
    while (!buckets.empty() && buckets.front().until <= now) {
        total -= buckets.front().count;
        buckets.pop_front();
    }
}

SteadyTime RequestBudget::next_in(const Window& window, SteadyTime now) const {
    if (!window.limit) return now;
    std::vector<SteadyTime> unanswered;  // until when each counts at most
    for (const auto& [number, one] : underway_)
        if (const SteadyTime until = one.left.value_or(now) + window.late + window.span; until > now)
            unanswered.push_back(until);
    const std::uint64_t count = window.total + unanswered.size();
    if (count < *window.limit) return now;
    std::uint64_t surplus = count - *window.limit + 1;
    std::sort(unanswered.begin(), unanswered.end());
    auto bucket = window.buckets.begin();
    auto one = unanswered.begin();
    SteadyTime at = now;
    while (surplus > 0) {
        const bool by_bucket = bucket != window.buckets.end() && (one == unanswered.end() || bucket->until <= *one);
        at = by_bucket ? bucket->until : *one;
        surplus -= std::min<std::uint64_t>(surplus, by_bucket ? bucket->count : 1);
        if (by_bucket)
            ++bucket;
        else
            ++one;
    }
    return at;
}

RequestBudget::Answer RequestBudget::next(SteadyTime now, WallTime wall) {
    Answer answer{now};
    for (Window& window : windows_) {
        window.forget(now);
        const SteadyTime at = next_in(window, now);
        if (at > answer.at) answer = {at, window.name};
    }
    const int current = month(now, wall);
    if (per_month_ && months_[current] >= *per_month_) {
        // A clock that is set meanwhile makes it another instant: whoever waits looks again now and then.
        const SteadyTime at = now + std::max(month_begin(current + 1) - wall, Duration(1'000));
        if (at > answer.at) answer = {at, "requests_per_month"};
    }
    return answer;
}

std::uint64_t RequestBudget::take(SteadyTime now, WallTime wall) {
    const int current = month(now, wall);
    ++months_[current];
    while (months_.size() > 3) months_.erase(months_.begin());
    underway_[++last_number_] = Underway{std::nullopt, current};
    return last_number_;
}

void RequestBudget::left(std::uint64_t number, SteadyTime now) {
    if (const auto found = underway_.find(number); found != underway_.end()) found->second.left = now;
}

void RequestBudget::answered(std::uint64_t number, SteadyTime now) {
    const auto found = underway_.find(number);
    if (found == underway_.end()) return;
    for (Window& window : windows_) {
        window.forget(now);
        window.add(std::min(now, found->second.left.value_or(now) + window.late), 1);
    }
    underway_.erase(found);
}

void RequestBudget::take_back(std::uint64_t number) {
    const auto found = underway_.find(number);
    if (found == underway_.end()) return;
    if (auto& count = months_[found->second.month]; count > 0) --count;
    underway_.erase(found);
}

void RequestBudget::remember(SteadyTime now, WallTime wall, WallTime left_at, std::uint64_t count) {
    const Duration ago = std::max(wall - left_at, Duration(0));
    for (Window& window : windows_) {
        if (ago >= window.late + window.span) continue;
        window.add(now - std::max(ago - window.late, Duration(0)), count);
    }
}

void RequestBudget::remember_month(int month, std::uint64_t count) { months_[month] += count; }

int RequestBudget::month(SteadyTime now, WallTime wall) {
    const int says = month_number(wall);
    if (!month_) month_ = says;
    if (says != *month_) {
        const Duration jump = (wall - seen_wall_) - (now - seen_steady_);
        if (!doubted_since_ && std::chrono::abs(jump) >= jump_min) doubted_since_ = now;
        if (doubted_since_ && now - *doubted_since_ < believed_after) return *month_;
        month_ = says;
    }
    doubted_since_.reset();
    seen_wall_ = wall;
    seen_steady_ = now;
    return *month_;
}

}  // namespace garner
