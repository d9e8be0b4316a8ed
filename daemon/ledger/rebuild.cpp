#include "ledger/rebuild.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "ledger/schema.hpp"
#include "ledger/verbs.hpp"

namespace garner {
namespace {

Failure failure(const std::string& operation, const std::string& path) {
    const int error = errno;
    return Failure(FailureKind::local, operation + " " + path + ": " + std::generic_category().message(error));
}

bool exists(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Result<void> remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure("remove", path);
    return {};
}

Result<void> sync(const std::string& path) {
    const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0) return failure("open", path);
    const bool synced = ::fsync(opened) == 0;
    const Failure failed = failure("sync", path);
    ::close(opened);
    if (!synced) return failed;
    return {};
}

// Else garnerd, who is not root, could not open what root made here.
Result<void> give_to_owner_of_directory(const std::string& path) {
    struct stat about {};
    const std::string directory = directory_of(path);
    if (::geteuid() != 0 || !exists(path)) return {};
    if (::stat(directory.c_str(), &about) != 0) return failure("look at", directory);
    if (::lchown(path.c_str(), about.st_uid, about.st_gid) != 0) return failure("give away", path);
    return {};
}

// What became of it after it was stored.
Result<void> put_in_place(const Database& database, const ArtifactRecord& artifact) {
    if (artifact.place == ArtifactPlace::store && artifact.damage.empty()) return {};
    auto statement = database.prepare(
        "UPDATE artifacts SET place = ?, removed_at = ?, trash_until = ?, removed_by = ?, damage = ? WHERE id = ?");
    if (!statement) return statement.error();
    const Removal removal = artifact.removal.value_or(Removal());
    statement->bind(1, to_string(artifact.place));
    statement->bind(2, artifact.removal ? std::optional(removal.since) : std::nullopt);
    statement->bind(3, removal.until).bind(4, removal.rule).bind(5, artifact.damage).bind(6, artifact.id);
    return statement->run();
}

Result<bool> write_run(const Database& database, const RebuiltArtifact& one, WallTime now) {
    const ArtifactRecord& artifact = one.artifact;
    RunRecord run;
    run.id = artifact.run;
    run.job = artifact.job;
    run.source = artifact.source;
    run.target = artifact.target;
    run.scheduled_at = artifact.scheduled_at;
    run.window = artifact.window;
    run.queued_at = one.started_at.value_or(artifact.stored_at);
    Dispatch due;
    due.job = run.job;
    due.dispatched_until = run.scheduled_at;
    due.now = *run.queued_at;
    due.runs = {run};
    std::set<std::string> began;
    if (auto done = verbs::dispatch(database, due, began); !done) return done.error();
    if (began.empty()) return false;

    // What a person accepted was suspect when its run ended.
    const bool good = artifact.verdict == Verdict::verified && !artifact.acceptance;
    RunUpdate update;
    update.state = good ? RunState::succeeded : RunState::suspect;
    if (!good) {
        update.reason = std::string();
        for (const std::string& reason : artifact.reasons)
            *update.reason += (update.reason->empty() ? "" : "; ") + reason;
    }
    update.attempts = 1;
    update.remote_job = artifact.remote_job;
    update.started_at = one.started_at;
    update.ended_at = artifact.stored_at;
    update.timeline = {
        TimelineEntry{now, "rebuilt", "from the manifest of " + artifact.path + " in store " + artifact.store}};
    if (auto done = verbs::artifact_stored(database, artifact, update); !done) return done.error();
    if (auto done = put_in_place(database, artifact); !done) return done.error();
    if (artifact.acceptance && artifact.verdict == Verdict::verified)
        if (auto done = verbs::run_accepted(database, run.id, *artifact.acceptance); !done) return done.error();
    return true;
}

Result<void> write_all(const Database& database, const Rebuild& rebuild, RebuiltLedger& result) {
    std::set<std::string> ids;
    for (const RebuiltArtifact& one : rebuild.artifacts) {
        if (!ids.insert(one.artifact.id).second) {
            result.refused.push_back({one.artifact, "has the id " + one.artifact.id + " of another artifact"});
            continue;
        }
        const auto written = write_run(database, one, rebuild.now);
        if (!written) return written.error();
        if (!*written) {
            result.refused.push_back({one.artifact, "is of run " + one.artifact.run + ", which has another artifact"});
            continue;
        }
        ++result.artifacts;
        if (one.artifact.held) ++result.held;
    }
    for (const std::string& sha256 : rebuild.gone)
        if (auto done = verbs::manifest_gone(database, sha256, rebuild.now); !done) return done;
    return verbs::heartbeat(database, rebuild.now);
}

// Whole and alone under its name: no WAL is left that belongs to it.
Result<void> write_ledger(const std::string& path, const Rebuild& rebuild, RebuiltLedger& result) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        if (auto cleared = remove(path + suffix); !cleared) return cleared;
    {
        const auto database = Database::open_for_writing(path);
        if (!database) return database.error();
        if (auto begun = database->execute("BEGIN IMMEDIATE"); !begun) return begun;
        if (auto written = write_all(*database, rebuild, result); !written) return written;
        if (auto committed = database->execute("COMMIT"); !committed) return committed;
        const auto mode = database->value("PRAGMA journal_mode = DELETE");
        if (!mode) return mode.error();
        if (*mode != "delete") return Failure(FailureKind::local, "the new ledger " + path + " keeps a WAL of its own");
    }
    if (auto given = give_to_owner_of_directory(path); !given) return given;
    return sync(path);
}

// The old one gets a second name; its own is taken by the new one. A WAL would be read into whatever ledger it lies
// beside, so it goes along first.
Result<std::string> keep_old(const std::string& path, WallTime now) {
    const bool there = exists(path);
    if (!there && !exists(path + "-wal")) return std::string();
    const std::string wanted = path + ".replaced-" + format_basic(now);
    std::string kept = wanted;
    for (int n = 2; exists(kept) || exists(kept + "-wal"); ++n) kept = wanted + "-" + std::to_string(n);
    if (there && ::link(path.c_str(), kept.c_str()) != 0) return failure("keep the old ledger as", kept);
    if (::rename((path + "-wal").c_str(), (kept + "-wal").c_str()) != 0 && errno != ENOENT)
        return failure("keep the old ledger's changes as", kept + "-wal");
    if (auto removed = remove(path + "-shm"); !removed) return removed.error();
    if (auto synced = sync(directory_of(path)); !synced) return synced.error();
    return kept;
}

}  // namespace

Result<RebuiltLedger> rebuild_ledger(const std::string& path, const Rebuild& rebuild) {
    RebuiltLedger result;
    const std::string growing = path + ".rebuilding";
    if (auto written = write_ledger(growing, rebuild, result); !written) return written.error();
    auto kept = keep_old(path, rebuild.now);
    if (!kept) return kept.error();
    result.kept = std::move(*kept);
    if (::rename(growing.c_str(), path.c_str()) != 0) return failure("rename the new ledger to", path);
    if (auto synced = sync(directory_of(path)); !synced) return synced.error();
    if (auto given = give_to_owner_of_directory(directory_of(path) + "/lock"); !given) return given.error();
    return result;
}

}  // namespace garner
