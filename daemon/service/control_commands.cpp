#include "service/control_commands.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "core/report_json.hpp"

namespace garner {
namespace {

namespace json = boost::json;

json::array text_list(const std::vector<std::string>& texts) {
    return json_list(texts, [](const std::string& text) { return json::value(json_text(text)); });
}

json::array name_list(const std::vector<Target>& targets) {
    return json_list(targets, [](const Target& target) {
        return json::value(json_text(target.name.empty() ? target.id : target.name));
    });
}

json::object one_field(std::string_view key, json::value value) {
    json::object object;
    object[key] = std::move(value);
    return object;
}

}  // namespace

Task<Result<void>> ControlCommands::handle(ControlRequest request, ControlReplies& replies) {
    const std::string who = "uid " + std::to_string(request.uid);
    log_.write(LogEvent(LogLevel::info, "control_request", who + " asks: " + request.command)
                   .with("uid", std::to_string(request.uid))
                   .with("command", request.command)
                   .with("job", request.job)
                   .with("target", request.target)
                   .with("source", request.source)
                   .with("artifact", request.artifact)
                   .with("from", request.from ? format_rfc3339(*request.from) : std::string())
                   .with("until", request.until ? format_rfc3339(*request.until) : std::string())
                   .with("reason", request.reason));
    if (request.command == "run") co_return co_await run(std::move(request), replies);
    if (request.command == "reload") co_return co_await reload(std::move(request), replies);
    if (request.command == "retry") co_return co_await retry(std::move(request));
    if (request.command == "hold" || request.command == "release") co_return co_await hold(std::move(request), replies);
    if (request.command == "prune") co_return co_await prune(std::move(request), replies);
    if (request.command == "restore_trash") co_return co_await restore(std::move(request), replies);
    if (request.command == "accept") co_return co_await accept(std::move(request), replies);
    if (request.command == "accept_targets") co_return co_await accept_targets(std::move(request), replies);
    if (request.command == "pause") co_return co_await pause(std::move(request), replies);
    if (request.command == "resume") co_return co_await resume(std::move(request));
    if (request.command == "close_span") co_return co_await close_span(std::move(request), replies);
    if (request.command == "reopen_spans") co_return co_await reopen_spans(std::move(request), replies);
    if (request.command == "status") co_return co_await status(replies);
    co_return Failure(FailureKind::rejected,
                      "garnerd " GARNER_VERSION " does not know the command '" + request.command + "'");
}

Task<Result<void>> ControlCommands::run(ControlRequest request, ControlReplies& replies) {
    // What is dispatched must also be performed: until then a client that goes away stops nothing.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto started = co_await engine_.run_now(request.job, request.target);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (!started) co_return started.error();
    std::size_t unsuccessful = 0;
    for (const RunRecord& begun : started->runs) {
        json::object line = one_field("run", run_json(begun));
        co_await replies.send(std::move(line));
    }
    if (!request.wait) co_return Result<void>();
    for (const RunRecord& begun : started->runs) {
        RunRecord ended = begun;
        if (!is_terminal(begun.state)) {
            auto waited = co_await engine_.wait_for(begun.id);
            if (!waited) co_return waited.error();
            ended = std::move(*waited);
        }
        if (ended.state != RunState::succeeded) ++unsuccessful;
        json::object line = one_field("ended", run_json(ended));
        co_await replies.send(std::move(line));
    }
    if (unsuccessful > 0)
        co_return Failure(FailureKind::gone, std::to_string(unsuccessful) + " of " +
                                                 std::to_string(started->runs.size()) + " runs did not succeed");
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::reload(ControlRequest request, ControlReplies& replies) {
    const std::string who = "uid " + std::to_string(request.uid);
    const ReloadOutcome outcome = co_await reloader_.reload(who);
    json::object line;
    line["changes"] = text_list(outcome.changes);
    line["errors"] = text_list(outcome.errors);
    line["warnings"] = text_list(outcome.warnings);
    co_await replies.send(std::move(line));
    if (!outcome.ok())
        co_return Failure(FailureKind::rejected, "nothing was changed: the running configuration stays as it was");
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::retry(ControlRequest request) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_return co_await engine_.forgive(request.source);
}

Task<Result<void>> ControlCommands::hold(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const bool held = request.command == "hold";
    const std::string who = "uid " + std::to_string(request.uid);
    const auto marked = co_await engine_.hold(request.artifact, held, who, request.reason, request.until);
    if (!marked) co_return marked.error();
    json::object line = one_field("artifact", artifact_json(*marked));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::accept(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const std::string who = "uid " + std::to_string(request.uid);
    const auto accepted = co_await engine_.accept(request.artifact, who, request.reason);
    if (!accepted) co_return accepted.error();
    json::object line = one_field("artifact", artifact_json(*accepted));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::prune(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto pruned = co_await engine_.prune("uid " + std::to_string(request.uid), request.confirm);
    if (!pruned) co_return pruned.error();
    for (const ArtifactRecord& artifact : pruned->trashed) {
        json::object line = one_field("trashed", artifact_json(artifact));
        co_await replies.send(std::move(line));
    }
    for (const ArtifactRecord& artifact : pruned->removed) {
        json::object line = one_field("removed", artifact_json(artifact));
        co_await replies.send(std::move(line));
    }
    if (!pruned->blocked.empty())
        co_return Failure(FailureKind::gone, "nothing was removed: the wall clock is suspect: " + pruned->blocked);
    if (pruned->wait) co_return Failure(FailureKind::gone, describe(*pruned->wait));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::restore(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const std::string who = "uid " + std::to_string(request.uid);
    const auto back = co_await engine_.restore(request.artifact, who, request.reason);
    if (!back) co_return back.error();
    json::object line = one_field("artifact", artifact_json(*back));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::accept_targets(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto accepted = co_await engine_.accept_targets(request.source, "uid " + std::to_string(request.uid));
    if (!accepted) co_return accepted.error();
    json::object change;
    change["source"] = request.source;
    change["appeared"] = name_list(accepted->appeared);
    change["vanished"] = name_list(accepted->vanished);
    json::object line = one_field("accepted", std::move(change));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::pause(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const std::string who = "uid " + std::to_string(request.uid);
    const auto paused = co_await engine_.pause(request.job, who, request.reason, request.until);
    if (!paused) co_return paused.error();
    json::object line = one_field("pause", pause_json(*paused));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::resume(ControlRequest request) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_return co_await engine_.resume(request.job);
}

namespace {

Result<Window> span_of(const ControlRequest& request) {
    if (!request.from || !request.until)
        return Failure(FailureKind::rejected, "control request: from and until are missing");
    return Window{*request.from, *request.until};
}

json::object span_json(const ControlRequest& request) {
    json::object object;
    object["job"] = request.job;
    object["target"] = json_text(request.target);
    object["start"] = json_time(request.from);
    object["end"] = json_time(request.until);
    return object;
}

}  // namespace

Task<Result<void>> ControlCommands::close_span(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto span = span_of(request);
    if (!span) co_return span.error();
    const std::string who = "uid " + std::to_string(request.uid);
    const auto closed = co_await engine_.close_span(request.job, request.target, *span, who, request.reason);
    if (!closed) co_return closed.error();
    json::object object = span_json(request);
    object["who"] = json_text(closed->who);
    object["reason"] = json_text(closed->reason);
    json::object line = one_field("spans", std::move(object));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::reopen_spans(ControlRequest request, ControlReplies& replies) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto span = span_of(request);
    if (!span) co_return span.error();
    const auto count = co_await engine_.reopen_spans(request.job, request.target, *span);
    if (!count) co_return count.error();
    json::object object = span_json(request);
    object["reopened"] = *count;
    json::object line = one_field("spans", std::move(object));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

Task<Result<void>> ControlCommands::status(ControlReplies& replies) {
    const std::string why = health_.why_not_ready();
    std::size_t running = 0;
    for (const auto& [key, count] : engine_.in_progress()) running += count;
    json::object status;
    status["version"] = GARNER_VERSION;
    status["ready"] = why.empty();
    status["reason"] = json_text(why);
    status["runs_in_progress"] = running;
    json::object line = one_field("status", std::move(status));
    co_await replies.send(std::move(line));
    co_return Result<void>();
}

}  // namespace garner
