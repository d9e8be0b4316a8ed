#include "engine/discovery.hpp"

#include <algorithm>
#include <utility>

#include "connectors/connector.hpp"
#include "platform/within.hpp"

namespace garner {
namespace {

constexpr Duration young{300'000};             // a machine that was added shortly before the nightly run is in it
constexpr Duration known_patience{60'000};     // with a list at hand the work need not wait for a vendor that is down
constexpr Duration first_patience{3'600'000};  // without one, that has to become loud
constexpr Duration look_patience{1'000};       // of a refresh: another one comes
constexpr Duration first_retry{60'000};
constexpr Duration flight_time{60'000};

// The list is asked for while this lives; whatever ends the question, those who wait for it are told.
class InFlight {
public:
    InFlight(std::shared_ptr<TargetList> list, const std::string& fingerprint, SteadyTime until)
        : list_(std::move(list)), number_(++list_->flights) {
        list_->flight = TargetList::Flight{fingerprint, until, number_};
    }
    ~InFlight() {
        if (is_newest()) list_->flight.reset();
        list_->answered.notify_all();
    }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    /// False when another configuration has begun to ask since: then its answer counts.
    bool is_newest() const { return list_->flight && list_->flight->number == number_; }

private:
    std::shared_ptr<TargetList> list_;
    std::uint64_t number_;
};

Task<bool> answer_of(std::shared_ptr<TargetList> list, std::uint64_t number) {
    while (list->flight && list->flight->number == number) co_await list->answered.wait();
    co_return true;
}

}  // namespace

Discovery::Discovery(Doors doors, Ledger& ledger, RunObserver& observer, const SourceSettings& settings, Origin origin,
                     std::shared_ptr<TargetList> list, Question question)
    : doors_(std::move(doors)),
      ledger_(ledger),
      observer_(observer),
      source_(settings.name),
      settings_(settings.discovery),
      origin_(origin),
      fingerprint_(list_fingerprint(settings)),
      list_(std::move(list)),
      question_(std::move(question)) {}

Task<Result<void>> Discovery::remember() {
    if (list_->remembered) co_return Result<void>();
    const auto record = co_await ledger_.target_list(source_);
    if (!record) co_return record.error();
    auto targets = co_await ledger_.targets(source_);
    if (!targets) co_return targets.error();
    list_->remembered = true;
    if (!*record) co_return Result<void>();
    list_->in_force = std::move(*targets);
    list_->refused = (*record)->refused;
    list_->fingerprint = (*record)->fingerprint;
    list_->asked_at_wall = (*record)->asked_at;
    // One of the future was written under a clock that was wrong: nobody knows how old it is.
    const Duration age = doors_.clock.wall_now() - list_->asked_at_wall;
    if (age >= Duration(0) && age < settings_.interval) list_->asked_at = doors_.clock.steady_now() - age;
    co_return Result<void>();
}

bool Discovery::is_younger(Duration age) const {
    return list_->asked_at && list_->fingerprint == fingerprint_ &&
           doors_.clock.steady_now() - *list_->asked_at < age && doors_.clock.wall_now() - list_->asked_at_wall < age;
}

Task<Result<std::vector<Target>>> Discovery::list(SteadyTime deadline) {
    const auto list = list_;
    const Duration patience = list->in_force ? known_patience : first_patience;
    const SteadyTime until = std::min(deadline, doors_.clock.steady_now() + patience);
    for (;;) {
        if (list->in_force && is_younger(std::min(young, settings_.interval))) co_return *list->in_force;
        if (!list->flight || list->flight->fingerprint != fingerprint_) co_return co_await ask(until);
        const TargetList::Flight flight = *list->flight;
        const auto answered = co_await within(doors_.clock, until, answer_of(list, flight.number));
        const bool failed = list->failed && list->failed->number == flight.number;
        // Whoever asked has waited for longer than this one may, or was told what no patience changes.
        const bool final = failed && list->failure.kind == FailureKind::rejected;
        const bool hopeless = !answered || final || (failed && flight.until >= until);
        if (!hopeless) continue;
        if (list->in_force) co_return *list->in_force;
        if (failed) co_return list->failure;
        co_return Failure(FailureKind::transient, "the source has not answered in time");
    }
}

Task<Result<std::vector<Target>>> Discovery::ask(SteadyTime until) {
    const InFlight asking(list_, fingerprint_, until);
    auto listed = co_await question_(until);
    if (!asking.is_newest()) co_return listed;
    if (listed) co_return co_await take(std::move(*listed));

    if (list_->failures == 0) observer_.list_not_refreshed(source_, listed.error());
    failed(listed.error());
    if (list_->in_force) co_return *list_->in_force;
    co_return listed;
}

// What is believed is durable before it is in force: so nothing appears twice.
Task<Result<std::vector<Target>>> Discovery::take(std::vector<Target> listed) {
    observer_.targets_listed(source_, listed.size());
    if (list_->in_force && origin_ == Origin::vendor) {
        std::string why = why_not_believed(list_->in_force->size(), listed.size(), settings_.min_ratio);
        if (!why.empty()) co_return co_await refuse(std::move(listed), std::move(why));
    }
    const auto written = co_await ledger_.targets_seen(source_, listed, doors_.clock.wall_now(), fingerprint_);
    if (!written) {
        observer_.ledger_failing(written.error());
        failed(written.error());
        co_return listed;
    }
    if (list_->in_force) {
        const ListDiff diff = diff_lists(*list_->in_force, listed);
        if (!diff.empty()) observer_.targets_changed(source_, diff);
    } else {
        observer_.targets_first_listed(source_, listed.size());
    }
    if (std::exchange(list_->refused, std::nullopt)) observer_.list_accepted(source_, listed.size(), {});
    list_->in_force = listed;
    looked();
    co_return listed;
}

Task<Result<std::vector<Target>>> Discovery::refuse(std::vector<Target> listed, std::string why) {
    const WallTime now = doors_.clock.wall_now();
    RefusedList refused;
    refused.since = list_->refused ? list_->refused->since : now;
    refused.why = std::move(why);
    refused.targets = std::move(listed);
    const auto written = co_await ledger_.list_refused(source_, refused, now, fingerprint_);
    if (!written) {
        observer_.ledger_failing(written.error());
        failed(written.error());
        co_return *list_->in_force;
    }
    const bool news = !list_->refused;
    list_->refused = std::move(refused);
    if (news) observer_.list_refused(source_, *list_->refused);
    looked();
    co_return *list_->in_force;
}

void Discovery::looked() {
    list_->asked_at = doors_.clock.steady_now();
    list_->asked_at_wall = doors_.clock.wall_now();
    list_->fingerprint = fingerprint_;
    list_->failures = 0;
    list_->failed.reset();
}

void Discovery::failed(const Failure& failure) {
    list_->failed = list_->flight;
    list_->failure = failure;
    const Duration pause = first_retry * (1LL << std::min<std::uint32_t>(list_->failures++, 16));
    list_->retry_at = doors_.clock.steady_now() + std::min(pause, refresh_period(source_, settings_.interval));
}

Duration Discovery::due_in() const {
    const SteadyTime now = doors_.clock.steady_now();
    if (list_->flight && list_->flight->fingerprint == fingerprint_) return flight_time;
    const Duration period = refresh_period(source_, settings_.interval);
    SteadyTime due = now;
    if (list_->failed && list_->failed->fingerprint == fingerprint_)
        due = list_->retry_at;
    else if (is_younger(period))
        due = *list_->asked_at + period;
    return std::max(due - now, Duration(0));
}

Task<> Discovery::refresh() {
    if (list_->flight && list_->flight->fingerprint == fingerprint_) co_return;
    co_await ask(doors_.clock.steady_now() + look_patience);
}

void Discovery::expect_news() {
    list_->asked_at.reset();
    list_->failed.reset();
}

Task<Result<ListDiff>> Discovery::accept(std::string who) {
    auto accepted = co_await ledger_.list_confirmed(source_, doors_.clock.wall_now());
    if (!accepted) co_return accepted.error();
    const std::vector<Target> none;
    ListDiff diff = diff_lists(list_->in_force ? *list_->in_force : none, *accepted);
    list_->in_force = std::move(*accepted);
    list_->refused.reset();
    observer_.list_accepted(source_, list_->in_force->size(), who);
    if (!diff.empty()) observer_.targets_changed(source_, diff);
    co_return diff;
}

}  // namespace garner
