#include "store/trash.hpp"

#include <array>

namespace garner {
namespace {

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Task<Result<bool>> is_in_one_of(Disk& disk, std::string one, std::string other) {
    const std::array<std::string, 2> places{one, other};
    for (const std::string& path : places) {
        const auto info = co_await disk.stat(path);
        if (!info) co_return info.error();
        if (*info) co_return true;
    }
    co_return false;
}

// Makes the directory below `root`, and every name on the way to it durable: one that an earlier life made may be
// visible and not durable.
Task<Result<void>> make_durable(Disk& disk, std::string root, std::string directory) {
    const auto made = co_await disk.make_directories(directory);
    if (!made) co_return made;
    for (std::size_t slash = root.size(); slash != std::string::npos; slash = directory.find('/', slash + 1)) {
        const std::string above = directory.substr(0, slash);
        const auto synced = co_await disk.sync_directory(above);
        if (!synced) co_return synced;
    }
    co_return Result<void>();
}

// What is no longer in the directory does not come back. It may have left in an earlier try, whose sync failed; and
// somebody may have tidied the empty directory away.
Task<Result<void>> forget_names(Disk& disk, std::string directory) {
    const auto made = co_await disk.make_directories(directory);
    if (!made) co_return made;
    co_return co_await disk.sync_directory(directory);
}

// Durable in the new place before it leaves the old one: a power cut in a rename between directories may take both
// names, unless the file system has a journal. Where it has no second names, a rename has to do.
Task<Result<void>> carry(Disk& disk, std::string from, std::string to) {
    // What has this name already is the same file: an interrupted life put it there.
    const auto taken = co_await disk.stat(to);
    if (!taken) co_return taken.error();
    if (*taken) {
        const auto cleared = co_await disk.remove(to);
        if (!cleared) co_return cleared;
    }
    const auto linked = co_await disk.link(from, to);
    if (!linked && linked.error().kind != FailureKind::rejected) co_return linked;
    if (!linked) co_return co_await disk.rename(from, to, IfExists::replace);
    const std::string new_place = parent_of(to);
    const auto synced = co_await disk.sync_directory(new_place);
    if (!synced) co_return synced;
    co_return co_await disk.remove(from);
}

// Durable in the new place, and durably gone from the old one. False: it is in neither.
Task<Result<bool>> move(Disk& disk, std::string from, std::string to) {
    const auto there = co_await disk.stat(from);
    if (!there) co_return there.error();
    if (*there) {
        const auto moved = co_await carry(disk, from, to);
        if (!moved) co_return moved.error();
    }
    const auto arrived = co_await disk.stat(to);
    if (!arrived) co_return arrived.error();
    if (!*arrived) co_return false;
    const std::string new_place = parent_of(to);
    auto synced = co_await disk.sync_directory(new_place);
    if (!synced) co_return synced.error();
    const std::string old_place = parent_of(from);
    synced = co_await forget_names(disk, old_place);
    if (!synced) co_return synced.error();
    co_return true;
}

// There are none where nobody said anything.
Task<Result<void>> move_marks(Disk& disk, std::string file, std::string goal) {
    const std::string marks = file + std::string(marks_suffix);
    const std::string marks_goal = goal + std::string(marks_suffix);
    const auto moved = co_await move(disk, marks, marks_goal);
    if (!moved) co_return moved.error();
    co_return Result<void>();
}

}  // namespace

Task<Result<void>> move_to_trash(Disk& disk, const StorePaths& paths, std::string path) {
    const std::string file = paths.root + "/" + path;
    const std::string goal = paths.trash + "/" + path;
    const auto mounted = co_await check_directories(disk, paths);
    if (!mounted) co_return mounted;
    // Without its manifest it could not be taken back.
    const std::array<std::string_view, 2> parts{"", manifest_suffix};
    for (const std::string_view suffix : parts) {
        const std::string here = file + std::string(suffix);
        const std::string there = goal + std::string(suffix);
        const auto known = co_await is_in_one_of(disk, here, there);
        if (!known) co_return known.error();
        if (!*known)
            co_return Failure(FailureKind::corrupt, here + " is missing: put it back, or an empty file in its place");
    }
    const std::string goal_directory = parent_of(goal);
    const auto ready = co_await make_durable(disk, paths.root, goal_directory);
    if (!ready) co_return ready;
    const std::string manifest = file + std::string(manifest_suffix);
    const std::string manifest_goal = goal + std::string(manifest_suffix);
    const auto unlisted = co_await move(disk, manifest, manifest_goal);
    if (!unlisted) co_return unlisted.error();
    const auto marked = co_await move_marks(disk, file, goal);
    if (!marked) co_return marked;
    const auto moved = co_await move(disk, file, goal);
    if (!moved) co_return moved.error();
    co_return Result<void>();
}

Task<Result<void>> move_from_trash(Disk& disk, const StorePaths& paths, std::string path) {
    const std::string file = paths.trash + "/" + path;
    const std::string goal = paths.root + "/" + path;
    const auto mounted = co_await check_directories(disk, paths);
    if (!mounted) co_return mounted;
    const std::string goal_directory = parent_of(goal);
    const auto ready = co_await make_durable(disk, paths.root, goal_directory);
    if (!ready) co_return ready;
    const auto moved = co_await move(disk, file, goal);
    if (!moved) co_return moved.error();
    if (!*moved) co_return Failure(FailureKind::corrupt, file + " is missing: it was taken out of the trash by hand");
    const auto marked = co_await move_marks(disk, file, goal);
    if (!marked) co_return marked;
    const std::string manifest = file + std::string(manifest_suffix);
    const std::string manifest_goal = goal + std::string(manifest_suffix);
    const auto listed = co_await move(disk, manifest, manifest_goal);
    if (!listed) co_return listed.error();
    if (!*listed)
        co_return Failure(FailureKind::corrupt, manifest + " is missing: it was taken out of the trash by hand");
    co_return Result<void>();
}

Task<Result<void>> remove_from_trash(Disk& disk, const StorePaths& paths, std::string path) {
    const auto mounted = co_await check_directories(disk, paths);
    if (!mounted) co_return mounted;
    const std::string file = paths.trash + "/" + path;
    const std::string directory = parent_of(file);
    const std::string manifest = file + std::string(manifest_suffix);
    const auto unlisted = co_await disk.remove(manifest);
    if (!unlisted) co_return unlisted;
    const auto synced = co_await forget_names(disk, directory);
    if (!synced) co_return synced;
    const std::string marks = file + std::string(marks_suffix);
    const std::array<std::string, 2> rest{marks, file};
    for (const std::string& each : rest) {
        const auto removed = co_await disk.remove(each);
        if (!removed) co_return removed;
    }
    co_return co_await disk.sync_directory(directory);
}

}  // namespace garner
