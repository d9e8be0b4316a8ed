// What a reload changes, in words, and what it cannot change while the daemon runs.
#pragma once

#include <string>
#include <vector>

#include "core/settings.hpp"

namespace garner {

/// One line per change: "job nightly: added", "source press-shop: changed (url, credential)". Never shows a value of a
/// secret.
std::vector<std::string> describe_changes(const Settings& before, const Settings& after);

/// Keys whose change needs a restart: "global.state_directory: cannot change while garnerd runs; restart it: systemctl
/// restart garnerd". A reload with any of them is refused, so that a key that is accepted has an effect.
std::vector<std::string> changes_that_need_a_restart(const Settings& before, const Settings& after);

}  // namespace garner
