#include "engine/store_keeper.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "core/verify_pass.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

constexpr Duration longest_wait{900'000};  // wall clocks jump
constexpr Duration after_a_failure{60'000};
constexpr std::size_t batch_size = 100;

Task<bool> changed(Event& event) {
    co_await event.wait();
    co_return true;
}

}  // namespace

struct StoreKeeper::Pass {
    Pass(std::string name, std::shared_ptr<ArtifactStore> store_) : store(std::move(store_)) {
        found.store = std::move(name);
    }
    std::shared_ptr<ArtifactStore> store;
    Pace pace;
    StoreReading found;
    std::optional<ArtifactRecord> witness;  ///< the smallest one that was whole
    std::vector<ArtifactRecord> missing;
};

Task<> StoreKeeper::keep() {
    for (;;) {
        const Duration wait = co_await look();
        const SteadyTime until = context_.doors.clock.steady_now() + wait;
        co_await within(context_.doors.clock, until, changed(context_.settings_changed));
    }
}

// How long nothing is to be done.
Task<Duration> StoreKeeper::look() {
    const std::shared_ptr<const Settings> settings = parts_.settings();
    Duration wait = longest_wait;
    // What is proven by a clock that is wrong would be taken for proven when it is right again.
    if (!parts_.clock_suspect().empty()) co_return wait;
    for (const auto& [name, store] : settings->stores) {
        if (!store.verify) continue;
        const auto proofs = co_await context_.ledger.store_proofs();
        if (!proofs) co_return after_a_failure;
        const WallTime now = context_.doors.clock.wall_now();
        const auto known = proofs->find(name);
        VerifyMemory memory = known == proofs->end() ? VerifyMemory{now, std::nullopt} : known->second;
        // A store whose schedule is new owes nothing from before, and a clock that was ahead holds up nothing.
        if (known == proofs->end() || memory.done_until > now) {
            memory.done_until = now;
            const auto begun = co_await context_.ledger.store_proven(name, memory);
            if (!begun) co_return after_a_failure;
        }
        if (memory.last_success && *memory.last_success > now)
            memory.last_success.reset();  // by a clock that was ahead
        if (const auto due = owed_pass(*store.verify, settings->zone, memory.done_until, now)) {
            const auto read = co_await read_store(store, *due, memory);
            if (!read) wait = std::min(wait, after_a_failure);         // the others need not wait for it
            if (parts_.settings() != settings) co_return Duration(0);  // by what is configured now
        }
        const WallTime later = context_.doors.clock.wall_now();
        wait = std::min(wait, store.verify->schedule.next_after(later, settings->zone) - later);
    }
    co_return wait;
}

Task<Result<void>> StoreKeeper::read_store(const StoreSettings& store, WallTime due, VerifyMemory memory) {
    auto opened = parts_.store(store.name);
    if (!opened) co_return Result<void>();
    const std::shared_ptr<const Settings> settings = parts_.settings();
    // Of a store that is away the reading stays owed.
    const auto there = co_await opened->check_there();
    if (!there) co_return there.error();
    const WallTime began = context_.doors.clock.wall_now();
    const auto unproven = co_await context_.ledger.unprove_after(store.name, began);
    if (!unproven) co_return unproven;
    Pass pass(store.name, std::move(opened));
    const VerifySettings& verify = *store.verify;
    pass.pace = [this, &verify](std::uint64_t bytes) { return breathe(pause_after(verify, bytes)); };
    const WallTime before = outdated_before(verify, due);
    std::optional<ProvenArtifact> last;
    for (;;) {
        const auto batch = co_await context_.ledger.unproven_artifacts(store.name, before, last, batch_size);
        if (!batch) co_return batch.error();
        if (batch->empty()) break;
        for (const ProvenArtifact& one : *batch) {
            // Behind a reload it is owed still, and goes on by what is configured now.
            if (parts_.settings() != settings) co_return Result<void>();
            co_await read_artifact(pass, one.artifact);
        }
        last = batch->back();
    }
    co_await judge_missing(pass);
    if (pass.found.unread > 0) {
        const auto still_there = co_await pass.store->check_there();
        if (!still_there) co_return still_there.error();
    }
    memory.done_until = due;
    memory.unread = pass.found.unread;
    memory.trouble = pass.found.trouble ? printable(pass.found.trouble->what, 500) : std::string();
    if (pass.found.damaged == 0 && pass.found.unread == 0) memory.last_success = context_.doors.clock.wall_now();
    const auto done = co_await context_.ledger.store_proven(store.name, memory);
    if (!done) co_return done;
    context_.observer.store_read(pass.found);
    co_return Result<void>();
}

Task<> StoreKeeper::read_artifact(Pass& pass, const ArtifactRecord& artifact) {
    auto read = co_await pass.store->verify(artifact, pass.pace);
    // A mark is for good, so a disk or a memory that erred once is asked again.
    if (!read && read.error().kind == FailureKind::corrupt) read = co_await pass.store->verify(artifact, pass.pace);
    if (read) {
        co_await prove(pass, artifact);
        co_return;
    }
    const bool wanted = co_await is_in_its_place(artifact);
    if (!wanted) co_return;  // retention took it meanwhile
    if (read.error().kind == FailureKind::corrupt) {
        co_await mark_damaged(pass, artifact, read.error());
    } else if (read.error().kind == FailureKind::gone) {
        pass.missing.push_back(artifact);
    } else {
        ++pass.found.unread;
        if (!pass.found.trouble) pass.found.trouble = read.error();
    }
}

Task<bool> StoreKeeper::is_in_its_place(const ArtifactRecord& artifact) {
    const auto listed = co_await context_.ledger.artifact(artifact.id);
    co_return !listed || (*listed && (*listed)->place == ArtifactPlace::store);
}

// Where a disk is not mounted all artifacts are missing, and none is damaged. So one is believed to be gone only when
// it is still missing at the end of the pass, while another one, which this pass read whole, is there.
Task<> StoreKeeper::judge_missing(Pass& pass) {
    for (const ArtifactRecord& artifact : std::exchange(pass.missing, {})) {
        const bool wanted = co_await is_in_its_place(artifact);
        if (!wanted) continue;
        const auto again = co_await pass.store->verify(artifact, pass.pace);
        if (again) {
            co_await prove(pass, artifact);
            continue;
        }
        bool there = false;
        if (pass.witness && again.error().kind == FailureKind::gone) {
            const auto whole = co_await pass.store->verify(*pass.witness, pass.pace);
            there = whole.has_value();
        }
        const Failure failure(FailureKind::gone, "its file " + artifact.path + " is missing");
        if (there) {
            co_await mark_damaged(pass, artifact, failure);
        } else {
            ++pass.found.unread;
            if (!pass.found.trouble) pass.found.trouble = failure.during("is the disk mounted?");
        }
    }
}

Task<> StoreKeeper::prove(Pass& pass, const ArtifactRecord& artifact) {
    ++pass.found.whole;
    if (!pass.witness || artifact.size < pass.witness->size) pass.witness = artifact;
    const WallTime now = context_.doors.clock.wall_now();
    const std::function<Task<Result<void>>()> write = [&] { return context_.ledger.artifact_proven(artifact.id, now); };
    co_await context_.insist(write);
}

Task<> StoreKeeper::mark_damaged(Pass& pass, const ArtifactRecord& artifact, const Failure& failure) {
    ++pass.found.damaged;
    const WallTime now = context_.doors.clock.wall_now();
    const std::string damage = "damaged after it was stored: " + failure.what;
    const std::function<Task<Result<void>>()> write = [&] {
        return context_.ledger.artifact_damaged(artifact.id, damage, now);
    };
    co_await context_.insist(write);
    context_.observer.artifact_damaged(artifact, failure);
    const auto noted = co_await parts_.note_marks(artifact.id);
    if (!noted) context_.observer.store_failing(artifact.store, noted.error());
}

Task<> StoreKeeper::breathe(Duration pause) {
    const SteadyTime until = context_.doors.clock.steady_now() + pause;
    co_await context_.doors.clock.sleep_until(until);
}

}  // namespace garner
