// Reads stores back by their schedule, the artifacts first that were proven longest ago, and finds what has changed.
// How far it came is in the ledger with each artifact, so a restart costs nothing but the artifact that was being read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "engine/context.hpp"
#include "store/artifact_store.hpp"

namespace garner {

class StoreKeeper {
public:
    /// What it works with, as it is when it is asked for.
    struct Parts {
        std::function<std::shared_ptr<const Settings>()> settings;
        std::function<std::shared_ptr<ArtifactStore>(const std::string& name)> store;  ///< null: not configured
        std::function<std::string()> clock_suspect;                                    ///< empty: it is trusted
        std::function<Task<Result<void>>(const std::string& artifact)> note_marks;     ///< beside the artifact
    };
    StoreKeeper(EngineContext& context, Parts parts) : context_(context), parts_(std::move(parts)) {}

    /// Until it is cancelled.
    Task<> keep();

private:
    struct Pass;
    Task<Duration> look();
    Task<Result<void>> read_store(const StoreSettings& store, WallTime due, VerifyMemory memory);
    Task<> read_artifact(Pass& pass, const ArtifactRecord& artifact);
    Task<> judge_missing(Pass& pass);
    Task<> prove(Pass& pass, const ArtifactRecord& artifact);
    Task<> mark_damaged(Pass& pass, const ArtifactRecord& artifact, const Failure& failure);
    Task<bool> is_in_its_place(const ArtifactRecord& artifact);
    Task<> breathe(Duration pause);

    EngineContext& context_;
    Parts parts_;
};

}  // namespace garner
