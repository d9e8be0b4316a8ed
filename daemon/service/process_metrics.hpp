// What Prometheus expects of every process: processor time, memory, descriptors.
#pragma once

#include <optional>

#include "core/time.hpp"

namespace garner {

struct ProcessUse {
    double cpu_seconds = 0;
    double resident_bytes = 0;
    double virtual_bytes = 0;
    double open_fds = 0;
    double max_fds = 0;
};

/// Nothing where /proc cannot be read.
std::optional<ProcessUse> read_process_use();

}  // namespace garner
