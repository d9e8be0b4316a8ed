#include "platform/real/real_disk_posix.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "core/text.hpp"

namespace garner::posix {
namespace {

constexpr std::size_t piece_bytes = 1024 * 1024;

template <class Call>
auto again_when_interrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

Descriptor open_path(const std::string& path, int flags, mode_t mode = 0) {
    // Never through a symlink that somebody planted under the last name, and never stuck on a FIFO.
    const int all = flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    return Descriptor(again_when_interrupted([&] { return ::open(path.c_str(), all, mode); }));
}

Failure not_regular(const std::string& operation, const std::string& path) {
    return Failure(FailureKind::local, operation + " " + printable(path) + ": it is not a regular file");
}

// An existing regular file, and what the system says of it.
struct OpenFile {
    Descriptor descriptor;
    struct stat about {};
};

Result<OpenFile> open_regular(const std::string& path, int flags, const std::string& operation) {
    OpenFile file;
    file.descriptor = open_path(path, flags);
    if (!file.descriptor) return failure(operation, path);
    if (::fstat(file.descriptor.number(), &file.about) != 0) return failure(operation, path);
    if (!S_ISREG(file.about.st_mode)) return not_regular(operation, path);
    return file;
}

// Up to `goal.size()` bytes; fewer only at the end of the file.
Result<std::size_t> read_some(const Descriptor& from, std::span<std::byte> goal, const std::string& path) {
    std::size_t have = 0;
    while (have < goal.size()) {
        const auto n =
            again_when_interrupted([&] { return ::read(from.number(), goal.data() + have, goal.size() - have); });
        if (n < 0) return failure("read", path);
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
    }
    return have;
}

std::string parent_of(const std::string& path) {
    const auto slash = path.find_last_of('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// Where the file system cannot rename without replacing (NFS, some FUSE): a link fails where a name exists, too.
// A crash in between leaves both names of one file; whoever repeats the step sees the goal there, whole.
Result<void> link_and_unlink(const std::string& from, const std::string& to, const std::string& operation) {
    if (::link(from.c_str(), to.c_str()) != 0) return failure(operation, to);
    if (::unlink(from.c_str()) != 0) return failure("remove", from);
    return {};
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Failure failure(const std::string& operation, const std::string& path) {
    const int error = errno;
    return Failure(FailureKind::local,
                   operation + " " + printable(path) + ": " + std::generic_category().message(error));
}

Result<Descriptor> create(const std::string& path) {
    auto file = open_path(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file) return failure("create", path);
    return file;
}

Result<Descriptor> reopen(const std::string& path, std::uint64_t length) {
    auto file = open_regular(path, O_WRONLY, "open");
    if (!file) return file.error();
    const Descriptor& descriptor = file->descriptor;
    if (static_cast<std::uint64_t>(file->about.st_size) < length)
        return Failure(FailureKind::local, "open " + printable(path) + ": it has " +
                                               std::to_string(file->about.st_size) + " bytes, expected at least " +
                                               std::to_string(length));
    const auto end = static_cast<off_t>(length);
    if (again_when_interrupted([&] { return ::ftruncate(descriptor.number(), end); }) != 0) return failure("cut", path);
    if (::lseek(descriptor.number(), end, SEEK_SET) != end) return failure("open", path);
    return std::move(file->descriptor);
}

Result<void> write_all(const Descriptor& file, std::span<const std::byte> bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto n = again_when_interrupted([&] { return ::write(file.number(), bytes.data(), bytes.size()); });
        if (n < 0) return failure("write", path);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

Result<void> sync_bytes(const Descriptor& file, const std::string& path) {
    if (::fdatasync(file.number()) != 0) return failure("sync", path);
    return {};
}

Result<std::string> read(const std::string& path, std::size_t bytes_max) {
    const auto file = open_regular(path, O_RDONLY, "read");
    if (!file) return file.error();
    std::string content;
    // One byte more than is allowed, so that a file that grows meanwhile is noticed.
    const auto announced = static_cast<std::size_t>(file->about.st_size);
    content.resize(std::min(announced, bytes_max) + 1);
    const auto n = read_some(file->descriptor, std::as_writable_bytes(std::span(content)), path);
    if (!n) return n.error();
    if (*n > bytes_max || announced > bytes_max)
        return Failure(FailureKind::local, "read " + printable(path) + ": it is larger than " + format_size(bytes_max));
    content.resize(*n);
    return content;
}

Result<void> scan(const std::string& path, std::uint64_t from, std::optional<std::uint64_t> length,
                  const std::function<void(std::span<const std::byte>)>& visit) {
    const auto file = open_regular(path, O_RDONLY, "read");
    if (!file) return file.error();
    if (from > 0 && ::lseek(file->descriptor.number(), static_cast<off_t>(from), SEEK_SET) < 0)
        return failure("read", path);
    ::posix_fadvise(file->descriptor.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
    const auto piece = std::make_unique_for_overwrite<std::byte[]>(piece_bytes);
    std::uint64_t seen = 0;
    while (!length || seen < *length) {
        const auto wanted = length ? std::min<std::uint64_t>(piece_bytes, *length - seen) : piece_bytes;
        const auto n = read_some(file->descriptor, std::span(piece.get(), static_cast<std::size_t>(wanted)), path);
        if (!n) return n.error();
        if (*n > 0) visit(std::span(piece.get(), *n));
        seen += *n;
        if (*n < wanted) break;
    }
    if (length && seen < *length)
        return Failure(FailureKind::local, "read " + printable(path) + ": it ends after " +
                                               std::to_string(from + seen) + " bytes, expected " +
                                               std::to_string(from + *length));
    return {};
}

Result<std::optional<FileInfo>> stat(const std::string& path) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileInfo>();
        return failure("look at", path);
    }
    FileInfo info;
    info.size = static_cast<std::uint64_t>(about.st_size);
    info.modified_at =
        from_unix_ms(static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000 + about.st_mtim.tv_nsec / 1'000'000);
    return std::optional(info);
}

Result<std::vector<DirectoryEntry>> list(const std::string& directory) {
    std::vector<DirectoryEntry> entries;
    Descriptor descriptor(
        again_when_interrupted([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!descriptor) {
        if (errno == ENOENT) return entries;
        return failure("list", directory);
    }
    const int own = ::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(own < 0 ? nullptr : ::fdopendir(own), ::closedir);
    if (!stream) return failure("list", directory);
    while (true) {
        errno = 0;
        const dirent* entry = ::readdir(stream.get());
        if (entry == nullptr) {
            if (errno != 0) return failure("list", directory);
            break;
        }
        std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        bool is_directory = entry->d_type == DT_DIR;
        if (entry->d_type == DT_UNKNOWN) {
            struct stat about {};
            is_directory = ::fstatat(descriptor.number(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                           S_ISDIR(about.st_mode);
        }
        entries.push_back(DirectoryEntry{std::move(name), is_directory});
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
}

Result<void> rename(const std::string& from, const std::string& to, IfExists if_exists) {
    const std::string operation = "rename " + printable(from) + " to";
    if (if_exists == IfExists::replace) {
        if (::rename(from.c_str(), to.c_str()) != 0) return failure(operation, to);
        return {};
    }
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno == EINVAL || errno == ENOSYS) return link_and_unlink(from, to, operation);
    return failure(operation, to);
}

Result<void> link(const std::string& path, const std::string& second) {
    const std::string operation = "link " + printable(path) + " to";
    if (::link(path.c_str(), second.c_str()) == 0) return {};
    const int error = errno;
    Failure failed = failure(operation, second);
    // EPERM: FAT and some network file systems; the kernel also refuses links to files of others.
    if (error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK)
        failed.kind = FailureKind::rejected;
    return failed;
}

Result<void> remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure("remove", path);
    return {};
}

Result<void> make_directories(const std::string& path) {
    std::vector<std::string> missing;
    std::string at = path;
    while (at.size() > 1 && at.back() == '/') at.pop_back();
    Descriptor parent;
    while (true) {
        parent =
            Descriptor(again_when_interrupted([&] { return ::open(at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
        if (parent) break;
        if (errno != ENOENT || at == "/") return failure("make directory", at);
        missing.push_back(at);
        at = parent_of(at);
    }
    for (; !missing.empty(); missing.pop_back()) {
        const std::string& next = missing.back();
        const std::string name = next.substr(next.find_last_of('/') + 1);
        if (::mkdirat(parent.number(), name.c_str(), 0700) != 0 && errno != EEXIST)
            return failure("make directory", next);
        if (::fsync(parent.number()) != 0) return failure("sync directory", parent_of(next));
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        parent = Descriptor(again_when_interrupted([&] { return ::openat(parent.number(), name.c_str(), flags); }));
        if (!parent) return failure("make directory", next);
    }
    return {};
}

Result<void> sync_directory(const std::string& path) {
    const Descriptor directory(
        again_when_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!directory) return failure("sync directory", path);
    if (::fsync(directory.number()) != 0) return failure("sync directory", path);
    return {};
}

Result<std::uint64_t> free_space(const std::string& path) {
    struct statvfs about {};
    if (again_when_interrupted([&] { return ::statvfs(path.c_str(), &about); }) != 0)
        return failure("ask for the free space of", path);
    return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

}  // namespace garner::posix
