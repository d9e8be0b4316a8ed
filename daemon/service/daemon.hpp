// garnerd as a process, from the lock on the state directory to the last word to systemd. One loop, one thread; only
// files, SQLite and passwords are elsewhere.
#pragma once

#include <memory>
#include <string>

#include "core/settings.hpp"

namespace garner {

/// What sysexits and systemd's RestartPreventExitStatus agree on. PRODUCT.md section 2.
enum class DaemonExit { asked_to_stop = 0, failed = 1, usage = 64, configuration = 78 };

/// No core dumps of this process, files 0600 from the first byte, no death by a closed pipe. First thing of all.
void harden_process();

/// Lives until it is asked to stop. Says on stderr why it cannot.
DaemonExit run_daemon(const std::string& config_path, std::shared_ptr<const Settings>);

}  // namespace garner
