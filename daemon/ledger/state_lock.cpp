#include "ledger/state_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace garner {
namespace {

std::string lock_path(const std::string& state_directory) { return state_directory + "/lock"; }

struct flock whole_file(short type) {
    struct flock region {};
    region.l_type = type;
    region.l_whence = SEEK_SET;
    return region;
}

Failure failure(const std::string& operation, const std::string& path, int error) {
    return Failure(FailureKind::local, operation + " " + path + ": " + std::generic_category().message(error));
}

std::string holder_in(int descriptor) {
    std::array<char, 32> content{};
    const auto n = ::pread(descriptor, content.data(), content.size(), 0);
    const std::string_view text(content.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    const std::string_view pid = text.substr(0, text.find('\n'));
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (pid.empty() || !std::all_of(pid.begin(), pid.end(), is_digit)) return "another process";
    return "process " + std::string(pid);
}

}  // namespace

Result<StateLock> StateLock::take(const std::string& state_directory) {
    const std::string path = lock_path(state_directory);
    StateLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock.descriptor_ < 0) return failure("open", path, errno);
    struct flock region = whole_file(F_WRLCK);
    if (::fcntl(lock.descriptor_, F_OFD_SETLK, &region) != 0) {
        if (errno != EAGAIN && errno != EACCES) return failure("lock", path, errno);
        return Failure(FailureKind::local,
                       "the state directory " + state_directory + " is in use by " + holder_in(lock.descriptor_) +
                           ": stop that garnerd first, or give this one a state_directory of its own");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    const auto length = static_cast<ssize_t>(pid.size());
    if (::ftruncate(lock.descriptor_, 0) != 0 || ::pwrite(lock.descriptor_, pid.data(), pid.size(), 0) != length)
        return failure("write", path, errno);
    return lock;
}

std::optional<std::string> StateLock::holder(const std::string& state_directory) {
    const StateLock probe(::open(lock_path(state_directory).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (probe.descriptor_ < 0) return std::nullopt;
    struct flock region = whole_file(F_RDLCK);
    if (::fcntl(probe.descriptor_, F_OFD_GETLK, &region) != 0 || region.l_type == F_UNLCK) return std::nullopt;
    return holder_in(probe.descriptor_);
}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

StateLock::~StateLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace garner
