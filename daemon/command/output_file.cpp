#include "command/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace garner {
namespace {

Failure cannot(const std::string& operation, const std::string& path, int code) {
    return Failure(FailureKind::local, operation + " " + path + ": " + std::strerror(code));
}

Failure exists(const std::string& path) {
    return Failure(FailureKind::local, "write " + path + ": a file of this name exists; name another one with -o");
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path) {
    if (path == "-") return OutputFile(STDOUT_FILENO, "standard output", "");
    std::error_code error;
    if (std::filesystem::symlink_status(path, error).type() != std::filesystem::file_type::not_found)
        return exists(path);
    std::string temporary = path + ".garner-XXXXXX";
    const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return cannot("create a file beside", path, errno);
    return OutputFile(descriptor, path, temporary);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, std::string())) {}

OutputFile::~OutputFile() {
    if (descriptor_ > STDERR_FILENO) close(descriptor_);
    if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<void> OutputFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return cannot("write", path_, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

Result<void> OutputFile::keep() {
    if (temporary_.empty()) return {};
    if (fsync(descriptor_) != 0) return cannot("sync", path_, errno);
    // link() refuses where the name has appeared meanwhile; rename() would replace it.
    if (link(temporary_.c_str(), path_.c_str()) != 0) {
        if (errno == EEXIST) return exists(path_);
        const bool no_links = errno == EPERM || errno == EOPNOTSUPP;
        if (!no_links) return cannot("name", path_, errno);
        if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0)
            return errno == EEXIST ? exists(path_) : cannot("name", path_, errno);
        temporary_.clear();
        return {};
    }
    unlink(temporary_.c_str());
    temporary_.clear();
    return {};
}

}  // namespace garner
