// A source's list of targets: asked for on a schedule of its own and, when it is not young, before runs begin; held
// against the last one, and in the ledger. What a run takes is the list in force, which is not always the newest one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "core/target_list.hpp"
#include "engine/observer.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "platform/event.hpp"

namespace garner {

/// What is known of a source's targets; outlives a reload.
struct TargetList {
    explicit TargetList(const asio::any_io_executor& executor) : answered(executor) {}

    /// A question that nobody has answered yet; others wait for its answer instead of asking too.
    struct Flight {
        std::string fingerprint;
        SteadyTime until;
        std::uint64_t number = 0;
    };

    bool remembered = false;                      ///< the ledger was asked
    std::optional<std::vector<Target>> in_force;  ///< nothing: the source was never listed
    std::optional<RefusedList> refused;
    std::string fingerprint;             ///< of the settings that it was last asked with
    std::optional<SteadyTime> asked_at;  ///< nothing: to be asked at the next chance
    WallTime asked_at_wall{};            ///< a machine that slept has an older list than it thinks
    std::optional<Flight> flight;
    std::uint64_t flights = 0;
    std::optional<Flight> failed;  ///< the last question, when it got no answer
    Failure failure;               ///< that it got instead
    std::uint32_t failures = 0;    ///< in a row
    SteadyTime retry_at{};
    Event answered;
};

class Discovery {
public:
    /// Asks the vendor, with the patience that is given.
    using Question = std::function<Task<Result<std::vector<Target>>>(SteadyTime deadline)>;
    enum class Origin { vendor, configuration };

    Discovery(Doors doors, Ledger& ledger, RunObserver& observer, const SourceSettings& settings, Origin origin,
              std::shared_ptr<TargetList> list, Question question);

    /// Once, before anything else: what the ledger knows.
    Task<Result<void>> remember();

    /// The targets that a run takes: a list that is younger than five minutes, else the vendor's. When the vendor
    /// cannot be asked within a minute, or its list is not believed, the one in force. A failure only when none is.
    Task<Result<std::vector<Target>>> list(SteadyTime deadline);

    /// How long nothing is to be done by itself.
    Duration due_in() const;
    /// One look at the vendor's list, without patience; who waits for it is list().
    Task<> refresh();
    /// The list may have changed a minute ago: it is asked for at the next chance.
    void expect_news();

    /// The list that stands refused is in force from now on, since `who` says so. `rejected` when there is none.
    Task<Result<ListDiff>> accept(std::string who);

    const TargetList& known() const { return *list_; }

private:
    bool is_younger(Duration age) const;
    Task<Result<std::vector<Target>>> ask(SteadyTime until);
    Task<Result<std::vector<Target>>> take(std::vector<Target> listed);
    Task<Result<std::vector<Target>>> refuse(std::vector<Target> listed, std::string why);
    void looked();
    void failed(const Failure& failure);

    Doors doors_;
    Ledger& ledger_;
    RunObserver& observer_;
    std::string source_;
    DiscoverySettings settings_;
    Origin origin_;
    std::string fingerprint_;
    std::shared_ptr<TargetList> list_;
    Question question_;
};

}  // namespace garner
