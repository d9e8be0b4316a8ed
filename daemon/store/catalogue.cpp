#include "store/catalogue.hpp"

#include <set>
#include <utility>

#include "core/text.hpp"
#include "store/publish.hpp"

namespace garner {
namespace {

class Walk {
public:
    Walk(Disk& disk, const StoreSettings& store) : disk_(disk), store_(store) {}

    Task<Result<Catalogue>> read() {
        const auto root = co_await disk_.stat(store_.path);
        if (!root) co_return root.error().during("store " + store_.name);
        if (!*root)
            co_return Failure(FailureKind::local,
                              "store " + store_.name + ": " + store_.path + " is not there; is its disk mounted?");
        const StorePaths paths{store_.path, store_.path + "/.staging", store_.path + "/" + std::string(trash)};
        const auto mounted = co_await check_directories(disk_, paths);
        if (!mounted) co_return mounted.error().during("store " + store_.name);
        co_await read_below(std::string(trash));
        const auto entries = co_await disk_.list(store_.path);
        if (!entries) co_return entries.error().during("store " + store_.name);
        co_await read_below("");
        co_return std::move(found_);
    }

private:
    static constexpr std::string_view trash = ".trash";

    Task<void> read_below(std::string top) {
        open_.push_back(top);
        while (!open_.empty()) {
            const std::string at = std::move(open_.back());
            open_.pop_back();
            const std::string directory = at.empty() ? store_.path : store_.path + "/" + at;
            const auto entries = co_await disk_.list(directory);
            if (!entries)
                trouble(at, entries.error().what);
            else
                co_await read_directory(at, *entries);
        }
    }

    Task<void> read_directory(const std::string& at, const std::vector<DirectoryEntry>& entries) {
        std::set<std::string> files;
        for (const DirectoryEntry& entry : entries) {
            const std::string path = at.empty() ? entry.name : at + "/" + entry.name;
            const bool ours = at.empty() && (entry.name == ".staging" || entry.name == trash);
            if (!entry.is_directory)
                files.insert(path);
            else if (!ours)
                open_.push_back(path);
        }
        for (const std::string& file : files) {
            if (file.ends_with(manifest_suffix)) {
                const std::string path = file.substr(0, file.size() - manifest_suffix.size());
                co_await read_manifest(path, files.contains(path));
            } else if (file.ends_with(marks_suffix)) {
                continue;  // read with its manifest
            } else if (!files.contains(file + std::string(manifest_suffix)) && !half_way_.contains(file)) {
                trouble(file, "has no manifest: whether it is whole is not known");
            }
        }
    }

    Task<void> read_manifest(const std::string& path, bool has_file) {
        const std::string place = path + std::string(manifest_suffix);
        const std::string manifest_path = store_.path + "/" + place;
        const auto text = co_await disk_.read(manifest_path, manifest_bytes_max);
        if (!text) {
            trouble(place, text.error().what);
            co_return;
        }
        auto manifest = parse_manifest(*text);
        if (!manifest) {
            trouble(place, manifest.error().what);
            co_return;
        }
        ArtifactRecord& artifact = manifest->artifact;
        const bool is_trashed = path.starts_with(std::string(trash) + "/");
        const std::string own_path = is_trashed ? path.substr(trash.size() + 1) : path;
        if (artifact.path != own_path) {
            trouble(place, "is the manifest of " + printable(artifact.path, 300) + ": it was moved or copied here");
            co_return;
        }
        // Into the trash the manifest goes first, and out of it last.
        const bool is_half_way = is_trashed && !has_file;
        if (!is_half_way && !has_file) {
            trouble(path, "is missing, its manifest is there");
            co_return;
        }
        const std::string file_path = store_.path + "/" + (is_half_way ? own_path : path);
        const auto info = co_await disk_.stat(file_path);
        if (!info || !*info) {
            trouble(path, info ? "is missing, its manifest is there" : info.error().what);
            co_return;
        }
        if ((*info)->size != artifact.size) {
            const std::string what =
                "has " + std::to_string((*info)->size) + " bytes, " + std::to_string(artifact.size) + " were stored";
            trouble(path, what);
            artifact.verdict = Verdict::suspect;
            artifact.damage = "damaged after it was stored: the file " + what;
            artifact.reasons.push_back(artifact.damage);
        }
        artifact.store = store_.name;
        co_await read_marks(path, artifact);
        if (is_half_way) co_await read_marks(own_path, artifact);
        if (is_half_way) half_way_.insert(own_path);
        if (is_trashed) artifact.place = is_half_way ? ArtifactPlace::restoring : ArtifactPlace::trash;
        (is_trashed ? found_.trashed : found_.manifests).push_back(std::move(*manifest));
    }

    // What people said of it, where they said something.
    Task<void> read_marks(const std::string& path, ArtifactRecord& artifact) {
        const std::string place = path + std::string(marks_suffix);
        const std::string marks_path = store_.path + "/" + place;
        const auto info = co_await disk_.stat(marks_path);
        if (info && !*info) co_return;
        const auto text = co_await disk_.read(marks_path, manifest_bytes_max);
        const Result<void> applied = text ? apply_marks(*text, artifact) : Result<void>(text.error());
        if (!applied) trouble(place, applied.error().what);
    }

    void trouble(const std::string& path, std::string what) {
        found_.troubles.push_back({store_.name, path, std::move(what)});
    }

    Disk& disk_;
    const StoreSettings& store_;
    std::vector<std::string> open_;   ///< directories that are still to be read
    std::set<std::string> half_way_;  ///< files in the store whose manifests are in the trash
    Catalogue found_;
};

}  // namespace

Task<Result<Catalogue>> read_catalogue(Disk& disk, const StoreSettings& store) {
    Walk walk(disk, store);
    co_return co_await walk.read();
}

ChainLink link_of(const Manifest& manifest) {
    const ArtifactRecord& artifact = manifest.artifact;
    return {artifact.path, artifact.manifest_sha256, manifest.previous_manifest_sha256, artifact.stored_at};
}

}  // namespace garner
