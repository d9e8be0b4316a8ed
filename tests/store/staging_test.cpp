// Staged files, free space, and artifacts that changed behind garner's back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/support.hpp"

namespace garner {
namespace {

using testing::HasSubstr;

TEST_F(StoreTest, a_download_goes_on_where_it_was_durable_with_the_same_digest) {
    const std::string whole = csv(200'000);
    DownloadProgress progress;
    {
        auto staged = wait(store_->stage("01aaaaaaaaaa0001", *probe_)).value();
        ASSERT_TRUE(fill(*staged, std::string_view(whole).substr(0, 1'500'000)));
        ASSERT_TRUE(wait(staged->checkpoint()));
        progress.staged = staged->name();
        progress.offset = staged->size();
        ASSERT_TRUE(fill(*staged, "this was never durable and must not be seen again" + std::string(800'000, 'x')));
    }
    EXPECT_GT(content(".staging/" + progress.staged).size(), 1'500'000U);
    const auto staged = wait(store_->reopen(progress, *probe_)).value();
    EXPECT_EQ(staged->size(), 1'500'000U);
    ASSERT_TRUE(fill(*staged, std::string_view(whole).substr(1'500'000)));
    EXPECT_EQ(wait(staged->finish()).value(), Sha256::of(whole));
    EXPECT_EQ(probe_->finish().summary, "csv: 2 columns, 200000 rows");
    EXPECT_EQ(content(".staging/" + progress.staged), whole);
}

TEST_F(StoreTest, a_staged_file_that_is_gone_or_too_short_is_said_to_be_gone) {
    DownloadProgress progress;
    progress.staged = "01aaaaaaaaaa0001.part";
    progress.offset = 10;
    EXPECT_EQ(wait(store_->reopen(progress, *probe_)).error().kind, FailureKind::gone);
    std::ofstream(root_ + "/.staging/" + progress.staged) << "short";
    EXPECT_EQ(wait(store_->reopen(progress, *probe_)).error().kind, FailureKind::gone);
    EXPECT_EQ(content(".staging/" + progress.staged), "short");
}

TEST_F(StoreTest, a_restart_forgets_every_byte) {
    auto staged = stage("01aaaaaaaaaa0001", std::string(700'000, 'x'));
    ASSERT_TRUE(wait(staged->restart()));
    EXPECT_EQ(staged->size(), 0U);
    ASSERT_TRUE(fill(*staged, csv(2)));
    EXPECT_EQ(wait(staged->finish()).value(), Sha256::of(csv(2)));
    EXPECT_EQ(probe_->finish().summary, "csv: 2 columns, 2 rows");
    EXPECT_EQ(content(".staging/" + staged->name()), csv(2));
}

TEST_F(StoreTest, a_second_attempt_starts_with_an_empty_file) {
    stage("01aaaaaaaaaa0001", csv(100));
    const auto second = wait(store_->stage("01aaaaaaaaaa0001", *probe_)).value();
    EXPECT_EQ(wait(second->finish()).value(), Sha256::of(""));
}

TEST_F(StoreTest, a_change_behind_garners_back_is_found) {
    const Manifest manifest = publish("01aaaaaaaaaa0001", csv(1000));
    const std::string path = root_ + "/" + manifest.artifact.path;
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(777);
        file.put('#');
    }
    const auto flipped = wait(store_->verify(manifest.artifact));
    ASSERT_FALSE(flipped);
    EXPECT_EQ(flipped.error().kind, FailureKind::corrupt);
    EXPECT_THAT(flipped.error().what, HasSubstr("has changed: its SHA-256 is"));
    std::filesystem::resize_file(path, 100);
    EXPECT_THAT(wait(store_->verify(manifest.artifact)).error().what, HasSubstr("has 100 bytes"));
    std::filesystem::remove(path);
    const auto missing = wait(store_->verify(manifest.artifact));
    EXPECT_EQ(missing.error().kind, FailureKind::gone);
    EXPECT_THAT(missing.error().what, HasSubstr("is missing"));
}

TEST_F(StoreTest, below_the_reserve_nothing_starts_and_the_numbers_say_why) {
    settings_.reserve_bytes = 5ULL << 30;
    store_ = make_local_store(settings_, disk_);
    disk_.free = 6ULL << 30;
    EXPECT_TRUE(wait(store_->check_space(0)));
    EXPECT_TRUE(wait(store_->check_space(1ULL << 30)));
    EXPECT_FALSE(wait(store_->check_space((1ULL << 30) + 1)));
    EXPECT_FALSE(wait(store_->check_space(~0ULL))) << "no sum may overflow";
    disk_.free = 3ULL << 30;
    const auto low = wait(store_->check_space(0));
    ASSERT_FALSE(low);
    EXPECT_EQ(low.error().kind, FailureKind::local);
    EXPECT_THAT(low.error().what, HasSubstr("store archive: 3.0 GiB free"));
    EXPECT_THAT(low.error().what, HasSubstr("5.0 GiB"));
    EXPECT_EQ(wait(store_->free_bytes()).value(), 3ULL << 30);
}

TEST_F(StoreTest, a_store_that_has_artifacts_is_not_begun_anew_where_its_disk_is_not_mounted) {
    std::filesystem::rename(root_, root_ + ".elsewhere");
    std::filesystem::create_directory(root_);
    const auto refused = wait(store_->prepare(true));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, FailureKind::local);
    EXPECT_THAT(refused.error().what, HasSubstr("is the store's disk mounted?"));
    EXPECT_TRUE(std::filesystem::is_empty(root_));
    std::filesystem::remove(root_);
    std::filesystem::rename(root_ + ".elsewhere", root_);
    EXPECT_TRUE(wait(store_->prepare(true)));
}

TEST_F(StoreTest, a_store_that_cannot_be_written_says_so_when_it_is_prepared) {
    disk_.trouble = [](const std::string& operation, const std::string&) {
        return operation == "create" ? "Read-only file system" : "";
    };
    const auto refused = wait(store_->prepare(false));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("store archive: create"));
    EXPECT_THAT(refused.error().what, HasSubstr("Read-only file system"));
}

}  // namespace
}  // namespace garner
