// What systemd and its journal are told and asked. Without systemd (no NOTIFY_SOCKET, no JOURNAL_STREAM) all of it does
// nothing.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace garner {

/// One datagram of sd_notify lines: "READY=1\nSTATUS=idle".
void notify_service_manager(const std::string& lines);

/// Whether anybody hears that.
bool has_service_manager();

/// How long systemd waits for a sign of life before it kills the service; nothing when it does not watch.
std::optional<Duration> watchdog_interval();

/// Whether stderr is connected to the journal ($JOURNAL_STREAM names the same file).
bool stderr_is_journal();

/// One entry with these fields (names in capitals). False when the journal did not take it.
bool send_to_journal(const std::vector<std::pair<std::string, std::string>>& fields);

/// Microseconds of CLOCK_MONOTONIC, as MONOTONIC_USEC= of RELOADING=1 wants them.
std::string monotonic_usec();

}  // namespace garner
