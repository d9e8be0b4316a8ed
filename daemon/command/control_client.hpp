// Speaks to garnerd's control socket: one JSON line there, JSON lines back, the last with "done".
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

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
/// The same, and the object that the daemon answers under that key; an empty one where it answers none.
std::pair<ControlAnswer, boost::json::object> ask_daemon_for(const Settings&, const boost::json::object& request,
                                                             std::string_view key);
/// Says what went wrong, where the answer says so.
CommandExit conclude(const Invocation&, const ControlAnswer&);

}  // namespace garner
