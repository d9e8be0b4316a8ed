// Speaks to garnerd's control socket: one JSON line there, JSON lines back, the last with "done".
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "command/invocation.hpp"
#include "core/settings.hpp"

namespace garner {

struct ControlAnswer {
    CommandExit exit = CommandExit::fine;
    std::string error;  ///< what the daemon said, or why it cannot be reached
};

/// Sends the request; each line before the last goes to `each`. `unreachable` when garnerd cannot be reached or ends
/// meanwhile, `bad_news` when it says no.
ControlAnswer ask_daemon(const Settings&, const boost::json::object& request,
                         const std::function<void(const boost::json::object&)>& each);

}  // namespace garner
