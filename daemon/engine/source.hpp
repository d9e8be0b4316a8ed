// One source at work: its client and connector, and what all its runs share: turns, the vendor's wish to be left alone,
// rejected logins, the newest list of targets.
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
#include "engine/observer.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "platform/slots.hpp"

namespace garner {

/// Outlives a reload: the vendor does not care that a file was edited.
struct SourceState {
    SourceState(const asio::any_io_executor& executor, std::uint32_t capacity)
        : turns(executor, capacity), sessions(std::make_shared<Sessions>(executor)) {}

    struct Rejection {
        Failure failure;
        std::string account;
    };

    Slots turns;                         ///< max_concurrent_jobs
    std::shared_ptr<Sessions> sessions;  ///< logins that hold
    SteadyTime held_until{};             ///< nothing is sent before: Retry-After
    double throttled_seconds = 0;
    std::optional<bool> up;
    /// Of logins, by fingerprint: what a run that began with the old secret is told does not stand against the new one.
    std::map<std::string, Rejection> rejections;
    std::vector<Target> listed;
    std::optional<SteadyTime> listed_at;
};

/// Whether a request may be made again when it is not known what became of it.
enum class Repeat { harmless, never };

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
    /// words seven. While the account's login stands rejected nothing is asked, nor while the vendor asked to be left
    /// alone for longer than the deadline.
    template <class T>
    Task<Result<T>> ask(Asking asking, const std::function<Task<Result<T>>()>& question) {
        for (Tries tries;;) {
            if (const Failure* standing = rejection_of(asking.account)) co_return *standing;
            if (state_->held_until > doors_.clock.steady_now() && state_->held_until >= asking.deadline)
                co_return left_alone();
            co_await wait_for_turn_to_speak();
            auto answer = co_await question();
            if (answer) {
                heard();
                co_return answer;
            }
            const Failure failure = answer.error();
            co_await not_heard(failure, asking.account);
            if (failure.login_rejected)
                if (const Failure* standing = rejection_of(asking.account)) co_return *standing;
            const std::optional<Duration> delay = delay_before_retry(failure, asking, tries);
            if (!delay) co_return failure;
            if (asking.run != nullptr) observer_.request_retried(*asking.run, failure, *delay);
            co_await doors_.clock.sleep_for(*delay);
        }
    }

    /// The source's targets: from memory when they are younger than five minutes, else from the vendor; when the vendor
    /// cannot be asked, the newest known ones (of the ledger, after a restart). A failure only when none are known.
    Task<Result<std::vector<Target>>> list_targets(SteadyTime deadline);

    /// The vendor asked to be left alone.
    void hold(Duration);

private:
    struct Tries {
        std::uint32_t all = 0;
        std::uint32_t corrupt = 0;
        std::uint32_t answered = 0;
    };

    const Failure* rejection_of(const std::string& account) const;
    Task<> wait_for_turn_to_speak();
    Failure left_alone() const;
    void heard();
    Task<> not_heard(const Failure&, const std::string& account);
    std::optional<Duration> delay_before_retry(const Failure&, const Asking&, Tries&);

    Doors doors_;
    Ledger& ledger_;
    RunObserver& observer_;
    SourceSettings settings_;
    std::shared_ptr<SourceState> state_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Connector> connector_;
};

}  // namespace garner
