// The real disk: modes, names and symlinks, on the machine's own file system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>

#include "platform/real/real_disk.hpp"
#include "platform/sha256.hpp"

namespace garner {
namespace {

namespace fs = std::filesystem;

class RealDiskTest : public testing::Test {
protected:
    RealDiskTest() {
        std::string name = testing::TempDir() + "garner-disk-XXXXXX";
        directory_ = ::mkdtemp(name.data());
    }
    ~RealDiskTest() override { fs::remove_all(directory_); }

    std::string path(const std::string& name) const { return directory_ + "/" + name; }

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

    Result<void> write(const std::string& name, const std::string& text) {
        auto file = wait(disk_.create(path(name)));
        if (!file) return file.error();
        auto appended = wait((*file)->append(std::as_bytes(std::span(text))));
        if (!appended) return appended;
        return wait((*file)->sync());
    }

    std::string content(const std::string& name) { return wait(disk_.read(path(name), 1 << 20)).value(); }
    bool exists(const std::string& name) { return wait(disk_.stat(path(name))).value().has_value(); }

    static mode_t mode(const std::string& where) {
        struct stat about {};
        EXPECT_EQ(::lstat(where.c_str(), &about), 0) << where;
        return about.st_mode & 07777;
    }

    std::string directory_;
    boost::asio::io_context loop_;
    RealDisk disk_;
};

TEST_F(RealDiskTest, a_file_is_for_its_owner_only_and_so_are_directories) {
    const mode_t before = ::umask(0);
    ASSERT_TRUE(wait(disk_.make_directories(path("a/b/c"))));
    ASSERT_TRUE(write("a/b/c/file", "hello"));
    ::umask(before);
    EXPECT_EQ(mode(path("a/b/c/file")), 0600);
    for (const char* made : {"a", "a/b", "a/b/c"}) EXPECT_EQ(mode(path(made)), 0700) << made;
    EXPECT_TRUE(wait(disk_.make_directories(path("a/b/c")))) << "a directory that is there is no failure";
    EXPECT_TRUE(wait(disk_.sync_directory(path("a/b"))));
}

TEST_F(RealDiskTest, create_never_touches_a_file_that_exists) {
    ASSERT_TRUE(write("file", "old"));
    const auto second = wait(disk_.create(path("file")));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, FailureKind::local);
    EXPECT_EQ(second.error().what, "create " + path("file") + ": File exists");
    EXPECT_EQ(content("file"), "old");
}

TEST_F(RealDiskTest, a_planted_symlink_is_not_followed) {
    ASSERT_TRUE(write("secret", "secret"));
    fs::create_symlink(path("secret"), path("link"));
    fs::create_symlink(path("nowhere"), path("dangling"));
    EXPECT_FALSE(wait(disk_.create(path("link"))));
    EXPECT_FALSE(wait(disk_.create(path("dangling"))));
    EXPECT_FALSE(exists("nowhere"));
    EXPECT_FALSE(wait(disk_.reopen(path("link"), 0)));
    EXPECT_FALSE(wait(disk_.read(path("link"), 100)));
    const std::function<void(std::span<const std::byte>)> ignore = [](auto) {};
    EXPECT_FALSE(wait(disk_.scan(path("link"), std::nullopt, ignore)));
    EXPECT_EQ(content("secret"), "secret");
}

TEST_F(RealDiskTest, a_fifo_in_the_place_of_a_file_is_refused_and_does_not_block) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    const auto got = wait(disk_.read(path("pipe"), 100));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().what, "read " + path("pipe") + ": it is not a regular file");
}

TEST_F(RealDiskTest, rename_replaces_only_when_asked) {
    ASSERT_TRUE(write("new", "new"));
    ASSERT_TRUE(write("old", "old"));
    const auto refused = wait(disk_.rename(path("new"), path("old"), IfExists::fail));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "rename " + path("new") + " to " + path("old") + ": File exists");
    EXPECT_EQ(content("new"), "new");
    EXPECT_EQ(content("old"), "old");
    ASSERT_TRUE(wait(disk_.rename(path("new"), path("free"), IfExists::fail)));
    EXPECT_FALSE(exists("new"));
    ASSERT_TRUE(wait(disk_.rename(path("free"), path("old"), IfExists::replace)));
    EXPECT_EQ(content("old"), "new");
}

TEST_F(RealDiskTest, link_gives_a_file_a_second_name_and_replaces_nothing) {
    ASSERT_TRUE(write("one", "content"));
    ASSERT_TRUE(wait(disk_.link(path("one"), path("two"))));
    EXPECT_EQ(std::filesystem::hard_link_count(path("two")), 2U);
    const auto taken = wait(disk_.link(path("one"), path("two")));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, FailureKind::local);
    EXPECT_EQ(taken.error().what, "link " + path("one") + " to " + path("two") + ": File exists");
    EXPECT_FALSE(wait(disk_.link(path("none"), path("three"))));
}

TEST_F(RealDiskTest, a_file_is_reopened_where_it_was_durable) {
    ASSERT_TRUE(write("part", "0123456789"));
    {
        auto file = wait(disk_.reopen(path("part"), 4)).value();
        const std::string more = "abc";
        ASSERT_TRUE(wait(file->append(std::as_bytes(std::span(more)))));
    }
    EXPECT_EQ(content("part"), "0123abc");
    const auto longer = wait(disk_.reopen(path("part"), 8));
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().what, "open " + path("part") + ": it has 7 bytes, expected at least 8");
    EXPECT_EQ(content("part"), "0123abc");
}

TEST_F(RealDiskTest, a_scan_sees_every_byte_once_and_says_when_some_are_missing) {
    std::string big(3 * 1024 * 1024 + 17, 'x');
    for (std::size_t i = 0; i < big.size(); i += 4096) big[i] = static_cast<char>(i >> 12);
    ASSERT_TRUE(write("big", big));
    Sha256 digest;
    const std::function<void(std::span<const std::byte>)> hash = [&](std::span<const std::byte> piece) {
        digest.update(piece);
    };
    ASSERT_TRUE(wait(disk_.scan(path("big"), std::nullopt, hash)));
    EXPECT_EQ(digest.finish(), Sha256::of(big));
    ASSERT_TRUE(wait(disk_.scan(path("big"), 2'000'000, hash)));
    EXPECT_EQ(digest.finish(), Sha256::of(std::string_view(big).substr(0, 2'000'000)));
    const auto beyond = wait(disk_.scan(path("big"), big.size() + 1, hash));
    ASSERT_FALSE(beyond);
    EXPECT_THAT(beyond.error().what, testing::HasSubstr("ends after 3145745 bytes, expected 3145746"));
}

TEST_F(RealDiskTest, what_is_missing_is_said_quietly) {
    EXPECT_FALSE(exists("nothing"));
    EXPECT_TRUE(wait(disk_.remove(path("nothing"))));
    EXPECT_TRUE(wait(disk_.list(path("nothing"))).value().empty());
    EXPECT_FALSE(wait(disk_.read(path("nothing"), 10)));
    ASSERT_TRUE(write("b", ""));
    ASSERT_TRUE(wait(disk_.make_directories(path("a"))));
    const auto entries = wait(disk_.list(directory_)).value();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_TRUE(entries[0].name == "a" && entries[0].is_directory);
    EXPECT_TRUE(entries[1].name == "b" && !entries[1].is_directory);
}

TEST_F(RealDiskTest, a_small_file_that_is_not_small_is_refused) {
    ASSERT_TRUE(write("file", "12345"));
    EXPECT_EQ(wait(disk_.read(path("file"), 5)).value(), "12345");
    EXPECT_FALSE(wait(disk_.read(path("file"), 4)));
}

Task<Result<void>> append_twice(WritableFile& file, std::string text, bool& first_seen) {
    const auto bytes = std::as_bytes(std::span(text));
    auto first = co_await file.append(bytes);
    first_seen = first.has_value();
    co_return co_await file.append(bytes);
}

// Keeps the only thread of a disk busy until it is let go, so that what is asked of the disk meanwhile is under way.
class Standstill {
public:
    Standstill(boost::asio::io_context& loop, RealDisk& disk, const std::string& some_file) {
        const std::function<void(std::span<const std::byte>)> stand = [gate = gate_](auto) { gate->wait(); };
        boost::asio::co_spawn(loop, disk.scan(some_file, std::nullopt, stand), boost::asio::detached);
        loop.poll();
    }
    void end() { gate_->count_down(); }

private:
    std::shared_ptr<std::latch> gate_ = std::make_shared<std::latch>(1);
};

TEST_F(RealDiskTest, a_cancelled_write_ends_and_its_result_is_seen) {
    ASSERT_TRUE(write("some", "bytes"));
    RealDisk one(1);
    auto file = wait(one.create(path("file"))).value();
    Standstill standstill(loop_, one, path("some"));
    boost::asio::cancellation_signal stop;
    bool first_seen = false;
    bool threw = false;
    boost::asio::co_spawn(loop_, append_twice(*file, std::string(4 << 20, 'y'), first_seen),
                          boost::asio::bind_cancellation_slot(
                              stop.slot(), [&](std::exception_ptr error, Result<void>) { threw = error != nullptr; }));
    loop_.poll();
    stop.emit(boost::asio::cancellation_type::terminal);
    standstill.end();
    loop_.run();
    EXPECT_TRUE(first_seen);
    EXPECT_TRUE(threw) << "the next await is where the cancellation shows";
    EXPECT_EQ(fs::file_size(path("file")), 4U << 20);
}

TEST_F(RealDiskTest, a_loop_that_dies_during_a_write_takes_no_buffer_with_it) {
    ASSERT_TRUE(write("some", "bytes"));
    auto loop = std::make_unique<boost::asio::io_context>();
    bool first_seen = false;
    {
        RealDisk one(1);
        auto file = wait(one.create(path("file"))).value();
        Standstill standstill(*loop, one, path("some"));
        for (int i = 0; i < 8; ++i)
            boost::asio::co_spawn(*loop, append_twice(*file, std::string(1 << 20, 'z'), first_seen),
                                  boost::asio::detached);
        loop->poll();
        standstill.end();
    }
    // The disk ended after all it was asked; the coroutines and their text end with the loop, never having gone on.
    EXPECT_EQ(fs::file_size(path("file")), 8U << 20);
    loop.reset();
    EXPECT_FALSE(first_seen);
}

TEST_F(RealDiskTest, a_full_file_system_is_named_and_keeps_what_it_has) {
    ASSERT_TRUE(wait(disk_.make_directories(path("small"))));
    if (::mount("tmpfs", path("small").c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "may not mount";
    ASSERT_TRUE(write("small/old", "old"));
    EXPECT_LE(wait(disk_.free_space(path("small"))).value(), 1U << 20);
    const auto full = write("small/new", std::string(2 << 20, 'x'));
    const auto old = content("small/old");
    ASSERT_EQ(::umount2(path("small").c_str(), MNT_DETACH), 0);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().kind, FailureKind::local);
    EXPECT_EQ(full.error().what, "write " + path("small/new") + ": No space left on device");
    EXPECT_EQ(old, "old");
}

}  // namespace
}  // namespace garner
