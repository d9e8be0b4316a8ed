// The admin API of an Appgate SDP controller, as far as appliance backups go: versions by Accept header, logins with
// lock-out, tokens that end, appliances of several functions, backups that stay on the appliance until they are
// deleted. Stricter than the vendor: see `violations` in tests/sandbox/README.md. Answers keep to the vendor's OpenAPI
// schemas.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "core/time.hpp"
#include "sandbox/models/presigned.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

struct AppgateAppliance {
    std::string id;  ///< UUID
    std::string name;
    std::vector<std::string> functions;  ///< "controller", "gateway", "logServer", "logForwarder", "connector",
                                         ///< "portal", "metricsAggregator"
    std::vector<std::string> tags;
    std::string status = "healthy";  ///< healthy, busy, warning, error, offline, n/a
    bool activated = true;
};

struct AppgateScenario {
    int version_min = 16;  ///< peer API versions that the controller takes
    int version_max = 23;
    Duration job_duration_min{2000};
    Duration job_duration_max{5000};
    Duration token_lifetime{std::chrono::hours(12)};
    std::uint64_t content_bytes_min = 128 * 1024;
    std::uint64_t content_bytes_max = 1024 * 1024;
    bool backup_api_enabled = true;
    bool global_settings_forbidden = false;  ///< 403 on GET /global-settings
    bool mfa_required = false;               ///< login answers 412 with otpRequired
    std::uint64_t lock_after = 5;            ///< so many wrong passwords lock the account
    bool fail_jobs = false;                  ///< new backups end with done/failure and an output
    bool base64_output = true;               ///< of a failed one
    bool stuck_jobs = false;                 ///< new backups never end
    bool vanish_jobs = false;                ///< a backup is unknown (404) from its second poll on
    bool wrong_state = false;                ///< starts are answered 412
    bool ignore_range = false;               ///< downloads are answered 200 and everything
    bool refuse_delete = false;              ///< DELETE is answered 500
    bool serve_206 = true;                   ///< a ranged download is answered 206, else (bytes=0- only) 200
    std::uint64_t page_max = 0;              ///< appliances in one answer at most; 0: no limit
    bool notify = true;  ///< record the notifyUrl of a start; the server calls it when the backup ends
    enum class File { message, armored, html, empty, truncated };
    File file = File::message;
};

struct AppgateOptions {
    std::uint64_t seed = 1;
    std::string provider = "local";
    std::string username = "backup";
    std::string password;
    std::vector<AppgateAppliance> appliances;
    AppgateScenario scenario;

    // What counts as impolite.
    Duration poll_gap_min{200};
    std::size_t concurrent_jobs_max = 2;
    std::size_t polls_after_done_max = 5;
    std::size_t rejected_logins_max = 1;
    bool strict = true;
    bool user_agent_needed = false;
};

/// `count` appliances from the seed: two controllers of similar names first, then a log server, then gateways and
/// connectors; every other one is tagged "backup".
std::vector<AppgateAppliance> seeded_appliances(std::uint64_t seed, std::size_t count);

class AppgateModel : public VendorModel {
public:
    explicit AppgateModel(AppgateOptions);
    ~AppgateModel() override;

    ModelReply handle(Door, const ModelRequest&, WallTime now) override;  ///< there is no download door: 404
    const std::vector<Violation>& violations() const override;
    std::string record_json() const override;  ///< with `left`: the backups that are still on appliances
    std::string error_body(int status, std::string_view details = {}) override;
    void configure(const boost::json::value&) override;
    void reset() override;
    void client_lost_memory() override;
    void client_restarted() override;
    void answered_instead(const ModelRequest&, int status) override;

    /// One backup, as the appliance sees it.
    struct Job {
        std::string id;  ///< UUID
        std::string appliance_id;
        std::string appliance_name;
        bool logs = false;
        bool audit = false;
        std::string notify_url;
        WallTime started;
        std::optional<WallTime> ends;  ///< nothing: never
        bool fails = false;
        bool vanishes = false;
        bool answer_lost = false;  ///< the client may not know of it
        bool deleted = false;
        std::uint64_t polls = 0;
        std::uint64_t polls_done = 0;
        std::uint64_t polls_since_download = 0;  ///< answered with `done`
        std::optional<WallTime> last_poll;
        std::uint64_t downloads = 0;         ///< answers with bytes, whole or in part
        bool downloaded_to_the_end = false;  ///< some answer held the last byte
        StoredObject object;                 ///< of a failed one: without content

        bool ended(WallTime now) const { return ends && *ends <= now; }
        bool gone() const { return vanishes && polls > 1; }
        /// Nothing of it is left, and the client was told so.
        bool told() const { return deleted || (polls > 0 && vanishes); }
    };
    /// In the order of their starts.
    const std::vector<Job>& jobs() const;
    const Job* job(std::string_view id) const;
    /// Backups that are on an appliance's disk: finished or not, and not deleted.
    std::vector<std::string> left_behind() const;

    /// Backups with a notifyUrl that have ended since the last call: who serves the model makes those POSTs.
    std::vector<std::string> due_notifications(WallTime now);

    struct Logins {
        std::uint64_t logins = 0, rejected = 0;
        std::vector<std::string> device_ids;  ///< each once
    };
    Logins logins() const;

    AppgateScenario& scenario();
    std::vector<AppgateAppliance>& appliances();
    const AppgateOptions& options() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace garner::sandbox
