// The vendors of one sandbox with their faults, behind one lock, on the real clock; and what the control port may ask
// of them.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/models/appgate.hpp"
#include "sandbox/models/faults.hpp"
#include "sandbox/models/servitly.hpp"
#include "sandbox/models/tulip.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

struct WorldOptions {
    TulipOptions tulip;
    ServitlyOptions servitly;
    AppgateOptions appgate;
};

class World {
public:
    World(WorldOptions, std::uint64_t seed);

    /// One request to a door of "tulip", "servitly" or "appgate".
    FaultedReply handle(std::string_view vendor, VendorModel::Door, ModelRequest);

    /// One request to the control port (tests/sandbox/README.md).
    FaultedReply control(const ModelRequest&);

    /// URLs that an appliance should call now.
    std::vector<std::string> due_notifications();
    void count_notification(bool delivered);

    /// What should not be at the end, a line each: violations and backups left behind.
    std::vector<std::string> shortcomings();

    /// Before the servers start.
    TulipModel& tulip() { return tulip_; }
    ServitlyModel& servitly() { return servitly_; }
    AppgateModel& appgate() { return appgate_; }

private:
    struct Vendor {
        Vendor(std::string its_name, VendorModel& its_model, std::uint64_t seed);

        std::string name;
        VendorModel& model;
        FaultLayer faults;
        std::deque<WallTime> requests;  ///< when they came, at any door; the newest ones
    };

    ModelReply answer(const ModelRequest&);
    std::optional<ModelReply> answer_about_faults(const ModelRequest&, const std::string& what);
    std::optional<ModelReply> answer_of(Vendor&, const ModelRequest&, std::string_view what);
    Vendor& named(std::string_view name);

    std::mutex mutex_;
    TulipModel tulip_;
    ServitlyModel servitly_;
    AppgateModel appgate_;
    std::vector<Vendor> vendors_;
    std::uint64_t notified_ = 0;
    std::uint64_t not_notified_ = 0;
};

}  // namespace garner::sandbox
