// Servitly's bulk data exports: login, tokens that must not be renewed early, one export per tenant at a time, quotas,
// files that are kept 30 days. Stricter than the vendor: see `violations` in tests/sandbox/README.md. The vendor
// documents neither the answer to a second export nor where `url` leads; the scenario says which of the possible ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "core/time.hpp"
#include "sandbox/models/presigned.hpp"
#include "sandbox/models/vendor_model.hpp"
#include "sandbox/models/zip_archive.hpp"

namespace garner::sandbox {

/// One tenant with the account that may export from it.
struct ServitlyTenantAccount {
    std::string name;
    std::string api_key;
    std::string pat;
    std::string email;
    std::string password;
    bool may_export = true;  ///< EXPORT_DATA on user and key; else 403
};

struct ServitlyScenario {
    Duration job_duration_min{2000};
    Duration job_duration_max{5000};
    Duration token_lifetime{std::chrono::hours(1)};
    Duration refresh_lifetime{std::chrono::hours(24 * 30)};
    bool rotate_refresh_tokens = true;
    Duration kept{std::chrono::hours(24 * 30)};  ///< a finished export's file
    std::uint64_t things_min = 1;                ///< CSV files in an archive
    std::uint64_t things_max = 4;
    std::uint64_t content_bytes_min = 128 * 1024;  ///< of the archive, about; all deflated
    std::uint64_t content_bytes_max = 256 * 1024;
    int busy_status = 400;  ///< to a second start while one runs: 400, 409 or 429
    std::string busy_message = "Another data export is already running";
    std::string bad_end = "ERROR";        ///< or "ABORTED"
    bool fail_jobs = false;               ///< new exports end with bad_end
    bool stuck_jobs = false;              ///< new exports never end
    bool vanish_jobs = false;             ///< an export is unknown (404) from its second poll on
    std::uint64_t polls_without_url = 0;  ///< so many COMPLETED answers of an export have no `url`
    std::vector<std::string> running_words{"PENDING"};
    enum class Place {
        presigned,  ///< `url` leads to the download door, with a signature
        api,        ///< `url` leads to the API's own host and wants the Bearer token and the tenant header there
    };
    Place place = Place::presigned;
    Duration url_lifetime{std::chrono::minutes(15)};
    enum class File { csvs, empty_zip, no_zip, html, truncated };
    File file = File::csvs;
    std::optional<ZipForm>
        zip;  ///< nothing: small archives deflated, one way or the other by the seed, large ones stored
    std::uint64_t requests_per_minute = 2000;  ///< of a tenant's key; more are answered 429
    std::uint64_t requests_per_hour = 0;       ///< 0: no quota. Used up: 429 until the next hour
    bool retry_after = false;                  ///< whether a 429 says how long
};

struct ServitlyOptions {
    std::uint64_t seed = 1;
    std::string api_url = "https://api.servitly.test";  ///< no slash at the end; may have a path prefix
    std::string download_url = "https://files.servitly.test";
    std::vector<ServitlyTenantAccount> tenants;
    ServitlyScenario scenario;

    // What counts as impolite.
    Duration poll_gap_min{200};
    std::size_t polls_after_complete_max = 5;
    std::size_t rejected_logins_max = 1;  ///< 401 answers to logins with one credential
    bool strict = true;
    bool user_agent_needed = false;
};

/// `count` tenants with accounts from the seed: acme, bravo, ...
std::vector<ServitlyTenantAccount> seeded_tenants(std::uint64_t seed, std::size_t count);

class ServitlyModel : public VendorModel {
public:
    explicit ServitlyModel(ServitlyOptions);
    ~ServitlyModel() override;

    ModelReply handle(Door, const ModelRequest&, WallTime now) override;
    const std::vector<Violation>& violations() const override;
    std::string record_json() const override;
    std::string error_body(int status, std::string_view details = {}) override;
    void configure(const boost::json::value&) override;
    void reset() override;
    void client_lost_memory() override;
    void client_restarted() override;
    void answered_instead(const ModelRequest&, int status) override;

    /// One export, as the vendor sees it.
    struct Job {
        std::string id;
        std::string tenant;
        std::string name;      ///< as the client called it
        std::string request;   ///< the start's body
        bool foreign = false;  ///< started by a person in the web console
        WallTime started;
        std::optional<WallTime> ends;  ///< nothing: never
        bool fails = false;
        bool vanishes = false;
        bool answer_lost = false;  ///< the client may not know of it
        std::uint64_t polls = 0;
        std::uint64_t polls_complete = 0;
        std::uint64_t polls_since_download = 0;
        std::uint64_t downloads = 0;  ///< answers with bytes, whole or in part
        std::optional<WallTime> last_poll;
        std::uint64_t without_url = 0;
        StoredObject object;
        std::string path;  ///< below the download door or below the API's URL
        ServitlyScenario::Place place = ServitlyScenario::Place::presigned;
        std::optional<std::int64_t> from, to;  ///< startTimestamp and endTimestamp

        /// The client was told that its file is ready, or that there will be none.
        bool told() const { return polls_complete > 0 || (polls > 0 && (fails || vanishes)); }
    };
    /// In the order of their starts.
    const std::vector<Job>& jobs() const;
    const Job* job(std::string_view id) const;

    /// Somebody else starts an export in the web console; it takes `lasts`. False where one runs already. Throws
    /// std::invalid_argument on an unknown tenant.
    bool start_foreign_export(const std::string& tenant, WallTime now, Duration lasts);

    struct Logins {
        std::uint64_t logins = 0, renewals = 0, rejected = 0;
    };
    /// Of all tenants.
    Logins logins() const;

    ServitlyScenario& scenario();
    void set_urls(std::string api_url, std::string download_url);
    const ServitlyOptions& options() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace garner::sandbox
