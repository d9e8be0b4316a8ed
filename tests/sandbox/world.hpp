// The vendors of one sandbox with their faults, behind one lock, on the real clock; and what the control port may ask
// of them.
#pragma once

#include <mutex>
#include <string>

#include "sandbox/models/faults.hpp"
#include "sandbox/models/tulip.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

class World {
public:
    World(TulipOptions, std::uint64_t seed);

    FaultedReply tulip(VendorModel::Door, ModelRequest);

    /// One request to the control port (tests/sandbox/README.md).
    FaultedReply control(const ModelRequest&);

    /// Before the servers start.
    TulipModel& tulip_model() { return tulip_; }

private:
    ModelReply answer(const ModelRequest&);
    std::string violations_json() const;

    std::mutex mutex_;
    TulipModel tulip_;
    FaultLayer faults_;
};

}  // namespace garner::sandbox
