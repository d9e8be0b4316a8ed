// One source at work: its client and connector, and what all its runs share: turns, the vendor's wish to be left alone,
// a rejected login, the newest list of targets.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.hpp"
#include "core/backoff.hpp"
#include "core/settings.hpp"
#include "engine/observer.hpp"
#include "platform/slots.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"

namespace garner {

/// Outlives a reload: the vendor does not care that a file was edited.
struct SourceState {
    SourceState(const asio::any_io_executor& executor, std::uint32_t capacity) : turns(executor, capacity) {}

    Slots turns;                                               ///< max_concurrent_jobs
    std::map<std::string, std::shared_ptr<Slots>> per_target;  ///< one remote job per target
    SteadyTime held_until{};                                   ///< nothing is sent before: Retry-After
    double throttled_seconds = 0;
    std::optional<bool> up;
    std::optional<Failure> rejection;  ///< of the login; nothing is sent while it stands
    std::string rejected_fingerprint;
    std::vector<Target> listed;
    std::optional<SteadyTime> listed_at;
};

/// Whether a request may be made again when it is not known what became of it.
enum class Repeat { harmless, never };

class Source {
public:
    Source(Doors doors, Ledger& ledger, RunObserver& observer, SourceSettings settings,
           std::shared_ptr<SourceState> state, std::unique_ptr<HttpClient> client);

    const SourceSettings& settings() const { return settings_; }
    SourceState& state() { return *state_; }
    Connector& connector() { return *connector_; }
    HttpClient& client() { return *client_; }

    /// Turns of one target: one remote job at a time.
    Slots& target_turns(const std::string& target_id);

    /// What identifies the login without telling it: the same while neither account nor secret changed.
    const std::string& login_fingerprint() const { return fingerprint_; }

    /// Asks, and asks again with back-off while that makes sense and `deadline` allows it; returns what cannot be
    /// helped by asking again. `run` is for the observer and may be null. A failure of kind `corrupt` is asked for
    /// three more times, an error in the vendor's own words seven.
    template <class T>
    Task<Result<T>> ask(const RunRecord* run, SteadyTime deadline, Repeat repeat,
                        const std::function<Task<Result<T>>()>& question) {
        for (Tries tries;;) {
            if (state_->rejection) co_return *state_->rejection;
            co_await wait_for_turn_to_speak();
            auto answer = co_await question();
            if (answer) {
                heard();
                co_return answer;
            }
            const Failure failure = answer.error();
            co_await not_heard(failure);
            if (failure.login_rejected && state_->rejection) co_return *state_->rejection;
            const std::optional<Duration> delay = delay_before_retry(failure, repeat, tries, deadline);
            if (!delay) co_return failure;
            if (run != nullptr) observer_.request_retried(*run, failure, *delay);
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

    Task<> wait_for_turn_to_speak();
    void heard();
    Task<> not_heard(const Failure&);
    std::optional<Duration> delay_before_retry(const Failure&, Repeat, Tries&, SteadyTime deadline);

    Doors doors_;
    Ledger& ledger_;
    RunObserver& observer_;
    SourceSettings settings_;
    std::shared_ptr<SourceState> state_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Connector> connector_;
    std::string fingerprint_;
};

}  // namespace garner
