// The tables of the ledger and how they came to be: numbered migrations, counted in PRAGMA user_version. A migration
// that was released is never changed; the next one follows it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ledger/database.hpp"

namespace garner {

/// "garn", in PRAGMA application_id: how a ledger is told from any other SQLite file.
inline constexpr std::int32_t ledger_application_id = 0x6761726e;

/// Migration n (from 1) brings schema n - 1 to n.
std::span<const char* const> migrations();

inline int schema_version() { return static_cast<int>(migrations().size()); }

/// `rejected` when the ledger's schema is newer than this program's.
Result<void> refuse_newer_schema(std::int64_t found, std::int64_t known, const std::string& path);

/// Each missing migration in a transaction of its own. An existing ledger (schema 1 or later) in a file is first copied
/// to `<path>.before-<new schema>`.
Result<void> migrate(const Database&, const std::string& path, std::span<const char* const> steps = migrations());

}  // namespace garner
