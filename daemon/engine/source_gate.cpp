#include "engine/source_gate.hpp"

#include <algorithm>
#include <utility>

#include "platform/within.hpp"

namespace garner {
namespace {

constexpr Duration held_max{86'400'000};
constexpr Duration longest_sleep{60'000};

Task<bool> announced(Event& event) {
    co_await event.wait();
    co_return true;
}

}  // namespace

Task<Result<SourceGate::Pass>> SourceGate::enter(SteadyTime deadline, Repeat repeat) {
    if (!is_held() && !needs_probe() && line_.in_use() == 0) co_return Pass();
    if (circuit_.is_open()) ++spared_;
    // A moment early, so that the failure tells why, and not only that it was late.
    const SteadyTime last = deadline - Duration(5);
    struct Counted {
        std::size_t* count;
        explicit Counted(std::size_t* c) : count(c) {
            if (count != nullptr) ++*count;
        }
        ~Counted() {
            if (count != nullptr) --*count;
        }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
    };
    const Counted counted(repeat == Repeat::harmless ? &harmless_waiting_ : nullptr);
    for (;;) {
        if (is_held() && held_until_ >= deadline) co_return too_late();
        auto turn = co_await within(clock_, last, line_.acquire());
        if (!turn) co_return too_late();
        bool lets_others = false;
        for (;;) {
            if (clock_.steady_now() >= last || (is_held() && held_until_ >= deadline)) co_return too_late();
            // A start may be lost: nothing to try with while something harmless waits behind it.
            lets_others = repeat == Repeat::never && circuit_.is_open() && harmless_waiting_ > 0;
            if (lets_others) break;
            const SteadyTime at = earliest();
            if (at <= clock_.steady_now()) break;
            co_await within(clock_, std::min(at, last), announced(changed_));
        }
        if (lets_others) {
            turn->end();
            continue;
        }
        last_release_ = clock_.steady_now();
        if (!needs_probe()) co_return Pass();
        auto probe = std::make_shared<Probe>();
        probe->turn = std::move(*turn);
        probe_ = probe;
        co_return Pass(std::move(probe));
    }
}

SteadyTime SourceGate::earliest() const {
    SteadyTime at = std::max(held_until_, last_release_ + release_gap(line_.waiting() + 1));
    if (circuit_.is_open()) at = std::max(at, circuit_.next_probe());
    return at;
}

Task<Result<void>> SourceGate::wait_while_held() {
    while (is_held() && !closed_) {
        const SteadyTime until = std::min(held_until_, clock_.steady_now() + longest_sleep);
        co_await within(clock_, until, announced(changed_));
    }
    if (closed_) co_return Failure(FailureKind::transient, "the daemon stops: this request was not sent");
    co_return Result<void>();
}

Failure SourceGate::too_late() const {
    if (is_held()) {
        const Duration left = held_until_ - clock_.steady_now();
        return Failure(FailureKind::transient, "the vendor asked to be left alone for another " +
                                                   format_duration(std::chrono::ceil<std::chrono::seconds>(left)));
    }
    if (standing_.down_since)
        return Failure(FailureKind::transient, "source " + standing_.source + " cannot be reached since " +
                                                   format_rfc3339(*standing_.down_since) + ": " + standing_.down_why);
    return Failure(FailureKind::transient, "the questions to source " + standing_.source +
                                               " that were before this one took all the time there was");
}

Duration SourceGate::down_for() const {
    if (!standing_.down_since) return Duration(0);
    return std::max(clock_.wall_now() - *standing_.down_since, Duration(0));
}

void SourceGate::let_the_next_go() {
    if (const auto probe = probe_.lock()) {
        probe->judged = true;
        probe->turn.end();
    }
    probe_.reset();
    changed_.notify_all();
}

std::optional<SourceStanding> SourceGate::news() {
    return std::exchange(has_news_, false) ? std::optional(standing_) : std::nullopt;
}

std::optional<Outage> SourceGate::answered() {
    unproven_ = false;
    if (standing_.held_until && !is_held()) forget_hold();
    failing_since_.reset();
    refused_things_.clear();
    std::optional<Outage> outage;
    if (circuit_.answered()) {
        const WallTime now = clock_.wall_now();
        outage = Outage{std::max(now - standing_.down_since.value_or(now), Duration(0)), std::exchange(spared_, 0)};
        standing_.down_since.reset();
        standing_.down_why.clear();
        has_news_ = true;
    }
    let_the_next_go();
    return outage;
}

bool SourceGate::failed(const Failure& failure, const BackoffPolicy& policy, const std::string& thing) {
    if (!thing.empty() && !circuit_.is_open() && !refused_things_.insert(thing).second) {
        let_the_next_go();
        return false;
    }
    const WallTime now = clock_.wall_now();
    if (!failing_since_) failing_since_ = now;
    // What was on its way when the circuit opened is no probe, and slows none down.
    const bool counts = !circuit_.is_open() || !probe_.expired();
    const bool opens = counts && circuit_.failed(clock_.steady_now(), policy, random_.next());
    if (opens) {
        standing_.down_since = std::min(*failing_since_, now);
        standing_.down_why = failure.what;
        has_news_ = true;
    }
    let_the_next_go();
    return opens;
}

bool SourceGate::hold(Duration delay, const std::string& why) {
    const SteadyTime now = clock_.steady_now();
    const SteadyTime until = now + delay;
    const SteadyTime before = std::max(held_until_, now);
    unproven_ = true;
    const bool longer = until > before;
    const bool news = longer && (before == now || until - before > delay / 2);
    if (longer) {
        held_seconds_ += std::chrono::duration<double>(until - before).count();
        held_until_ = until;
        standing_.held_since = clock_.wall_now();
        standing_.held_until = *standing_.held_since + delay;
        standing_.held_why = why;
        has_news_ = true;
    }
    let_the_next_go();
    return news;
}

void SourceGate::postpone_probe(const BackoffPolicy& policy) {
    if (circuit_.is_open()) circuit_.failed(clock_.steady_now(), policy, random_.next());
}

// What a clock that was set makes of the instants must not hold for longer than the vendor asked for.
void SourceGate::recall(const SourceStanding& standing) {
    standing_ = standing;
    const SteadyTime now = clock_.steady_now();
    if (standing.held_until) {
        const WallTime since = standing.held_since.value_or(*standing.held_until);
        const Duration asked = std::clamp(*standing.held_until - since, Duration(0), held_max);
        const Duration left = std::clamp(*standing.held_until - clock_.wall_now(), Duration(0), asked);
        held_until_ = now + left;
        unproven_ = left.count() > 0;
    }
    if (standing.down_since) {
        failing_since_ = standing.down_since;
        circuit_.reopen(now);
    }
}

void SourceGate::forget_hold() {
    held_until_ = {};
    standing_.held_since.reset();
    standing_.held_until.reset();
    standing_.held_why.clear();
    has_news_ = true;
}

void SourceGate::forgive() {
    forget_hold();
    look_again();
}

void SourceGate::look_again() {
    circuit_.probe_at_once(clock_.steady_now());
    changed_.notify_all();
}

void SourceGate::close() {
    closed_ = true;
    changed_.notify_all();
}

void SourceGate::drop_waiters() {
    line_.drop_waiters();
    changed_.drop_waiters();
}

}  // namespace garner
