#include "sim/sim_ledger_files.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <utility>

namespace garner::sim {
namespace {

constexpr std::size_t sector = 512;

struct Write {
    std::size_t at;
    std::string bytes;  // empty: the file is cut to `at` bytes
    bool cut = false;
};

void put(std::string& file, std::size_t at, std::string_view bytes) {
    if (file.size() < at + bytes.size()) file.resize(at + bytes.size(), '\0');
    std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

// A file, whatever its names are.
struct SimLedgerFiles::Node {
    std::string bytes;            // what a reader sees
    std::string durable;          // what survives for certain
    std::vector<Write> unsynced;  // what leads from the one to the other
    // Locks of connections, all in this process.
    int shared = 0;
    const Handle* reserved = nullptr;
    const Handle* exclusive = nullptr;
    // The WAL's index, in memory that connections share.
    std::vector<std::unique_ptr<std::array<char, 32768>>> index;
    std::array<int, SQLITE_SHM_NLOCK> index_locks{};  // how many share it; -1: one alone
};

struct SimLedgerFiles::Handle {
    sqlite3_file base{};
    SimLedgerFiles* files = nullptr;
    std::shared_ptr<Node> node;
    std::string name;
    int lock = SQLITE_LOCK_NONE;
    std::array<int, SQLITE_SHM_NLOCK> index_locks{};  // 1: shared, -1: alone
    bool delete_on_close = false;
};

SimLedgerFiles::Outcome SimLedgerFiles::change(bool writes_bytes) {
    if (off_) return Outcome::nothing;
    ++changes_;
    if (power_goes_at_ && changes_ >= *power_goes_at_) {
        power_goes_at_.reset();
        off_ = true;
        // The last write may have got as far as any other that was not synced.
        return writes_bytes ? Outcome::done : Outcome::nothing;
    }
    if (fails_at_ && changes_ >= *fails_at_) {
        fails_at_.reset();
        return Outcome::io_error;
    }
    if (random_.happens(faults_.io_error)) return Outcome::io_error;
    if (writes_bytes && random_.happens(faults_.no_space)) return Outcome::no_space;
    return Outcome::done;
}

// SQLite's view of it.
struct SimLedgerFiles::Callbacks {
    static Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

    static int close(sqlite3_file* file) {
        Handle& handle = of(file);
        unlock(file, SQLITE_LOCK_NONE);
        release_index(handle);
        if (handle.delete_on_close) handle.files->names_.erase(handle.name);
        handle.~Handle();
        return SQLITE_OK;
    }

    static int read(sqlite3_file* file, void* into, int amount, sqlite3_int64 at) {
        const std::string& bytes = of(file).node->bytes;
        const auto from = std::min(static_cast<std::size_t>(at), bytes.size());
        const std::size_t there = std::min(bytes.size() - from, static_cast<std::size_t>(amount));
        std::memcpy(into, bytes.data() + from, there);
        if (there == static_cast<std::size_t>(amount)) return SQLITE_OK;
        std::memset(static_cast<char*>(into) + there, 0, static_cast<std::size_t>(amount) - there);
        return SQLITE_IOERR_SHORT_READ;
    }

    static int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 at) {
        Handle& handle = of(file);
        const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(amount));
        switch (handle.files->change(true)) {
            case Outcome::no_space:
                return SQLITE_FULL;
            case Outcome::io_error:
            case Outcome::nothing:
                return SQLITE_IOERR_WRITE;
            case Outcome::done:
                break;
        }
        put(handle.node->bytes, static_cast<std::size_t>(at), bytes);
        handle.node->unsynced.push_back({static_cast<std::size_t>(at), std::string(bytes), false});
        return handle.files->off_ ? SQLITE_IOERR_WRITE : SQLITE_OK;
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        Handle& handle = of(file);
        if (handle.files->change(false) != Outcome::done) return SQLITE_IOERR_TRUNCATE;
        handle.node->bytes.resize(static_cast<std::size_t>(size), '\0');
        handle.node->unsynced.push_back({static_cast<std::size_t>(size), {}, true});
        return SQLITE_OK;
    }

    static int sync(sqlite3_file* file, int) {
        Handle& handle = of(file);
        SimLedgerFiles& files = *handle.files;
        const Outcome outcome = files.change(false);
        // After a failed sync the pages count as written and are not: no later sync makes them durable.
        if (outcome == Outcome::io_error) handle.node->unsynced.clear();
        if (outcome != Outcome::done) return SQLITE_IOERR_FSYNC;
        for (const Write& one : handle.node->unsynced)
            if (one.cut)
                handle.node->durable.resize(one.at, '\0');
            else
                put(handle.node->durable, one.at, one.bytes);
        handle.node->unsynced.clear();
        files.durable_[handle.name] = handle.node;
        files.trace_.note("ledger synced");
        return SQLITE_OK;
    }

    static int file_size(sqlite3_file* file, sqlite3_int64* size) {
        *size = static_cast<sqlite3_int64>(of(file).node->bytes.size());
        return SQLITE_OK;
    }

    static int lock(sqlite3_file* file, int wanted) {
        Handle& handle = of(file);
        Node& node = *handle.node;
        if (handle.lock >= wanted) return SQLITE_OK;
        if (node.exclusive != nullptr && node.exclusive != &handle) return SQLITE_BUSY;
        if (wanted == SQLITE_LOCK_SHARED) {
            ++node.shared;
        } else {
            if (node.reserved != nullptr && node.reserved != &handle) return SQLITE_BUSY;
            if (wanted == SQLITE_LOCK_EXCLUSIVE && node.shared > 1) return SQLITE_BUSY;
            node.reserved = &handle;
            if (wanted == SQLITE_LOCK_EXCLUSIVE) node.exclusive = &handle;
        }
        handle.lock = wanted;
        return SQLITE_OK;
    }

    static int unlock(sqlite3_file* file, int wanted) {
        Handle& handle = of(file);
        Node& node = *handle.node;
        if (handle.lock <= wanted) return SQLITE_OK;
        if (node.exclusive == &handle) node.exclusive = nullptr;
        if (node.reserved == &handle) node.reserved = nullptr;
        if (wanted == SQLITE_LOCK_NONE) --node.shared;
        handle.lock = wanted;
        return SQLITE_OK;
    }

    static int is_reserved(sqlite3_file* file, int* answer) {
        *answer = of(file).node->reserved != nullptr ? 1 : 0;
        return SQLITE_OK;
    }

    static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
    static int sector_size(sqlite3_file*) { return static_cast<int>(sector); }
    static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

    static int map_index(sqlite3_file* file, int region, int size, int extend, void volatile** into) {
        auto& index = of(file).node->index;
        if (size != 32768) return SQLITE_IOERR_SHMMAP;
        while (extend != 0 && index.size() <= static_cast<std::size_t>(region)) {
            index.push_back(std::make_unique<std::array<char, 32768>>());
            index.back()->fill(0);
        }
        *into =
            static_cast<std::size_t>(region) < index.size() ? index[static_cast<std::size_t>(region)]->data() : nullptr;
        return SQLITE_OK;
    }

    static int lock_index(sqlite3_file* file, int first, int count, int flags) {
        Handle& handle = of(file);
        const auto begin = static_cast<std::size_t>(first);
        const std::size_t end = begin + static_cast<std::size_t>(count);
        auto& all = handle.node->index_locks;
        auto& own = handle.index_locks;
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            for (std::size_t i = begin; i < end; ++i) give_back(handle, i);
            return SQLITE_OK;
        }
        const bool alone = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
        for (std::size_t i = begin; i < end; ++i)
            if (alone ? all[i] != 0 : all[i] < 0) return SQLITE_BUSY;
        for (std::size_t i = begin; i < end; ++i) {
            if (own[i] != 0) continue;
            all[i] = alone ? -1 : all[i] + 1;
            own[i] = alone ? -1 : 1;
        }
        return SQLITE_OK;
    }

    static void give_back(Handle& handle, std::size_t i) {
        int& all = handle.node->index_locks[i];
        if (handle.index_locks[i] != 0) all = handle.index_locks[i] < 0 ? 0 : all - 1;
        handle.index_locks[i] = 0;
    }

    static void release_index(Handle& handle) {
        for (std::size_t i = 0; i < SQLITE_SHM_NLOCK; ++i) give_back(handle, i);
    }

    static void barrier(sqlite3_file*) {}

    static int unmap_index(sqlite3_file* file, int forget) {
        Handle& handle = of(file);
        release_index(handle);
        if (forget != 0) handle.node->index.clear();
        return SQLITE_OK;
    }

    static SimLedgerFiles& files_of(sqlite3_vfs* vfs) { return *static_cast<SimLedgerFiles*>(vfs->pAppData); }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
        static const sqlite3_io_methods methods{
            2,           close,       read,    write,       truncate,        sync,      file_size,  lock,
            unlock,      is_reserved, control, sector_size, characteristics, map_index, lock_index, barrier,
            unmap_index, nullptr,     nullptr};
        SimLedgerFiles& files = files_of(vfs);
        file->pMethods = nullptr;
        const std::string path = name != nullptr ? name : "nameless";
        auto found = files.names_.find(path);
        if (found == files.names_.end()) {
            if ((flags & SQLITE_OPEN_CREATE) == 0 || files.off_) return SQLITE_CANTOPEN;
            found = files.names_.emplace(path, std::make_shared<Node>()).first;
        }
        auto* handle = new (file) Handle;
        handle->files = &files;
        handle->node = found->second;
        handle->name = path;
        handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
        handle->base.pMethods = &methods;
        if (out_flags != nullptr) *out_flags = flags;
        return SQLITE_OK;
    }

    static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
        SimLedgerFiles& files = files_of(vfs);
        if (!files.names_.contains(name)) return SQLITE_IOERR_DELETE_NOENT;
        if (files.change(false) != Outcome::done) return SQLITE_IOERR_DELETE;
        files.names_.erase(name);
        if (sync_directory != 0) files.durable_.erase(name);
        return SQLITE_OK;
    }

    static int access(sqlite3_vfs* vfs, const char* name, int, int* answer) {
        *answer = files_of(vfs).names_.contains(name) ? 1 : 0;
        return SQLITE_OK;
    }

    static int full_name(sqlite3_vfs*, const char* name, int size, char* into) {
        sqlite3_snprintf(size, into, "%s", name);
        return SQLITE_OK;
    }

    static int randomness(sqlite3_vfs* vfs, int size, char* into) {
        for (int i = 0; i < size; ++i) into[i] = static_cast<char>(files_of(vfs).random_.below(256));
        return size;
    }

    static int pause(sqlite3_vfs*, int microseconds) { return microseconds; }

    // The ledger asks SQLite for no time; a fixed one keeps worlds alike.
    static int time(sqlite3_vfs*, double* julian_day) {
        *julian_day = 2'461'345.5;
        return SQLITE_OK;
    }

    static int last_error(sqlite3_vfs*, int, char*) { return 0; }
};

SimLedgerFiles::SimLedgerFiles(SeededRandom& random, Trace& trace)
    : random_(random), trace_(trace), vfs_(std::make_unique<sqlite3_vfs>()) {
    static std::atomic<int> made{0};
    name_ = "simulated-" + std::to_string(made++);
    vfs_->iVersion = 1;
    vfs_->szOsFile = sizeof(Handle);
    vfs_->mxPathname = 512;
    vfs_->zName = name_.c_str();
    vfs_->pAppData = this;
    vfs_->xOpen = Callbacks::open;
    vfs_->xDelete = Callbacks::remove;
    vfs_->xAccess = Callbacks::access;
    vfs_->xFullPathname = Callbacks::full_name;
    vfs_->xRandomness = Callbacks::randomness;
    vfs_->xSleep = Callbacks::pause;
    vfs_->xCurrentTime = Callbacks::time;
    vfs_->xGetLastError = Callbacks::last_error;
    sqlite3_vfs_register(vfs_.get(), 0);
}

SimLedgerFiles::~SimLedgerFiles() { sqlite3_vfs_unregister(vfs_.get()); }

std::string SimLedgerFiles::uri() const { return "file:/ledger.db?vfs=" + name_; }

void SimLedgerFiles::power_on() {
    off_ = false;
    power_goes_at_.reset();
    fails_at_.reset();
    // A name that was made or removed without a sync may be there or not.
    std::map<std::string, std::shared_ptr<Node>> survived = durable_;
    for (const auto& [name, node] : names_)
        if (!durable_.contains(name) && random_.happens(0.5)) survived[name] = node;
    for (const auto& [name, node] : durable_)
        if (!names_.contains(name) && random_.happens(0.5)) survived.erase(name);
    // So may each sector behind the last sync.
    for (auto& [name, node] : survived) {
        auto fresh = std::make_shared<Node>();
        fresh->durable = std::move(node->durable);
        for (const Write& one : node->unsynced) {
            if (one.cut) {
                if (random_.happens(0.5)) fresh->durable.resize(one.at, '\0');
                continue;
            }
            for (std::size_t from = 0; from < one.bytes.size();) {
                const std::size_t upto = std::min(one.bytes.size(), ((one.at + from) / sector + 1) * sector - one.at);
                if (random_.happens(0.5))
                    put(fresh->durable, one.at + from, std::string_view(one.bytes).substr(from, upto - from));
                from = upto;
            }
        }
        fresh->bytes = fresh->durable;
        node = std::move(fresh);
    }
    names_ = survived;
    durable_ = std::move(survived);
}

}  // namespace garner::sim
