// Evidence of the real programs: a ledger's file, a store's directory, and what the sandbox's control port says.
#pragma once

#include <string>

#include "checkers/evidence.hpp"

namespace garner::checkers {

// Each returns what could not be read; empty when all was.

std::string gather_ledger(const std::string& path, Evidence&);
/// `name`: as the ledger calls the store.
std::string gather_store(const std::string& name, const std::string& directory, Evidence&);
/// The answer to GET /<vendor>/record, of a source that the configuration calls `source`.
std::string gather_record(const std::string& source, const std::string& json, Evidence&);
/// The answer to GET /violations.
std::string gather_violations(const std::string& json, Evidence&);

}  // namespace garner::checkers
