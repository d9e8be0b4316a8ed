#include "service/process_metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>

namespace garner {
namespace {

double seconds_of(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

double count_open_fds() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), closedir);
    if (!directory) return 0;
    double count = -3;  // `.`, `..` and the descriptor of this listing
    while (readdir(directory.get()) != nullptr) ++count;
    return count;
}

}  // namespace

std::optional<ProcessUse> read_process_use() {
    std::ifstream statm("/proc/self/statm");
    double pages = 0;
    double resident_pages = 0;
    if (!(statm >> pages >> resident_pages)) return std::nullopt;
    const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
    ProcessUse use;
    use.virtual_bytes = pages * page;
    use.resident_bytes = resident_pages * page;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) use.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) use.max_fds = static_cast<double>(limit.rlim_cur);
    use.open_fds = count_open_fds();
    return use;
}

}  // namespace garner
