// Carries retention out: what the rules give away goes into the trash of its store, and away from there when its grace
// is over. What goes is decided in core/retention; here is only the order of the steps. Each stands in the ledger
// before a file moves, and a step that was interrupted is finished by the next pass.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "engine/context.hpp"
#include "ledger/piles.hpp"
#include "store/artifact_store.hpp"

namespace garner {

/// What a pass has done.
struct PruneOutcome {
    std::vector<ArtifactRecord> trashed;
    std::vector<ArtifactRecord> removed;
    std::optional<PruneWait> wait;  ///< what it has not done: there is too much of it
    std::string blocked;            ///< why it has done nothing; empty: nothing stood against it
};

class Pruner {
public:
    /// What it works with, as it is when it is asked for.
    struct Parts {
        std::function<std::shared_ptr<const Settings>()> settings;
        std::function<std::shared_ptr<ArtifactStore>(const std::string&)> store;  ///< null: not configured
        std::function<std::string()> clock_suspect;                               ///< empty: it is trusted
    };
    Pruner(EngineContext& context, Parts parts)
        : context_(context), parts_(std::move(parts)), turns_(context.doors.executor, 1) {}

    /// A pass after runs that succeeded, every quarter of an hour, and whenever a grace is over. Until it is cancelled.
    Task<> keep();

    /// One pass now, since `who` wants it; `confirmed`: however much it removes.
    Task<Result<PruneOutcome>> prune(std::string who, bool confirmed);

    /// Takes an artifact (id, or an unambiguous part of one) out of the trash, and marks it as held. `rejected` where
    /// it is not in the trash.
    Task<Result<ArtifactRecord>> restore(std::string artifact, std::string who, std::string reason);

    enum class As { it_is, released };
    /// Writes what the ledger knows became of an artifact (its whole id) beside it; nothing of one that is gone.
    /// `released`: as if it were held no more.
    Task<Result<void>> note_marks(std::string artifact, As as = As::it_is);

    void drop_waiters() { turns_.drop_waiters(); }

private:
    Task<Result<PruneOutcome>> pass(std::string who, bool confirmed);
    Task<> catch_up_on_marks(const std::set<std::string>& there);
    Task<std::set<std::string>> stores_that_are_there();
    Task<Result<void>> decide(std::string who, bool confirmed, const std::set<std::string>& there,
                              PruneOutcome& outcome);
    Task<Result<void>> tell_wait(std::string who, const RetentionOutlook&, const PrunePass&);
    Task<Result<void>> empty_trash(const std::vector<ArtifactRecord>& away, const std::set<std::string>& there,
                                   PruneOutcome& outcome);
    Task<Result<std::vector<ArtifactRecord>>> move_all(std::vector<ArtifactRecord> artifacts);
    Task<Result<void>> move(const ArtifactRecord&);
    Task<Result<void>> write_marks(const ArtifactRecord&);
    Duration believed_after(const ArtifactRecord&, SteadyTime now);

    EngineContext& context_;
    Parts parts_;
    Slots turns_;                                  ///< one pass or restoration at a time
    std::map<std::string, SteadyTime> due_since_;  ///< by artifact in the trash: its grace was seen to be over
    std::set<std::string> told_;                   ///< artifacts that could not be moved
    std::set<std::string> caught_up_;              ///< stores with all marks written since they are there
    std::shared_ptr<const Settings> idle_by_;      ///< with these no rule gives anything away
    Duration wait_{0};                             ///< from the last pass on, until something may be due
};

}  // namespace garner
