// A disk that fails on request, under a real program: LD_PRELOAD it, and name a file of rules in GARNER_SHIM. Each line
// is
//     CALL PATTERN NTH ACTION [TIMES]
// CALL: write, fsync, fdatasync, rename, unlink, open (of a directory or to create), truncate. PATTERN: a glob over the
// path. NTH: from which matching call on (1: the first). ACTION: kill-before, kill-after, or an error by name (EIO,
// ENOSPC, EDQUOT, EROFS). TIMES: how often an error strikes, * for ever (default 1). A rule counts from the moment when
// its file was written. GARNER_SHIM_TRACE names a file that gets a line for each of these calls: CALL PATH. Only what
// libc's own functions do is seen; io_uring and raw syscalls are not.
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace {

struct Rule {
    std::string call;
    std::string pattern;
    long nth = 1;
    std::string action;
    long times = 1;
    long seen = 0;
};

std::recursive_mutex mutex;
std::vector<Rule>* rules = nullptr;  // never freed: calls come until the very end
timespec rules_written{};
thread_local bool inside = false;  // what the shim itself does is not looked at

template <class Function>
Function original(Function, const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

long number(const char* text) { return std::strcmp(text, "*") == 0 ? LONG_MAX : std::strtol(text, nullptr, 10); }

void read_rules() {
    const char* const path = std::getenv("GARNER_SHIM");
    struct stat about {};
    if (path == nullptr || ::stat(path, &about) != 0) return;
    if (rules != nullptr && about.st_mtim.tv_sec == rules_written.tv_sec &&
        about.st_mtim.tv_nsec == rules_written.tv_nsec)
        return;
    rules_written = about.st_mtim;
    if (rules == nullptr) rules = new std::vector<Rule>;
    rules->clear();
    std::FILE* const file = std::fopen(path, "re");
    if (file == nullptr) return;
    std::array<char, 64> call{};
    std::array<char, 512> pattern{};
    std::array<char, 32> nth{};
    std::array<char, 32> action{};
    std::array<char, 1024> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), file) != nullptr) {
        std::array<char, 32> times{"1"};
        if (std::sscanf(line.data(), "%63s %511s %31s %31s %31s", call.data(), pattern.data(), nth.data(),
                        action.data(), times.data()) < 4)
            continue;
        rules->push_back({call.data(), pattern.data(), number(nth.data()), action.data(), number(times.data())});
    }
    std::fclose(file);
}

void trace(const char* call, const std::string& path) {
    const char* const to = std::getenv("GARNER_SHIM_TRACE");
    if (to == nullptr) return;
    const int file = ::open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    const std::string line = std::string(call) + " " + path + "\n";
    if (original(&::write, "write")(file, line.data(), line.size()) < 0) std::abort();
    ::close(file);
}

int error_named(const std::string& name) {
    if (name == "EIO") return EIO;
    if (name == "ENOSPC") return ENOSPC;
    if (name == "EDQUOT") return EDQUOT;
    if (name == "EROFS") return EROFS;
    return 0;
}

// What is to become of one call.
struct Fate {
    int error = 0;
    bool dies_behind = false;
};

Fate fate_of(const char* call, const std::string& path) {
    Fate fate;
    if (inside || path.empty()) return fate;
    inside = true;
    const std::lock_guard<std::recursive_mutex> lock(mutex);
    read_rules();
    trace(call, path);
    if (rules != nullptr)
        for (Rule& rule : *rules) {
            if (rule.call != call || ::fnmatch(rule.pattern.c_str(), path.c_str(), 0) != 0) continue;
            ++rule.seen;
            if (rule.seen < rule.nth || (rule.times != LONG_MAX && rule.seen - rule.nth >= rule.times)) continue;
            if (rule.action == "kill-before") ::kill(::getpid(), SIGKILL);
            if (rule.action == "kill-after") fate.dies_behind = true;
            fate.error = error_named(rule.action);
            break;
        }
    inside = false;
    return fate;
}

std::string path_of(int file) {
    std::array<char, 64> link{};
    std::array<char, PATH_MAX> path{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
    const ssize_t n = ::readlink(link.data(), path.data(), path.size());
    // Sockets and pipes are not disks.
    return n > 0 && path[0] == '/' ? std::string(path.data(), static_cast<std::size_t>(n)) : std::string();
}

template <class Result, class Call>
Result meet(const char* name, const std::string& path, Result failed, Call&& call) {
    const Fate fate = fate_of(name, path);
    if (fate.error != 0) {
        errno = fate.error;
        return failed;
    }
    const Result result = call();
    if (fate.dies_behind) ::kill(::getpid(), SIGKILL);
    return result;
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* bytes, size_t n) {
    static const auto real = original(&::write, "write");
    return meet<ssize_t>("write", path_of(file), -1, [&] { return real(file, bytes, n); });
}

ssize_t pwrite64(int file, const void* bytes, size_t n, off64_t at) {
    static const auto real = original(&::pwrite64, "pwrite64");
    return meet<ssize_t>("write", path_of(file), -1, [&] { return real(file, bytes, n, at); });
}

ssize_t pwrite(int file, const void* bytes, size_t n, off_t at) { return pwrite64(file, bytes, n, at); }

int fsync(int file) {
    static const auto real = original(&::fsync, "fsync");
    return meet<int>("fsync", path_of(file), -1, [&] { return real(file); });
}

int fdatasync(int file) {
    static const auto real = original(&::fdatasync, "fdatasync");
    return meet<int>("fdatasync", path_of(file), -1, [&] { return real(file); });
}

int rename(const char* from, const char* to) noexcept {
    static const auto real = original(&::rename, "rename");
    return meet<int>("rename", to, -1, [&] { return real(from, to); });
}

int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) noexcept {
    static const auto real = original(&::renameat2, "renameat2");
    return meet<int>("rename", to, -1, [&] { return real(from_directory, from, to_directory, to, flags); });
}

int link(const char* from, const char* to) noexcept {
    static const auto real = original(&::link, "link");
    return meet<int>("rename", to, -1, [&] { return real(from, to); });
}

int unlink(const char* path) noexcept {
    static const auto real = original(&::unlink, "unlink");
    return meet<int>("unlink", path, -1, [&] { return real(path); });
}

int ftruncate64(int file, off64_t length) noexcept {
    static const auto real = original(&::ftruncate64, "ftruncate64");
    return meet<int>("truncate", path_of(file), -1, [&] { return real(file, length); });
}

int ftruncate(int file, off_t length) noexcept { return ftruncate64(file, length); }

int open64(const char* path, int flags, ...) {
    static const auto real = original(&::open64, "open64");
    mode_t mode = 0;
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    const bool counts = (flags & (O_CREAT | O_DIRECTORY)) != 0;
    return meet<int>("open", counts ? std::string(path) : std::string(), -1, [&] { return real(path, flags, mode); });
}

int open(const char* path, int flags, ...) {
    mode_t mode = 0;
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    return open64(path, flags, mode);
}
}
