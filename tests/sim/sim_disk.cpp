#include "sim/sim_disk.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace garner::sim {
namespace {

std::string_view parent_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

// Of a map ordered by path: what lies in the directory or deeper.
template <class Map>
auto below(Map& map, const std::string& directory) {
    return std::make_pair(map.lower_bound(directory + "/"), map.lower_bound(directory + "0"));  // '0' follows '/'
}

// From `at` on the next that lies in the directory itself: what lies deeper is passed over, directory by directory.
template <class Map, class Iterator>
Iterator next_child(Map& map, Iterator at, Iterator end, const std::string& directory) {
    while (at != end) {
        const std::size_t slash = at->first.find('/', directory.size() + 1);
        if (slash == std::string::npos) return at;
        at = map.lower_bound(at->first.substr(0, slash) + "0");
    }
    return end;
}

Failure failed(const std::string& what, const char* cause) { return Failure(FailureKind::local, what + ": " + cause); }

}  // namespace

class SimDisk::File final : public WritableFile {
public:
    File(SimDisk& disk, std::string path, std::shared_ptr<Inode> inode)
        : disk_(disk), path_(std::move(path)), inode_(std::move(inode)) {}

    Task<Result<void>> append(std::span<const std::byte> bytes) override {
        const auto ok = co_await disk_.operate("append " + path_, Kind::writes);
        if (!ok) co_return ok;
        if (disk_.random_.happens(disk_.faults_.no_space)) {
            // A full disk takes some of it.
            const std::size_t some = disk_.random_.below(bytes.size() + 1);
            if (!disk_.off_) inode_->bytes.append(reinterpret_cast<const char*>(bytes.data()), some);
            co_return failed("write " + path_, "No space left on device");
        }
        if (!disk_.off_) inode_->bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        co_return Result<void>();
    }

    Task<Result<void>> sync() override {
        const auto ok = co_await disk_.operate("sync " + path_, Kind::writes);
        if (!ok) {
            inode_->unsyncable = true;
            co_return ok;
        }
        if (!disk_.off_ && !inode_->unsyncable) inode_->synced = inode_->bytes.size();
        co_return Result<void>();
    }

private:
    SimDisk& disk_;
    std::string path_;
    std::shared_ptr<Inode> inode_;
};

Task<Result<void>> SimDisk::operate(std::string what, Kind kind) {
    co_await clock_.sleep_for(Duration(1 + static_cast<std::int64_t>(random_.below(4))));
    trace_.note(what);
    ++operations_;
    bool fails = random_.happens(kind == Kind::writes ? faults_.io_error : faults_.read_error);
    if (fails_at_ && operations_ >= *fails_at_) {
        fails_at_.reset();
        fails = true;
    }
    if (fails) co_return failed(what, "Input/output error");
    co_return Result<void>();
}

Task<Result<std::unique_ptr<WritableFile>>> SimDisk::create(std::string path) {
    const auto ok = co_await operate("create " + path, Kind::writes);
    if (!ok) co_return ok.error();
    if (names_.contains(path)) co_return failed("create " + path, "File exists");
    if (!directories_.contains(parent_of(path))) co_return failed("create " + path, "No such file or directory");
    auto inode = std::make_shared<Inode>();
    if (!off_) names_[path] = inode;
    co_return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, path, std::move(inode)));
}

Task<Result<std::unique_ptr<WritableFile>>> SimDisk::reopen(std::string path, std::uint64_t length) {
    const auto ok = co_await operate("reopen " + path, Kind::writes);
    if (!ok) co_return ok.error();
    const auto found = names_.find(path);
    if (found == names_.end()) co_return failed("open " + path, "No such file or directory");
    if (found->second->bytes.size() < length) co_return failed("open " + path, "it is shorter than it should be");
    if (!off_) {
        found->second->bytes.resize(length);
        if (length <= found->second->synced) found->second->unsyncable = false;  // what was lost is written anew
        found->second->synced = std::min<std::size_t>(found->second->synced, length);
    }
    co_return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, path, found->second));
}

Task<Result<std::string>> SimDisk::read(std::string path, std::size_t bytes_max) {
    const auto ok = co_await operate("read " + path, Kind::reads);
    if (!ok) co_return ok.error();
    const auto found = names_.find(path);
    if (found == names_.end()) co_return failed("open " + path, "No such file or directory");
    if (found->second->bytes.size() > bytes_max) co_return failed("read " + path, "the file is too large");
    co_return found->second->bytes;
}

Task<Result<void>> SimDisk::scan(std::string path, std::optional<std::uint64_t> length,
                                 std::function<void(std::span<const std::byte>)> visit) {
    const auto ok = co_await operate("scan " + path, Kind::reads);
    if (!ok) co_return ok.error();
    const auto found = names_.find(path);
    if (found == names_.end()) co_return failed("open " + path, "No such file or directory");
    const std::string bytes = found->second->bytes;
    const std::size_t wanted = length.value_or(bytes.size());
    if (bytes.size() < wanted) co_return failed("read " + path, "it is shorter than it should be");
    visit(std::as_bytes(std::span(bytes)).first(wanted));
    co_return Result<void>();
}

Task<Result<void>> SimDisk::scan_part(std::string path, std::uint64_t from, std::uint64_t length,
                                      std::function<void(std::span<const std::byte>)> visit) {
    const auto ok = co_await operate("scan " + path, Kind::reads);
    if (!ok) co_return ok.error();
    const auto found = names_.find(path);
    if (found == names_.end()) co_return failed("open " + path, "No such file or directory");
    const std::string bytes = found->second->bytes;
    if (bytes.size() < from + length) co_return failed("read " + path, "it is shorter than it should be");
    visit(std::as_bytes(std::span(bytes)).subspan(from, length));
    co_return Result<void>();
}

void SimDisk::rot(const std::string& path) {
    std::string& bytes = names_.at(path)->bytes;
    char& byte = bytes.at(bytes.size() / 2);
    byte = static_cast<char>(byte ^ 1);
}

void SimDisk::unmount(const std::string& directory) {
    const auto is_below = [&](const auto& entry) { return entry.first.starts_with(directory + "/"); };
    Mounted away;
    away.names = std::exchange(names_, {});
    away.durable = std::exchange(durable_, {});
    std::erase_if(away.names, [&](const auto& entry) { return !is_below(entry); });
    std::erase_if(away.durable, [&](const auto& entry) { return !is_below(entry); });
    for (const std::string& path : directories_)
        if (path.starts_with(directory + "/")) away.directories.insert(path);
    for (const std::string& path : away.directories) {
        directories_.erase(path);
        durable_directories_.erase(path);
    }
    away_ = std::move(away);
}

void SimDisk::mount_again() {
    if (!away_) return;
    names_ = std::move(away_->names);
    durable_ = std::move(away_->durable);
    directories_.insert(away_->directories.begin(), away_->directories.end());
    durable_directories_.insert(away_->directories.begin(), away_->directories.end());
    away_.reset();
}

Task<Result<std::optional<FileInfo>>> SimDisk::stat(std::string path) {
    const auto ok = co_await operate("stat " + path, Kind::reads);
    if (!ok) co_return ok.error();
    const auto found = names_.find(path);
    if (found == names_.end()) co_return std::optional<FileInfo>();
    FileInfo info;
    info.size = found->second->bytes.size();
    info.modified_at = clock_.wall_now();
    co_return std::optional<FileInfo>(info);
}

Task<Result<std::vector<DirectoryEntry>>> SimDisk::list(std::string directory) {
    const auto ok = co_await operate("list " + directory, Kind::reads);
    if (!ok) co_return ok.error();
    std::map<std::string, bool> entries;
    const auto [first, last] = below(names_, directory);
    for (auto at = first; (at = next_child(names_, at, last, directory)) != last; ++at)
        entries[at->first.substr(directory.size() + 1)] = false;
    for (const std::string& path : directories_)
        if (path != directory && parent_of(path) == directory) entries[path.substr(directory.size() + 1)] = true;
    std::vector<DirectoryEntry> listed;
    for (const auto& [name, is_directory] : entries) listed.push_back({name, is_directory});
    co_return listed;
}

Task<Result<void>> SimDisk::rename(std::string from, std::string to, IfExists if_exists) {
    const auto ok = co_await operate("rename " + from, Kind::writes);
    if (!ok) co_return ok;
    const auto found = names_.find(from);
    if (found == names_.end()) co_return failed("rename " + from + " to " + to, "No such file or directory");
    if (!directories_.contains(parent_of(to)))
        co_return failed("rename " + from + " to " + to, "No such file or directory");
    if (if_exists == IfExists::fail && names_.contains(to))
        co_return failed("rename " + from + " to " + to, "File exists");
    if (!off_) {
        names_[to] = found->second;
        names_.erase(from);
    }
    co_return Result<void>();
}

Task<Result<void>> SimDisk::link(std::string path, std::string second) {
    const auto ok = co_await operate("link " + path, Kind::writes);
    if (!ok) co_return ok;
    const auto found = names_.find(path);
    if (found == names_.end() || !directories_.contains(parent_of(second)))
        co_return failed("link " + path + " to " + second, "No such file or directory");
    if (names_.contains(second)) co_return failed("link " + path + " to " + second, "File exists");
    if (!off_) names_[second] = found->second;
    co_return Result<void>();
}

Task<Result<void>> SimDisk::remove(std::string path) {
    const auto ok = co_await operate("remove " + path, Kind::writes);
    if (!ok) co_return ok;
    if (!off_) names_.erase(path);
    co_return Result<void>();
}

Task<Result<void>> SimDisk::make_directories(std::string path) {
    const auto ok = co_await operate("mkdir " + path, Kind::writes);
    if (!ok) co_return ok;
    if (off_) co_return Result<void>();
    for (std::string_view p = path; !p.empty(); p = parent_of(p)) {
        directories_.emplace(p);
        durable_directories_.emplace(p);
    }
    co_return Result<void>();
}

Task<Result<void>> SimDisk::sync_directory(std::string path) {
    const auto ok = co_await operate("sync_directory " + path, Kind::writes);
    if (!ok) co_return ok;
    if (off_) co_return Result<void>();
    const auto [first_durable, last_durable] = below(durable_, path);
    for (auto at = first_durable; (at = next_child(durable_, at, last_durable, path)) != last_durable;)
        at = names_.contains(at->first) ? std::next(at) : durable_.erase(at);
    const auto [first, last] = below(names_, path);
    for (auto at = first; (at = next_child(names_, at, last, path)) != last; ++at) durable_[at->first] = at->second;
    co_return Result<void>();
}

Task<Result<std::uint64_t>> SimDisk::free_space(std::string path) {
    const auto ok = co_await operate("statvfs " + path, Kind::reads);
    if (!ok) co_return ok.error();
    co_return free_;
}

void SimDisk::power_on() {
    off_ = false;
    fails_at_.reset();
    // Each change of a name that was not synced may or may not have reached the platter.
    Names survived = durable_;
    for (const auto& [name, inode] : names_) {
        const auto before = durable_.find(name);
        if ((before == durable_.end() || before->second != inode) && random_.happens(0.5)) survived[name] = inode;
    }
    for (const auto& [name, inode] : durable_)
        if (!names_.contains(name) && random_.happens(0.5)) survived.erase(name);
    // So may each byte behind the last sync, or its length without it.
    std::map<Inode*, std::shared_ptr<Inode>> after;
    names_.clear();
    for (const auto& [name, inode] : survived) {
        auto& fresh = after[inode.get()];
        if (!fresh) {
            fresh = std::make_shared<Inode>(*inode);
            const std::size_t loose = inode->bytes.size() - std::min(inode->synced, inode->bytes.size());
            const std::size_t kept = random_.below(loose + 1);
            fresh->bytes.resize(inode->bytes.size() - loose + kept);
            if (kept > 0 && random_.happens(0.5))
                std::fill(fresh->bytes.end() - static_cast<std::ptrdiff_t>(kept), fresh->bytes.end(), '\0');
            fresh->synced = fresh->bytes.size();
            fresh->unsyncable = false;
        }
        names_[name] = fresh;
    }
    durable_ = names_;
    directories_ = durable_directories_;
}

const std::string* SimDisk::file(const std::string& path) const {
    const auto found = names_.find(path);
    return found == names_.end() ? nullptr : &found->second->bytes;
}

bool SimDisk::is_durable(const std::string& path) const {
    const auto there = names_.find(path);
    const auto stays = durable_.find(path);
    return there != names_.end() && stays != durable_.end() && there->second == stays->second &&
           there->second->synced == there->second->bytes.size() && durable_directories_.contains(parent_of(path));
}

std::vector<std::string> SimDisk::files() const {
    std::vector<std::string> paths;
    for (const auto& [path, _] : names_) paths.push_back(path);
    return paths;
}

}  // namespace garner::sim
