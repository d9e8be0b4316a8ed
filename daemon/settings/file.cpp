#include "settings/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/text.hpp"

namespace garner {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

Failure unreadable(int error) {
    return {FailureKind::local, "cannot be read: " + std::generic_category().message(error)};
}

}  // namespace

Result<SmallFile> read_small_file(const std::string& path, std::size_t bytes_max) {
    if (path.find('\0') != std::string::npos) return unreadable(ENOENT);
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (fd.get() < 0) return unreadable(errno);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return unreadable(errno);
    if (S_ISDIR(status.st_mode)) return Failure(FailureKind::local, "is a directory; a file is meant");
    if (!S_ISREG(status.st_mode))
        return Failure(FailureKind::local, "is not a regular file (a pipe, a socket or a device?)");

    const auto too_large = [&] {
        return Failure(FailureKind::local, "is larger than the " + format_size(bytes_max) + " that are read");
    };
    if (static_cast<std::uint64_t>(status.st_size) > bytes_max) return too_large();
    SmallFile file;
    file.mode = status.st_mode & 07777U;
    file.bytes.resize(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), bytes_max) + 1);
    std::size_t length = 0;
    while (true) {  // to its end, not to st_size: files under /proc and /sys say 0
        if (length == file.bytes.size()) file.bytes.resize(std::min(length * 2, bytes_max + 1));
        const ssize_t got = ::read(fd.get(), file.bytes.data() + length, file.bytes.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(errno);
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
        if (length > bytes_max) return too_large();
    }
    file.bytes.resize(length);
    return file;
}

}  // namespace garner
