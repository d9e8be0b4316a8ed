#include "platform/real/systemd.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

namespace garner {

void notify_service_manager(const std::string& lines) { sd_notify(0, lines.c_str()); }

bool has_service_manager() { return std::getenv("NOTIFY_SOCKET") != nullptr; }

std::optional<Duration> watchdog_interval() {
    std::uint64_t usec = 0;
    if (sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
    return Duration(static_cast<std::int64_t>(usec / 1000));
}

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    if (stream == nullptr) return false;
    unsigned long long device = 0;
    unsigned long long inode = 0;
    if (std::sscanf(stream, "%llu:%llu", &device, &inode) != 2) return false;
    struct stat info {};
    return fstat(2, &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

bool send_to_journal(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::vector<std::string> texts;
    texts.reserve(fields.size());
    for (const auto& [name, value] : fields) texts.push_back(name + "=" + value);
    std::vector<iovec> parts;
    parts.reserve(texts.size());
    for (std::string& text : texts) parts.push_back({text.data(), text.size()});
    return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

std::string monotonic_usec() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::to_string(static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace garner
