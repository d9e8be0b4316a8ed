#include "store/staged_file.hpp"

namespace garner {
namespace {

constexpr std::size_t piece = 512 * 1024;

}  // namespace

StagedFile::StagedFile(Disk& disk, std::string directory, std::string name, Probe& probe)
    : disk_(disk), probe_(probe), directory_(std::move(directory)), path_(directory_ + "/" + name), pending_(piece) {
    name_ = std::move(name);
    probe_.reset();
}

Task<Result<std::unique_ptr<StagedArtifact>>> StagedFile::create(Disk& disk, std::string directory, std::string name,
                                                                 Probe& probe) {
    std::unique_ptr<StagedFile> staged(new StagedFile(disk, std::move(directory), std::move(name), probe));
    const auto removed = co_await disk.remove(staged->path_);
    if (!removed) co_return removed.error();
    auto file = co_await disk.create(staged->path_);
    if (!file) co_return file.error();
    staged->file_ = std::move(*file);
    co_return std::unique_ptr<StagedArtifact>(std::move(staged));
}

Task<Result<std::unique_ptr<StagedArtifact>>> StagedFile::reopen(Disk& disk, std::string directory, std::string name,
                                                                 std::uint64_t length, Probe& probe) {
    std::unique_ptr<StagedFile> staged(new StagedFile(disk, std::move(directory), std::move(name), probe));
    const auto info = co_await disk.stat(staged->path_);
    if (!info) co_return info.error();
    if (!*info || (*info)->size < length)
        co_return Failure(FailureKind::gone, "the staged file " + staged->path_ + " is " +
                                                 (*info ? "shorter than it was" : "not there any more"));
    auto file = co_await disk.reopen(staged->path_, length);
    if (!file) co_return file.error();
    StagedFile* const raw = staged.get();
    const std::function<void(std::span<const std::byte>)> take = [raw](std::span<const std::byte> bytes) {
        raw->digest_.update(bytes);
        raw->probe_.update(bytes);
    };
    const auto scanned = co_await disk.scan(staged->path_, length, take);
    if (!scanned) co_return scanned.error();
    staged->file_ = std::move(*file);
    staged->size_ = length;
    co_return std::unique_ptr<StagedArtifact>(std::move(staged));
}

std::span<std::byte> StagedFile::buffer() { return std::span(pending_).subspan(pending_size_); }

Task<Result<void>> StagedFile::filled(std::size_t n) {
    const auto bytes = std::span(pending_).subspan(pending_size_, n);
    digest_.update(bytes);
    probe_.update(bytes);
    pending_size_ += n;
    size_ += n;
    // A piece that is nearly full is written: the next read from the socket must find room for a TLS record.
    if (pending_.size() - pending_size_ >= 32 * 1024) co_return Result<void>();
    co_return co_await flush();
}

Task<Result<void>> StagedFile::flush() {
    if (broken_) co_return Failure(FailureKind::local, "write " + path_ + ": an earlier write failed");
    if (pending_size_ == 0) co_return Result<void>();
    const auto bytes = std::span<const std::byte>(pending_).first(pending_size_);
    const auto written = co_await file_->append(bytes);
    pending_size_ = 0;  // even after a failure: buffer() is never empty
    if (!written) {
        broken_ = true;
        co_return written;
    }
    co_return Result<void>();
}

Task<Result<void>> StagedFile::checkpoint() {
    const auto flushed = co_await flush();
    if (!flushed) co_return flushed;
    const auto synced = co_await file_->sync();
    if (!synced) {
        broken_ = true;
        co_return synced;
    }
    if (name_is_durable_) co_return Result<void>();
    const auto named = co_await disk_.sync_directory(directory_);
    name_is_durable_ = named.has_value();
    co_return named;
}

Task<Result<void>> StagedFile::restart() {
    file_.reset();
    pending_size_ = 0;
    size_ = 0;
    digest_ = Sha256();
    probe_.reset();
    sha256_.clear();
    auto file = co_await disk_.reopen(path_, 0);
    if (!file) {
        broken_ = true;
        co_return file.error();
    }
    file_ = std::move(*file);
    broken_ = false;
    co_return Result<void>();
}

Task<Result<std::string>> StagedFile::finish() {
    const auto synced = co_await checkpoint();
    if (!synced) co_return synced.error();
    if (sha256_.empty()) sha256_ = digest_.finish();
    co_return sha256_;
}

}  // namespace garner
