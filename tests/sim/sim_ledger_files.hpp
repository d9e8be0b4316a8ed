// The ledger's files on a disk that forgets: an SQLite VFS in memory. What was written is durable once it was synced, a
// file's name once its file was; when power goes, each sector behind the last sync survives or not, by the seed. So the
// production ledger (WAL, synchronous=FULL) has to be as good as its word.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/chance.hpp"

struct sqlite3_vfs;

namespace garner::sim {

struct LedgerFaults {
    double io_error = 0;  ///< of each write, sync or truncation
    double no_space = 0;  ///< of each write
};

class SimLedgerFiles {
public:
    SimLedgerFiles(SeededRandom& random, Trace& trace);
    ~SimLedgerFiles();
    SimLedgerFiles(const SimLedgerFiles&) = delete;
    SimLedgerFiles& operator=(const SimLedgerFiles&) = delete;

    /// What Database opens.
    std::string uri() const;

    /// From now on nothing changes until power_on().
    void power_off() { off_ = true; }
    /// What survived is what is there. Every connection must be closed.
    void power_on();

    /// Power goes at the n-th change from now on (1: the next one), in the middle of it.
    void lose_power_at_change(std::uint64_t n) { power_goes_at_ = changes_ + n; }
    /// The n-th change from now on fails with an I/O error, once.
    void fail_change(std::uint64_t n) { fails_at_ = changes_ + n; }
    bool lost_power() const { return off_; }
    /// How often something was written, synced, cut or removed.
    std::uint64_t changes() const { return changes_; }

    void set_faults(LedgerFaults faults) { faults_ = faults; }

private:
    struct Node;
    struct Handle;
    struct Callbacks;
    friend struct Callbacks;
    enum class Outcome { done, nothing, io_error, no_space };

    /// Whether a change that SQLite asks for happens.
    Outcome change(bool writes_bytes);

    SeededRandom& random_;
    Trace& trace_;
    std::string name_;
    std::unique_ptr<sqlite3_vfs> vfs_;
    std::map<std::string, std::shared_ptr<Node>> names_;
    std::map<std::string, std::shared_ptr<Node>> durable_;
    LedgerFaults faults_;
    std::uint64_t changes_ = 0;
    std::optional<std::uint64_t> power_goes_at_;
    std::optional<std::uint64_t> fails_at_;
    bool off_ = false;
};

}  // namespace garner::sim
