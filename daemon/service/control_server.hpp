// The daemon's Unix socket: one request as a JSON line, replies as JSON lines, the last with "done". It is the only way
// to change anything from outside, so who asked is known (SO_PEERCRED) and told.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/failure.hpp"
#include "core/time.hpp"
#include "platform/clock.hpp"
#include "platform/task.hpp"

namespace garner {

struct ControlRequest {
    std::string command;  ///< "run", "reload", "retry", "hold", "release", "accept_targets", "pause", "resume",
                          ///< "close_span", "reopen_spans", "prune", "restore_trash",
                          ///< "status"
    std::string job;
    std::string target;
    std::string source;
    std::string artifact;
    std::string reason;
    std::optional<WallTime> from;
    std::optional<WallTime> until;
    bool wait = false;
    bool confirm = false;
    std::uint32_t uid = 0;  ///< who asks
};

/// Parses one line; `rejected` on anything that is not such an object.
Result<ControlRequest> parse_control_request(const std::string& line);

/// Where the lines before the last one go.
class ControlReplies {
public:
    virtual ~ControlReplies() = default;
    /// Returns when the client's system has taken the line; throws operation_aborted when the client went away.
    virtual Task<> send(boost::json::object line) = 0;
};

class ControlHandler {
public:
    virtual ~ControlHandler() = default;
    /// Does what is asked. The result becomes the last line: {"done": true, "ok": ..., "error": ...}. Cancelled when
    /// the client goes away.
    virtual Task<Result<void>> handle(ControlRequest, ControlReplies&) = 0;
};

class ControlServer {
public:
    ControlServer(asio::any_io_executor, Clock&, ControlHandler&);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// Opens the socket, 0660. A file in its place is replaced only when it is a socket that nobody answers on.
    Result<void> listen(const std::string& path);

    /// Closes everything and removes the socket; returns when every conversation has ended.
    Task<> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace garner
