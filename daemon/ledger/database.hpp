// SQLite, as garner uses it: one connection, prepared statements, failures as values. WAL, synchronous=FULL, STRICT tables.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/failure.hpp"
#include "core/time.hpp"

namespace garner {

/// A prepared statement; bind from 1, columns from 0. Finalised with the object.
class Statement {
public:
    Statement() = default;
    Statement& bind(int at, std::int64_t);
    Statement& bind(int at, std::string_view);
    Statement& bind(int at, std::optional<std::int64_t>);
    Statement& bind(int at, WallTime t) { return bind(at, static_cast<std::int64_t>(to_unix_ms(t))); }
    Statement& bind(int at, std::optional<WallTime> t);

    /// True while there is a row.
    Result<bool> step();
    /// Runs to the end, rows ignored.
    Result<void> run();

    std::int64_t integer(int column) const;
    std::string text(int column) const;
    bool is_null(int column) const;
    WallTime time(int column) const { return from_unix_ms(integer(column)); }
    std::optional<WallTime> optional_time(int column) const;

private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
    };
    Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
    sqlite3* db_ = nullptr;
    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

class Database {
public:
    /// The daemon's connection: created when missing (0600), migrated to this program's schema, checked. Refuses (`rejected`) a newer
    /// schema, (`local`) a file that is not a sound SQLite database and a network file system, saying what to do. `path` may be a
    /// "file:...?vfs=..." URI (the simulated world's).
    static Result<Database> open_for_writing(const std::string& path);

    /// A reader's connection, beside a running daemon or alone. Never creates or migrates.
    static Result<Database> open_for_reading(const std::string& path);

    Result<Statement> prepare(std::string_view sql) const;
    /// One or more statements without results.
    Result<void> execute(const std::string& sql) const;

    sqlite3* handle() const { return db_.get(); }

private:
    struct Closer {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    explicit Database(sqlite3* db) : db_(db) {}
    std::unique_ptr<sqlite3, Closer> db_;
};

/// One daemon per state directory: an flock on `<state_directory>/lock`, which holds the pid. Fails (`local`), naming the process that
/// holds it. A lock left by a dead process does not count.
class StateLock {
public:
    static Result<StateLock> take(const std::string& state_directory);
    StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    StateLock& operator=(StateLock&& other) noexcept;
    ~StateLock();

private:
    explicit StateLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace garner
