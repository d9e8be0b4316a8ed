// A sleeper is a row of a sorted map; the one timer stands on the earliest. A row taken out early leaves the timer as
// it is: an idle wake-up costs less than setting the timer again at every request's deadline that was not needed.
#include "platform/real/real_clock.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace garner {

using boost::system::error_code;

struct RealClock::Sleepers : std::enable_shared_from_this<Sleepers> {
    using Handler = asio::any_completion_handler<void(error_code)>;
    using Key = std::pair<SteadyTime, std::uint64_t>;

    explicit Sleepers(const asio::any_io_executor& executor) : timer(executor) {}

    void add(SteadyTime when, Handler handler) {
        const Key key(when, next_number++);
        // The slot is the converted handler's: taken from the original, it would be emitted to nobody.
        auto slot = asio::get_associated_cancellation_slot(handler);
        sleeping.emplace(key, std::move(handler));
        if (slot.is_connected())
            slot.assign([weak = weak_from_this(), key](asio::cancellation_type) {
                if (const auto self = weak.lock()) self->cancel(key);
            });
        if (!armed || when < *armed) arm(when);
    }

    void cancel(const Key& key) {
        const auto found = sleeping.find(key);
        if (found == sleeping.end()) return;
        Handler handler = std::move(found->second);
        sleeping.erase(found);
        // Without sleepers the loop must be free to end, so the timer does not stay armed for nobody.
        if (sleeping.empty()) {
            armed.reset();
            timer.cancel();
        }
        wake(std::move(handler), asio::error::operation_aborted);
    }

    void arm(SteadyTime when) {
        armed = when;
        timer.expires_at(when);
        timer.async_wait([weak = weak_from_this()](error_code error) {
            if (error) return;
            if (const auto self = weak.lock()) self->wake_due();
        });
    }

    void wake_due() {
        armed.reset();
        const SteadyTime now = steady();
        while (!sleeping.empty() && sleeping.begin()->first.first <= now) {
            Handler handler = std::move(sleeping.begin()->second);
            sleeping.erase(sleeping.begin());
            asio::get_associated_cancellation_slot(handler).clear();
            wake(std::move(handler), error_code());
        }
        if (!sleeping.empty()) arm(sleeping.begin()->first.first);
    }

    void wake(Handler handler, error_code error) {
        asio::post(timer.get_executor(),
                   [handler = std::move(handler), error]() mutable { std::move(handler)(error); });
    }

    static SteadyTime steady() { return std::chrono::floor<Duration>(std::chrono::steady_clock::now()); }

    asio::steady_timer timer;
    std::optional<SteadyTime> armed;
    std::map<Key, Handler> sleeping;
    std::uint64_t next_number = 0;
};

RealClock::RealClock(asio::any_io_executor executor) : sleepers_(std::make_shared<Sleepers>(executor)) {}

RealClock::~RealClock() {
    // Sleeping coroutines end with the clock; their frames may hold anything, so the map is emptied before they go.
    const auto abandoned = std::move(sleepers_->sleeping);
    sleepers_->sleeping.clear();
}

WallTime RealClock::wall_now() const { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

SteadyTime RealClock::steady_now() const { return Sleepers::steady(); }

Task<> RealClock::sleep_until(SteadyTime when) {
    auto begin = [sleepers = sleepers_, when](auto handler) {
        sleepers->add(when, Sleepers::Handler(std::move(handler)));
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(error_code)>(std::move(begin), asio::use_awaitable);
}

}  // namespace garner
