// A reader's connection to the simulated ledger that changes nothing: it leaves the WAL as the daemon left it.
#pragma once

#include <sqlite3.h>

#include <string>

#include "ledger/database.hpp"

namespace garner::sim {

inline Result<Database> open_reader(const std::string& uri) {
    auto database = Database::open_for_reading(uri);
    if (database) sqlite3_db_config(database->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return database;
}

}  // namespace garner::sim
