#include "ledger/verbs.hpp"

#include <set>

#include "ledger/reader.hpp"

namespace garner::verbs {
namespace {

std::optional<std::int64_t> number(std::optional<std::uint64_t> n) {
    if (!n) return std::nullopt;
    return static_cast<std::int64_t>(*n);
}

Result<bool> insert_run(const Database& database, const RunRecord& run, WallTime now) {
    auto insert = database.prepare(
        "INSERT INTO runs (id, job, source, target_id, target_name, scheduled_at, window_start, window_end, trigger, "
        "state, reason, "
        "attempts, remote_job, start_sent, queued_at, started_at, ended_at, not_before, leftover) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    if (!insert) return insert.error();
    const std::optional<WallTime> window_start = run.window ? std::optional(run.window->start) : std::nullopt;
    const std::optional<WallTime> window_end = run.window ? std::optional(run.window->end) : std::nullopt;
    // A run that is over when it is written ended now, if nothing else is said.
    const std::optional<WallTime> ended_at =
        run.ended_at || !is_terminal(run.state) ? run.ended_at : std::optional(now);
    insert->bind(1, run.id).bind(2, run.job).bind(3, run.source).bind(4, run.target.id).bind(5, run.target.name);
    insert->bind(6, run.scheduled_at).bind(7, window_start).bind(8, window_end);
    insert->bind(9, to_string(run.trigger)).bind(10, to_string(run.state)).bind(11, run.reason);
    insert->bind(12, std::int64_t{run.attempts}).bind(13, run.remote_job).bind(14, std::int64_t{run.start_sent});
    insert->bind(15, run.queued_at.value_or(now)).bind(16, run.started_at).bind(17, ended_at).bind(18, run.not_before);
    insert->bind(19, run.leftover);
    if (auto done = insert->run(); !done) return done.error();
    return sqlite3_changes(database.handle()) > 0;
}

}  // namespace

Result<void> append_timeline(const Database& database, const std::string& run,
                             const std::vector<TimelineEntry>& entries) {
    for (const TimelineEntry& entry : entries) {
        auto insert = database.prepare("INSERT INTO timeline (run, at, event, detail) VALUES (?, ?, ?, ?)");
        if (!insert) return insert.error();
        auto done = insert->bind(1, run).bind(2, entry.at).bind(3, entry.event).bind(4, entry.detail).run();
        if (!done) return done;
    }
    return {};
}

namespace {

Result<void> update(const Database& database, const std::string& run, const RunUpdate& change,
                    const std::string* artifact) {
    auto statement = database.prepare(
        "UPDATE runs SET state = coalesce(?2, state), reason = coalesce(?3, reason), attempts = coalesce(?4, "
        "attempts), "
        "remote_job = coalesce(?5, remote_job), start_sent = coalesce(?6, start_sent), started_at = coalesce(?7, "
        "started_at), "
        "ready_at = coalesce(?8, ready_at), ended_at = coalesce(?9, ended_at), leftover = coalesce(?10, leftover), "
        "artifact = coalesce(?11, artifact), not_before = CASE WHEN ?12 THEN ?13 ELSE not_before END, "
        "staged = CASE WHEN ?14 THEN ?15 ELSE staged END, staged_offset = CASE WHEN ?14 THEN ?16 ELSE staged_offset "
        "END, "
        "staged_total = CASE WHEN ?14 THEN ?17 ELSE staged_total END, "
        "staged_validator = CASE WHEN ?14 THEN ?18 ELSE staged_validator END, "
        "remote_started_at = coalesce(?19, remote_started_at), pending_at = coalesce(?20, pending_at) WHERE id = ?1");
    if (!statement) return statement.error();
    statement->bind(1, run);
    if (change.state) statement->bind(2, to_string(*change.state));
    if (change.reason) statement->bind(3, *change.reason);
    if (change.attempts) statement->bind(4, std::int64_t{*change.attempts});
    if (change.remote_job) statement->bind(5, *change.remote_job);
    if (change.start_sent) statement->bind(6, std::int64_t{*change.start_sent});
    statement->bind(7, change.started_at).bind(8, change.ready_at).bind(9, change.ended_at);
    statement->bind(19, change.remote_started_at).bind(20, change.pending_at);
    if (change.leftover) statement->bind(10, *change.leftover);
    if (artifact != nullptr) statement->bind(11, *artifact);
    statement->bind(12, std::int64_t{change.not_before.has_value()});
    if (change.not_before) statement->bind(13, *change.not_before);
    statement->bind(14, std::int64_t{change.download.has_value()});
    if (change.download && *change.download) {
        const DownloadProgress& progress = **change.download;
        statement->bind(15, progress.staged).bind(16, static_cast<std::int64_t>(progress.offset));
        statement->bind(17, number(progress.total)).bind(18, progress.validator);
    }
    if (auto done = statement->run(); !done) return done;
    if (sqlite3_changes(database.handle()) == 0) return Failure(FailureKind::local, "ledger: there is no run " + run);
    return append_timeline(database, run, change.timeline);
}

}  // namespace

Result<void> dispatch(const Database& database, const Dispatch& due, std::set<std::string>& began) {
    began.clear();
    for (const RunRecord& run : due.runs) {
        const auto inserted = insert_run(database, run, due.now);
        if (!inserted) return inserted.error();
        if (!*inserted) continue;
        began.insert(run.id);
        const std::string detail =
            "due at " + format_rfc3339(run.scheduled_at) + (run.reason.empty() ? "" : "; " + run.reason);
        auto noted =
            append_timeline(database, run.id, {TimelineEntry{due.now, std::string(to_string(run.state)), detail}});
        if (!noted) return noted;
    }
    if (due.schedule_fingerprint.empty()) return {};
    // Within one schedule the cursor never goes back.
    auto cursor = database.prepare(
        "INSERT INTO cursors (job, fingerprint, dispatched_until) VALUES (?1, ?2, ?3) ON CONFLICT (job) DO UPDATE SET "
        "dispatched_until = CASE WHEN fingerprint = ?2 THEN max(dispatched_until, ?3) ELSE ?3 END, fingerprint = ?2");
    if (!cursor) return cursor.error();
    return cursor->bind(1, due.job).bind(2, due.schedule_fingerprint).bind(3, due.dispatched_until).run();
}

Result<void> set_cursor(const Database& database, const std::string& job, const ScheduleCursor& cursor) {
    auto statement = database.prepare(
        "INSERT OR REPLACE INTO cursors (job, fingerprint, dispatched_until, counts_from) VALUES (?, ?, ?, ?)");
    if (!statement) return statement.error();
    statement->bind(1, job).bind(2, cursor.fingerprint).bind(3, cursor.dispatched_until);
    return statement->bind(4, cursor.counts_from).run();
}

Result<void> pause(const Database& database, const std::string& job, const Pause& pause) {
    auto statement = database.prepare("INSERT OR REPLACE INTO pauses VALUES (?, ?, ?, ?, ?)");
    if (!statement) return statement.error();
    statement->bind(1, job).bind(2, pause.since).bind(3, pause.until);
    return statement->bind(4, pause.who).bind(5, pause.reason).run();
}

Result<void> update_run(const Database& database, const std::string& run, const RunUpdate& change) {
    return update(database, run, change, nullptr);
}

Result<void> artifact_stored(const Database& database, const ArtifactRecord& a, const RunUpdate& change) {
    auto known = database.prepare("SELECT run FROM artifacts WHERE id = ?");
    if (!known) return known.error();
    const auto row = known->bind(1, a.id).step();
    if (!row) return row.error();
    if (*row) {
        if (known->text(0) != a.run)
            return Failure(FailureKind::local,
                           "ledger: artifact " + a.id + " belongs to run " + known->text(0) + ", not to run " + a.run);
        return update(database, a.run, change, &a.id);
    }
    auto insert = database.prepare(
        "INSERT INTO artifacts (id, run, job, source, target_id, target_name, scheduled_at, window_start, window_end, "
        "store, path, size, "
        "sha256, media_type, probe, verdict, reasons, held, stored_at, remote_job, manifest_sha256, row_count, "
        "accepted_at, accepted_by, accepted_why, held_until) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert) return insert.error();
    std::string reasons;  // one a line: a reason is printable text
    for (const std::string& reason : a.reasons) reasons += (reasons.empty() ? "" : "\n") + reason;
    insert->bind(1, a.id).bind(2, a.run).bind(3, a.job).bind(4, a.source).bind(5, a.target.id).bind(6, a.target.name);
    insert->bind(7, a.scheduled_at);
    if (a.window) insert->bind(8, a.window->start).bind(9, a.window->end);
    insert->bind(10, a.store).bind(11, a.path).bind(12, static_cast<std::int64_t>(a.size)).bind(13, a.sha256);
    insert->bind(14, a.media_type).bind(15, a.probe).bind(16, to_string(a.verdict)).bind(17, reasons);
    insert->bind(18, std::int64_t{a.held}).bind(19, a.stored_at).bind(20, a.remote_job).bind(21, a.manifest_sha256);
    insert->bind(22, number(a.rows));
    if (a.acceptance) insert->bind(23, a.acceptance->at).bind(24, a.acceptance->who).bind(25, a.acceptance->reason);
    insert->bind(26, a.held_until);
    if (auto done = insert->run(); !done) return done.error().during("artifact " + a.id + " at " + a.path);
    return update(database, a.run, change, &a.id);
}

Result<void> hold(const Database& database, const std::string& artifact, const Hold& hold) {
    auto known = database.prepare("SELECT run, place IN ('removing', 'gone') FROM artifacts WHERE id = ?");
    if (!known) return known.error();
    const auto row = known->bind(1, artifact).step();
    if (!row) return row.error();
    if (!*row) return Failure(FailureKind::rejected, "there is no artifact " + artifact);
    if (known->integer(1) != 0) return Failure(FailureKind::rejected, "artifact " + artifact + " is gone for good");
    const std::string run = known->text(0);
    auto mark = database.prepare("UPDATE artifacts SET held = ?, held_until = ? WHERE id = ?");
    if (!mark) return mark.error();
    auto done = mark->bind(1, std::int64_t{hold.held}).bind(2, hold.until).bind(3, artifact).run();
    if (!done) return done;
    const std::string until = hold.until ? "until " + format_rfc3339(*hold.until) + ", " : "";
    return append_timeline(
        database, run,
        {TimelineEntry{hold.at, hold.held ? "held" : "released", until + hold.who + ": " + hold.reason}});
}

Result<void> artifact_proven(const Database& database, const std::string& artifact, WallTime now) {
    auto statement = database.prepare("UPDATE artifacts SET proven_at = ? WHERE id = ?");
    if (!statement) return statement.error();
    return statement->bind(1, now).bind(2, artifact).run();
}

Result<void> artifact_damaged(const Database& database, const std::string& artifact, const std::string& damage,
                              WallTime now) {
    std::string run;
    {
        auto known = database.prepare("SELECT run FROM artifacts WHERE id = ? AND damage = '' AND place = 'store'");
        if (!known) return known.error();
        const auto row = known->bind(1, artifact).step();
        if (!row) return row.error();
        if (!*row) return {};  // removed meanwhile, or known to be damaged
        run = known->text(0);
    }
    auto mark = database.prepare(
        "UPDATE artifacts SET verdict = 'suspect', damage = ?2, "
        "reasons = reasons || CASE WHEN reasons = '' THEN '' ELSE char(10) END || ?2 WHERE id = ?1");
    if (!mark) return mark.error();
    if (auto done = mark->bind(1, artifact).bind(2, damage).run(); !done) return done;
    return append_timeline(database, run, {TimelineEntry{now, "damaged", damage}});
}

Result<void> unprove_after(const Database& database, const std::string& store, WallTime now) {
    auto statement = database.prepare("UPDATE artifacts SET proven_at = NULL WHERE store = ? AND proven_at > ?");
    if (!statement) return statement.error();
    return statement->bind(1, store).bind(2, now).run();
}

Result<void> store_proven(const Database& database, const std::string& store, const VerifyMemory& memory) {
    auto statement = database.prepare("INSERT OR REPLACE INTO store_proofs VALUES (?, ?, ?, ?, ?)");
    if (!statement) return statement.error();
    statement->bind(1, store).bind(2, memory.done_until).bind(3, memory.last_success);
    return statement->bind(4, static_cast<std::int64_t>(memory.unread)).bind(5, memory.trouble).run();
}

Result<void> manifest_gone(const Database& database, const std::string& sha256, WallTime now) {
    auto statement = database.prepare("INSERT INTO manifests_gone VALUES (?, ?) ON CONFLICT DO NOTHING");
    if (!statement) return statement.error();
    return statement->bind(1, sha256).bind(2, now).run();
}

Result<void> accept(const Database& database, const std::string& artifact, const Acceptance& acceptance,
                    const std::string& damage) {
    auto known = database.prepare("SELECT run, verdict, place, damage FROM artifacts WHERE id = ?");
    if (!known) return known.error();
    const auto row = known->bind(1, artifact).step();
    if (!row) return row.error();
    if (!*row) return Failure(FailureKind::rejected, "there is no artifact " + artifact);
    const std::string run = known->text(0);
    if (known->text(3) != damage)
        return Failure(FailureKind::rejected, "artifact " + artifact + " was found damaged meanwhile");
    if (known->text(2) != to_string(ArtifactPlace::store))
        return Failure(FailureKind::rejected, "artifact " + artifact + " is not in its place in the store");
    if (known->text(1) == to_string(Verdict::verified))
        return Failure(FailureKind::rejected, "artifact " + artifact + " is verified already");
    auto mark = database.prepare(
        "UPDATE artifacts SET verdict = 'verified', damage = '', accepted_at = ?, accepted_by = ?, accepted_why = ? "
        "WHERE id = ?");
    if (!mark) return mark.error();
    mark->bind(1, acceptance.at).bind(2, acceptance.who).bind(3, acceptance.reason).bind(4, artifact);
    if (auto done = mark->run(); !done) return done;
    return run_accepted(database, run, acceptance);
}

Result<void> run_accepted(const Database& database, const std::string& run, const Acceptance& acceptance) {
    // Its state stays what it ended as: a run ends once, and counters do not go back.
    auto good = database.prepare("UPDATE runs SET accepted_at = ? WHERE id = ?");
    if (!good) return good.error();
    if (auto done = good->bind(1, acceptance.at).bind(2, run).run(); !done) return done;
    return append_timeline(database, run,
                           {TimelineEntry{acceptance.at, "accepted", acceptance.who + ": " + acceptance.reason}});
}

Result<void> leave_behind(const Database& database, const LeftoverRecord& left, const std::string& run,
                          const RunUpdate& change) {
    auto statement = database.prepare(
        "INSERT OR REPLACE INTO leftovers (id, run, job, source, target_id, target_name, remote_job, since, why, "
        "next_try, window_start, window_end, fate, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!statement) return statement.error();
    statement->bind(1, left.id).bind(2, left.run).bind(3, left.job).bind(4, left.source).bind(5, left.target.id);
    statement->bind(6, left.target.name).bind(7, left.remote_job).bind(8, left.since).bind(9, left.why);
    statement->bind(10, left.next_try);
    if (left.window) statement->bind(11, left.window->start).bind(12, left.window->end);
    statement->bind(13, to_string(left.fate)).bind(14, std::int64_t{left.tries});
    if (auto done = statement->run(); !done) return done;
    return update(database, run, change, nullptr);
}

Result<void> leftover_settled(const Database& database, const std::string& leftover) {
    auto statement = database.prepare("DELETE FROM leftovers WHERE id = ?");
    if (!statement) return statement.error();
    return statement->bind(1, leftover).run();
}

Result<void> leftover_postponed(const Database& database, const LeftoverRecord& left) {
    auto statement = database.prepare("UPDATE leftovers SET fate = ?, tries = ?, next_try = ?, why = ? WHERE id = ?");
    if (!statement) return statement.error();
    statement->bind(1, to_string(left.fate)).bind(2, std::int64_t{left.tries}).bind(3, left.next_try);
    return statement->bind(4, left.why).bind(5, left.id).run();
}

Result<void> leftovers_revived(const Database& database, const std::string& source, WallTime now) {
    auto statement = database.prepare("UPDATE leftovers SET tries = 0, next_try = ?2 WHERE source = ?1 AND tries > 0");
    if (!statement) return statement.error();
    return statement->bind(1, source).bind(2, now).run();
}

Result<void> installation(const Database& database, const Installation& fresh, Installation& known) {
    auto insert = database.prepare("INSERT INTO installation VALUES (1, ?, ?) ON CONFLICT DO NOTHING");
    if (!insert) return insert.error();
    auto done = insert->bind(1, fresh.device_id).bind(2, fresh.callback_key.reveal()).run();
    if (!done) return done;
    const auto read = LedgerReader(database).installation();
    if (!read) return read.error();
    known = read->value_or(fresh);
    return {};
}

Result<void> login_rejected(const Database& database, const LoginRejection& rejection) {
    auto statement = database.prepare("INSERT OR REPLACE INTO login_rejections VALUES (?, ?, ?, ?, ?)");
    if (!statement) return statement.error();
    statement->bind(1, rejection.source).bind(2, rejection.account).bind(3, rejection.fingerprint);
    return statement->bind(4, rejection.at).bind(5, rejection.why).run();
}

Result<void> login_forgiven(const Database& database, const std::string& source) {
    auto statement = database.prepare("DELETE FROM login_rejections WHERE source = ?");
    if (!statement) return statement.error();
    return statement->bind(1, source).run();
}

Result<void> source_stands(const Database& database, const SourceStanding& standing) {
    const bool fine = !standing.held_until && !standing.down_since;
    auto statement = database.prepare(fine ? "DELETE FROM source_standings WHERE source = ?"
                                           : "INSERT OR REPLACE INTO source_standings VALUES (?, ?, ?, ?, ?, ?)");
    if (!statement) return statement.error();
    statement->bind(1, standing.source);
    if (!fine) {
        statement->bind(2, standing.held_since).bind(3, standing.held_until).bind(4, standing.held_why);
        statement->bind(5, standing.down_since).bind(6, standing.down_why);
    }
    return statement->run();
}

// What an earlier life with a wrong clock counted for the future is taken as of now, once: else each restart would wait
// for it anew.
Result<void> request_left(const Database& database, const RequestLeft& request) {
    const std::int64_t second = std::chrono::floor<std::chrono::seconds>(request.at).time_since_epoch().count();
    constexpr std::int64_t kept = 7'200;
    auto count = database.prepare(
        "INSERT INTO request_seconds SELECT ?1, ?2, 1 + coalesce(sum(count), 0), ?3 FROM request_seconds "
        "WHERE source = ?1 AND second > ?2 "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count, wall_ahead = excluded.wall_ahead");
    if (!count) return count.error();
    count->bind(1, request.source).bind(2, second).bind(3, std::int64_t{request.wall_ahead.count()});
    if (auto done = count->run(); !done) return done;
    auto forget = database.prepare("DELETE FROM request_seconds WHERE source = ? AND (second < ? OR second > ?)");
    if (!forget) return forget.error();
    if (auto done = forget->bind(1, request.source).bind(2, second - kept).bind(3, second).run(); !done) return done;
    auto of_month =
        database.prepare("INSERT INTO request_months VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET count = count + 1");
    if (!of_month) return of_month.error();
    if (auto done = of_month->bind(1, request.source).bind(2, std::int64_t{request.month}).run(); !done) return done;
    auto old = database.prepare("DELETE FROM request_months WHERE source = ? AND month < ?");
    if (!old) return old.error();
    return old->bind(1, request.source).bind(2, std::int64_t{request.month} - 2).run();
}

Result<void> heartbeat(const Database& database, WallTime now) {
    auto statement = database.prepare("INSERT OR REPLACE INTO heartbeat VALUES (1, ?)");
    if (!statement) return statement.error();
    if (auto done = statement->bind(1, now).run(); !done) return done;
    auto newest = database.prepare("UPDATE clock SET newest = max(newest, ?)");
    if (!newest) return newest.error();
    return newest->bind(1, now).run();
}

Result<void> clock_judged(const Database& database, const ClockMemory& memory) {
    auto statement = database.prepare("UPDATE clock SET newest = ?, suspect_since = ?, witness = ?, reason = ?");
    if (!statement) return statement.error();
    statement->bind(1, memory.newest);
    const auto& standing = memory.standing;
    statement->bind(2, standing ? std::optional(standing->since) : std::nullopt);
    statement->bind(3, standing ? to_string(standing->witness) : std::string_view());
    return statement->bind(4, standing ? standing->reason : std::string()).run();
}

}  // namespace garner::verbs
