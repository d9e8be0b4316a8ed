#include "engine/context.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "core/ids.hpp"

namespace garner {

Task<> EngineContext::sleep_until_wall(WallTime when) {
    constexpr Duration longest{15'000};
    for (;;) {
        const Duration left = when - doors.clock.wall_now();
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

std::string EngineContext::new_id() { return make_id(doors.clock.wall_now(), doors.random.next()); }

LeftoverRecord EngineContext::leftover_of(const RunRecord& run, std::string why) {
    LeftoverRecord leftover;
    leftover.id = new_id();
    leftover.run = run.id;
    leftover.job = run.job;
    leftover.source = run.source;
    leftover.target = run.target;
    leftover.since = doors.clock.wall_now();
    leftover.why = std::move(why);
    return leftover;
}

}  // namespace garner
