// A disk that forgets: bytes are durable once they were synced, names once their directory was. A crash keeps what was
// durable and, by the seed, some of the rest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "platform/disk.hpp"
#include "sim/chance.hpp"
#include "sim/virtual_clock.hpp"

namespace garner::sim {

struct DiskFaults {
    double io_error = 0;    ///< of each operation that writes
    double read_error = 0;  ///< of each one that reads
    double no_space = 0;    ///< of each append
};

class SimDisk final : public Disk {
public:
    SimDisk(VirtualClock& clock, SeededRandom& random, Trace& trace) : clock_(clock), random_(random), trace_(trace) {}

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

    /// Power is gone: from now on nothing changes until power_on().
    void power_off() { off_ = true; }
    /// What survived is what is there.
    void power_on();

    /// A bit of the file flips, behind everybody's back.
    void rot(const std::string& path);
    /// Somebody deletes the file.
    void lose(const std::string& path) {
        names_.erase(path);
        durable_.erase(path);
    }
    /// What is below this directory is not there, and what is made there meanwhile is on another disk; and back again.
    void unmount(const std::string& directory);
    void mount_again();
    void set_faults(DiskFaults faults) { faults_ = faults; }
    void set_free_space(std::uint64_t bytes) { free_ = bytes; }

    /// For the checkers: what is there now, without asking the daemon.
    const std::string* file(const std::string& path) const;
    std::vector<std::string> files() const;
    /// It is there and would be after a crash, to its last byte.
    bool is_durable(const std::string& path) const;
    /// Operations so far, and the n-th from now on (1: the next one) fails with an I/O error, once.
    std::uint64_t operations() const { return operations_; }
    void fail_operation(std::uint64_t n) { fails_at_ = operations_ + n; }

private:
    struct Inode {
        std::string bytes;
        std::size_t synced = 0;   ///< so many of them are durable
        bool unsyncable = false;  ///< a sync failed: what was dirty counts as clean, and is not
    };
    class File;
    using Names = std::map<std::string, std::shared_ptr<Inode>>;

    enum class Kind { reads, writes };
    Task<Result<void>> operate(std::string what, Kind kind);

    VirtualClock& clock_;
    SeededRandom& random_;
    Trace& trace_;
    DiskFaults faults_;
    std::uint64_t free_ = 1ULL << 40;
    bool off_ = false;
    std::uint64_t operations_ = 0;
    std::optional<std::uint64_t> fails_at_;
    Names names_;
    Names durable_;
    std::set<std::string, std::less<>> directories_;
    std::set<std::string, std::less<>> durable_directories_;
    struct Mounted {
        Names names;
        Names durable;
        std::set<std::string, std::less<>> directories;
    };
    std::optional<Mounted> away_;  ///< of the disk that is not mounted
};

}  // namespace garner::sim
