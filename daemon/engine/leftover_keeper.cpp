#include "engine/leftover_keeper.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

constexpr Duration longest_wait{900'000};  // wall clocks jump
constexpr Duration removal_time{30'000};   // for one removal, its own retries included

// A run is going on with it.
bool is_adopted(const EngineContext& context, const LeftoverRecord& leftover) {
    return std::any_of(context.unfinished.begin(), context.unfinished.end(),
                       [&](const auto& entry) { return entry.second.leftover == leftover.id; });
}

Task<bool> changed(Event& event) {
    co_await event.wait();
    co_return true;
}

// What still runs can be neither cancelled nor removed. One that was to be adopted is asked after until it has ended;
// whatever else is here has.
Task<Result<void>> discard_if_ended(Connector& connector, LeftoverRecord& leftover) {
    if (leftover.fate == LeftoverFate::adopt) {
        const auto progress = co_await connector.poll(leftover.target, leftover.remote_job);
        if (progress && std::holds_alternative<Pending>(*progress))
            co_return Failure(FailureKind::gone, "it is still running there");
        if (!progress && progress.error().kind != FailureKind::gone) co_return progress.error();
        leftover.fate = LeftoverFate::discard;
    }
    co_return co_await connector.discard(leftover.target, leftover.remote_job);
}

}  // namespace

Duration wait_before_removal(std::uint32_t tries) {
    constexpr Duration first{60'000};
    constexpr Duration longest{6 * 3'600'000};
    const std::uint32_t doublings = std::min<std::uint32_t>(tries > 0 ? tries - 1 : 0, 16);
    return std::min<Duration>(first * (1LL << doublings), longest);
}

Task<> LeftoverKeeper::keep() {
    for (;;) {
        const Duration wait = co_await pass();
        const SteadyTime until = context_.doors.clock.steady_now() + wait;
        co_await within(context_.doors.clock, until, changed(context_.leftovers_changed));
    }
}

bool LeftoverKeeper::is_older(const LeftoverRecord& leftover, Duration patience) {
    if (context_.doors.clock.wall_now() - leftover.since <= patience) {
        old_since_.erase(leftover.id);
        return false;
    }
    const SteadyTime now = context_.doors.clock.steady_now();
    return now - old_since_.emplace(leftover.id, now).first->second >= age_is_believed;
}

// How long nothing is to be done.
Task<Duration> LeftoverKeeper::pass() {
    const auto leftovers = co_await context_.ledger.leftovers("");
    if (!leftovers) co_return wait_before_removal(1);
    Duration wait = longest_wait;
    std::set<std::string> silent;  // sources that did not answer in this pass
    for (const LeftoverRecord& listed : *leftovers) {
        const auto source = source_of_(listed.source);
        if (!source || is_adopted(context_, listed)) continue;
        const WallTime now = context_.doors.clock.wall_now();
        const bool needs_discard = source->connector().needs_discard();
        LeftoverRecord leftover = listed;
        if (leftover.remote_job.empty() || !needs_discard) {
            // There is nothing to remove it by: it is shown as long as it may matter.
            if (is_older(leftover, needs_discard ? adoption_patience : vendor_keeps))
                co_await forget(std::move(leftover));
            continue;
        }
        if (leftover.fate == LeftoverFate::adopt) {
            if (!is_older(leftover, adoption_patience)) continue;
            if (leftover.tries == 0) leftover.next_try = now;
        }
        if (!leftover.next_try) continue;
        if (*leftover.next_try > now) {
            wait = std::min(wait, *leftover.next_try - now);
            continue;
        }
        if (silent.contains(leftover.source)) {
            wait = std::min(wait, wait_before_removal(1));
            continue;
        }
        const std::string name = leftover.source;
        if (!co_await remove(std::move(leftover), *source)) {
            silent.insert(name);
            wait = std::min(wait, wait_before_removal(1));
        }
    }
    co_return wait;
}

Task<bool> LeftoverKeeper::remove(LeftoverRecord leftover, Source& source) {
    const std::function<Task<Result<void>>()> question = [&] { return discard_if_ended(source.connector(), leftover); };
    Asking asking;
    asking.account = source.connector().account_of(leftover.target);
    asking.deadline = context_.doors.clock.steady_now() + removal_time;
    const auto removed = co_await source.ask<void>(asking, question);
    if (removed) {
        const std::function<Task<Result<void>>()> settle = [&] {
            return context_.ledger.leftover_settled(leftover.id);
        };
        co_await context_.insist(settle);
        context_.observer.leftover_removed(leftover);
        co_return true;
    }
    const WallTime now = context_.doors.clock.wall_now();
    ++leftover.tries;
    leftover.next_try = now + wait_before_removal(leftover.tries);
    leftover.why = "removing it at the vendor failed: " + removed.error().what;
    if (leftover.tries >= removal_tries_max) {
        leftover.next_try.reset();
        leftover.why += "; no further try is made, remove it by hand or say `garner retry " + leftover.source + "`";
    }
    context_.observer.leftover_stays(leftover, removed.error());
    co_await postpone(std::move(leftover));
    co_return false;
}

Task<> LeftoverKeeper::postpone(LeftoverRecord leftover) {
    const std::function<Task<Result<void>>()> write = [&] { return context_.ledger.leftover_postponed(leftover); };
    co_await context_.insist(write);
}

Task<> LeftoverKeeper::forget(LeftoverRecord leftover) {
    const std::function<Task<Result<void>>()> settle = [&] { return context_.ledger.leftover_settled(leftover.id); };
    co_await context_.insist(settle);
    context_.observer.leftover_forgotten(leftover);
}

}  // namespace garner
