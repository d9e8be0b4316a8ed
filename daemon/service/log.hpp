// The daemon's log: events with a stable name and fields, written to stderr as logfmt, JSON lines or journal entries.
// Nothing else in garner writes to stderr while the daemon runs; the sentences are in log_observer and daemon.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/settings.hpp"
#include "platform/clock.hpp"

namespace spdlog {
class logger;
}

namespace garner {

/// One event: `name` is stable, so that searches and alerts can rely on it; the fields are for machines, `message` for
/// people.
struct LogEvent {
    LogEvent(LogLevel level_, std::string name_, std::string message_)
        : level(level_), name(std::move(name_)), message(std::move(message_)) {}

    /// Adds a field; its value is made one printable line. Empty values are left out.
    LogEvent& with(std::string_view key, std::string_view value) &;
    LogEvent&& with(std::string_view key, std::string_view value) &&;

    LogLevel level;
    std::string name;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;
};

std::string_view to_string(LogLevel);

/// `time=2026-11-02T02:15:00Z level=info event=run_ended job=nightly msg="..."`
std::string render_logfmt(const LogEvent&, WallTime);
/// One object on one line.
std::string render_json(const LogEvent&, WallTime);
/// Fields of a journal entry: MESSAGE, MESSAGE_ID, PRIORITY, GARNER_EVENT, GARNER_RUN, ...
std::vector<std::pair<std::string, std::string>> render_journal(const LogEvent&);
/// The fixed 128-bit MESSAGE_ID of an event's name: the beginning of SHA-256("garner event <name>").
std::string message_id(std::string_view event_name);

class Log {
public:
    /// Where lines go instead of stderr; for tests.
    using LineSink = std::function<void(const std::string&)>;

    Log(Clock&, const LogSettings&, LineSink = nullptr);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void configure(const LogSettings&);
    void write(const LogEvent&);

private:
    Clock& clock_;
    LineSink sink_;
    LogLevel level_ = LogLevel::info;
    LogFormat format_ = LogFormat::logfmt;
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace garner
