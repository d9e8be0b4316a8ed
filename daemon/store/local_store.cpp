// A store in a directory. Publishing, in this order, each step durable before the next:
//   1. the artifact's bytes in `.staging/<run>.part`            (synced)
//   2. its final name, never over another file                  (directory and `.staging/` synced)
//   3. the manifest's bytes in `.staging/<run>.manifest.json`   (synced)
//   4. the manifest's final name                                (directory synced)
// A crash before 2 leaves a staged file, one before 4 an artifact that take_back() returns to staging, one after 4 an
// artifact that find_published() knows.
#include "core/text.hpp"
#include "store/artifact_store.hpp"
#include "store/staged_file.hpp"

namespace garner {
namespace {

constexpr std::size_t manifest_bytes_max = 1024 * 1024;
constexpr std::string_view manifest_suffix = ".manifest.json";

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

class LocalStore final : public ArtifactStore {
public:
    LocalStore(StoreSettings settings, Disk& disk)
        : settings_(std::move(settings)),
          disk_(disk),
          staging_(settings_.path + "/.staging"),
          trash_(settings_.path + "/.trash") {}

    Task<Result<void>> prepare() override {
        for (const std::string& directory : {staging_, trash_}) {
            const auto made = co_await disk_.make_directories(directory);
            if (!made) co_return made.error().during(says());
        }
        // Only a write proves that one can write.
        const std::string proof = staging_ + "/.write-test";
        const auto removed = co_await disk_.remove(proof);
        if (!removed) co_return removed.error().during(says());
        auto file = co_await disk_.create(proof);
        if (!file) co_return file.error().during(says());
        file->reset();
        const auto gone = co_await disk_.remove(proof);
        if (!gone) co_return gone.error().during(says());
        co_return Result<void>();
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
        const std::string name = run + ".part";
        auto staged = co_await StagedFile::create(disk_, staging_, name, probe);
        if (!staged) co_return staged.error().during(says());
        co_return staged;
    }

    Task<Result<std::unique_ptr<StagedArtifact>>> reopen(const DownloadProgress& progress, Probe& probe) override {
        auto staged = co_await StagedFile::reopen(disk_, staging_, progress.staged, progress.offset, probe);
        co_return staged;
    }

    Task<Result<void>> discard_staged(const std::string& name) override {
        if (name.empty() || name.find('/') != std::string::npos)
            co_return Failure(FailureKind::local, says() + ": '" + printable(name, 80) + "' is no staged file");
        const std::string path = staging_ + "/" + name;
        const auto removed = co_await disk_.remove(path);
        co_return removed;
    }

    Task<Result<std::vector<std::string>>> staged_names() override {
        const auto entries = co_await disk_.list(staging_);
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
               artifact.run + "." + extension;
    }

    Task<Result<std::string>> publish(const StagedArtifact& staged, const Manifest& manifest) override {
        const std::string goal = settings_.path + "/" + manifest.artifact.path;
        const std::string directory = parent_of(goal);
        const auto made = co_await disk_.make_directories(directory);
        if (!made) co_return made.error().during(says());

        const std::string source = staging_ + "/" + staged.name();
        const auto named = co_await disk_.rename(source, goal, IfExists::fail);
        if (!named) co_return named.error().during(says());
        const auto durable = co_await disk_.sync_directory(directory);
        if (!durable) co_return durable.error().during(says());
        const auto cleared = co_await disk_.sync_directory(staging_);
        if (!cleared) co_return cleared.error().during(says());

        const std::string text = to_json(manifest);
        const std::string draft = staging_ + "/" + manifest.artifact.run + std::string(manifest_suffix);
        const auto written = co_await write_file(draft, text);
        if (!written) co_return written.error().during(says());
        const std::string manifest_path = goal + std::string(manifest_suffix);
        const auto manifest_named = co_await disk_.rename(draft, manifest_path, IfExists::fail);
        if (!manifest_named) co_return manifest_named.error().during(says());
        const auto manifest_durable = co_await disk_.sync_directory(directory);
        if (!manifest_durable) co_return manifest_durable.error().during(says());
        co_return Sha256::of(text);
    }

    Task<Result<std::optional<Manifest>>> find_published(const std::string& path) override {
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

    Task<Result<bool>> take_back(const std::string& path, const std::string& staged_name) override {
        const std::string artifact = settings_.path + "/" + path;
        const std::string manifest_path = artifact + std::string(manifest_suffix);
        const auto manifest = co_await disk_.stat(manifest_path);
        if (!manifest) co_return manifest.error();
        const auto info = co_await disk_.stat(artifact);
        if (!info) co_return info.error();
        if (*manifest || !*info) co_return false;
        const std::string goal = staging_ + "/" + staged_name;
        const auto moved = co_await disk_.rename(artifact, goal, IfExists::replace);
        if (!moved) co_return moved.error();
        const auto durable = co_await disk_.sync_directory(staging_);
        if (!durable) co_return durable.error();
        const std::string directory = parent_of(artifact);
        const auto cleared = co_await disk_.sync_directory(directory);
        if (!cleared) co_return cleared.error();
        co_return true;
    }

    Task<Result<void>> verify(const ArtifactRecord& artifact) override {
        const std::string path = settings_.path + "/" + artifact.path;
        Sha256 digest;
        std::uint64_t size = 0;
        const std::function<void(std::span<const std::byte>)> take = [&](std::span<const std::byte> bytes) {
            digest.update(bytes);
            size += bytes.size();
        };
        const auto scanned = co_await disk_.scan(path, std::nullopt, take);
        if (!scanned) co_return scanned.error();
        const std::string sha256 = digest.finish();
        if (size != artifact.size)
            co_return Failure(FailureKind::corrupt, path + " has " + std::to_string(size) + " bytes, " +
                                                        std::to_string(artifact.size) + " were stored");
        if (sha256 != artifact.sha256)
            co_return Failure(FailureKind::corrupt,
                              path + " has changed: its SHA-256 is " + sha256 + ", stored was " + artifact.sha256);
        co_return Result<void>();
    }

private:
    std::string says() const { return "store " + settings_.name; }

    Task<Result<void>> write_file(const std::string& path, const std::string& text) {
        const auto removed = co_await disk_.remove(path);
        if (!removed) co_return removed;
        auto file = co_await disk_.create(path);
        if (!file) co_return file.error();
        const auto written = co_await (*file)->append(std::as_bytes(std::span(text)));
        if (!written) co_return written;
        const auto synced = co_await (*file)->sync();
        co_return synced;
    }

    StoreSettings settings_;
    Disk& disk_;
    std::string staging_;
    std::string trash_;
};

}  // namespace

std::unique_ptr<ArtifactStore> make_local_store(const StoreSettings& settings, Disk& disk) {
    return std::make_unique<LocalStore>(settings, disk);
}

}  // namespace garner
