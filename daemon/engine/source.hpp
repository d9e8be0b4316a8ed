// One source at work: its client and connector, and how questions are put to it: behind its gate, within its budget,
// again where that makes sense, and never with a login that was rejected.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.hpp"
#include "connectors/session.hpp"
#include "core/backoff.hpp"
#include "core/settings.hpp"
#include "engine/discovery.hpp"
#include "engine/observer.hpp"
#include "engine/source_state.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"

namespace garner {

/// For whom a question is asked, and how long.
struct Asking {
    const RunRecord* run = nullptr;  ///< for the observer
    std::string account{};           ///< whose login it uses
    SteadyTime deadline{};
    Repeat repeat = Repeat::harmless;
};

class Source {
public:
    Source(Doors doors, Ledger& ledger, RunObserver& observer, SourceSettings settings,
           std::shared_ptr<SourceState> state, std::unique_ptr<HttpClient> client, const std::string& device_id);

    const SourceSettings& settings() const { return settings_; }
    SourceState& state() { return *state_; }
    Connector& connector() { return *connector_; }
    HttpClient& client() { return *client_; }

    /// Asks, and asks again with back-off while that makes sense and the deadline allows it; returns what cannot be
    /// helped by asking again. A failure of kind `corrupt` is asked for three more times, an error in the vendor's own
    /// words seven. While the account's login stands rejected nothing is asked; while the source's gate is shut, the
    /// question waits there.
    template <class T>
    Task<Result<T>> ask(Asking asking, const std::function<Task<Result<T>>()>& question) {
        std::string answered;
        for (Tries tries;;) {
            auto leave = co_await leave_to_ask(asking);
            if (!leave) {
                Failure failure = leave.error();
                if (!answered.empty()) failure.what += "; the last answer to this question was: " + answered;
                co_return failure;
            }
            auto answer = co_await question();
            if (answer) co_return answer;
            const Failure failure = answer.error();
            answered = failure.what;
            end(*leave);
            co_await note_rejection(failure, asking.account);
            if (failure.login_rejected)
                if (const Failure* standing = rejection_of(asking.account)) co_return *standing;
            const std::optional<Duration> delay = delay_before_retry(failure, asking, tries);
            if (!delay) co_return failure;
            if (state_->gate.is_shut()) continue;  // that is told already: one incident, and not one for each run
            if (asking.run != nullptr) observer_.request_retried(*asking.run, failure, *delay);
            co_await doors_.clock.sleep_for(*delay);
        }
    }

    /// Waits until a download from the source's own host may go; at once for any other host. A failure when that is not
    /// before the deadline.
    Task<Result<SourceGate::Pass>> leave_to_download(const std::string& url, SteadyTime deadline);

    /// The source's targets, for a run: Discovery::list().
    Task<Result<std::vector<Target>>> list_targets(SteadyTime deadline) { return discovery_.list(deadline); }
    Discovery& discovery() { return discovery_; }

private:
    /// What a question may be asked with.
    struct Leave {
        SourceGate::Pass pass;
        SourceState::Prepaid prepaid;
    };
    struct Tries {
        std::uint32_t all = 0;
        std::uint32_t corrupt = 0;
        std::uint32_t answered = 0;
    };

    Task<Result<std::vector<Target>>> ask_for_targets(SteadyTime deadline);
    const Failure* rejection_of(const std::string& account) const;
    Task<Result<Leave>> leave_to_ask(Asking asking);
    Task<bool> look_before_start();
    void end(Leave& leave);
    Task<> note_rejection(const Failure&, const std::string& account);
    std::optional<Duration> delay_before_retry(const Failure&, const Asking&, Tries&);

    Doors doors_;
    Ledger& ledger_;
    RunObserver& observer_;
    SourceSettings settings_;
    std::shared_ptr<SourceState> state_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Connector> connector_;
    Discovery discovery_;
};

}  // namespace garner
