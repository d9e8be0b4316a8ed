// A store on the real disk, behind a disk that fails when it is told to.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "platform/real/real_disk.hpp"
#include "store/artifact_store.hpp"
#include "store/publish.hpp"

namespace garner {

/// Asked before every operation that changes something; a text makes it fail.
using Trouble = std::function<std::string(const std::string& operation, const std::string& path)>;

class TroubledDisk final : public Disk {
public:
    explicit TroubledDisk(Disk& disk) : disk_(disk) {}
    Trouble trouble;
    bool has_links = true;

    Task<Result<std::unique_ptr<WritableFile>>> create(std::string path) override {
        if (auto failure = ask("create", path)) return fail<std::unique_ptr<WritableFile>>(*failure);
        return open(path, disk_.create(path));
    }
    Task<Result<std::unique_ptr<WritableFile>>> reopen(std::string path, std::uint64_t length) override {
        if (auto failure = ask("reopen", path)) return fail<std::unique_ptr<WritableFile>>(*failure);
        return open(path, disk_.reopen(path, length));
    }
    Task<Result<std::string>> read(std::string path, std::size_t bytes_max) override {
        return disk_.read(path, bytes_max);
    }
    Task<Result<void>> scan(std::string path, std::optional<std::uint64_t> length,
                            std::function<void(std::span<const std::byte>)> visit) override {
        return disk_.scan(std::move(path), length, std::move(visit));
    }
    Task<Result<void>> scan_part(std::string path, std::uint64_t from, std::uint64_t length,
                                 std::function<void(std::span<const std::byte>)> visit) override {
        return disk_.scan_part(std::move(path), from, length, std::move(visit));
    }
    Task<Result<std::optional<FileInfo>>> stat(std::string path) override { return disk_.stat(std::move(path)); }
    Task<Result<std::vector<DirectoryEntry>>> list(std::string directory) override {
        return disk_.list(std::move(directory));
    }
    Task<Result<void>> rename(std::string from, std::string to, IfExists if_exists) override {
        if (auto failure = ask("rename", to)) return fail<void>(*failure);
        return disk_.rename(std::move(from), std::move(to), if_exists);
    }
    Task<Result<void>> link(std::string path, std::string second) override {
        if (auto failure = ask("link", second)) return fail<void>(*failure);
        if (!has_links) return fail<void>(Failure(FailureKind::rejected, "link: Operation not supported"));
        return disk_.link(std::move(path), std::move(second));
    }
    Task<Result<void>> remove(std::string path) override {
        if (auto failure = ask("remove", path)) return fail<void>(*failure);
        return disk_.remove(std::move(path));
    }
    Task<Result<void>> make_directories(std::string path) override {
        if (auto failure = ask("make_directories", path)) return fail<void>(*failure);
        return disk_.make_directories(std::move(path));
    }
    Task<Result<void>> sync_directory(std::string path) override {
        if (auto failure = ask("sync_directory", path)) return fail<void>(*failure);
        return disk_.sync_directory(std::move(path));
    }
    Task<Result<std::uint64_t>> free_space(std::string path) override {
        if (free) return answer(*free);
        return disk_.free_space(std::move(path));
    }
    std::optional<std::uint64_t> free;

private:
    class File final : public WritableFile {
    public:
        File(TroubledDisk& disk, std::string path, std::unique_ptr<WritableFile> file)
            : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}
        Task<Result<void>> append(std::span<const std::byte> bytes) override {
            if (auto failure = disk_.ask("append", path_)) return fail<void>(*failure);
            return file_->append(bytes);
        }
        Task<Result<void>> sync() override {
            if (auto failure = disk_.ask("sync", path_)) return fail<void>(*failure);
            return file_->sync();
        }

    private:
        TroubledDisk& disk_;
        std::string path_;
        std::unique_ptr<WritableFile> file_;
    };

    std::optional<Failure> ask(const std::string& operation, const std::string& path) {
        if (!trouble) return std::nullopt;
        const std::string words = trouble(operation, path);
        if (words.empty()) return std::nullopt;
        return Failure(FailureKind::local, operation + " " + path + ": " + words);
    }
    template <class T>
    static Task<Result<T>> fail(Failure failure) {
        co_return failure;
    }
    static Task<Result<std::uint64_t>> answer(std::uint64_t number) { co_return number; }
    Task<Result<std::unique_ptr<WritableFile>>> open(std::string path,
                                                     Task<Result<std::unique_ptr<WritableFile>>> opening) {
        auto file = co_await std::move(opening);
        if (!file) co_return file.error();
        co_return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, path, std::move(*file)));
    }

    Disk& disk_;
};

class StoreTest : public testing::Test {
protected:
    StoreTest() {
        std::string name = testing::TempDir() + "garner-store-XXXXXX";
        root_ = ::mkdtemp(name.data());
        settings_.name = "archive";
        settings_.path = root_;
        store_ = make_local_store(settings_, disk_);
        EXPECT_TRUE(wait(store_->prepare(false)));
    }
    ~StoreTest() override { std::filesystem::remove_all(root_); }

    template <class T>
    T wait(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(loop_, std::move(task), [&](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        });
        loop_.run();
        loop_.restart();
        return std::move(*result);
    }

    static ArtifactRecord make_artifact(const std::string& run = "01aaaaaaaaaa0001") {
        ArtifactRecord a;
        a.id = "01aaaaaaaaaa9999";
        a.run = run;
        a.job = "machines";
        a.source = "press-shop";
        a.target = Target{"m1", "Press 7"};
        a.scheduled_at = *parse_rfc3339("2026-11-03T02:15:00Z");
        a.store = "archive";
        a.media_type = "text/csv";
        a.probe = "csv: 2 columns, 1 row";
        a.stored_at = *parse_rfc3339("2026-11-03T02:20:00Z");
        a.remote_job = "remote-7";
        return a;
    }

    static std::string csv(std::size_t rows = 3) {
        std::string text = "machine,state\n";
        for (std::size_t i = 0; i < rows; ++i) text += "m" + std::to_string(i) + ",running\n";
        return text;
    }

    Result<void> fill(StagedArtifact& staged, std::string_view text) {
        while (!text.empty()) {
            const auto goal = staged.buffer();
            EXPECT_FALSE(goal.empty());
            const auto n = std::min<std::size_t>({goal.size(), text.size(), 16 * 1024});
            std::memcpy(goal.data(), text.data(), n);
            text.remove_prefix(n);
            if (auto took = wait(staged.filled(n)); !took) return took;
        }
        return {};
    }

    std::unique_ptr<StagedArtifact> stage(const std::string& run, const std::string& text) {
        auto staged = wait(store_->stage(run, *probe_)).value();
        EXPECT_TRUE(fill(*staged, text));
        return staged;
    }

    Manifest make_manifest(StagedArtifact& staged, ArtifactRecord artifact) {
        artifact.sha256 = wait(staged.finish()).value();
        artifact.size = staged.size();
        artifact.path = store_->path_for(artifact, "csv");
        Manifest manifest;
        manifest.artifact = artifact;
        manifest.source_type = "tulip";
        manifest.started_at = parse_rfc3339("2026-11-03T02:15:01Z");
        manifest.garner_version = "0.1.0";
        return manifest;
    }

    Manifest publish(const std::string& run, const std::string& text) {
        const auto staged = stage(run, text);
        Manifest manifest = make_manifest(*staged, make_artifact(run));
        const auto published = wait(store_->publish(*staged, manifest));
        EXPECT_TRUE(published) << published.error().what;
        return manifest;
    }

    std::string content(const std::string& relative) const {
        std::ifstream file(root_ + "/" + relative, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    bool exists(const std::string& relative) const { return std::filesystem::exists(root_ + "/" + relative); }
    std::vector<std::string> files() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root_))
            if (entry.is_regular_file()) found.push_back(entry.path().string().substr(root_.size() + 1));
        std::sort(found.begin(), found.end());
        return found;
    }

    std::string root_;
    StoreSettings settings_;
    boost::asio::io_context loop_;
    RealDisk real_;
    TroubledDisk disk_{real_};
    std::unique_ptr<Probe> probe_ = make_probe(ArtifactFormat::csv);
    std::unique_ptr<ArtifactStore> store_;
};

}  // namespace garner
