// One vendor's API in a few verbs: no retries, no waiting, no files, no YAML. Keeps nothing but a login.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/probe.hpp"
#include "core/records.hpp"
#include "core/settings.hpp"
#include "platform/http.hpp"

namespace garner {

/// What a run asks for, beyond the target.
struct ExportRequest {
    std::optional<Window> window;  ///< for exports with one
};

/// The remote job is not finished.
struct Pending {
    std::string vendor_state;  ///< the vendor's word, printable
    bool known = true;         ///< false: a word that no document names; counted, waited on, never fatal
    bool without_file =
        false;  ///< the vendor says that it is complete but not where the file is: waited on for a few polls only
};

/// The remote job is finished and this brings its file.
struct Ready {
    HttpRequest download;
};

using Progress = std::variant<Pending, Ready>;

class Connector {
public:
    virtual ~Connector() = default;

    /// What this vendor's files are.
    virtual ArtifactFormat format() const = 0;

    /// Everything that the account can archive. Failures: as HttpClient's and as check_reply() maps statuses.
    virtual Task<Result<std::vector<Target>>> list_targets() = 0;

    /// Asks the vendor to make an export; the vendor's id of the remote job. `uncertain`: it may have been started.
    virtual Task<Result<std::string>> start(const Target&, const ExportRequest&) = 0;

    /// How far it is. `gone`: it ended badly or no longer exists, so a new one must be started.
    virtual Task<Result<Progress>> poll(const Target&, const std::string& remote_job) = 0;

    /// Removes the vendor's copy. Success at once where the vendor cleans up itself, and where there is none any more.
    virtual Task<Result<void>> discard(const Target&, const std::string& remote_job) = 0;
};

/// A connector for the source's type, speaking through `http` (which it does not own).
std::unique_ptr<Connector> make_connector(const SourceSettings&, HttpClient& http);

}  // namespace garner
