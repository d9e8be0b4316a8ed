#include "service/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/text.hpp"
#include "platform/real/systemd.hpp"
#include "platform/sha256.hpp"

namespace garner {
namespace {

constexpr std::size_t value_bytes_max = 1024;
constexpr std::size_t message_bytes_max = 4096;

bool is_bare(std::string_view value) {
    return !value.empty() && std::none_of(value.begin(), value.end(), [](char c) {
        return c == ' ' || c == '"' || c == '=' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

void append_pair(std::string& line, std::string_view key, std::string_view value) {
    if (!line.empty()) line += ' ';
    line.append(key).append("=");
    if (is_bare(value)) {
        line.append(value);
        return;
    }
    line += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') line += '\\';
        line += c;
    }
    line += '"';
}

int journal_priority(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return 3;
        case LogLevel::warn:
            return 4;
        case LogLevel::info:
            return 6;
        case LogLevel::debug:
        case LogLevel::trace:
            return 7;
    }
    return 6;
}

}  // namespace

LogEvent& LogEvent::with(std::string_view key, std::string_view value) & {
    if (!value.empty()) fields.emplace_back(key, printable(value, value_bytes_max));
    return *this;
}

LogEvent&& LogEvent::with(std::string_view key, std::string_view value) && { return std::move(with(key, value)); }

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return "trace";
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
    }
    return "info";
}

std::string render_logfmt(const LogEvent& event, WallTime now) {
    std::string line;
    append_pair(line, "time", format_rfc3339(now));
    append_pair(line, "level", to_string(event.level));
    append_pair(line, "event", event.name);
    for (const auto& [key, value] : event.fields) append_pair(line, key, value);
    append_pair(line, "msg", printable(event.message, message_bytes_max));
    return line;
}

std::string render_json(const LogEvent& event, WallTime now) {
    boost::json::object object;
    object["time"] = format_rfc3339(now);
    object["level"] = to_string(event.level);
    object["event"] = event.name;
    for (const auto& [key, value] : event.fields) object[key] = value;
    object["msg"] = printable(event.message, message_bytes_max);
    return boost::json::serialize(object);
}

std::string message_id(std::string_view event_name) {
    return Sha256::of("garner event " + std::string(event_name)).substr(0, 32);
}

std::vector<std::pair<std::string, std::string>> render_journal(const LogEvent& event) {
    std::vector<std::pair<std::string, std::string>> fields;
    fields.emplace_back("MESSAGE", printable(event.message, message_bytes_max));
    fields.emplace_back("MESSAGE_ID", message_id(event.name));
    fields.emplace_back("PRIORITY", std::to_string(journal_priority(event.level)));
    fields.emplace_back("SYSLOG_IDENTIFIER", "garnerd");
    fields.emplace_back("GARNER_EVENT", event.name);
    for (const auto& [key, value] : event.fields) {
        std::string name = "GARNER_" + key;
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        fields.emplace_back(std::move(name), value);
    }
    return fields;
}

Log::Log(Clock& clock, const LogSettings& settings, LineSink sink) : clock_(clock), sink_(std::move(sink)) {
    if (!sink_) {
        auto stderr_sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        logger_ = std::make_shared<spdlog::logger>("garnerd", std::move(stderr_sink));
        logger_->set_pattern("%v");
        logger_->set_level(spdlog::level::trace);
    }
    configure(settings);
}

Log::~Log() = default;

void Log::configure(const LogSettings& settings) {
    level_ = settings.level;
    const bool journal = !sink_ && stderr_is_journal();
    format_ = settings.format.value_or(journal ? LogFormat::journal : LogFormat::logfmt);
}

void Log::write(const LogEvent& event) {
    if (event.level < level_) return;
    if (format_ == LogFormat::journal && !sink_ && send_to_journal(render_journal(event))) return;
    const WallTime now = clock_.wall_now();
    const std::string line = format_ == LogFormat::json ? render_json(event, now) : render_logfmt(event, now);
    if (sink_)
        sink_(line);
    else
        logger_->log(spdlog::level::info, spdlog::string_view_t(line));
}

}  // namespace garner
