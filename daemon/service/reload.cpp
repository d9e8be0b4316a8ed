#include "service/reload.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "platform/real/systemd.hpp"
#include "service/on_worker.hpp"
#include "service/settings_diff.hpp"
#include "settings/load.hpp"

namespace garner {

Reloader::Reloader(asio::any_io_executor executor, Parts parts)
    : parts_(std::move(parts)), finished_(std::move(executor)), last_success_(parts_.clock.wall_now()) {}

Task<ReloadOutcome> Reloader::reload(std::string who) {
    while (going_on_) co_await finished_.wait();
    // Half a reload is worse than none: a client that goes away does not stop it.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    going_on_ = true;
    notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec());
    ReloadOutcome outcome = co_await load_and_apply();
    notify_service_manager("READY=1");

    last_successful_ = outcome.ok();
    if (outcome.ok()) last_success_ = parts_.clock.wall_now();
    for (const std::string& warning : outcome.warnings)
        parts_.log.write(LogEvent(LogLevel::warn, "config_warning", warning));
    for (const std::string& error : outcome.errors)
        parts_.log.write(LogEvent(LogLevel::error, "config_reload_failed", error).with("by", who));
    for (const std::string& change : outcome.changes)
        parts_.log.write(LogEvent(LogLevel::info, "config_changed", change).with("by", who));
    if (outcome.ok())
        parts_.log.write(LogEvent(LogLevel::info, "config_reloaded",
                                  outcome.changes.empty() ? "the configuration was reloaded; nothing changed"
                                                          : "the configuration was reloaded")
                             .with("by", who)
                             .with("changes", std::to_string(outcome.changes.size())));
    going_on_ = false;
    finished_.notify_all();
    co_return outcome;
}

Task<ReloadOutcome> Reloader::load_and_apply() {
    ReloadOutcome outcome;
    auto loaded = std::make_shared<Loaded>();
    std::function<void()> work = [loaded, path = parts_.config_path] { *loaded = load_settings(path); };
    co_await on_worker(parts_.worker, std::move(work));
    for (const Diagnostic& warning : loaded->warnings) outcome.warnings.push_back(warning.text());
    for (const Diagnostic& error : loaded->errors) outcome.errors.push_back(error.text());
    if (!loaded->settings) co_return outcome;

    const std::shared_ptr<const Settings> before = parts_.engine.settings();
    const auto after = std::make_shared<const Settings>(std::move(*loaded->settings));
    outcome.errors = changes_that_need_a_restart(*before, *after);
    if (!outcome.ok()) co_return outcome;

    auto web = parts_.web.configure(after->web);
    if (!web) {
        outcome.errors.push_back(web.error().what);
        co_return outcome;
    }
    const auto applied = co_await parts_.engine.apply(after);
    if (!applied) {
        outcome.errors.push_back(applied.error().what);
        const auto back = parts_.web.configure(before->web);
        if (!back) outcome.errors.push_back(back.error().what);
        co_return outcome;
    }
    parts_.log.configure(after->log);
    for (const auto& [name, store] : before->stores)
        if (!after->stores.contains(name)) parts_.health.forget_store(name);
    co_await parts_.housekeeping.measure_stores();  // a new store's series exist at once
    outcome.changes = describe_changes(*before, *after);
    co_return outcome;
}

}  // namespace garner
