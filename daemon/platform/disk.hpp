// Door 4: files. Real: POSIX on a small pool of threads, so that no fsync ever stands on the loop. Simulated: bytes and
// names that are durable only once they were synced. Paths are absolute. Files are created 0600, directories 0700.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "platform/task.hpp"

namespace garner {

/// A file that is being written, from one writer, front to back.
class WritableFile {
public:
    virtual ~WritableFile() = default;  ///< closes without syncing
    /// All bytes or a failure (`local`: ENOSPC, EIO, EROFS, ... by name).
    virtual Task<Result<void>> append(std::span<const std::byte>) = 0;
    /// Bytes are on the platter afterwards (fdatasync is enough for bytes and length). Never repeated after a failure.
    virtual Task<Result<void>> sync() = 0;
};

struct FileInfo {
    std::uint64_t size = 0;
    WallTime modified_at;
};

struct DirectoryEntry {
    std::string name;
    bool is_directory = false;
};

enum class IfExists { fail, replace };

/// Every failure is `local` unless it says otherwise, and names the operation, the path and the cause ("rename /a to
/// /b: No space left on device").
class Disk {
public:
    virtual ~Disk() = default;

    /// A new file, 0600, not following a symlink; fails where one exists.
    virtual Task<Result<std::unique_ptr<WritableFile>>> create(std::string path) = 0;
    /// An existing file, cut to `length` bytes, positioned at its end.
    virtual Task<Result<std::unique_ptr<WritableFile>>> reopen(std::string path, std::uint64_t length) = 0;

    /// A small file, whole. More than `bytes_max` is a failure.
    virtual Task<Result<std::string>> read(std::string path, std::size_t bytes_max) = 0;
    /// Feeds the first `length` bytes (all, when nothing is said) to `visit` in pieces; fewer bytes than `length` is a
    /// failure. `visit` runs off the loop, one piece at a time, and must touch nothing that the loop touches meanwhile.
    virtual Task<Result<void>> scan(std::string path, std::optional<std::uint64_t> length,
                                    std::function<void(std::span<const std::byte>)> visit) = 0;
    /// As scan(), of the `length` bytes from `from` on.
    virtual Task<Result<void>> scan_part(std::string path, std::uint64_t from, std::uint64_t length,
                                         std::function<void(std::span<const std::byte>)> visit) = 0;

    /// Nothing where there is no such file; symlinks are not followed.
    virtual Task<Result<std::optional<FileInfo>>> stat(std::string path) = 0;
    /// Entries without `.` and `..`, sorted by name; empty where there is no such directory.
    virtual Task<Result<std::vector<DirectoryEntry>>> list(std::string directory) = 0;

    /// Atomic within a file system. `IfExists::fail` leaves both as they were and fails where the goal exists.
    virtual Task<Result<void>> rename(std::string from, std::string to, IfExists) = 0;
    /// Gives the file a second name; fails where that exists. `rejected` where the file system has no such thing.
    virtual Task<Result<void>> link(std::string path, std::string second) = 0;
    /// No failure where there is no such file.
    virtual Task<Result<void>> remove(std::string path) = 0;
    /// Creates the directory and its missing parents, each synced into its parent.
    virtual Task<Result<void>> make_directories(std::string path) = 0;
    /// Names created, renamed or removed in the directory are durable afterwards.
    virtual Task<Result<void>> sync_directory(std::string path) = 0;

    /// Bytes that an unprivileged process can still write on the file system of `path`.
    virtual Task<Result<std::uint64_t>> free_space(std::string path) = 0;
};

}  // namespace garner
