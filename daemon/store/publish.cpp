#include "store/publish.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <span>

namespace garner {
namespace {

// Between two of them whoever waits can be cancelled.
constexpr std::uint64_t piece_bytes = 4 * 1024 * 1024;

// Gives `from` the name `goal`, or finds that an earlier life did.
Task<Result<void>> give_name(Disk& disk, std::string from, std::string goal, std::uint64_t size, std::string sha256) {
    const auto renamed = co_await disk.rename(from, goal, IfExists::fail);
    if (renamed) co_return Result<void>();
    const auto there = co_await disk.stat(goal);
    if (!there || !*there) co_return renamed;
    const auto same = co_await compare_file(disk, goal, size, sha256);
    if (!same && same.error().kind == FailureKind::corrupt)
        co_return Failure(FailureKind::local,
                          goal +
                              " is there already and holds something else: nothing was replaced. Look at it, and "
                              "move it away if it is not wanted");
    if (!same) co_return same;
    const auto removed = co_await disk.remove(from);
    co_return removed;
}

// The names from the store's root down to the file: a directory that an earlier life made may be visible and not
// durable.
Task<Result<void>> sync_names(Disk& disk, const StorePaths& paths, std::string goal) {
    for (std::size_t slash = paths.root.size(); slash != std::string::npos; slash = goal.find('/', slash + 1)) {
        const std::string directory = goal.substr(0, slash);
        const auto synced = co_await disk.sync_directory(directory);
        if (!synced) co_return synced;
    }
    const auto cleared = co_await disk.sync_directory(paths.staging);
    co_return cleared;
}

Task<Result<void>> write_file(Disk& disk, std::string path, std::string text) {
    const auto removed = co_await disk.remove(path);
    if (!removed) co_return removed;
    auto file = co_await disk.create(path);
    if (!file) co_return file.error();
    const auto written = co_await (*file)->append(std::as_bytes(std::span(text)));
    if (!written) co_return written;
    const auto synced = co_await (*file)->sync();
    co_return synced;
}

}  // namespace

bool stays_inside(std::string_view path) {
    while (true) {
        const auto slash = path.find('/');
        const std::string_view component = path.substr(0, slash);
        if (component.empty() || component == "." || component == "..") return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

Task<Result<std::string>> publish_artifact(Disk& disk, const StorePaths& paths, std::string staged_name,
                                           const Manifest& manifest) {
    const ArtifactRecord& artifact = manifest.artifact;
    const std::string text = to_json(manifest);
    const std::string text_sha256 = Sha256::of(text);
    // What cannot be read back would make the artifact invisible to every later reader.
    const auto readable = parse_manifest(text);
    if (!readable) co_return readable.error().during("publish " + artifact.path);

    const std::string goal = paths.root + "/" + artifact.path;
    const std::string directory = goal.substr(0, goal.rfind('/'));
    const auto made = co_await disk.make_directories(directory);
    if (!made) co_return made.error();
    const std::string staged = paths.staging + "/" + staged_name;
    const auto named = co_await give_name(disk, staged, goal, artifact.size, artifact.sha256);
    if (!named) co_return named.error();
    const auto durable = co_await sync_names(disk, paths, goal);
    if (!durable) co_return durable.error();

    const std::string draft = paths.staging + "/" + artifact.run + std::string(manifest_suffix);
    const auto written = co_await write_file(disk, draft, text);
    if (!written) co_return written.error();
    const std::string manifest_goal = goal + std::string(manifest_suffix);
    const auto manifest_named = co_await give_name(disk, draft, manifest_goal, text.size(), text_sha256);
    if (!manifest_named) co_return manifest_named.error();
    const auto manifest_durable = co_await disk.sync_directory(directory);
    if (!manifest_durable) co_return manifest_durable.error();
    const auto cleared = co_await disk.sync_directory(paths.staging);
    if (!cleared) co_return cleared.error();
    co_return text_sha256;
}

Task<Result<void>> check_directories(Disk& disk, const StorePaths& paths) {
    const auto entries = co_await disk.list(paths.root);
    if (!entries) co_return entries.error();
    const std::array<std::string, 2> wanted{paths.staging, paths.trash};
    for (const std::string& path : wanted) {
        const bool there = std::any_of(entries->begin(), entries->end(), [&](const DirectoryEntry& entry) {
            return entry.is_directory && paths.root + "/" + entry.name == path;
        });
        if (!there)
            co_return Failure(FailureKind::local, path +
                                                      " is missing: is the store's disk mounted? If artifacts are "
                                                      "to begin anew here, make that directory");
    }
    co_return Result<void>();
}

Task<Result<void>> replace_text(Disk& disk, const StorePaths& paths, std::string draft_name, std::string path,
                                std::string text) {
    const std::string goal = paths.root + "/" + path;
    const std::string directory = goal.substr(0, goal.rfind('/'));
    if (text.empty()) {
        const auto removed = co_await disk.remove(goal);
        if (!removed) co_return removed;
        co_return co_await disk.sync_directory(directory);
    }
    const std::string draft = paths.staging + "/" + draft_name;
    const auto written = co_await write_file(disk, draft, text);
    if (!written) co_return written;
    const auto named = co_await disk.rename(draft, goal, IfExists::replace);
    if (!named) co_return named;
    const auto durable = co_await disk.sync_directory(directory);
    if (!durable) co_return durable;
    co_return co_await disk.sync_directory(paths.staging);
}

Task<Result<void>> compare_file(Disk& disk, std::string path, std::uint64_t size, std::string sha256, Probe* probe,
                                const Pace& pace) {
    const auto info = co_await disk.stat(path);
    if (!info) co_return info.error();
    if (!*info) co_return Failure(FailureKind::gone, path + " is missing");
    if ((*info)->size != size)
        co_return Failure(FailureKind::corrupt, path + " has " + std::to_string((*info)->size) + " bytes, " +
                                                    std::to_string(size) + " were stored");
    Sha256 digest;
    const std::function<void(std::span<const std::byte>)> take = [&digest, probe](std::span<const std::byte> bytes) {
        digest.update(bytes);
        if (probe != nullptr) probe->update(bytes);
    };
    for (std::uint64_t from = 0; from < size;) {
        const std::uint64_t length = std::min(piece_bytes, size - from);
        const auto scanned = co_await disk.scan_part(path, from, length, take);
        if (!scanned) co_return scanned.error();
        from += length;
        if (pace) co_await pace(length);
    }
    const std::string found = digest.finish();
    if (found != sha256)
        co_return Failure(FailureKind::corrupt,
                          path + " has changed: its SHA-256 is " + found + ", stored was " + sha256);
    co_return Result<void>();
}

}  // namespace garner
