// A reload: all or nothing. The new configuration is loaded beside the old one, off the loop; only when every part of
// it can be had does anything change.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "platform/clock.hpp"
#include "platform/event.hpp"
#include "platform/worker.hpp"
#include "service/health.hpp"
#include "service/housekeeping.hpp"
#include "service/log.hpp"
#include "service/web_server.hpp"

namespace garner {

struct ReloadOutcome {
    std::vector<std::string> changes;   ///< what changed, or nothing did
    std::vector<std::string> errors;    ///< why nothing was applied
    std::vector<std::string> warnings;  ///< of the file
    bool ok() const { return errors.empty(); }
};

class Reloader {
public:
    struct Parts {
        std::string config_path;
        Worker& worker;
        Clock& clock;
        Engine& engine;
        WebServer& web;
        Health& health;
        Housekeeping& housekeeping;
        Log& log;
    };
    Reloader(asio::any_io_executor, Parts);

    /// `who` asked: "SIGHUP", "uid 0". Reloads that come together follow one another.
    Task<ReloadOutcome> reload(std::string who);

    bool last_successful() const { return last_successful_; }
    std::optional<WallTime> last_success() const { return last_success_; }

private:
    Task<ReloadOutcome> load_and_apply();

    Parts parts_;
    Event finished_;
    bool going_on_ = false;
    bool last_successful_ = true;
    std::optional<WallTime> last_success_;
};

}  // namespace garner
