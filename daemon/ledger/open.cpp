// Opening the ledger's file: for the daemon, which may create and migrate it, and for readers, who leave no trace.
// A file that is not a sound ledger is refused and left as it is: what to do with it is a person's decision.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "ledger/database.hpp"
#include "ledger/schema.hpp"
#include "ledger/state_lock.hpp"

namespace garner {
namespace {

constexpr std::string_view what_to_do =
    ". Restore it from a backup, or move it away (with its -wal and -shm files) to start with an empty ledger; the "
    "archives in the "
    "stores are not touched";

bool is_uri(const std::string& path) { return path.starts_with("file:"); }

std::string directory_of(const std::string& path) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Failure failure(const std::string& operation, const std::string& path) {
    const int error = errno;
    return Failure(FailureKind::local, operation + " " + path + ": " + std::generic_category().message(error));
}

Failure not_sound(const std::string& path, const std::string& why) {
    return Failure(FailureKind::local, "the ledger " + path + " " + why + std::string(what_to_do));
}

std::uint64_t size_of(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

bool exists(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

std::uint32_t big_endian(const unsigned char* at) {
    return (static_cast<std::uint32_t>(at[0]) << 24) | (static_cast<std::uint32_t>(at[1]) << 16) |
           (static_cast<std::uint32_t>(at[2]) << 8) | at[3];
}

// The file's own first bytes, before SQLite is let near it. The application id is written when a ledger is made and
// never again, so it is here even while newer pages wait in the WAL.
Result<void> check_header(const std::string& path) {
    std::array<unsigned char, 100> header{};
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) return failure("open the ledger", path);
    const auto n = ::pread(file, header.data(), header.size(), 0);
    ::close(file);
    if (n < 0) return failure("read the ledger", path);
    if (n == 0) return not_sound(path, "is empty: something cut it");
    if (n < static_cast<ssize_t>(header.size()))
        return not_sound(path, "is damaged: it is shorter than a ledger's header");
    if (std::memcmp(header.data(), "SQLite format 3", 16) != 0)
        return not_sound(path, "is damaged or is another kind of file");
    if (big_endian(header.data() + 68) != static_cast<std::uint32_t>(ledger_application_id))
        return not_sound(path, "is an SQLite file of another program");
    return {};
}

// WAL needs memory that all who open it share, and locks that hold: a network file system gives neither.
Result<void> refuse_network(const std::string& directory) {
    struct statfs about {};
    if (::statfs(directory.c_str(), &about) != 0) return failure("open the state directory", directory);
    constexpr std::array<std::uint32_t, 4> network{0x6969U /* NFS */, 0xFF534D42U /* CIFS */, 0xFE534D42U /* SMB2 */,
                                                   0x517BU /* SMB */};
    for (const std::uint32_t magic : network)
        if (static_cast<std::uint32_t>(about.f_type) == magic)
            return Failure(FailureKind::local,
                           "the state directory " + directory +
                               " is on a network file system, where a ledger is not safe: set state_directory to a "
                               "local disk (stores may stay where they are)");
    return {};
}

// Pragmas of every connection.
Result<void> configure(const Database& database) {
    return database.execute(
        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; "
        "PRAGMA temp_store = MEMORY");
}

Result<void> sync_directory(const std::string& directory) {
    const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return failure("open", directory);
    const bool synced = ::fsync(opened) == 0;
    const Failure failed = failure("sync", directory);
    ::close(opened);
    if (!synced) return failed;
    return {};
}

Result<void> fill_new(const Database& database, const std::string& path) {
    if (auto set = database.execute("PRAGMA synchronous = EXTRA; PRAGMA application_id = " +
                                    std::to_string(ledger_application_id));
        !set)
        return set;
    return migrate(database, path);
}

// A ledger appears under its name whole or not at all: so an empty file under that name always means damage.
Result<void> create(const std::string& path) {
    if (size_of(path + "-wal") > 0)
        return Failure(FailureKind::local,
                       "the ledger " + path + " is missing, but its newest changes are still in " + path +
                           "-wal. Put the ledger back, or move that file away to start with an empty ledger");
    const std::string growing = path + ".new";
    for (const char* suffix : {"", "-journal"}) {
        const std::string old = growing + suffix;
        if (::unlink(old.c_str()) != 0 && errno != ENOENT) return failure("remove", old);
    }
    const int file = ::open(growing.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return failure("create the ledger", growing);
    ::close(file);
    {
        const auto database = open_connection(growing, SQLITE_OPEN_READWRITE);
        if (!database) return database.error();
        if (auto filled = fill_new(*database, growing); !filled) return filled;
    }
    if (::renameat2(AT_FDCWD, growing.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0 &&
        (errno != EINVAL || ::rename(growing.c_str(), path.c_str()) != 0))
        return failure("rename the new ledger to", path);
    return sync_directory(directory_of(path));
}

// Whole small ledgers are checked; of large ones SQLite checks what it reads (a full check takes seconds).
Result<void> check_content(const Database& database, const std::string& path) {
    constexpr std::uint64_t checked_bytes_max = 16 * 1024 * 1024;
    const auto id = database.number("PRAGMA application_id");
    if (!id) return not_sound(path, "cannot be read (" + id.error().what + ")");
    if (*id != ledger_application_id) return not_sound(path, "is not a ledger of garner");
    if (size_of(path) + size_of(path + "-wal") > checked_bytes_max) return {};
    const auto verdict = database.value("PRAGMA quick_check(1)");
    if (!verdict) return not_sound(path, "is damaged (" + verdict.error().what + ")");
    if (*verdict != "ok") return not_sound(path, "is damaged (" + *verdict + ")");
    return {};
}

// Of a connection that writes.
Result<void> use_wal(const Database& database) {
    return database.execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
}

// A ledger that is no file of this machine: in memory, for a moment, or on the simulated world's disk.
Result<Database> open_elsewhere(const std::string& uri) {
    auto database = open_connection(uri, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!database) return database;
    const auto found = database->number("PRAGMA user_version");
    if (!found) return found.error();
    if (*found == 0)
        if (auto filled = fill_new(*database, uri); !filled) return filled.error();
    const auto mode = database->value("PRAGMA journal_mode = WAL");
    if (!mode) return mode.error();
    // Memory has no WAL, and needs none.
    auto set = *mode == "wal" ? use_wal(*database) : database->execute("PRAGMA journal_mode = MEMORY");
    if (!set) return set.error();
    if (set = configure(*database); !set) return set.error();
    if (auto sound = check_content(*database, uri); !sound) return sound.error();
    if (auto migrated = migrate(*database, uri); !migrated) return migrated.error();
    return database;
}

// A reader's connection that answers a question, or a failure.
Result<Database> try_reading(const std::string& path_or_uri, const std::string& path) {
    auto database = open_connection(path_or_uri, is_uri(path) ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    if (!database) return database;
    if (auto set = configure(*database); !set) return set.error();
    if (auto set = database->execute("PRAGMA query_only = ON"); !set) return set.error();
    const auto version = database->number("PRAGMA user_version");
    if (!version) return version.error();
    if (auto refused = refuse_newer_schema(*version, schema_version(), path); !refused) return refused.error();
    if (*version < schema_version())
        return Failure(FailureKind::rejected,
                       "the ledger " + path + " has schema " + std::to_string(*version) +
                           " of an older garner: start garnerd once, it brings the ledger up to date");
    return database;
}

std::string immutable_uri(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '?')
            uri += "%3f";
        else if (c == '#')
            uri += "%23";
        else if (c == '%')
            uri += "%25";
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

}  // namespace

Result<Database> Database::open_for_writing(const std::string& path) {
    if (is_uri(path)) return open_elsewhere(path);
    if (auto local = refuse_network(directory_of(path)); !local) return local.error();
    if (!exists(path))
        if (auto created = create(path); !created) return created.error();
    if (auto sound = check_header(path); !sound) return sound.error();
    auto database = open_connection(path, SQLITE_OPEN_READWRITE);
    if (!database) return database;
    const auto mode = database->value("PRAGMA journal_mode = WAL");
    if (!mode) return not_sound(path, "cannot be opened (" + mode.error().what + ")");
    if (*mode != "wal")
        return Failure(FailureKind::local,
                       "the ledger " + path + " cannot be switched to WAL: its journal mode stays " + *mode);
    auto set = use_wal(*database);
    if (!set) return set.error();
    if (set = configure(*database); !set) return set.error();
    if (auto sound = check_content(*database, path); !sound) return sound.error();
    if (auto migrated = migrate(*database, path); !migrated) return migrated.error();
    return database;
}

Result<Database> Database::open_for_reading(const std::string& path) {
    if (is_uri(path)) return try_reading(path, path);
    if (!exists(path))
        return Failure(FailureKind::local,
                       "there is no ledger " + path + ": garnerd makes it when it starts for the first time");
    if (auto sound = check_header(path); !sound) return sound.error();
    // Without a WAL and without a daemon the file is all there is and nobody changes it. An ordinary connection would
    // make -wal and -shm files, and perhaps leave them to a daemon that may not write what another user made.
    const bool alone = !StateLock::holder(directory_of(path));
    if (alone && size_of(path + "-wal") == 0) return try_reading(immutable_uri(path), path);
    auto database = try_reading(path, path);
    if (database || database.error().kind == FailureKind::rejected || !alone) return database;
    // A WAL that cannot be read here (a read-only copy of the directory): the file alone is older, but whole.
    auto older = try_reading(immutable_uri(path), path);
    return older ? std::move(older) : std::move(database);
}

}  // namespace garner
