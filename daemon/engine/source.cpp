#include "engine/source.hpp"

#include <algorithm>

namespace garner {
namespace {

constexpr Duration list_lives{300'000};
constexpr std::uint32_t corrupt_tries_max = 4;
constexpr std::uint32_t answered_tries_max = 8;

}  // namespace

Source::Source(Doors doors, Ledger& ledger, RunObserver& observer, SourceSettings settings,
               std::shared_ptr<SourceState> state, std::unique_ptr<HttpClient> client, const std::string& device_id)
    : doors_(std::move(doors)),
      ledger_(ledger),
      observer_(observer),
      settings_(std::move(settings)),
      state_(std::move(state)),
      client_(std::move(client)),
      connector_(make_connector(settings_, ConnectorTools{*client_, doors_.clock, state_->sessions, device_id})) {}

const Failure* Source::rejection_of(const std::string& account) const {
    const auto found = state_->rejections.find(login_fingerprint(settings_, account));
    return found == state_->rejections.end() ? nullptr : &found->second.failure;
}

void Source::hold(Duration delay) {
    const SteadyTime until = doors_.clock.steady_now() + delay;
    if (until <= state_->held_until) return;
    state_->throttled_seconds +=
        std::chrono::duration<double>(until - std::max(state_->held_until, doors_.clock.steady_now())).count();
    state_->held_until = until;
    observer_.source_throttled(settings_.name, delay);
}

Task<> Source::wait_for_turn_to_speak() {
    // The hold may grow while one waits.
    while (doors_.clock.steady_now() < state_->held_until) co_await doors_.clock.sleep_until(state_->held_until);
}

// A wait that is longer than the question has time.
Failure Source::left_alone() const {
    const Duration left = state_->held_until - doors_.clock.steady_now();
    return Failure(FailureKind::transient, "the vendor asked to be left alone for another " +
                                               format_duration(std::chrono::ceil<std::chrono::seconds>(left)));
}

void Source::heard() {
    if (state_->up != true) observer_.source_up(settings_.name);
    state_->up = true;
}

Task<> Source::not_heard(const Failure& failure, const std::string& account) {
    if (failure.login_rejected && rejection_of(account) == nullptr) {
        SourceState::Rejection standing{failure, account};
        standing.failure.what +=
            "; no request is made until the secret or the configuration changes, or `garner retry " + settings_.name +
            "`";
        LoginRejection rejection;
        rejection.source = settings_.name;
        rejection.account = account;
        rejection.fingerprint = login_fingerprint(settings_, account);
        rejection.at = doors_.clock.wall_now();
        rejection.why = standing.failure.what;
        state_->rejections[rejection.fingerprint] = std::move(standing);
        observer_.login_rejected(settings_.name, failure);
        const auto written = co_await ledger_.login_rejected(rejection);
        if (!written) observer_.ledger_failing(written.error());
    }
    const bool unreachable =
        (failure.kind == FailureKind::transient || failure.kind == FailureKind::uncertain) && !failure.throttled;
    if (!unreachable) {
        if (failure.http_status != 0) heard();
        co_return;
    }
    if (state_->up != false) observer_.source_down(settings_.name, failure);
    state_->up = false;
}

std::optional<Duration> Source::delay_before_retry(const Failure& failure, const Asking& asking, Tries& tries) {
    const Duration delay = delay_after(failure, settings_.backoff, tries.all++, doors_.random.next());
    if (failure.throttled) hold(delay);
    switch (failure.kind) {
        case FailureKind::transient:
            // The vendor itself says no, in its own words: that rarely heals by asking for hours.
            if (!failure.vendor_id.empty() && ++tries.answered >= answered_tries_max) return std::nullopt;
            break;
        case FailureKind::uncertain:
            if (asking.repeat == Repeat::never) return std::nullopt;
            break;
        case FailureKind::corrupt:
            if (asking.repeat == Repeat::never || ++tries.corrupt >= corrupt_tries_max) return std::nullopt;
            break;
        case FailureKind::busy: {
            if (asking.repeat == Repeat::never) return std::nullopt;
            const Duration pace = std::clamp(delay, settings_.poll.initial, settings_.poll.max);
            return doors_.clock.steady_now() + pace < asking.deadline ? std::optional(pace) : std::nullopt;
        }
        case FailureKind::rejected:
        case FailureKind::gone:
        case FailureKind::local:
            return std::nullopt;
    }
    if (doors_.clock.steady_now() + delay >= asking.deadline) return std::nullopt;
    return delay;
}

Task<Result<std::vector<Target>>> Source::list_targets(SteadyTime deadline) {
    if (state_->listed_at && doors_.clock.steady_now() - *state_->listed_at < list_lives) co_return state_->listed;

    if (state_->listed.empty()) {
        const auto known = co_await ledger_.targets(settings_.name);
        if (known) state_->listed = *known;
    }
    // With a list at hand the work need not wait for a vendor that is down; without one, that has to become loud.
    const Duration patience = state_->listed.empty() ? Duration(3'600'000) : Duration(60'000);
    deadline = std::min(deadline, doors_.clock.steady_now() + patience);

    const std::function<Task<Result<std::vector<Target>>>()> question = [this] { return connector_->list_targets(); };
    Asking asking;
    asking.deadline = deadline;
    auto listed = co_await ask<std::vector<Target>>(asking, question);
    if (listed) {
        state_->listed = *listed;
        state_->listed_at = doors_.clock.steady_now();
        observer_.targets_listed(settings_.name, listed->size());
        const auto written = co_await ledger_.targets_seen(settings_.name, *listed, doors_.clock.wall_now());
        if (!written) observer_.ledger_failing(written.error());
        co_return listed;
    }
    if (state_->listed.empty()) co_return listed;
    co_return state_->listed;
}

}  // namespace garner
