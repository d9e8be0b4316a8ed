// A disk that forgets: bytes are durable once they were synced, names once their directory was. A crash keeps what was
// durable and, by the seed, some of the rest.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "platform/disk.hpp"
#include "sim/chance.hpp"
#include "sim/virtual_clock.hpp"

namespace garner::sim {

struct DiskFaults {
    double io_error = 0;  ///< of each operation that writes
    double no_space = 0;  ///< of each append
};

class SimDisk final : public Disk {
public:
    SimDisk(VirtualClock& clock, SeededRandom& random, Trace& trace) : clock_(clock), random_(random), trace_(trace) {}

    Task<Result<std::unique_ptr<WritableFile>>> create(std::string path) override;
    Task<Result<std::unique_ptr<WritableFile>>> reopen(std::string path, std::uint64_t length) override;
    Task<Result<std::string>> read(std::string path, std::size_t bytes_max) override;
    Task<Result<void>> scan(std::string path, std::optional<std::uint64_t> length,
                            std::function<void(std::span<const std::byte>)> visit) override;
    Task<Result<std::optional<FileInfo>>> stat(std::string path) override;
    Task<Result<std::vector<DirectoryEntry>>> list(std::string directory) override;
    Task<Result<void>> rename(std::string from, std::string to, IfExists) override;
    Task<Result<void>> remove(std::string path) override;
    Task<Result<void>> make_directories(std::string path) override;
    Task<Result<void>> sync_directory(std::string path) override;
    Task<Result<std::uint64_t>> free_space(std::string path) override;

    /// Power is gone: from now on nothing changes until power_on().
    void power_off() { off_ = true; }
    /// What survived is what is there.
    void power_on();

    void set_faults(DiskFaults faults) { faults_ = faults; }
    void set_free_space(std::uint64_t bytes) { free_ = bytes; }

    /// For the checkers: what is there now, without asking the daemon.
    const std::string* file(const std::string& path) const;
    std::vector<std::string> files() const;

private:
    struct Inode {
        std::string bytes;
        std::size_t synced = 0;  ///< so many of them are durable
    };
    class File;
    using Names = std::map<std::string, std::shared_ptr<Inode>>;

    Task<Result<void>> operate(std::string what, bool writes);

    VirtualClock& clock_;
    SeededRandom& random_;
    Trace& trace_;
    DiskFaults faults_;
    std::uint64_t free_ = 1ULL << 40;
    bool off_ = false;
    Names names_;
    Names durable_;
    std::set<std::string> directories_;
    std::set<std::string> durable_directories_;
};

}  // namespace garner::sim
