// What an Appgate controller's JSON means. No text of a failure quotes the answer, which may echo a secret: only
// places.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/failure.hpp"
#include "core/records.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"

namespace garner::appgate {

/// The API versions that a controller takes.
struct VersionRange {
    int min = 0;  ///< 0: it does not say
    int max = 0;
};

/// Of GET /version; nothing when it is another kind of answer.
std::optional<VersionRange> read_version(const boost::json::value&);
/// Of the 406 that a login is answered with.
std::optional<VersionRange> read_supported_versions(const boost::json::value&);

struct Login {
    Secret token;
    std::optional<WallTime> expires;  ///< nothing: it is used until it is refused
    bool needs_mfa = false;
};
Result<Login> read_login(const boost::json::value&);

struct AppliancePage {
    struct Appliance {
        Target target;
        bool activated = true;
    };
    std::vector<Appliance> appliances;
    std::optional<std::uint64_t> total;  ///< of the whole list, as far as it is told
};
Result<AppliancePage> read_appliances(const boost::json::value&);

/// Appliances that the controller cannot reach, by id, with its word for that. Lenient: what is not understood is
/// online.
std::map<std::string, std::string> read_offline(const boost::json::value&);

/// `backupApiEnabled` of GET /global-settings; nothing when it is not there.
std::optional<bool> read_backup_api_enabled(const boost::json::value&);

struct BackupStatus {
    std::string status;
    std::string result;   ///< empty before v17
    std::string message;  ///< v18: what it is doing
    std::string output;   ///< decoded
};
Result<BackupStatus> read_backup_status(const boost::json::value&);

/// {id, message}, and what logins and validation add to it.
struct ErrorBody {
    std::string id;  ///< "unauthorized", "not acceptable", or a UUID
    std::string message;
    std::string reason;
    std::string failure_type;
    std::vector<std::string> fields;  ///< "notifyUrl: must be a URL"
    bool wants_otp = false;
};
ErrorBody read_error(const boost::json::value&);

}  // namespace garner::appgate
