#include "ledger/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace garner {
namespace {

// Times are milliseconds since 1970, UTC. The counters at the end are kept by triggers, in the same transaction as what
// they count, so that metrics need not read a million rows. Runs are counted for good: a counter never goes back.
constexpr const char* schema_1 = R"sql(
CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    job TEXT NOT NULL,
    source TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    window_start INTEGER,
    window_end INTEGER,
    trigger TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'exporting', 'downloading', 'verifying', 'publishing', 'cleaning',
                                         'succeeded', 'suspect', 'failed', 'skipped')),
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    remote_job TEXT NOT NULL,
    start_sent INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    ready_at INTEGER,
    ended_at INTEGER,
    not_before INTEGER,
    staged TEXT,
    staged_offset INTEGER,
    staged_total INTEGER,
    staged_validator TEXT,
    artifact TEXT NOT NULL DEFAULT '',
    leftover TEXT NOT NULL
) STRICT;
-- A run happens once. (0, -1) is no window that could be.
CREATE UNIQUE INDEX runs_once ON runs (job, source, target_id, scheduled_at, coalesce(window_start, 0), coalesce(window_end, -1));
CREATE INDEX runs_by_instant ON runs (scheduled_at);
CREATE INDEX runs_by_first_seen ON runs (job, source, target_id, queued_at);
CREATE INDEX runs_unfinished ON runs (queued_at) WHERE state NOT IN ('succeeded', 'suspect', 'failed', 'skipped');
CREATE INDEX runs_tried ON runs (job, source, target_id, coalesce(ended_at, started_at))
    WHERE state <> 'skipped' AND coalesce(ended_at, started_at) IS NOT NULL;
CREATE INDEX runs_succeeded ON runs (job, source, target_id, ended_at) WHERE state = 'succeeded';
CREATE INDEX runs_failed ON runs (job, source, target_id, ended_at) WHERE state IN ('failed', 'suspect');
CREATE INDEX runs_ready ON runs (job, target_id, ended_at) WHERE ready_at IS NOT NULL AND state IN ('succeeded', 'suspect');

CREATE TABLE timeline (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_by_run ON timeline (run);

CREATE TABLE artifacts (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    run TEXT NOT NULL,
    job TEXT NOT NULL,
    source TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    window_start INTEGER,
    window_end INTEGER,
    store TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    probe TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('verified', 'suspect')),
    reasons TEXT NOT NULL,
    held INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    remote_job TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    UNIQUE (store, path)
) STRICT;
CREATE INDEX artifacts_by_run ON artifacts (run);
CREATE INDEX artifacts_by_instant ON artifacts (scheduled_at);
CREATE INDEX artifacts_by_target ON artifacts (job, source, target_id, scheduled_at);
CREATE INDEX artifacts_chain ON artifacts (store, source, target_id);

CREATE TABLE targets (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE leftovers (
    id TEXT NOT NULL PRIMARY KEY,
    run TEXT NOT NULL,
    job TEXT NOT NULL,
    source TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    remote_job TEXT NOT NULL,
    since INTEGER NOT NULL,
    why TEXT NOT NULL,
    next_try INTEGER
) STRICT;
CREATE INDEX leftovers_by_source ON leftovers (source);

CREATE TABLE cursors (job TEXT NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL, dispatched_until INTEGER NOT NULL) STRICT;
CREATE TABLE login_rejections (source TEXT NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL) STRICT;
CREATE TABLE heartbeat (only INTEGER PRIMARY KEY CHECK (only = 1), at INTEGER NOT NULL) STRICT;

CREATE TABLE run_counts (job TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (job, state)) STRICT, WITHOUT ROWID;
CREATE TRIGGER runs_counted AFTER INSERT ON runs BEGIN
    INSERT INTO run_counts VALUES (new.job, new.state, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER runs_recounted AFTER UPDATE OF state ON runs WHEN old.state <> new.state BEGIN
    UPDATE run_counts SET count = count - 1 WHERE job = old.job AND state = old.state;
    INSERT INTO run_counts VALUES (new.job, new.state, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- One row per bucket of run_duration_buckets (reader.hpp), by its upper bound; -1 is beyond the last.
CREATE TABLE run_durations (job TEXT NOT NULL, seconds_max INTEGER NOT NULL, count INTEGER NOT NULL, sum_ms INTEGER NOT NULL,
                            PRIMARY KEY (job, seconds_max)) STRICT, WITHOUT ROWID;
CREATE TRIGGER runs_timed AFTER UPDATE OF state ON runs
    WHEN old.state <> 'succeeded' AND new.state = 'succeeded' AND new.started_at IS NOT NULL AND new.ended_at IS NOT NULL BEGIN
    INSERT INTO run_durations
        SELECT new.job, CASE WHEN ms <= 5000 THEN 5 WHEN ms <= 15000 THEN 15 WHEN ms <= 60000 THEN 60 WHEN ms <= 300000 THEN 300
                             WHEN ms <= 900000 THEN 900 WHEN ms <= 3600000 THEN 3600 WHEN ms <= 14400000 THEN 14400
                             WHEN ms <= 28800000 THEN 28800 WHEN ms <= 86400000 THEN 86400 ELSE -1 END, 1, ms
        FROM (SELECT max(0, new.ended_at - new.started_at) AS ms) WHERE true
        ON CONFLICT DO UPDATE SET count = count + 1, sum_ms = sum_ms + excluded.sum_ms;
END;

CREATE TABLE artifact_counts (store TEXT NOT NULL, job TEXT NOT NULL, verdict TEXT NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL,
                              PRIMARY KEY (store, job, verdict)) STRICT, WITHOUT ROWID;
CREATE TRIGGER artifacts_counted AFTER INSERT ON artifacts BEGIN
    INSERT INTO artifact_counts VALUES (new.store, new.job, new.verdict, 1, new.size)
        ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER artifacts_discounted AFTER DELETE ON artifacts BEGIN
    UPDATE artifact_counts SET count = count - 1, bytes = bytes - old.size
        WHERE store = old.store AND job = old.job AND verdict = old.verdict;
END;
)sql";

// Sources with several accounts, leftovers that are to be removed, targets with tags and functions, windows.
constexpr const char* schema_2 = R"sql(
ALTER TABLE leftovers ADD COLUMN window_start INTEGER;
ALTER TABLE leftovers ADD COLUMN window_end INTEGER;
ALTER TABLE leftovers ADD COLUMN fate TEXT NOT NULL DEFAULT 'adopt' CHECK (fate IN ('adopt', 'discard'));
ALTER TABLE leftovers ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;

-- JSON arrays of texts.
ALTER TABLE targets ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE targets ADD COLUMN functions TEXT NOT NULL DEFAULT '[]';
ALTER TABLE targets ADD COLUMN stateless INTEGER NOT NULL DEFAULT 0;

ALTER TABLE login_rejections RENAME TO login_rejections_1;
CREATE TABLE login_rejections (source TEXT NOT NULL, account TEXT NOT NULL, fingerprint TEXT NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL,
                               PRIMARY KEY (source, account)) STRICT, WITHOUT ROWID;
INSERT INTO login_rejections SELECT source, '', fingerprint, at, why FROM login_rejections_1;
DROP TABLE login_rejections_1;

-- What this installation calls itself, made once.
CREATE TABLE installation (only INTEGER PRIMARY KEY CHECK (only = 1), device_id TEXT NOT NULL, callback_key TEXT NOT NULL) STRICT;

CREATE INDEX artifacts_by_window ON artifacts (job, source, target_id, window_start, window_end, verdict) WHERE window_start IS NOT NULL;
)sql";

// Time and manners: who paused what, and what sources asked for or used up.
constexpr const char* schema_3 = R"sql(
-- Jobs that a person paused, each with its newest pause: one that is over tells since when its runs are owed again.
CREATE TABLE pauses (job TEXT NOT NULL PRIMARY KEY, since INTEGER NOT NULL, until INTEGER, who TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
-- Since when the schedule, as it is now, counts: a job that was added or edited owes nothing from before.
ALTER TABLE cursors ADD COLUMN counts_from INTEGER;
-- How long remote jobs take: when they were started, and the last look that found them unfinished.
ALTER TABLE runs ADD COLUMN remote_started_at INTEGER;
ALTER TABLE runs ADD COLUMN pending_at INTEGER;

-- Sources that are not fine: asked to be left alone, or not to be reached.
CREATE TABLE source_standings (source TEXT NOT NULL PRIMARY KEY, held_since INTEGER, held_until INTEGER, held_why TEXT NOT NULL,
                               down_since INTEGER, down_why TEXT NOT NULL) STRICT;
-- Requests that left, by second of a clock that nobody sets while the daemon lives, for the last two hours; by how many ms the wall
-- clock was ahead of it when the second's last one left. And by month (year * 12 + month - 1).
CREATE TABLE request_seconds (source TEXT NOT NULL, second INTEGER NOT NULL, count INTEGER NOT NULL, wall_ahead INTEGER NOT NULL,
                              PRIMARY KEY (source, second)) STRICT, WITHOUT ROWID;
CREATE TABLE request_months (source TEXT NOT NULL, month INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (source, month)) STRICT, WITHOUT ROWID;

-- Lists of targets. In force are the targets that have not vanished; until here only the newest list's were seen last.
ALTER TABLE targets ADD COLUMN vanished_at INTEGER;
UPDATE targets SET vanished_at = last_seen
    WHERE last_seen < (SELECT max(last_seen) FROM targets AS all_of WHERE all_of.source = targets.source);
CREATE TABLE target_lists (source TEXT NOT NULL PRIMARY KEY, accepted_at INTEGER, asked_at INTEGER NOT NULL, fingerprint TEXT NOT NULL,
                           refused_since INTEGER, refused_why TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
INSERT INTO target_lists (source, accepted_at, asked_at, fingerprint) SELECT source, max(last_seen), max(last_seen), '' FROM targets GROUP BY source;
-- Of the list that stands refused, in its order.
CREATE TABLE refused_targets (source TEXT NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, tags TEXT NOT NULL,
                              functions TEXT NOT NULL, stateless INTEGER NOT NULL, PRIMARY KEY (source, place)) STRICT, WITHOUT ROWID;

-- The newest instant that was ever recorded, and what stands against the wall clock; suspect_since is null while nothing does.
CREATE TABLE clock (only INTEGER PRIMARY KEY CHECK (only = 1), newest INTEGER NOT NULL, suspect_since INTEGER,
                    witness TEXT NOT NULL DEFAULT '' CHECK (witness IN ('', 'ledger', 'vendors')), reason TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO clock (only, newest)
    SELECT 1, max(coalesce((SELECT max(at) FROM heartbeat), 0), coalesce((SELECT max(at) FROM timeline), 0));
)sql";

// Good archives only, kept as promised, and back again.
constexpr const char* schema_4 = R"sql(
-- Manifests that later ones name as the one before them and that need not be in a store any more: the chain is not broken there.
CREATE TABLE manifests_gone (sha256 TEXT NOT NULL PRIMARY KEY, noticed_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Spans of a target's time that nothing is owed of any more, since somebody said so.
CREATE TABLE closed_spans (number INTEGER PRIMARY KEY, job TEXT NOT NULL, source TEXT NOT NULL, target_id TEXT NOT NULL,
                           start_at INTEGER NOT NULL, end_at INTEGER NOT NULL CHECK (end_at > start_at), who TEXT NOT NULL,
                           reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX closed_spans_by_target ON closed_spans (job, source, target_id, start_at);
-- Retention: where an artifact is, since when it is not in its place, and what decided that. A row stays when its files are gone: its
-- window is covered, and the next manifest names it.
ALTER TABLE artifacts ADD COLUMN held_until INTEGER;
ALTER TABLE artifacts ADD COLUMN place TEXT NOT NULL DEFAULT 'store'
    CHECK (place IN ('store', 'trashing', 'trash', 'restoring', 'removing', 'gone'));
ALTER TABLE artifacts ADD COLUMN removed_at INTEGER;
ALTER TABLE artifacts ADD COLUMN trash_until INTEGER;
ALTER TABLE artifacts ADD COLUMN removed_by TEXT NOT NULL DEFAULT '';
CREATE INDEX artifacts_elsewhere ON artifacts (place) WHERE place NOT IN ('store', 'gone');
CREATE TRIGGER artifacts_left AFTER UPDATE OF place ON artifacts WHEN old.place = 'store' AND new.place <> 'store' BEGIN
    UPDATE artifact_counts SET count = count - 1, bytes = bytes - old.size
        WHERE store = old.store AND job = old.job AND verdict = old.verdict;
END;
CREATE TRIGGER artifacts_came_back AFTER UPDATE OF place ON artifacts WHEN old.place <> 'store' AND new.place = 'store' BEGIN
    INSERT INTO artifact_counts VALUES (new.store, new.job, new.verdict, 1, new.size)
        ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;
-- What rules have removed, by job: counted for good.
CREATE TABLE pruned_counts (job TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER artifacts_pruned AFTER UPDATE OF place ON artifacts WHEN old.place = 'store' AND new.place = 'trashing' BEGIN
    INSERT INTO pruned_counts VALUES (new.job, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
-- The rules that jobs are pruned by: those of the configuration, once it was seen that they remove no more than may go in one pass.
CREATE TABLE rules_in_force (job TEXT NOT NULL PRIMARY KEY, zone TEXT NOT NULL, keep_last INTEGER NOT NULL, keep_hourly INTEGER NOT NULL,
                             keep_daily INTEGER NOT NULL, keep_weekly INTEGER NOT NULL, keep_monthly INTEGER NOT NULL,
                             keep_yearly INTEGER NOT NULL, keep_within INTEGER NOT NULL, min_good INTEGER NOT NULL,
                             grace INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- What waits for a person's word.
CREATE TABLE prune_wait (only INTEGER PRIMARY KEY CHECK (only = 1), since INTEGER NOT NULL, edited INTEGER NOT NULL, wanted INTEGER NOT NULL,
                         allowed INTEGER NOT NULL, of INTEGER NOT NULL) STRICT;
-- What an artifact holds, and who made a suspect one count. Its run stays suspect, and counts as good from then on.
ALTER TABLE artifacts ADD COLUMN row_count INTEGER;
ALTER TABLE artifacts ADD COLUMN accepted_at INTEGER;
ALTER TABLE artifacts ADD COLUMN accepted_by TEXT;
ALTER TABLE artifacts ADD COLUMN accepted_why TEXT;
ALTER TABLE runs ADD COLUMN accepted_at INTEGER;
CREATE INDEX runs_accepted ON runs (job, source, target_id, ended_at) WHERE accepted_at IS NOT NULL;
-- When an artifact was last read back and found whole (null: it was when it was stored), and what has happened to it since. A damaged
-- one is suspect and stays so.
ALTER TABLE artifacts ADD COLUMN proven_at INTEGER;
ALTER TABLE artifacts ADD COLUMN damage TEXT NOT NULL DEFAULT '';
CREATE INDEX artifacts_by_proof ON artifacts (store, coalesce(proven_at, stored_at), number) WHERE damage = '';
CREATE INDEX artifacts_damaged ON artifacts (store) WHERE damage <> '';
CREATE TRIGGER artifacts_rejudged AFTER UPDATE OF verdict ON artifacts WHEN old.verdict <> new.verdict AND new.place = 'store' BEGIN
    UPDATE artifact_counts SET count = count - 1, bytes = bytes - old.size
        WHERE store = old.store AND job = old.job AND verdict = old.verdict;
    INSERT INTO artifact_counts VALUES (new.store, new.job, new.verdict, 1, new.size)
        ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;
-- Up to which due instant a store's artifacts were read back, and when all that was read was whole.
CREATE TABLE store_proofs (store TEXT NOT NULL PRIMARY KEY, done_until INTEGER NOT NULL, last_success INTEGER,
                           unread INTEGER NOT NULL, trouble TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 4> all_migrations{schema_1, schema_2, schema_3, schema_4};

Failure failure(const std::string& operation, const std::string& path) {
    const int error = errno;
    return Failure(FailureKind::local, operation + " " + path + ": " + std::generic_category().message(error));
}

// The copy grows under another name, so that an earlier whole copy is never replaced by half of one.
Result<void> back_up(const Database& database, const std::string& path, const std::string& goal) {
    const std::string growing = goal + ".new";
    if (::unlink(growing.c_str()) != 0 && errno != ENOENT) return failure("remove", growing);
    const int file = ::open(growing.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return failure("create", growing);
    ::close(file);
    auto statement = database.prepare("VACUUM INTO ?");
    if (!statement) return statement.error();
    const auto copied = statement->bind(1, growing).run();
    if (!copied) return copied.error().during("copy " + path + " to " + growing + " before its schema changes");
    const int written = ::open(growing.c_str(), O_RDONLY | O_CLOEXEC);
    if (written < 0) return failure("open", growing);
    const bool synced = ::fsync(written) == 0;
    ::close(written);
    if (!synced) return failure("sync", growing);
    if (::rename(growing.c_str(), goal.c_str()) != 0) return failure("rename", growing);
    return {};
}

Result<void> migrate_one(const Database& database, int version, const char* sql) {
    const std::string whole =
        "BEGIN IMMEDIATE;" + std::string(sql) + ";PRAGMA user_version = " + std::to_string(version) + ";COMMIT";
    const auto done = database.execute(whole);
    if (done) return {};
    const auto undone = database.execute("ROLLBACK");  // SQLite may have rolled back by itself
    return done.error().during("bring the ledger to schema " + std::to_string(version) +
                               (undone ? "" : " (rolled back)"));
}

}  // namespace

std::span<const char* const> migrations() { return all_migrations; }

Result<void> refuse_newer_schema(std::int64_t found, std::int64_t known, const std::string& path) {
    if (found <= known) return {};
    return Failure(FailureKind::rejected,
                   "the ledger " + path + " has schema " + std::to_string(found) +
                       ", this garner knows schemas up to " + std::to_string(known) +
                       ": a newer garner wrote it. Install that version again, or restore the copy " + path +
                       ".before-" + std::to_string(known + 1) +
                       " that was made when the newer one came (runs since then are lost to it)");
}

Result<void> migrate(const Database& database, const std::string& path, std::span<const char* const> steps) {
    const auto version = database.number("PRAGMA user_version");
    if (!version) return version.error();
    const auto known = static_cast<std::int64_t>(steps.size());
    if (auto refused = refuse_newer_schema(*version, known, path); !refused) return refused;
    if (*version == known) return {};
    if (*version > 0 && !path.starts_with("file:")) {
        auto copied = back_up(database, path, path + ".before-" + std::to_string(known));
        if (!copied) return copied;
    }
    for (auto next = *version + 1; next <= known; ++next) {
        auto done = migrate_one(database, static_cast<int>(next), steps[static_cast<std::size_t>(next - 1)]);
        if (!done) return done;
    }
    return {};
}

}  // namespace garner
