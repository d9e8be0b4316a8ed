#include "engine/pruner.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

constexpr Duration longest_wait{900'000};  // wall clocks jump, and holds end
constexpr Duration shortest_wait{1'000};   // many runs that end together are one pass
constexpr Duration belief_max{3'600'000};  // how long a grace has to be seen to be over: perhaps the clock is wrong
constexpr int rest_per_work = 20;          // a pass over very many artifacts leaves the ledger to others

Task<bool> wanted(Event& event) {
    co_await event.wait();
    co_return true;
}

}  // namespace

Task<> Pruner::keep() {
    SteadyTime next = context_.doors.clock.steady_now();
    for (;;) {
        if (!context_.prune_due) co_await within(context_.doors.clock, next, wanted(context_.prune_wanted));
        const SteadyTime began = context_.doors.clock.steady_now();
        context_.prune_due = false;
        const auto done = co_await prune(std::string(), false);
        if (!done) context_.observer.ledger_failing(done.error());
        const SteadyTime now = context_.doors.clock.steady_now();
        next = now + std::clamp(wait_, shortest_wait, longest_wait);
        co_await context_.doors.clock.sleep_for(std::max(shortest_wait, (now - began) * rest_per_work));
    }
}

// An earlier life may have ended, or a disk have failed or been away, between the ledger and what stands beside the
// artifact. Whoever calls has the turn.
Task<> Pruner::catch_up_on_marks(const std::set<std::string>& there) {
    if (std::includes(caught_up_.begin(), caught_up_.end(), there.begin(), there.end())) {
        caught_up_ = there;
        co_return;
    }
    const auto marked = co_await context_.ledger.marked_artifacts();
    if (!marked) {
        context_.observer.ledger_failing(marked.error());
        co_return;
    }
    std::set<std::string> done = there;
    for (const ArtifactRecord& artifact : *marked) {
        if (!done.contains(artifact.store)) continue;
        const auto written = co_await write_marks(artifact);
        if (written) continue;
        done.erase(artifact.store);  // the next pass tries again
        context_.observer.store_failing(artifact.store, written.error());
    }
    caught_up_ = done;
}

// Of a store that is not there nothing moves: what would be decided could not be done.
Task<std::set<std::string>> Pruner::stores_that_are_there() {
    const std::shared_ptr<const Settings> settings = parts_.settings();
    std::set<std::string> there;
    for (const auto& [name, _] : settings->stores) {
        const std::shared_ptr<ArtifactStore> store = parts_.store(name);
        if (!store) continue;
        const auto found = co_await store->check_there();
        if (found) there.insert(name);
    }
    co_return there;
}

Task<Result<PruneOutcome>> Pruner::prune(std::string who, bool confirmed) {
    const auto turn = co_await turns_.acquire();
    co_return co_await pass(std::move(who), confirmed);
}

Task<Result<PruneOutcome>> Pruner::pass(std::string who, bool confirmed) {
    PruneOutcome outcome;
    wait_ = longest_wait;
    ArtifactFilter filter;
    filter.where = Whereabouts::away;
    auto away = co_await context_.ledger.artifacts(filter);
    if (!away) co_return away.error();
    // What an earlier life, or a disk that failed, left half done.
    std::vector<ArtifactRecord> half;
    for (const ArtifactRecord& artifact : *away)
        if (artifact.place != ArtifactPlace::trash) half.push_back(artifact);
    auto finished = co_await move_all(std::move(half));
    if (!finished) co_return finished.error();
    const auto there = co_await stores_that_are_there();
    co_await catch_up_on_marks(there);
    outcome.blocked = parts_.clock_suspect();
    if (!outcome.blocked.empty()) co_return outcome;
    const auto emptied = co_await empty_trash(*away, there, outcome);
    if (!emptied) co_return emptied.error();
    const auto decided = co_await decide(std::move(who), confirmed, there, outcome);
    if (!decided) co_return decided.error();
    co_return outcome;
}

Task<Result<void>> Pruner::empty_trash(const std::vector<ArtifactRecord>& away, const std::set<std::string>& there,
                                       PruneOutcome& outcome) {
    const WallTime now = context_.doors.clock.wall_now();
    const SteadyTime steady = context_.doors.clock.steady_now();
    std::vector<std::string> due;
    for (const ArtifactRecord& artifact : away) {
        if (artifact.place != ArtifactPlace::trash || !artifact.removal || !artifact.removal->until) continue;
        if (!there.contains(artifact.store)) continue;
        if (*artifact.removal->until > now) {
            due_since_.erase(artifact.id);
            wait_ = std::min(wait_, *artifact.removal->until - now);
            continue;
        }
        const Duration left = believed_after(artifact, steady);
        if (left > Duration(0))
            wait_ = std::min(wait_, left);
        else
            due.push_back(artifact.id);
    }
    if (due.empty()) co_return Result<void>();
    auto marked = co_await context_.ledger.remove_from_trash(due, now);
    if (!marked) co_return marked.error();
    auto removed = co_await move_all(std::move(*marked));
    if (!removed) co_return removed.error();
    for (const ArtifactRecord& artifact : *removed) due_since_.erase(artifact.id);
    outcome.removed = std::move(*removed);
    co_return Result<void>();
}

// A wall clock that was set ahead ends no grace at once: somebody may notice.
Duration Pruner::believed_after(const ArtifactRecord& artifact, SteadyTime now) {
    const Duration grace = *artifact.removal->until - artifact.removal->since;
    const Duration belief = std::clamp(grace / 2, Duration(0), belief_max);
    return belief - (now - due_since_.emplace(artifact.id, now).first->second);
}

Task<Result<void>> Pruner::decide(std::string who, bool confirmed, const std::set<std::string>& there,
                                  PruneOutcome& outcome) {
    const std::shared_ptr<const Settings> settings = parts_.settings();
    if (settings == idle_by_) co_return Result<void>();
    const auto outlook = co_await context_.ledger.retention_outlook(settings);
    if (!outlook) co_return outlook.error();
    // What a reload has replaced decides nothing more: the next pass is due already.
    if (parts_.settings() != settings) co_return Result<void>();
    const WallTime now = context_.doors.clock.wall_now();
    const PrunePass pass = plan_pass(*outlook, settings->deletion_budget, now, false, confirmed);
    if (!pass.adopted.empty()) {
        const auto adopted = co_await context_.ledger.rules_adopted(pass.adopted);
        if (!adopted) co_return adopted;
    }
    const auto told = co_await tell_wait(std::move(who), *outlook, pass);
    if (!told) co_return told;
    outcome.wait = pass.wait;
    const bool idle = !pass.wait && std::all_of(pass.rules.begin(), pass.rules.end(),
                                                [](const auto& job) { return job.second.rule.empty(); });
    if (idle) idle_by_ = settings;
    if (!pass.removes) co_return Result<void>();
    for (std::size_t i = 0; i < pass.plans.size(); ++i) {
        const RetentionPile& pile = outlook->piles[i];
        if (pass.plans[i].trash_count == 0 || !there.contains(pile.key.store)) continue;
        if (parts_.settings() != settings) co_return Result<void>();
        TrashOrder order;
        order.pile = pile.key;
        order.by = pass.rules.at(pile.key.job);
        order.now = now;
        for (std::size_t k = 0; k < pile.artifacts.size(); ++k)
            if (pass.plans[i].decisions[k].action == RetentionAction::trash) order.wanted.insert(pile.artifacts[k].id);
        auto marked = co_await context_.ledger.trash(order);
        if (!marked) co_return marked.error();
        const auto moved = co_await move_all(std::move(*marked));
        if (!moved) co_return moved.error();
        outcome.trashed.insert(outcome.trashed.end(), moved->begin(), moved->end());
        wait_ = std::min(wait_, order.by.rule.grace);
    }
    co_return Result<void>();
}

Task<Result<void>> Pruner::tell_wait(std::string who, const RetentionOutlook& outlook, const PrunePass& pass) {
    const auto& before = outlook.wait;
    const bool same = before && pass.wait && before->edited == pass.wait->edited;
    const bool same_numbers = same && before->verdict.wanted == pass.wait->verdict.wanted &&
                              before->verdict.allowed == pass.wait->verdict.allowed &&
                              before->verdict.of == pass.wait->verdict.of;
    if (same_numbers || (!before && !pass.wait)) co_return Result<void>();
    const auto written = co_await context_.ledger.prune_waits(pass.wait);
    if (!written) co_return written;
    if (pass.wait && !same) context_.observer.prune_waits(*pass.wait);
    if (!pass.wait) context_.observer.prune_goes_on(who);
    co_return Result<void>();
}

// Moves what the ledger says is to be moved; those that are where they belong now. One that cannot be moved is left to
// the next pass.
Task<Result<std::vector<ArtifactRecord>>> Pruner::move_all(std::vector<ArtifactRecord> artifacts) {
    std::vector<ArtifactRecord> moved;
    for (ArtifactRecord& artifact : artifacts) {
        const auto done = co_await move(artifact);
        if (done) {
            told_.erase(artifact.id);
            moved.push_back(std::move(artifact));
        } else if (told_.insert(artifact.id).second) {
            context_.observer.artifact_not_moved(artifact, done.error());
        }
    }
    if (moved.empty()) co_return moved;
    const auto written = co_await context_.ledger.moved(moved, context_.doors.clock.wall_now());
    if (!written) co_return written.error();
    for (const ArtifactRecord& artifact : moved) {
        if (artifact.place == ArtifactPlace::trashing) context_.observer.artifact_trashed(artifact);
        if (artifact.place == ArtifactPlace::removing) context_.observer.artifact_removed(artifact);
    }
    co_return moved;
}

Task<Result<void>> Pruner::move(const ArtifactRecord& artifact) {
    const std::shared_ptr<ArtifactStore> store = parts_.store(artifact.store);
    if (!store)
        co_return Failure(FailureKind::local, "its store " + artifact.store + " is no longer in the configuration");
    if (artifact.place == ArtifactPlace::restoring) co_return co_await store->from_trash(artifact);
    if (artifact.place == ArtifactPlace::removing) co_return co_await store->remove_trashed(artifact);
    co_return co_await store->to_trash(artifact);
}

Task<Result<void>> Pruner::note_marks(std::string artifact, As as) {
    const auto turn = co_await turns_.acquire();
    const auto found = co_await context_.ledger.artifact(artifact);
    if (!found) co_return found.error();
    if (!*found || (*found)->place == ArtifactPlace::gone) co_return Result<void>();
    ArtifactRecord noted = **found;
    if (as == As::released) {
        noted.held = false;
        noted.held_until.reset();
    }
    co_return co_await write_marks(noted);
}

Task<Result<void>> Pruner::write_marks(const ArtifactRecord& artifact) {
    const std::shared_ptr<ArtifactStore> store = parts_.store(artifact.store);
    if (!store)
        co_return Failure(FailureKind::local, "its store " + artifact.store + " is no longer in the configuration");
    co_return co_await store->write_marks(artifact);
}

Task<Result<ArtifactRecord>> Pruner::restore(std::string artifact, std::string who, std::string reason) {
    const auto turn = co_await turns_.acquire();
    const auto found = co_await context_.ledger.artifact(artifact);
    if (!found) co_return found.error();
    if (!*found) co_return Failure(FailureKind::rejected, "there is no artifact '" + printable(artifact, 40) + "'");
    Hold hold;
    hold.who = who;
    hold.reason = reason.empty() ? "restored from the trash" : printable(reason, 500);
    hold.at = context_.doors.clock.wall_now();
    auto marked = co_await context_.ledger.restore((*found)->id, hold);
    if (!marked) co_return marked.error();
    const auto moved = co_await move(*marked);
    if (!moved) co_return moved.error().during("it is marked as held, and tried again with every pass of retention");
    std::vector<ArtifactRecord> back{*marked};
    const auto written = co_await context_.ledger.moved(back, hold.at);
    if (!written) co_return written.error();
    marked->place = ArtifactPlace::store;
    marked->removal.reset();
    const auto noted = co_await write_marks(*marked);
    if (!noted) caught_up_.erase(marked->store);  // it is back, and held
    context_.observer.artifact_restored(*marked, who);
    co_return std::move(*marked);
}

}  // namespace garner
