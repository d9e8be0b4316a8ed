#include "ledger/database.hpp"

#include <system_error>
#include <utility>

namespace garner {
namespace {

Failure failure_of(sqlite3* db, std::string_view operation) {
    const int code = sqlite3_errcode(db);
    std::string what = "ledger: " + std::string(operation) + ": " + sqlite3_errmsg(db);
    // "disk I/O error" alone sends nobody to the right place.
    const int system = sqlite3_system_errno(db);
    if (system != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL))
        what += " (" + std::generic_category().message(system) + ")";
    return Failure(FailureKind::local, what);
}

}  // namespace

SqliteConnection::~SqliteConnection() {
    for (const auto& [sql, statement] : idle) sqlite3_finalize(statement);
    sqlite3_close_v2(db);
}

Statement::Statement(std::shared_ptr<SqliteConnection> connection, std::string sql, sqlite3_stmt* statement)
    : connection_(std::move(connection)), sql_(std::move(sql)), statement_(statement) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(std::move(other.connection_)),
      sql_(std::move(other.sql_)),
      statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    connection_ = std::move(other.connection_);
    sql_ = std::move(other.sql_);
    statement_ = std::exchange(other.statement_, nullptr);
    return *this;
}

Statement::~Statement() { give_back(); }

void Statement::give_back() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    if (!connection_->idle.try_emplace(std::move(sql_), statement_).second) sqlite3_finalize(statement_);
    statement_ = nullptr;
}

Statement& Statement::bind(int at, std::int64_t value) {
    sqlite3_bind_int64(statement_, at, value);
    return *this;
}

Statement& Statement::bind(int at, std::string_view value) {
    // A null pointer would bind NULL.
    sqlite3_bind_text64(statement_, at, value.empty() ? "" : value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int at, std::optional<std::int64_t> value) {
    if (value) return bind(at, *value);
    sqlite3_bind_null(statement_, at);
    return *this;
}

Statement& Statement::bind(int at, std::optional<WallTime> t) {
    return bind(at, t ? std::optional<std::int64_t>(to_unix_ms(*t)) : std::nullopt);
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement_);
        return false;
    }
    Failure failure = failure_of(connection_->db, sql_.substr(0, sql_.find_first_of(" (\n")));
    sqlite3_reset(statement_);
    return failure;
}

Result<void> Statement::run() {
    while (true) {
        const auto row = step();
        if (!row) return row.error();
        if (!*row) return {};
    }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::optional<std::int64_t> Statement::optional_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

std::optional<WallTime> Statement::optional_time(int column) const {
    if (is_null(column)) return std::nullopt;
    return time(column);
}

Result<Database> open_connection(const std::string& path, int flags) {
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(db);
    if (code != SQLITE_OK) return database.failure("open " + path);
    sqlite3_extended_result_codes(db, 0);
    sqlite3_busy_timeout(db, 10'000);
    return database;
}

Result<Statement> Database::prepare(std::string_view sql) const {
    if (const auto found = connection_->idle.find(sql); found != connection_->idle.end()) {
        sqlite3_stmt* statement = found->second;
        connection_->idle.erase(found);
        return Statement(connection_, std::string(sql), statement);
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) return failure("prepare");
    return Statement(connection_, std::string(sql), statement);
}

Result<void> Database::execute(const std::string& sql) const {
    if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure(sql.substr(0, sql.find_first_of(" (\n")));
    return {};
}

Result<std::string> Database::value(std::string_view sql) const {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    return *row ? statement->text(0) : std::string();
}

Result<std::int64_t> Database::number(std::string_view sql) const {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    return *row ? statement->integer(0) : 0;
}

Failure Database::failure(std::string_view operation) const { return failure_of(handle(), operation); }

}  // namespace garner
