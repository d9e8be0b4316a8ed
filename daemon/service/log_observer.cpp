#include "service/log_observer.hpp"

#include "core/text.hpp"

namespace garner {
namespace {

// "nightly of 'Press 07'"
std::string name_of(const RunRecord& run) {
    const std::string& target = run.target.name.empty() ? run.target.id : run.target.name;
    return run.job + " of '" + printable(target, 80) + "'";
}

LogEvent event_of(LogLevel level, std::string name, const RunRecord& run, const std::string& what) {
    LogEvent event(level, std::move(name), name_of(run) + ": " + what);
    event.with("job", run.job).with("target", run.target.name.empty() ? run.target.id : run.target.name);
    event.with("run", run.id).with("source", run.source);
    return event;
}

LogEvent event_of(LogLevel level, std::string name, const LeftoverRecord& leftover, const std::string& what) {
    LogEvent event(level, std::move(name), leftover.job + " of '" + printable(leftover.target.name, 80) + "': " + what);
    event.with("job", leftover.job).with("target", leftover.target.name).with("run", leftover.run);
    event.with("source", leftover.source).with("remote_job", leftover.remote_job).with("leftover", leftover.id);
    return event;
}

LogEvent event_of(LogLevel level, std::string name, const ArtifactRecord& artifact, const std::string& what) {
    const std::string& target = artifact.target.name.empty() ? artifact.target.id : artifact.target.name;
    LogEvent event(level, std::move(name),
                   artifact.job + " of '" + printable(target, 80) + "': artifact " + artifact.id + " " + what);
    event.with("job", artifact.job).with("target", target).with("run", artifact.run);
    event.with("artifact", artifact.id).with("store", artifact.store);
    return event;
}

void add_failure(LogEvent& event, const Failure& failure) {
    event.with("kind", to_string(failure.kind)).with("vendor_id", failure.vendor_id);
    if (failure.http_status != 0) event.with("status", std::to_string(failure.http_status));
}

// "succeeded after 42s" needs no milliseconds.
std::string lasted(const RunRecord& run) {
    if (!run.started_at || !run.ended_at || *run.ended_at < *run.started_at) return {};
    const Duration span = *run.ended_at - *run.started_at;
    if (span < Duration(1'000)) return format_duration(span);
    return format_duration(std::chrono::duration_cast<std::chrono::seconds>(span));
}

std::string words_for(const RunRecord& run) {
    switch (run.state) {
        case RunState::queued:
            return "queued";
        case RunState::starting:
            return "asking the vendor to make the export";
        case RunState::exporting:
            return "the vendor is making the export, remote job " + printable(run.remote_job, 80);
        case RunState::downloading:
            return "the export is ready, downloading it";
        case RunState::verifying:
            return "downloaded, checking it";
        case RunState::publishing:
            return "checked, moving it into the store";
        case RunState::cleaning:
            return "stored, cleaning up at the vendor";
        case RunState::succeeded:
        case RunState::suspect:
        case RunState::failed:
        case RunState::skipped:
            break;
    }
    return std::string(to_string(run.state));
}

std::string label_of(const Target& target) { return printable(target.name.empty() ? target.id : target.name, 80); }

std::vector<std::string> labels_of(const std::vector<Target>& targets) {
    std::vector<std::string> labels;
    for (const Target& target : targets) labels.push_back(label_of(target));
    return labels;
}

// The names of hundreds of machines are no log line.
std::string first_of(const std::vector<std::string>& names) {
    constexpr std::size_t shown_max = 10;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < shown_max; ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > shown_max) text += " and " + std::to_string(names.size() - shown_max) + " more";
    return text;
}

bool is_milestone(RunState state) {
    return state == RunState::starting || state == RunState::exporting || state == RunState::downloading;
}

}  // namespace

void LogObserver::run_queued(const RunRecord& run) {
    LogEvent event =
        event_of(LogLevel::debug, "run_queued", run,
                 "queued (" + std::string(to_string(run.trigger)) + ", due " + format_rfc3339(run.scheduled_at) + ")");
    event.with("trigger", to_string(run.trigger)).with("scheduled_at", format_rfc3339(run.scheduled_at));
    log_.write(event);
}

void LogObserver::run_state(const RunRecord& run) {
    LogEvent event =
        event_of(is_milestone(run.state) ? LogLevel::info : LogLevel::debug, "run_state", run, words_for(run));
    event.with("state", to_string(run.state)).with("remote_job", run.remote_job);
    log_.write(event);
}

void LogObserver::run_resumed(const RunRecord& run) {
    LogEvent event = event_of(LogLevel::info, "run_resumed", run,
                              "goes on after a restart, from " + std::string(to_string(run.state)));
    event.with("state", to_string(run.state)).with("remote_job", run.remote_job);
    log_.write(event);
}

void LogObserver::request_retried(const RunRecord& run, const Failure& failure, Duration delay) {
    // Somebody else's turn is a wait, not a failure.
    const LogLevel level = failure.kind == FailureKind::busy ? LogLevel::info : LogLevel::warn;
    LogEvent event =
        event_of(level, "request_retried", run, failure.what + "; trying again in " + format_duration(delay));
    add_failure(event, failure);
    event.with("delay", format_duration(delay));
    log_.write(event);
}

void LogObserver::attempt_failed(const RunRecord& run, const Failure& failure, std::optional<WallTime> next) {
    const std::string then = next ? "; the next attempt is at " + format_rfc3339(*next) : "; no further attempt";
    LogEvent event = event_of(LogLevel::warn, "attempt_failed", run,
                              "attempt " + std::to_string(run.attempts) + " failed: " + failure.what + then);
    add_failure(event, failure);
    event.with("attempt", std::to_string(run.attempts));
    if (next) event.with("next", format_rfc3339(*next));
    log_.write(event);
}

void LogObserver::artifact_stored(const RunRecord& run, const ArtifactRecord& artifact) {
    LogEvent event =
        event_of(LogLevel::info, "artifact_stored", run,
                 "stored " + format_size(artifact.size) + " in " + artifact.store + " as " + artifact.path);
    event.with("artifact", artifact.id).with("store", artifact.store).with("path", artifact.path);
    event.with("size", std::to_string(artifact.size)).with("sha256", artifact.sha256);
    event.with("verdict", to_string(artifact.verdict)).with("probe", artifact.probe);
    log_.write(event);
}

void LogObserver::run_ended(const RunRecord& run) {
    LogLevel level = LogLevel::info;
    if (run.state == RunState::failed || run.state == RunState::suspect) level = LogLevel::error;
    if (run.state == RunState::skipped) level = LogLevel::warn;
    const std::string took = lasted(run);
    std::string what(to_string(run.state));
    if (run.state == RunState::succeeded && !took.empty()) what += " after " + took;
    if (!run.reason.empty()) what += ": " + run.reason;
    LogEvent event = event_of(level, "run_ended", run, what);
    event.with("state", to_string(run.state)).with("took", took).with("artifact", run.artifact);
    event.with("attempts", std::to_string(run.attempts)).with("reason", run.reason);
    log_.write(event);
}

void LogObserver::unknown_vendor_state(const RunRecord& run, const std::string& word) {
    LogEvent event = event_of(LogLevel::warn, "vendor_state_unknown", run,
                              "the vendor says '" + printable(word, 80) +
                                  "', a state that garner does not know; waiting on as if it were still working");
    event.with("word", word);
    log_.write(event);
}

void LogObserver::source_throttled(const std::string& source, Duration delay) {
    log_.write(
        LogEvent(LogLevel::warn, "source_throttled",
                 "source " + source + " asks for fewer requests; nothing is sent to it for " + format_duration(delay))
            .with("source", source)
            .with("delay", format_duration(delay)));
}

void LogObserver::source_down(const std::string& source, const Failure& failure) {
    LogEvent event(LogLevel::error, "source_down",
                   "source " + source + " cannot be reached: " + failure.what +
                       "; its runs wait, one request at a time tries whether it answers again");
    event.with("source", source);
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::source_up(const std::string& source, const std::optional<Outage>& outage) {
    const std::string lasted =
        outage ? format_duration(std::chrono::duration_cast<std::chrono::seconds>(outage->lasted)) : std::string();
    const std::string spared = outage ? std::to_string(outage->spared) : std::string();
    const std::string again =
        outage ? " again after " + lasted + "; " + spared + " questions waited instead of being asked" : "";
    log_.write(LogEvent(LogLevel::info, "source_up", "source " + source + " answers" + again)
                   .with("source", source)
                   .with("lasted", lasted)
                   .with("spared", spared));
}

void LogObserver::budget_exhausted(const std::string& source, std::string_view limit, Duration wait) {
    const std::string shown = format_duration(std::chrono::ceil<std::chrono::seconds>(wait));
    log_.write(LogEvent(LogLevel::info, "budget_exhausted",
                        "the requests to source " + source + " wait for their budget: " + std::string(limit) +
                            " lets the next one leave in " + shown)
                   .with("source", source)
                   .with("limit", std::string(limit))
                   .with("delay", shown));
}

void LogObserver::login_rejected(const std::string& source, const Failure& failure) {
    LogEvent event(LogLevel::error, "login_rejected",
                   "source " + source + " rejected the login: " + failure.what +
                       "; it is not tried again until the credential changes and the configuration is reloaded, or "
                       "somebody runs: garner retry " +
                       source);
    event.with("source", source);
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::discovery_failed(const std::string& job, const Failure& failure) {
    LogEvent event(LogLevel::error, "discovery_failed", job + ": its targets cannot be listed: " + failure.what);
    event.with("job", job);
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::targets_listed(const std::string& source, std::size_t count) {
    log_.write(
        LogEvent(LogLevel::debug, "targets_listed", "source " + source + " lists " + std::to_string(count) + " targets")
            .with("source", source)
            .with("count", std::to_string(count)));
}

void LogObserver::targets_first_listed(const std::string& source, std::size_t count) {
    log_.write(LogEvent(LogLevel::info, "targets_known",
                        "source " + source + " is listed for the first time: " + std::to_string(count) + " targets")
                   .with("source", source)
                   .with("count", std::to_string(count)));
}

void LogObserver::targets_changed(const std::string& source, const ListDiff& diff) {
    const auto tell = [&](const std::string& event, const std::string& what, std::vector<std::string> names) {
        if (names.empty()) return;
        log_.write(LogEvent(LogLevel::info, event, "source " + source + what + first_of(names))
                       .with("source", source)
                       .with("count", std::to_string(names.size())));
    };
    tell("target_appeared", " has new targets: ", labels_of(diff.appeared));
    tell("target_vanished", " no longer lists: ", labels_of(diff.vanished));
    std::vector<std::string> renamed;
    for (const auto& [before, after] : diff.renamed) renamed.push_back(label_of(before) + " is now " + label_of(after));
    tell("target_renamed", " renamed: ", std::move(renamed));
}

void LogObserver::list_refused(const std::string& source, const RefusedList& refused) {
    log_.write(LogEvent(LogLevel::error, "list_refused",
                        "the list of source " + source + " is not believed: " + refused.why +
                            "; the last one stays in force. garner targets --source " + source +
                            " shows what would change, garner targets --accept " + source + " confirms it")
                   .with("source", source)
                   .with("count", std::to_string(refused.targets.size())));
}

void LogObserver::list_accepted(const std::string& source, std::size_t count, const std::string& who) {
    const std::string how = who.empty() ? "source " + source + " gives a list that is believed again"
                                        : who + " confirmed the list of source " + source;
    log_.write(LogEvent(LogLevel::info, "list_accepted", how + ": " + std::to_string(count) + " targets")
                   .with("source", source)
                   .with("count", std::to_string(count))
                   .with("who", who));
}

void LogObserver::list_not_refreshed(const std::string& source, const Failure& failure) {
    LogEvent event(LogLevel::warn, "list_not_refreshed",
                   "the list of source " + source + " could not be refreshed: " + failure.what +
                       "; the last one stays in force until it can");
    event.with("source", source);
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::clock_jumped(Duration by) {
    const std::string how = by > Duration(0) ? " ahead (or the machine slept)" : " back";
    const std::string size =
        format_duration(std::chrono::duration_cast<std::chrono::seconds>(by > Duration(0) ? by : -by));
    log_.write(LogEvent(LogLevel::warn, "clock_jumped", "the wall clock jumped " + size + how)
                   .with("by", (by > Duration(0) ? "" : "-") + size));
}

void LogObserver::clock_suspect(const std::string& reason) {
    log_.write(LogEvent(LogLevel::error, "clock_suspect",
                        "the wall clock cannot be trusted: " + reason +
                            "; runs go on, nothing is pruned. Look at the time synchronisation of this machine"));
}

void LogObserver::clock_trusted() {
    log_.write(LogEvent(LogLevel::info, "clock_trusted", "the wall clock can be trusted again"));
}

void LogObserver::artifact_trashed(const ArtifactRecord& artifact) {
    const Removal removal = artifact.removal.value_or(Removal());
    log_.write(event_of(LogLevel::info, "artifact_trashed", artifact,
                        "goes into the trash: " + removal.rule +
                            (removal.until ? "; gone after " + format_rfc3339(*removal.until) : "")));
}

void LogObserver::artifact_removed(const ArtifactRecord& artifact) {
    log_.write(event_of(LogLevel::info, "artifact_removed", artifact, "is gone: its time in the trash is over"));
}

void LogObserver::artifact_not_moved(const ArtifactRecord& artifact, const Failure& failure) {
    const std::string what = artifact.place == ArtifactPlace::restoring  ? "cannot be taken out of the trash: "
                             : artifact.place == ArtifactPlace::removing ? "cannot be removed from the trash: "
                                                                         : "cannot be moved into the trash: ";
    LogEvent event = event_of(LogLevel::error, "artifact_not_moved", artifact, what + failure.what + "; tried again");
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::artifact_restored(const ArtifactRecord& artifact, const std::string& who) {
    log_.write(event_of(LogLevel::info, "artifact_restored", artifact, "is back from the trash, and held, by " + who)
                   .with("who", who));
}

void LogObserver::prune_waits(const PruneWait& wait) {
    log_.write(LogEvent(LogLevel::error, "prune_waits", describe(wait))
                   .with("count", std::to_string(wait.verdict.wanted))
                   .with("allowed", std::to_string(wait.verdict.allowed)));
}

void LogObserver::prune_goes_on(const std::string& who) {
    log_.write(LogEvent(LogLevel::info, "prune_goes_on",
                        who.empty() ? "retention would no longer remove too much at once: it goes on"
                                    : who + " confirmed what retention removes: it goes on")
                   .with("who", who));
}

void LogObserver::leftover_kept(const LeftoverRecord& leftover) {
    log_.write(event_of(
        LogLevel::warn, "leftover_kept", leftover,
        (leftover.remote_job.empty() ? "perhaps a remote job" : "remote job " + printable(leftover.remote_job, 80)) +
            " stays behind at the vendor: " + leftover.why));
}

void LogObserver::leftover_removed(const LeftoverRecord& leftover) {
    log_.write(event_of(LogLevel::info, "leftover_removed", leftover,
                        "remote job " + printable(leftover.remote_job, 80) + " is removed at the vendor"));
}

void LogObserver::leftover_stays(const LeftoverRecord& leftover, const Failure& failure) {
    const std::string then = leftover.next_try
                                 ? "the next try is at " + format_rfc3339(*leftover.next_try)
                                 : "no further try is made: remove it by hand, or run: garner retry " + leftover.source;
    LogEvent event = event_of(leftover.next_try ? LogLevel::warn : LogLevel::error, "leftover_stays", leftover,
                              "remote job " + printable(leftover.remote_job, 80) +
                                  " could not be removed at the vendor: " + failure.what + "; " + then);
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::leftover_forgotten(const LeftoverRecord& leftover) {
    log_.write(event_of(LogLevel::info, "leftover_forgotten", leftover,
                        (leftover.remote_job.empty() ? "a remote job that may have been started"
                                                     : "remote job " + printable(leftover.remote_job, 80)) +
                            " is no longer listed: " + leftover.why));
}

void LogObserver::targets_left_out(const std::string& job, const std::vector<Target>& targets) {
    const std::string names = first_of(labels_of(targets));
    log_.write(LogEvent(LogLevel::info, "targets_left_out",
                        job + " leaves out what holds no state: " + names +
                            "; name them, or their function, to take them all the same")
                   .with("job", job)
                   .with("count", std::to_string(targets.size())));
}

void LogObserver::leftover_adopted(const LeftoverRecord& leftover, const RunRecord& run) {
    LogEvent event =
        event_of(LogLevel::info, "leftover_adopted", run,
                 "takes over remote job " + printable(leftover.remote_job, 80) + " of run " + leftover.run);
    event.with("remote_job", leftover.remote_job).with("leftover", leftover.id);
    log_.write(event);
}

void LogObserver::recovered(std::size_t unfinished_runs, std::size_t removed_partial_files) {
    log_.write(LogEvent(LogLevel::info, "recovered",
                        "ledger and stores agree; " + std::to_string(unfinished_runs) + " unfinished runs go on, " +
                            std::to_string(removed_partial_files) + " partial files removed")
                   .with("unfinished_runs", std::to_string(unfinished_runs))
                   .with("removed_partial_files", std::to_string(removed_partial_files)));
}

void LogObserver::ledger_failing(const Failure& failure) {
    LogEvent event(
        LogLevel::error, "ledger_failing",
        "the ledger cannot be written: " + failure.what +
            "; nothing new starts until it can. Check the free space and the permissions of the state directory");
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::ledger_working() {
    log_.write(LogEvent(LogLevel::info, "ledger_working", "the ledger can be written again"));
}

void LogObserver::store_failing(const std::string& store, const Failure& failure) {
    LogEvent event(LogLevel::error, "store_failing", "store " + store + " cannot be used: " + failure.what);
    event.with("store", store);
    add_failure(event, failure);
    log_.write(event);
}

void LogObserver::artifact_damaged(const ArtifactRecord& artifact, const Failure& failure) {
    const std::string& target = artifact.target.name.empty() ? artifact.target.id : artifact.target.name;
    LogEvent event(LogLevel::error, "artifact_damaged",
                   artifact.job + " of '" + printable(target, 80) + "': artifact " + artifact.id +
                       " has changed after it was stored and counts as good no more: " + failure.what +
                       "; restore its file from a copy, then garner accept");
    event.with("job", artifact.job).with("target", target).with("run", artifact.run).with("source", artifact.source);
    event.with("artifact", artifact.id).with("store", artifact.store).with("path", artifact.path);
    log_.write(event);
}

void LogObserver::store_read(const StoreReading& reading) {
    const bool fine = reading.damaged == 0 && reading.unread == 0;
    std::string text = "store " + reading.store + ": " + std::to_string(reading.whole) + " artifacts read back whole";
    if (reading.damaged > 0) text += ", " + std::to_string(reading.damaged) + " are damaged";
    if (reading.unread > 0) text += ", " + std::to_string(reading.unread) + " could not be read";
    if (reading.trouble) text += ": " + reading.trouble->what;
    LogEvent event(fine ? LogLevel::info : LogLevel::error, "store_read", text);
    event.with("store", reading.store).with("whole", std::to_string(reading.whole));
    event.with("damaged", std::to_string(reading.damaged)).with("unread", std::to_string(reading.unread));
    log_.write(event);
}

}  // namespace garner
