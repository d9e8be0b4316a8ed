// Artifacts where they stay: a directory that is readable without garner. PRODUCT.md section 7 has the layout.
// The order is the promise: bytes, their sync, their name, the directory's sync, then the manifest in the same way.
// Where a manifest is, the artifact is whole.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/probe.hpp"
#include "core/records.hpp"
#include "core/settings.hpp"
#include "platform/disk.hpp"
#include "platform/sha256.hpp"

namespace garner {

/// What the manifest beside an artifact says (format 1).
struct Manifest {
    ArtifactRecord artifact;
    std::string source_type;
    std::optional<WallTime> started_at;     ///< of the run
    std::optional<WallTime> downloaded_at;  ///< last byte received
    std::optional<std::string> previous_manifest_sha256;
    std::string garner_version;
};

inline constexpr std::size_t manifest_bytes_max = 1024 * 1024;

std::string to_json(const Manifest&);
/// `corrupt` with what is wrong, on anything that is not a whole manifest of format 1.
Result<Manifest> parse_manifest(std::string_view json);

/// What became of the artifact after it was stored (format 1): that it is held, until when; that it was accepted, by
/// whom, when and why; that it is damaged. Empty: nothing.
std::string marks_json(const ArtifactRecord&);
/// Takes such marks over: one that was accepted is verified, one that is damaged is suspect. `corrupt` with what is
/// wrong, and nothing changed, on anything that is not the whole marks of this artifact.
Result<void> apply_marks(std::string_view json, ArtifactRecord&);

/// A file in `.staging/` that grows while it is downloaded: hashed as it is written, in bounded memory.
class StagedArtifact {
public:
    virtual ~StagedArtifact() = default;
    const std::string& name() const { return name_; }  ///< inside `.staging/`
    std::uint64_t size() const { return size_; }

    /// Where the next bytes go; never empty.
    virtual std::span<std::byte> buffer() = 0;
    virtual Task<Result<void>> filled(std::size_t n) = 0;
    /// Everything up to size() is durable afterwards.
    virtual Task<Result<void>> checkpoint() = 0;
    /// Back to an empty file: the server could not prove that it is the same object.
    virtual Task<Result<void>> restart() = 0;
    /// Writes and syncs what is buffered; the hex SHA-256 of all bytes.
    virtual Task<Result<std::string>> finish() = 0;

protected:
    std::string name_;
    std::uint64_t size_ = 0;
};

/// Awaited after every piece that was read, with its bytes: whoever reads in the background is slow here, or ends.
using Pace = std::function<Task<>(std::uint64_t bytes)>;

class ArtifactStore {
public:
    virtual ~ArtifactStore() = default;

    /// Creates what is missing of the layout and proves that the store can be written. Of a store that is `in_use` (the
    /// ledger lists artifacts in it) nothing is created: what is missing there is a disk that is not mounted.
    virtual Task<Result<void>> prepare(bool in_use) = 0;
    /// `local` where it could not be prepared, or where its directories are not there any more.
    virtual Task<Result<void>> check_there() = 0;
    /// `local` with the numbers when less than the reserve (plus `needed`) is free.
    virtual Task<Result<void>> check_space(std::uint64_t needed) = 0;
    virtual Task<Result<std::uint64_t>> free_bytes() = 0;

    /// A fresh staged file for a run, `<run>.part`; one that was there is replaced. Every byte also goes through
    /// `probe` (reset at each restart), which must outlive the staged artifact.
    virtual Task<Result<std::unique_ptr<StagedArtifact>>> stage(const std::string& run, Probe& probe) = 0;
    /// The staged file of before a restart, cut to what was durable (`offset`), hashed and probed again; `gone` when it
    /// is not there or shorter.
    virtual Task<Result<std::unique_ptr<StagedArtifact>>> reopen(const DownloadProgress&, Probe& probe) = 0;
    virtual Task<Result<void>> discard_staged(const std::string& name) = 0;
    virtual Task<Result<std::vector<std::string>>> staged_names() = 0;

    /// The path that an artifact gets, relative to the store.
    virtual std::string path_for(const ArtifactRecord&, const std::string& extension) const = 0;

    /// Publishes a finished staged file under manifest.artifact.path, then its manifest. Returns the manifest's
    /// SHA-256. After a crash in the middle, find_published() and withdraw() say how to go on (local_store.cpp has the
    /// order).
    virtual Task<Result<std::string>> publish(const StagedArtifact&, const Manifest&) = 0;

    /// The manifest of a run that was published but perhaps not remembered; nothing when there is none. `path` as from
    /// path_for().
    virtual Task<Result<std::optional<Manifest>>> find_published(const std::string& path) = 0;

    /// Undoes a publication that nobody knows of, however far it came: the manifest goes first, then the file, back
    /// into
    /// `.staging/` as `staged_name`, as if it had not been named yet. Durable when it returns; may be repeated.
    /// `rejected`, and nothing done, where the manifest is another run's. Only for what the ledger does not list.
    virtual Task<Result<void>> withdraw(const ArtifactRecord& artifact, const std::string& staged_name) = 0;

    // The trash has the same relative paths below `.trash/`. Each of these is durable when it returns, and may be
    // repeated after a failure or a crash. Only for what the ledger has listed.

    // `corrupt` where the file is in neither place, `local` where the store's disk is not mounted.
    virtual Task<Result<void>> to_trash(const ArtifactRecord&) = 0;
    virtual Task<Result<void>> from_trash(const ArtifactRecord&) = 0;
    /// Removes it from the trash, for good.
    virtual Task<Result<void>> remove_trashed(const ArtifactRecord&) = 0;

    /// Writes what became of the artifact (marks_json()) beside its manifest, or takes it away where that is
    /// nothing; durable when it returns, and may be repeated. `rejected` while it is on its way into the trash or out
    /// of it, `corrupt` where it is not there.
    virtual Task<Result<void>> write_marks(const ArtifactRecord&) = 0;

    /// Reads an artifact whole, piece by piece, off the loop; compares size and SHA-256 with the record: `corrupt` when
    /// they differ, `gone` when the file is missing. What the format's probe makes of it today; nothing of a media type
    /// that is not known. One in the trash is read there.
    virtual Task<Result<ProbeResult>> verify(const ArtifactRecord&, const Pace& pace = {}) = 0;
};

/// Where an artifact's file is now, relative to its store: of one in the trash another one than where it was published.
std::string path_now(const ArtifactRecord&);

/// A store in a directory. `proof_name`: of the file by which prepare() proves that one can write; of two that may
/// prepare at one time each has its own.
std::unique_ptr<ArtifactStore> make_local_store(const StoreSettings&, Disk&, std::string proof_name = ".write-test");

}  // namespace garner
