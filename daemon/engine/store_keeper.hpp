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
    using CurrentSettings = std::function<std::shared_ptr<const Settings>()>;
    /// The store of that name; null when it is not configured.
    using StoreOf = std::function<std::shared_ptr<ArtifactStore>(const std::string& name)>;

    StoreKeeper(EngineContext& context, CurrentSettings settings, StoreOf store_of)
        : context_(context), settings_(std::move(settings)), store_of_(std::move(store_of)) {}

    /// Until it is cancelled.
    Task<> keep();

private:
    struct Pass;
    Task<Duration> look();
    Task<Result<void>> read_store(const StoreSettings& store, WallTime due, VerifyMemory memory);
    Task<> read_artifact(Pass& pass, const ArtifactRecord& artifact);
    Task<> judge_missing(Pass& pass);
    Task<> mark_damaged(Pass& pass, const ArtifactRecord& artifact, const Failure& failure);
    Task<> breathe(Duration pause);

    EngineContext& context_;
    CurrentSettings settings_;
    StoreOf store_of_;
};

}  // namespace garner
