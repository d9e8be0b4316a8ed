#include "core/poll_pace.hpp"

#include <algorithm>

namespace garner {
namespace {

constexpr double forgetting = 0.9;  // each job counts so much of the next newer one: durations drift
constexpr int scouting_pauses = 6;

struct Ending {
    double at;  // milliseconds since the start
    double weight;
};

// The middle between the two looks, in order.
std::vector<Ending> endings_of(const std::vector<ObservedDuration>& newest_first) {
    std::vector<Ending> endings;
    double weight = 1;
    for (const ObservedDuration& seen : newest_first) {
        if (endings.size() == durations_learned_from) break;
        endings.push_back({static_cast<double>((seen.pending + seen.ready).count()) / 2, weight});
        weight *= forgetting;
    }
    std::sort(endings.begin(), endings.end(), [](const Ending& a, const Ending& b) { return a.at < b.at; });
    return endings;
}

double weight_after(const std::vector<Ending>& endings, double after) {
    double weight = 0;
    for (const Ending& ending : endings)
        if (ending.at > after) weight += ending.weight;
    return weight;
}

// When this part of all had ended.
double quantile(const std::vector<Ending>& endings, double part) {
    const double wanted = part * weight_after(endings, -1);
    double weight = 0;
    for (const Ending& ending : endings)
        if ((weight += ending.weight) >= wanted) return ending.at;
    return endings.back().at;
}

// When those that end after `from` have lain finished for `lateness`, on average over them all.
double when_late(const std::vector<Ending>& endings, double from, double lateness) {
    double missing = lateness * weight_after(endings, from);
    double ended = 0;
    double at = from;
    for (const Ending& ending : endings) {
        if (ending.at <= from) continue;
        const double grows = ended * (ending.at - at);
        if (grows >= missing) break;
        missing -= grows;
        at = ending.at;
        ended += ending.weight;
    }
    return at + missing / ended;
}

Duration whole(double ms) { return Duration(static_cast<Duration::rep>(ms)); }

Duration usual_wait(const std::vector<Ending>& endings, const PollPace& pace, Duration elapsed) {
    const auto now = static_cast<double>(elapsed.count());
    const double running = weight_after(endings, now);
    if (running <= 0) {
        const Duration beyond = endings.empty() ? elapsed : elapsed - whole(endings.back().at);
        return std::min(pace.initial + beyond / 2, pace.max);
    }
    double next = when_late(endings, now, static_cast<double>(pace.initial.count()) / 2);
    const double first = quantile(endings, 1.0 / 6);
    if (first > now) next = std::min(next, first);
    const bool is_early = running >= weight_after(endings, -1) * 3 / 4;
    const Duration longest = is_early ? pace.max * scouting_pauses : std::min(pace.max, elapsed / 5);
    return std::min(whole(next - now), longest);
}

}  // namespace

Duration wait_before_look(const std::vector<ObservedDuration>& newest_first, const PollPace& pace, Duration elapsed,
                          Duration left) {
    const Duration wait = usual_wait(endings_of(newest_first), pace, std::max(elapsed, Duration(0)));
    return std::max(std::min(wait, left / 2), pace.initial);
}

}  // namespace garner
