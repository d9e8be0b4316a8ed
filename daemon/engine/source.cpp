#include "engine/source.hpp"

#include <algorithm>

#include "platform/sha256.hpp"

namespace garner {
namespace {

constexpr Duration list_lives{300'000};
constexpr std::uint32_t corrupt_tries_max = 4;
constexpr std::uint32_t answered_tries_max = 8;

std::string fingerprint_of(const SourceSettings& settings) {
    const auto& tulip = std::get<TulipSettings>(settings.vendor);
    Sha256 digest;
    const auto add = [&](std::string_view text) {
        digest.update(text);
        digest.update(std::string_view("\0", 1));
    };
    add("garner login");
    add(settings.name);
    add(settings.http.base_url);
    add(tulip.workspace);
    add(tulip.username);
    add(tulip.password.reveal());
    return digest.finish();
}

}  // namespace

Source::Source(Doors doors, Ledger& ledger, RunObserver& observer, SourceSettings settings,
               std::shared_ptr<SourceState> state, std::unique_ptr<HttpClient> client)
    : doors_(std::move(doors)),
      ledger_(ledger),
      observer_(observer),
      settings_(std::move(settings)),
      state_(std::move(state)),
      client_(std::move(client)),
      connector_(make_connector(settings_, *client_)),
      fingerprint_(fingerprint_of(settings_)) {}

Slots& Source::target_turns(const std::string& target_id) {
    auto& turns = state_->per_target[target_id];
    if (!turns) turns = std::make_shared<Slots>(doors_.executor, 1);
    return *turns;
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

void Source::heard() {
    if (state_->up != true) observer_.source_up(settings_.name);
    state_->up = true;
}

Task<> Source::not_heard(const Failure& failure) {
    if (failure.login_rejected && !state_->rejection) {
        Failure standing = failure;
        standing.what += "; no request is made until the secret or the configuration changes, or `garner retry " +
                         settings_.name + "`";
        state_->rejection = standing;
        state_->rejected_fingerprint = fingerprint_;
        observer_.login_rejected(settings_.name, failure);
        LoginRejection rejection;
        rejection.source = settings_.name;
        rejection.fingerprint = fingerprint_;
        rejection.at = doors_.clock.wall_now();
        rejection.why = standing.what;
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

std::optional<Duration> Source::delay_before_retry(const Failure& failure, Repeat repeat, Tries& tries,
                                                   SteadyTime deadline) {
    const Duration delay = delay_after(failure, settings_.backoff, tries.all++, doors_.random.next());
    if (failure.throttled) hold(delay);
    switch (failure.kind) {
        case FailureKind::transient:
            // The vendor itself says no, in its own words: that rarely heals by asking for hours.
            if (!failure.vendor_id.empty() && ++tries.answered >= answered_tries_max) return std::nullopt;
            break;
        case FailureKind::uncertain:
            if (repeat == Repeat::never) return std::nullopt;
            break;
        case FailureKind::corrupt:
            if (repeat == Repeat::never || ++tries.corrupt >= corrupt_tries_max) return std::nullopt;
            break;
        case FailureKind::busy: {
            const Duration pace = std::clamp(delay, settings_.poll.initial, settings_.poll.max);
            return doors_.clock.steady_now() + pace < deadline ? std::optional(pace) : std::nullopt;
        }
        case FailureKind::rejected:
        case FailureKind::gone:
        case FailureKind::local:
            return std::nullopt;
    }
    if (doors_.clock.steady_now() + delay >= deadline) return std::nullopt;
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
    auto listed = co_await ask<std::vector<Target>>(nullptr, deadline, Repeat::harmless, question);
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
