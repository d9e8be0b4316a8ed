#include "engine/source.hpp"

#include <algorithm>

#include "engine/polite_client.hpp"

namespace garner {
namespace {

constexpr Duration outage_patience{1'800'000};
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
      client_(make_polite_client(std::move(client), PoliteTools{settings_, state_, doors_, ledger_, observer_})),
      connector_(make_connector(settings_, ConnectorTools{*client_, doors_.clock, state_->sessions, device_id})),
      discovery_(doors_, ledger_, observer_, settings_,
                 connector_->targets_are_configured() ? Discovery::Origin::configuration : Discovery::Origin::vendor,
                 state_->targets, [this](SteadyTime deadline) { return ask_for_targets(deadline); }) {}

const Failure* Source::rejection_of(const std::string& account) const {
    const auto found = state_->rejections.find(login_fingerprint(settings_, account));
    return found == state_->rejections.end() ? nullptr : &found->second.failure;
}

Task<Result<Source::Leave>> Source::leave_to_ask(Asking asking) {
    for (;;) {
        if (const Failure* standing = rejection_of(asking.account)) co_return *standing;
        auto pass = co_await state_->gate.enter(asking.deadline, asking.repeat);
        if (!pass) co_return pass.error();
        if (const Failure* standing = rejection_of(asking.account)) co_return *standing;
        Leave leave;
        leave.pass = std::move(*pass);
        if (asking.repeat == Repeat::never && leave.pass.is_probe() && state_->gate.is_open()) {
            const bool fine = co_await look_before_start();
            if (!fine) {
                end(leave);
                continue;
            }
        }
        // Its first request waits here, where the deadline is known and before a start is called sent.
        if (!state_->budget.is_limited()) co_return leave;
        auto place = co_await state_->budget.take(asking.deadline);
        if (!place) co_return place.error();
        if (!leave.pass.is_probe() && state_->gate.is_shut()) continue;
        leave.prepaid = state_->prepay(std::move(*place), asking.repeat);
        co_return leave;
    }
}

// A start whose answer is lost hurts: whether the source answers at all is found out by something harmless, where the
// vendor has it. False: not yet.
Task<bool> Source::look_before_start() {
    const auto looked = co_await connector_->list_targets();
    if (looked) co_return true;
    co_await note_rejection(looked.error(), "");
    co_return false;
}

void Source::end(Leave& leave) {
    if (!leave.pass.is_judged()) state_->gate.postpone_probe(settings_.backoff);
    leave.pass.end();
    leave.prepaid.reset();
}

Task<Result<SourceGate::Pass>> Source::leave_to_download(const std::string& url, SteadyTime deadline) {
    if (!is_own_address(settings_, url)) co_return SourceGate::Pass();
    co_return co_await state_->gate.enter(deadline, Repeat::harmless);
}

Task<> Source::note_rejection(const Failure& failure, const std::string& account) {
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
}

std::optional<Duration> Source::delay_before_retry(const Failure& failure, const Asking& asking, Tries& tries) {
    const Duration delay = delay_after(failure, settings_.backoff, tries.all++, doors_.random.next());
    switch (failure.kind) {
        case FailureKind::transient:
            // The vendor itself says no, in its own words: that rarely heals by asking for hours. But an outage of the
            // whole source is not this question's fault.
            if (state_->gate.is_open() && state_->gate.down_for() < outage_patience) break;
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

Task<Result<std::vector<Target>>> Source::ask_for_targets(SteadyTime deadline) {
    const std::function<Task<Result<std::vector<Target>>>()> question = [this] { return connector_->list_targets(); };
    Asking asking;
    asking.deadline = deadline;
    co_return co_await ask<std::vector<Target>>(asking, question);
}

}  // namespace garner
