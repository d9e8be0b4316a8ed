// Tulip's machine activity archive and the object store that its files lie in. The vendor documents neither 404 nor a
// rule for two exports of one machine; here both are refused, as a polite client never gets that far. Contents depend
// on the seed, the machine and how many exports of it came before, not on who else asks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "core/time.hpp"
#include "sandbox/models/activity_csv.hpp"
#include "sandbox/models/presigned.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

struct TulipMachine {
    std::string id;  ///< 17 letters and digits
    std::string name;
};

struct TulipMachineType {
    std::string id;
    std::string name;
    std::vector<TulipMachine> machines;
};

enum class TulipScope { machines_read, machines_write };

struct TulipToken {
    enum class Level { workspace, account };
    Level level = Level::workspace;
    std::set<TulipScope> scopes{TulipScope::machines_read, TulipScope::machines_write};
};

/// What a vendor may do at any time, changed while running by configure().
struct TulipScenario {
    Duration job_duration_min{2000};
    Duration job_duration_max{5000};
    Duration url_lifetime{std::chrono::minutes(15)};
    std::uint64_t content_bytes_min = 128 * 1024;
    std::uint64_t content_bytes_max = 1024 * 1024;
    LineEnd line_end = LineEnd::lf;
    std::vector<std::string> running_words{"pending"};  ///< said in turn while a job runs
    std::string complete_word = "complete";
    std::string failed_word = "failed";
    bool complete_at_once = false;             ///< the start is answered with `complete`
    bool fail_jobs = false;                    ///< new jobs end with failed_word
    bool stuck_jobs = false;                   ///< new jobs never end
    bool vanish_jobs = false;                  ///< a job is unknown (404) from its second poll on
    std::uint64_t polls_without_resource = 0;  ///< so many `complete` answers of a job name no resource
    bool plain_http_resource = false;          ///< `resource` begins with http://
    enum class File { rows, header_only, empty, html };
    File file = File::rows;
};

struct TulipOptions {
    std::uint64_t seed = 1;
    std::string instance = "sandbox";
    std::string workspace = "DEFAULT";
    std::string download_url = "https://files.tulip.test";  ///< no slash at the end
    std::vector<TulipMachineType> machine_types;
    std::map<std::string, TulipToken> tokens;  ///< "user:secret"
    TulipScenario scenario;

    // What counts as impolite.
    std::size_t concurrent_jobs_max = 1;
    Duration poll_gap_min{200};
    std::size_t polls_after_complete_max = 5;  ///< of one job, without a download in between
    std::size_t rejected_logins_max = 1;       ///< 401 answers per credential
    bool strict = true;                        ///< violations are refused where that makes sense, not only recorded
    bool user_agent_needed = false;
};

/// `count` machines in types of up to four, with ids and names from the seed.
std::vector<TulipMachineType> seeded_machines(std::uint64_t seed, std::size_t count);

class TulipModel : public VendorModel {
public:
    explicit TulipModel(TulipOptions);

    ModelReply handle(Door, const ModelRequest&, WallTime now) override;
    const std::vector<Violation>& violations() const override { return violations_; }
    std::string record_json() const override;

    /// One remote job, as the vendor sees it.
    struct Job {
        std::string id;
        std::string machine_id;
        std::string machine_name;
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
        std::uint64_t without_resource = 0;
        StoredObject object;
        std::string path;

        /// The client was told that its file is ready, or that there will be none.
        bool told() const { return polls_complete > 0 || (polls > 0 && (fails || vanishes)); }
    };
    /// In the order of their starts.
    const std::vector<Job>& jobs() const { return jobs_; }
    const Job* job(std::string_view id) const;

    /// The client died: it cannot know of jobs that it never polled, nor how often and when it last asked.
    void client_lost_memory() override;

    TulipScenario& scenario() { return options_.scenario; }
    /// How long the n-th export (from 0) of a machine takes, instead of what the scenario draws.
    using Takes = std::function<Duration(std::string_view machine_id, std::uint64_t ordinal)>;
    void set_takes(Takes takes) { takes_ = std::move(takes); }
    void set_machine_types(std::vector<TulipMachineType> types) { options_.machine_types = std::move(types); }
    void set_tokens(std::map<std::string, TulipToken> tokens) { options_.tokens = std::move(tokens); }
    /// Where `resource` leads, once the server knows its port.
    void set_download_url(std::string url) { options_.download_url = std::move(url); }
    const TulipOptions& options() const { return options_; }

    /// Changes scenario, limits or machines by the keys of tests/sandbox/README.md; throws std::invalid_argument naming
    /// a key that is wrong, and then nothing has changed.
    void configure(const boost::json::value&) override;

    /// Forgets jobs, counts and violations; machines, tokens and scenario stay.
    void reset() override;

    /// `{errorCode, errorUniqueID, details}`, as Tulip words its errors.
    std::string error_body(int status, std::string_view details = {}) override;

private:
    struct Counts {
        std::uint64_t list = 0, start = 0, poll = 0, download = 0, unauthorized = 0, forbidden = 0, not_found = 0;
    };

    ModelReply api(const ModelRequest&, WallTime now);
    ModelReply download(const ModelRequest&, WallTime now);
    ModelReply list_machines() const;
    ModelReply start(const ModelRequest&, const std::string& machine_id, WallTime now);
    ModelReply poll(const ModelRequest&, const std::string& job_id, WallTime now);
    ModelReply error(int status, std::string_view details);
    ModelReply rejected_login(const std::string& authorization, WallTime now);
    void violation(WallTime now, std::string what);
    const TulipMachine* machine(std::string_view id) const;
    Job* known_job(std::string_view id);
    Job& new_job(const TulipMachine&, WallTime now);
    void forget_ended(WallTime now);

    TulipOptions options_;
    Takes takes_;
    Presigner presigner_;
    std::vector<Job> jobs_;
    std::map<std::string, std::size_t, std::less<>> job_index_;
    std::map<std::string, std::size_t, std::less<>> path_index_;
    std::map<std::string, std::uint64_t> jobs_of_machine_;
    std::vector<std::size_t> running_;
    std::map<std::string, std::size_t> rejected_logins_;
    std::vector<Violation> violations_;
    Counts counts_;
    std::uint64_t errors_ = 0;
};

}  // namespace garner::sandbox
