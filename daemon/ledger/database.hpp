// SQLite, as garner uses it: one connection, prepared statements, failures as values. WAL, synchronous=FULL, STRICT
// tables. A connection may move between threads, but is used by one at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/failure.hpp"
#include "core/time.hpp"
#include "ledger/state_lock.hpp"

namespace garner {

/// The handle, and the statements that were prepared on it and are free to be used again.
struct SqliteConnection {
    explicit SqliteConnection(sqlite3* handle) : db(handle) {}
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    sqlite3* db;
    std::map<std::string, sqlite3_stmt*, std::less<>> idle;
};

/// A prepared statement; bind from 1, columns from 0. Goes back to its connection with the object.
class Statement {
public:
    Statement() = default;
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    Statement& bind(int at, std::int64_t);
    Statement& bind(int at, std::string_view);
    Statement& bind(int at, std::optional<std::int64_t>);
    Statement& bind(int at, WallTime t) { return bind(at, static_cast<std::int64_t>(to_unix_ms(t))); }
    Statement& bind(int at, std::optional<WallTime> t);

    /// True while there is a row. After the last one the statement may be bound and stepped again.
    Result<bool> step();
    /// Runs to the end, rows ignored.
    Result<void> run();

    std::int64_t integer(int column) const;
    std::string text(int column) const;
    bool is_null(int column) const;
    WallTime time(int column) const { return from_unix_ms(integer(column)); }
    std::optional<std::int64_t> optional_integer(int column) const;
    std::optional<WallTime> optional_time(int column) const;

private:
    friend class Database;
    Statement(std::shared_ptr<SqliteConnection> connection, std::string sql, sqlite3_stmt* statement);
    void give_back();

    std::shared_ptr<SqliteConnection> connection_;
    std::string sql_;
    sqlite3_stmt* statement_ = nullptr;
};

class Database {
public:
    /// The daemon's connection: created when missing (0600), migrated to this program's schema, checked. Refuses
    /// (`rejected`) a newer schema, (`local`) a file that is not a sound ledger and a network file system, saying what
    /// to do; a refused file is left as it is. `path` may be a URI with a VFS: "file:/name?vfs=memdb" in memory,
    /// or the simulated world's disk.
    static Result<Database> open_for_writing(const std::string& path);

    /// A reader's connection, beside a running daemon or alone. Never migrates; leaves no files behind.
    static Result<Database> open_for_reading(const std::string& path);

    Result<Statement> prepare(std::string_view sql) const;
    /// One or more statements without results.
    Result<void> execute(const std::string& sql) const;
    /// The only value of a statement's only row, as text.
    Result<std::string> value(std::string_view sql) const;
    Result<std::int64_t> number(std::string_view sql) const;

    /// What SQLite said last, with the operation in front.
    Failure failure(std::string_view operation) const;

    sqlite3* handle() const { return connection_->db; }

private:
    explicit Database(sqlite3* db) : connection_(std::make_shared<SqliteConnection>(db)) {}
    friend Result<Database> open_connection(const std::string& path, int flags);
    std::shared_ptr<SqliteConnection> connection_;
};

/// A bare connection, nothing checked and nothing set: for the openers in this room.
Result<Database> open_connection(const std::string& path, int flags);

}  // namespace garner
