// One line for `systemctl status`: "idle: 1 source, 0 running, next machine-activity 02:15".
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace garner {

/// `trouble`: why the daemon is not ready; empty when it is.
std::string status_line(const Settings&, std::size_t running, const std::vector<JobOutlook>&,
                        const std::string& trouble);

}  // namespace garner
