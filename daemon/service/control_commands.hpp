// What the control socket can ask for. PRODUCT.md section 2's changing commands end here.
#pragma once

#include "engine/engine.hpp"
#include "service/control_server.hpp"
#include "service/health.hpp"
#include "service/log.hpp"
#include "service/reload.hpp"

namespace garner {

class ControlCommands : public ControlHandler {
public:
    ControlCommands(Engine& engine, Reloader& reloader, const Health& health, Log& log)
        : engine_(engine), reloader_(reloader), health_(health), log_(log) {}

    Task<Result<void>> handle(ControlRequest, ControlReplies&) override;

private:
    Task<Result<void>> run(ControlRequest, ControlReplies&);
    Task<Result<void>> reload(ControlRequest, ControlReplies&);
    Task<Result<void>> retry(ControlRequest);
    Task<Result<void>> hold(ControlRequest, ControlReplies&);
    Task<Result<void>> prune(ControlRequest, ControlReplies&);
    Task<Result<void>> restore(ControlRequest, ControlReplies&);
    Task<Result<void>> accept(ControlRequest, ControlReplies&);
    Task<Result<void>> accept_targets(ControlRequest, ControlReplies&);
    Task<Result<void>> pause(ControlRequest, ControlReplies&);
    Task<Result<void>> resume(ControlRequest);
    Task<Result<void>> close_span(ControlRequest, ControlReplies&);
    Task<Result<void>> reopen_spans(ControlRequest, ControlReplies&);
    Task<Result<void>> status(ControlReplies&);

    Engine& engine_;
    Reloader& reloader_;
    const Health& health_;
    Log& log_;
};

}  // namespace garner
