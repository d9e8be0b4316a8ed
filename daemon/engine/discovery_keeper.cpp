#include "engine/discovery_keeper.hpp"

#include <algorithm>

#include "platform/within.hpp"

namespace garner {
namespace {

constexpr Duration longest_wait{900'000};
constexpr Duration look_time{60'000};  // a look that has begun announces its end

Task<bool> changed(Event& event) {
    co_await event.wait();
    co_return true;
}

}  // namespace

Task<> DiscoveryKeeper::refresh(std::shared_ptr<Source> source) {
    co_await source->discovery().refresh();
    context_.discovery_due.notify_all();
}

Task<> DiscoveryKeeper::keep() {
    for (;;) {
        Duration wait = longest_wait;
        for (const auto& [name, source] : sources_()) {
            const Duration due = source->discovery().due_in();
            wait = std::min(wait, due > Duration(0) ? due : look_time);
            if (due == Duration(0)) spawn_(refresh(source));
        }
        const SteadyTime until = context_.doors.clock.steady_now() + wait;
        co_await within(context_.doors.clock, until, changed(context_.discovery_due));
    }
}

}  // namespace garner
