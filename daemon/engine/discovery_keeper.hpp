// Keeps every source's list of targets young, each at its own pace; one that does not answer holds up no other.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/context.hpp"
#include "engine/source.hpp"

namespace garner {

class DiscoveryKeeper {
public:
    using Sources = std::function<const std::map<std::string, std::shared_ptr<Source>>&()>;
    using Spawn = std::function<void(Task<>)>;

    DiscoveryKeeper(EngineContext& context, Sources sources, Spawn spawn)
        : context_(context), sources_(std::move(sources)), spawn_(std::move(spawn)) {}

    /// Until it is cancelled.
    Task<> keep();

private:
    Task<> refresh(std::shared_ptr<Source> source);

    EngineContext& context_;
    Sources sources_;
    Spawn spawn_;
};

}  // namespace garner
