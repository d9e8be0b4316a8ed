// The system calls of RealDisk, blocking: run on its pool only. Each failure is `local`: operation, path, the system's
// words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/disk.hpp"

namespace garner::posix {

/// An open file descriptor, closed with the object.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }

private:
    int number_;
};

/// From errno, which is read at once.
Failure failure(const std::string& operation, const std::string& path);

Result<Descriptor> create(const std::string& path);
Result<Descriptor> reopen(const std::string& path, std::uint64_t length);
Result<void> write_all(const Descriptor&, std::span<const std::byte>, const std::string& path);
Result<void> sync_bytes(const Descriptor&, const std::string& path);

Result<std::string> read(const std::string& path, std::size_t bytes_max);
Result<void> scan(const std::string& path, std::uint64_t from, std::optional<std::uint64_t> length,
                  const std::function<void(std::span<const std::byte>)>& visit);
Result<std::optional<FileInfo>> stat(const std::string& path);
Result<std::vector<DirectoryEntry>> list(const std::string& directory);
Result<void> rename(const std::string& from, const std::string& to, IfExists);
Result<void> link(const std::string& path, const std::string& second);
Result<void> remove(const std::string& path);
Result<void> make_directories(const std::string& path);
Result<void> sync_directory(const std::string& path);
Result<std::uint64_t> free_space(const std::string& path);

}  // namespace garner::posix
