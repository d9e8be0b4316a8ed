// One vendor's API in a few verbs: no retries, no waiting, no files, no YAML. Keeps nothing
// but a login, and for a minute what it would otherwise ask for each target anew.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "connectors/session.hpp"
#include "core/probe.hpp"
#include "core/records.hpp"
#include "core/settings.hpp"
#include "platform/clock.hpp"
#include "platform/http.hpp"

namespace garner {

/// What a run asks for, beyond the target.
struct ExportRequest {
    std::optional<Window> window;  ///< for exports with one
    ExportOptions options;         ///< the job's own
    std::string name;  ///< unique, ours, for vendors that keep a name: "garner telemetry 2026-03-01T02:40:00Z 0abc..."
    std::string notify_url;  ///< where the vendor may call when the file is ready; empty: nowhere
};

/// The remote job is not finished.
struct Pending {
    std::string vendor_state;  ///< the vendor's word, printable
    bool known = true;         ///< false: a word that no document names; counted, waited on, never fatal
    bool without_file =
        false;  ///< the vendor says that it is complete but not where the file is: waited on for a few polls only
};

/// Whether a download may ask for a part of the file.
enum class RangeUse {
    to_resume,  ///< only to go on where an earlier try ended
    always,     ///< from the first byte on: the vendor demands the header
    never,      ///< the vendor does not know it: always from the start
};

/// The remote job is finished and this brings its file.
struct Ready {
    HttpRequest download;
    RangeUse range = RangeUse::to_resume;
};

using Progress = std::variant<Pending, Ready>;

class Connector {
public:
    virtual ~Connector() = default;

    /// What this vendor's files are.
    virtual ArtifactFormat format() const = 0;

    /// Whether a remote job's file stays at the vendor until discard() is called.
    virtual bool needs_discard() const { return false; }

    /// Whether the vendor shows the name that a start gives its remote job.
    virtual bool keeps_name() const { return false; }

    /// Whose login a call about this target uses: targets of one account fail together when it is rejected. Empty where
    /// the source has one account only.
    virtual std::string account_of(const Target&) const { return {}; }

    /// Two targets with one key have one turn: never two remote jobs of ours at a time, whatever source names them.
    virtual std::string turn_key(const Target&) const = 0;

    /// Everything that the account can archive. Failures: as HttpClient's and as check_reply() maps statuses.
    virtual Task<Result<std::vector<Target>>> list_targets() = 0;

    /// Whether list_targets() repeats what the configuration says: such a list is what a person wants, however short.
    virtual bool targets_are_configured() const { return false; }

    /// Whether a run of this target could start, as far as the API tells without starting one; what `garner check
    /// --online` asks. The text is for people, empty where there is nothing to say.
    virtual Task<Result<std::string>> check_access(const Target&) = 0;

    /// What can be done before a start without starting anything (logging in, asking whether the target is there at
    /// all), so that a start is one request wherever possible: a crash in the middle of this leaves no doubt. Failures
    /// as start()'s, never `uncertain` about the export.
    virtual Task<Result<void>> prepare_start(const Target&) { co_return Result<void>(); }

    /// Asks the vendor to make an export; the vendor's id of the remote job. `uncertain`: it may have been started.
    /// `busy`: another one runs, ask later. `gone`: not now (the appliance is offline), a further attempt may do.
    virtual Task<Result<std::string>> start(const Target&, const ExportRequest&) = 0;

    /// How far it is. `gone`: it ended badly or no longer exists, so a new one must be started.
    virtual Task<Result<Progress>> poll(const Target&, const std::string& remote_job) = 0;

    /// Removes the vendor's copy. Success at once where the vendor cleans up itself, and where there is none any more.
    virtual Task<Result<void>> discard(const Target&, const std::string& remote_job) = 0;
};

/// What a connector works with. `http` and `clock` outlive it.
struct ConnectorTools {
    HttpClient& http;
    const Clock& clock;
    std::shared_ptr<Sessions> sessions;  ///< of the source; outlive a reload
    std::string device_id;               ///< a UUID, the same for every login from this installation
};

/// A connector for the source's type.
std::unique_ptr<Connector> make_connector(const SourceSettings&, ConnectorTools);

/// A SHA-256 that identifies an account's login without telling it: the same while neither account nor secret changed.
std::string login_fingerprint(const SourceSettings&, const std::string& account);

/// A SHA-256 of what decides which targets the source lists: another one needs another look.
std::string list_fingerprint(const SourceSettings&);

}  // namespace garner
