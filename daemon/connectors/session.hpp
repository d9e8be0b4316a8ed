// Logins of a source, kept in memory only: what a connector got for a credential, and the one place where two of its
// coroutines that both need a login take turns.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/failure.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "platform/clock.hpp"
#include "platform/http.hpp"
#include "platform/slots.hpp"

namespace garner {

/// One account's login.
struct Session {
    explicit Session(const asio::any_io_executor& executor) : turn(executor, 1) {}

    Slots turn;                            ///< one login at a time
    std::uint64_t generation = 0;          ///< counts the tokens
    Secret token;                          ///< empty: not logged in
    bool refused = false;                  ///< a call with this token was answered 401
    std::uint64_t rejections = 0;          ///< counts the logins that were rejected
    Failure rejection;                     ///< the last one
    std::optional<SteadyTime> used_until;  ///< by the vendor's own clock; nothing: until a 401
    Secret refresh_token;                  ///< Servitly
    std::string user_id;                   ///< Servitly
    std::string tenant_id;                 ///< Servitly
    int api_version = 0;                   ///< Appgate: as negotiated; 0: not yet
};

/// By account. A changed credential begins with a fresh session: its key contains the login's fingerprint.
class Sessions {
public:
    explicit Sessions(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    std::shared_ptr<Session> of(const std::string& account_fingerprint) {
        auto& session = by_account_[account_fingerprint];
        if (!session) session = std::make_shared<Session>(executor_);
        return session;
    }

private:
    asio::any_io_executor executor_;
    std::map<std::string, std::shared_ptr<Session>> by_account_;
};

/// Puts a new token into the session (accept_token()), by whatever the vendor offers: a renewal, else a login.
using LogIn = std::function<Task<Result<void>>()>;
/// One request with the session's token as it is then.
using CallWithToken = std::function<Task<Result<HttpReply>>()>;

/// Makes the call, logged in: `log_in` first where there is no token or its time is over; after a 401 once more, then
/// the call once more. Only one coroutine logs in at a time; the others use what it got. A 401 that comes twice is
/// returned as the reply that it is. What `log_in` cannot do is the failure. The functions must outlive the call.
Task<Result<HttpReply>> call_with_token(std::shared_ptr<Session> session, const Clock& clock, const LogIn& log_in,
                                        const CallWithToken& call);

/// The session has this token from now on, until `used_until` or until it is refused.
void accept_token(Session&, Secret token, std::optional<SteadyTime> used_until);

/// When `expires`, an instant of the vendor's clock, will be by ours: measured from the reply's Date header, since
/// clocks differ; by our own clock where the reply has none.
SteadyTime steady_time_of(WallTime expires, const HttpHead&, const Clock&);

}  // namespace garner
