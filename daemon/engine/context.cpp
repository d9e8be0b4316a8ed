#include "engine/context.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "core/ids.hpp"
#include "platform/sha256.hpp"

namespace garner {

std::optional<Pause> EngineContext::newest_pause(const std::string& job) const {
    if (paused_jobs.contains(job)) return pause_of_configuration(std::nullopt);
    const auto found = pauses.find(job);
    return found == pauses.end() ? std::nullopt : std::optional(found->second);
}

Task<> EngineContext::sleep_until_wall(WallTime when) {
    constexpr Duration longest{15'000};  // a clock that is set forward is noticed
    const SteadyTime latest = doors.clock.steady_now() + std::max(when - doors.clock.wall_now(), Duration(0));
    for (;;) {
        const Duration left = std::min(when - doors.clock.wall_now(), latest - doors.clock.steady_now());
        if (left.count() <= 0) co_return;
        co_await doors.clock.sleep_for(std::min(left, longest));
    }
}

Task<> EngineContext::insist(const std::function<Task<Result<void>>()>& verb) {
    constexpr Duration pause{5'000};
    for (;;) {
        const auto written = co_await verb();
        if (written) {
            if (ledger_fails) observer.ledger_working();
            ledger_fails = false;
            co_return;
        }
        if (!ledger_fails) observer.ledger_failing(written.error());
        ledger_fails = true;
        if (stopping) throw boost::system::system_error(asio::error::operation_aborted);
        co_await doors.clock.sleep_for(pause);
    }
}

Slots& EngineContext::target_turns(const std::string& turn_key) {
    auto& turns = turns_by_target[turn_key];
    if (!turns) turns = std::make_shared<Slots>(doors.executor, 1);
    return *turns;
}

std::string EngineContext::callback_proof(const std::string& run) const {
    Sha256 digest;
    digest.update("garner callback");
    digest.update(installation.callback_key.reveal());
    digest.update(run);
    digest.update(installation.callback_key.reveal());
    return digest.finish();
}

std::string EngineContext::new_id() { return make_id(doors.clock.wall_now(), doors.random.next()); }

LeftoverRecord EngineContext::leftover_of(const RunRecord& run, std::string why) {
    LeftoverRecord leftover;
    leftover.id = new_id();
    leftover.run = run.id;
    leftover.job = run.job;
    leftover.source = run.source;
    leftover.target = run.target;
    leftover.window = run.window;
    leftover.remote_job = run.remote_job;
    leftover.remote_started_at = run.remote_started_at;
    leftover.since = doors.clock.wall_now();
    leftover.why = std::move(why);
    return leftover;
}

}  // namespace garner
