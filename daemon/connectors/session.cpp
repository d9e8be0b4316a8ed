#include "connectors/session.hpp"

#include "core/time.hpp"

namespace garner {
namespace {

bool needs_login(const Session& session, const Clock& clock) {
    return session.token.empty() || session.refused ||
           (session.used_until && clock.steady_now() >= *session.used_until);
}

}  // namespace

Task<Result<HttpReply>> call_with_token(std::shared_ptr<Session> session, const Clock& clock, const LogIn& log_in,
                                        const CallWithToken& call) {
    for (bool repeated = false;; repeated = true) {
        if (needs_login(*session, clock)) {
            const std::uint64_t rejections = session->rejections;
            const Slots::Turn turn = co_await session->turn.acquire();
            // What was rejected while we waited is not tried a second time: that locks accounts.
            if (session->rejections != rejections) co_return session->rejection;
            if (needs_login(*session, clock)) {
                const auto logged_in = co_await log_in();
                if (!logged_in) {
                    if (logged_in.error().login_rejected) {
                        ++session->rejections;
                        session->rejection = logged_in.error();
                    }
                    co_return logged_in.error();
                }
            }
        }
        const std::uint64_t used = session->generation;
        auto reply = co_await call();
        if (!reply || reply->head.status != 401) co_return reply;
        if (session->generation == used) session->refused = true;
        if (repeated) co_return reply;
    }
}

void accept_token(Session& session, Secret token, std::optional<SteadyTime> used_until) {
    session.token = std::move(token);
    session.used_until = used_until;
    session.refused = false;
    ++session.generation;
}

SteadyTime steady_time_of(WallTime expires, const HttpHead& head, const Clock& clock) {
    const auto date = head.header("date");
    const auto theirs = date ? parse_http_date(*date) : std::nullopt;
    return clock.steady_now() + (expires - theirs.value_or(clock.wall_now()));
}

}  // namespace garner
