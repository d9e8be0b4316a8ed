// A store in a directory. Publishing, in this order, each step durable before the next:
//   1. the artifact's bytes in `.staging/<run>.part`            (synced)
//   2. its final name, never over another file                  (all directories above and `.staging/` synced)
//   3. the manifest's bytes in `.staging/<run>.manifest.json`   (synced)
//   4. the manifest's final name                                (directory synced)
// A crash before 2 leaves a staged file, one before 4 an artifact that withdraw() returns to staging, one after 4 an
// artifact that find_published() knows. A failure in between leaves the same, and publish() may simply be repeated.
#include <array>
#include <utility>

#include "core/text.hpp"
#include "store/artifact_store.hpp"
#include "store/publish.hpp"
#include "store/staged_file.hpp"
#include "store/trash.hpp"

namespace garner {
namespace {

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::unique_ptr<Probe> probe_for(const std::string& media_type) {
    for (const auto format : {ArtifactFormat::csv, ArtifactFormat::zip_of_csv, ArtifactFormat::openpgp})
        if (media_type_of(format) == media_type) return make_probe(format);
    return nullptr;
}

class LocalStore final : public ArtifactStore {
public:
    LocalStore(StoreSettings settings, Disk& disk, std::string proof_name)
        : settings_(std::move(settings)),
          disk_(disk),
          proof_name_(std::move(proof_name)),
          paths_{settings_.path, settings_.path + "/.staging", settings_.path + "/.trash"} {}

    Task<Result<void>> prepare(bool in_use) override {
        in_use_ = in_use;
        if (in_use) {
            const auto there = co_await check_directories(disk_, paths_);
            if (!there) co_return there.error().during(says());
        }
        const std::array<std::string, 2> wanted{paths_.staging, paths_.trash};
        for (const std::string& directory : wanted) {
            const auto made = co_await disk_.make_directories(directory);
            if (!made) co_return made.error().during(says());
        }
        // Only a write proves that one can write.
        const std::string proof = paths_.staging + "/" + proof_name_;
        const auto removed = co_await disk_.remove(proof);
        if (!removed) co_return removed.error().during(says());
        auto file = co_await disk_.create(proof);
        if (!file) co_return file.error().during(says());
        file->reset();
        const auto gone = co_await disk_.remove(proof);
        if (!gone) co_return gone.error().during(says());
        prepared_ = true;
        co_return Result<void>();
    }

    Task<Result<void>> check_there() override {
        // What could not be prepared when the daemon started may be there now. Later its directories are not made
        // again: a disk that is unmounted must not be replaced by a directory.
        if (!prepared_ && !preparing_) {
            preparing_ = true;
            const auto ready = co_await prepare(in_use_);
            preparing_ = false;
            co_return ready;
        }
        const auto there = co_await check_directories(disk_, paths_);
        if (!there) co_return there.error().during(says());
        co_return there;
    }

    Task<Result<void>> check_space(std::uint64_t needed) override {
        const auto free = co_await disk_.free_space(settings_.path);
        if (!free) co_return free.error().during(says());
        if (*free >= settings_.reserve_bytes && *free - settings_.reserve_bytes >= needed) co_return Result<void>();
        std::string text = says() + ": " + format_size(*free) + " free";
        if (needed > 0) text += ", " + format_size(needed) + " needed";
        if (settings_.reserve_bytes > 0) text += ", " + format_size(settings_.reserve_bytes) + " kept in reserve";
        co_return Failure(FailureKind::local, text + "; make room, or lower the store's `reserve`");
    }

    Task<Result<std::uint64_t>> free_bytes() override {
        auto free = co_await disk_.free_space(settings_.path);
        co_return free;
    }

    Task<Result<std::unique_ptr<StagedArtifact>>> stage(const std::string& run, Probe& probe) override {
        const auto there = co_await check_there();
        if (!there) co_return there.error();
        const std::string name = run + ".part";
        auto staged = co_await StagedFile::create(disk_, paths_.staging, name, probe);
        if (!staged) co_return staged.error().during(says());
        co_return staged;
    }

    Task<Result<std::unique_ptr<StagedArtifact>>> reopen(const DownloadProgress& progress, Probe& probe) override {
        if (!is_plain_name(progress.staged))
            co_return Failure(FailureKind::gone,
                              says() + ": '" + printable(progress.staged, 80) + "' is no staged file");
        auto staged = co_await StagedFile::reopen(disk_, paths_.staging, progress.staged, progress.offset, probe);
        co_return staged;
    }

    Task<Result<void>> discard_staged(const std::string& name) override {
        if (!is_plain_name(name))
            co_return Failure(FailureKind::local, says() + ": '" + printable(name, 80) + "' is no staged file");
        const std::string path = paths_.staging + "/" + name;
        const auto removed = co_await disk_.remove(path);
        co_return removed;
    }

    Task<Result<std::vector<std::string>>> staged_names() override {
        const auto entries = co_await disk_.list(paths_.staging);
        if (!entries) co_return entries.error().during(says());
        std::vector<std::string> names;
        for (const DirectoryEntry& entry : *entries)
            if (!entry.is_directory) names.push_back(entry.name);
        co_return names;
    }

    std::string path_for(const ArtifactRecord& artifact, const std::string& extension) const override {
        const std::string instant = format_basic(artifact.scheduled_at);
        return escape_path_component(artifact.source) + "/" + escape_path_component(artifact.target.name) + "--" +
               escape_path_component(artifact.target.id) + "/" + instant.substr(0, 4) + "/" + instant + "_" +
               escape_path_component(artifact.run) + "." + escape_path_component(extension);
    }

    Task<Result<std::string>> publish(const StagedArtifact& staged, const Manifest& manifest) override {
        if (!stays_inside(manifest.artifact.path)) co_return outside(manifest.artifact.path);
        if (staged.size() != manifest.artifact.size)
            co_return Failure(FailureKind::local, says() + ": " + staged.name() + " has " +
                                                      std::to_string(staged.size()) + " bytes, its manifest says " +
                                                      std::to_string(manifest.artifact.size));
        auto published = co_await publish_artifact(disk_, paths_, staged.name(), manifest);
        if (!published) co_return published.error().during(says());
        co_return published;
    }

    Task<Result<std::optional<Manifest>>> find_published(const std::string& path) override {
        if (!stays_inside(path)) co_return outside(path);
        const auto there = co_await check_there();
        if (!there) co_return there.error();
        const std::string manifest_path = settings_.path + "/" + path + std::string(manifest_suffix);
        const auto info = co_await disk_.stat(manifest_path);
        if (!info) co_return info.error();
        if (!*info) co_return std::optional<Manifest>();
        const auto text = co_await disk_.read(manifest_path, manifest_bytes_max);
        if (!text) co_return text.error();
        auto manifest = parse_manifest(*text);
        if (!manifest) co_return manifest.error().during(manifest_path);
        // Visible is not yet durable: the life that wrote it may have died before the directory was synced.
        const std::string directory = parent_of(manifest_path);
        const auto durable = co_await disk_.sync_directory(directory);
        if (!durable) co_return durable.error();
        co_return std::optional<Manifest>(std::move(*manifest));
    }

    Task<Result<void>> withdraw(const ArtifactRecord& artifact, const std::string& staged_name) override {
        if (!stays_inside(artifact.path) || !is_plain_name(staged_name)) co_return outside(artifact.path);
        const auto published = co_await find_published(artifact.path);
        if (!published && published.error().kind != FailureKind::corrupt) co_return published.error();
        if (published && *published && (*published)->artifact.run != artifact.run)
            co_return Failure(FailureKind::rejected, says() + ": " + artifact.path + " is there already, and run " +
                                                         printable((*published)->artifact.run, 40) +
                                                         " put it there: nothing was replaced. Look at it, and move it "
                                                         "away if it is not wanted");
        const std::string file = settings_.path + "/" + artifact.path;
        const std::string manifest = file + std::string(manifest_suffix);
        const std::string directory = parent_of(file);
        const auto entries = co_await disk_.list(directory);
        if (!entries) co_return entries.error();
        if (entries->empty()) co_return Result<void>();  // it was never made
        const auto unlisted = co_await disk_.remove(manifest);
        if (!unlisted) co_return unlisted;
        // Where a manifest is, the artifact is whole: also after a crash right here.
        const auto durable = co_await disk_.sync_directory(directory);
        if (!durable) co_return durable;
        const auto info = co_await disk_.stat(file);
        if (!info) co_return info.error();
        if (!*info) co_return Result<void>();
        const std::string goal = paths_.staging + "/" + staged_name;
        const auto moved = co_await disk_.rename(file, goal, IfExists::replace);
        if (!moved) co_return moved;
        const auto staged = co_await disk_.sync_directory(paths_.staging);
        if (!staged) co_return staged;
        co_return co_await disk_.sync_directory(directory);
    }

    Task<Result<void>> write_marks(const ArtifactRecord& artifact) override {
        if (!stays_inside(artifact.path)) co_return outside(artifact.path);
        if (artifact.place != ArtifactPlace::store && artifact.place != ArtifactPlace::trash)
            co_return Failure(FailureKind::rejected,
                              "artifact " + artifact.id + " is neither in its place nor in the trash now");
        const std::string path = path_now(artifact);
        const std::string manifest = settings_.path + "/" + path + std::string(manifest_suffix);
        const auto there = co_await disk_.stat(manifest);
        if (!there) co_return there.error().during(says());
        if (!*there) co_return Failure(FailureKind::corrupt, says() + ": " + manifest + " is missing");
        const std::string draft = artifact.run + std::string(marks_suffix);
        const std::string text = marks_json(artifact);
        const std::string marks = settings_.path + "/" + path + std::string(marks_suffix);
        const auto written_before = co_await disk_.stat(marks);
        if (!written_before) co_return written_before.error().during(says());
        if (*written_before && !text.empty()) {
            const auto before = co_await disk_.read(marks, manifest_bytes_max);
            const std::string directory = parent_of(marks);
            if (before && *before == text) co_return co_await disk_.sync_directory(directory);
        }
        if (!*written_before && text.empty()) co_return Result<void>();
        const auto written = co_await replace_text(disk_, paths_, draft, path + std::string(marks_suffix), text);
        if (!written) co_return written.error().during(says());
        co_return Result<void>();
    }

    Task<Result<void>> to_trash(const ArtifactRecord& artifact) override {
        if (!stays_inside(artifact.path)) co_return outside(artifact.path);
        const auto moved = co_await move_to_trash(disk_, paths_, artifact.path);
        if (!moved) co_return moved.error().during(says());
        co_return moved;
    }

    Task<Result<void>> from_trash(const ArtifactRecord& artifact) override {
        if (!stays_inside(artifact.path)) co_return outside(artifact.path);
        const auto moved = co_await move_from_trash(disk_, paths_, artifact.path);
        if (!moved) co_return moved.error().during(says());
        co_return moved;
    }

    Task<Result<void>> remove_trashed(const ArtifactRecord& artifact) override {
        if (!stays_inside(artifact.path)) co_return outside(artifact.path);
        const auto removed = co_await remove_from_trash(disk_, paths_, artifact.path);
        if (!removed) co_return removed.error().during(says());
        co_return removed;
    }

    Task<Result<ProbeResult>> verify(const ArtifactRecord& artifact, const Pace& pace) override {
        if (!stays_inside(artifact.path)) co_return outside(artifact.path);
        const std::string path = settings_.path + "/" + path_now(artifact);
        const std::unique_ptr<Probe> probe = probe_for(artifact.media_type);
        const auto compared = co_await compare_file(disk_, path, artifact.size, artifact.sha256, probe.get(), pace);
        if (!compared) co_return compared.error().during(says());
        if (!probe) co_return ProbeResult();
        co_return probe->finish();
    }

private:
    std::string says() const { return "store " + settings_.name; }

    Failure outside(const std::string& path) const {
        return Failure(FailureKind::local, says() + ": '" + printable(path) + "' is no path inside a store");
    }
    static bool is_plain_name(const std::string& name) {
        return stays_inside(name) && name.find('/') == std::string::npos;
    }

    StoreSettings settings_;
    Disk& disk_;
    std::string proof_name_;
    StorePaths paths_;
    bool in_use_ = false;
    bool prepared_ = false;
    bool preparing_ = false;
};

}  // namespace

std::string path_now(const ArtifactRecord& artifact) {
    const bool in_trash = artifact.place == ArtifactPlace::trash || artifact.place == ArtifactPlace::removing;
    return (in_trash ? ".trash/" : "") + artifact.path;
}

std::unique_ptr<ArtifactStore> make_local_store(const StoreSettings& settings, Disk& disk, std::string proof_name) {
    return std::make_unique<LocalStore>(settings, disk, std::move(proof_name));
}

}  // namespace garner
