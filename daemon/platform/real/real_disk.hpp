// Files by POSIX, on a small pool of threads. An operation that began always ends: a cancelled coroutine gets its
// result all the same, so buffers that were handed over stay alive. The loop must outlive the disk; files may outlive
// it only unused.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <memory>

#include "platform/disk.hpp"

namespace garner {

class RealDisk final : public Disk {
public:
    explicit RealDisk(std::size_t threads = 3);
    /// Waits for the operations that are under way.
    ~RealDisk() override;

    Task<Result<std::unique_ptr<WritableFile>>> create(std::string path) override;
    Task<Result<std::unique_ptr<WritableFile>>> reopen(std::string path, std::uint64_t length) override;
    Task<Result<std::string>> read(std::string path, std::size_t bytes_max) override;
    Task<Result<void>> scan(std::string path, std::optional<std::uint64_t> length,
                            std::function<void(std::span<const std::byte>)> visit) override;
    Task<Result<void>> scan_part(std::string path, std::uint64_t from, std::uint64_t length,
                                 std::function<void(std::span<const std::byte>)> visit) override;
    Task<Result<std::optional<FileInfo>>> stat(std::string path) override;
    Task<Result<std::vector<DirectoryEntry>>> list(std::string directory) override;
    Task<Result<void>> rename(std::string from, std::string to, IfExists) override;
    Task<Result<void>> link(std::string path, std::string second) override;
    Task<Result<void>> remove(std::string path) override;
    Task<Result<void>> make_directories(std::string path) override;
    Task<Result<void>> sync_directory(std::string path) override;
    Task<Result<std::uint64_t>> free_space(std::string path) override;

private:
    boost::asio::thread_pool pool_;
};

}  // namespace garner
