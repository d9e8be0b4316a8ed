// The trash of a store: the same relative paths, the manifest away first and back last, and every interruption simply
// done again.
#include <gmock/gmock.h>

#include "store/support.hpp"

namespace garner {
namespace {

using testing::HasSubstr;

class Trash : public StoreTest {
protected:
    Trash() : manifest_(publish("01aaaaaaaaaa0001", csv())), artifact_(manifest_.artifact) {}

    bool in_store() const { return exists(artifact_.path) && exists(artifact_.path + ".manifest.json"); }
    bool in_trash() const {
        return exists(".trash/" + artifact_.path) && exists(".trash/" + artifact_.path + ".manifest.json");
    }
    bool anything_in_store() const { return exists(artifact_.path) || exists(artifact_.path + ".manifest.json"); }

    /// Fails the `n`th change of the disk.
    void fail_at(int n) {
        disk_.trouble = [n, seen = 0](const std::string&, const std::string&) mutable {
            return ++seen == n ? std::string("Input/output error") : std::string();
        };
    }

    Manifest manifest_;
    ArtifactRecord artifact_;
};

TEST_F(Trash, takes_file_and_manifest_and_gives_both_back) {
    ASSERT_TRUE(wait(store_->to_trash(artifact_)));
    EXPECT_TRUE(in_trash());
    EXPECT_FALSE(anything_in_store());
    EXPECT_EQ(content(".trash/" + artifact_.path), csv());
    artifact_.place = ArtifactPlace::trash;
    EXPECT_TRUE(wait(store_->verify(artifact_))) << "where it lies";
    ASSERT_TRUE(wait(store_->from_trash(artifact_)));
    EXPECT_TRUE(in_store());
    EXPECT_FALSE(exists(".trash/" + artifact_.path));
}

TEST_F(Trash, what_people_said_goes_along_and_comes_back) {
    artifact_.held = true;
    ASSERT_TRUE(wait(store_->write_marks(artifact_)));
    const std::string marks = artifact_.path + std::string(marks_suffix);
    ASSERT_TRUE(wait(store_->to_trash(artifact_)));
    EXPECT_FALSE(exists(marks));
    EXPECT_EQ(content(".trash/" + marks), marks_json(artifact_));
    artifact_.place = ArtifactPlace::trash;
    artifact_.held_until = *parse_rfc3339("2027-01-01T00:00:00Z");
    ASSERT_TRUE(wait(store_->write_marks(artifact_))) << "it may be held there";
    ASSERT_TRUE(wait(store_->from_trash(artifact_)));
    EXPECT_EQ(content(marks), marks_json(artifact_));
    EXPECT_FALSE(exists(".trash/" + marks));
}

TEST_F(Trash, lets_go_for_good) {
    artifact_.acceptance = Acceptance{*parse_rfc3339("2026-11-04T08:00:00Z"), "uid 0", "looked at"};
    ASSERT_TRUE(wait(store_->write_marks(artifact_)));
    ASSERT_TRUE(wait(store_->to_trash(artifact_)));
    ASSERT_TRUE(wait(store_->remove_trashed(artifact_)));
    EXPECT_TRUE(files().empty());
    EXPECT_TRUE(wait(store_->remove_trashed(artifact_))) << "again, after a crash";
}

TEST_F(Trash, the_manifest_leaves_first_and_comes_back_last) {
    const auto order = [this](auto what) {
        std::vector<std::string> seen;
        disk_.trouble = [&seen](const std::string& operation, const std::string& path) {
            if (operation == "rename" || operation == "remove") seen.push_back(path);
            return std::string();
        };
        EXPECT_TRUE(wait(what()));
        disk_.trouble = nullptr;
        EXPECT_GE(seen.size(), 2U);
        return seen.front().ends_with(".manifest.json");
    };
    EXPECT_TRUE(order([this] { return store_->to_trash(artifact_); }));
    EXPECT_FALSE(order([this] { return store_->from_trash(artifact_); }));
    EXPECT_TRUE(order([this] { return store_->to_trash(artifact_); }));
    EXPECT_TRUE(order([this] { return store_->remove_trashed(artifact_); }));
}

TEST_F(Trash, every_step_that_fails_is_done_again) {
    for (const bool has_links : {true, false}) {
        disk_.has_links = has_links;
        int failed = 0;
        for (int n = 1;; ++n) {
            fail_at(n);
            const auto gone = wait(store_->to_trash(artifact_));
            const auto back = wait(store_->from_trash(artifact_));
            disk_.trouble = nullptr;
            if (gone && back) break;
            ++failed;
            ASSERT_TRUE(wait(store_->to_trash(artifact_))) << n;
            ASSERT_TRUE(in_trash()) << n;
            ASSERT_FALSE(anything_in_store()) << n;
            ASSERT_TRUE(wait(store_->from_trash(artifact_))) << n;
            ASSERT_TRUE(in_store()) << n;
            ASSERT_EQ(content(artifact_.path), csv()) << n;
        }
        EXPECT_GT(failed, 10);
    }
}

TEST_F(Trash, a_file_has_its_new_name_for_good_before_it_loses_its_old_one) {
    std::vector<std::string> seen;
    disk_.trouble = [&](const std::string& operation, const std::string& path) {
        if (operation != "stat" && operation != "list") seen.push_back(operation + " " + path.substr(root_.size()));
        return std::string();
    };
    ASSERT_TRUE(wait(store_->to_trash(artifact_)));
    const auto at = [&](const std::string& step) { return std::find(seen.begin(), seen.end(), step) - seen.begin(); };
    const std::string directory = artifact_.path.substr(0, artifact_.path.rfind('/'));
    const auto named = at("link /.trash/" + artifact_.path);
    const auto left = at("remove /" + artifact_.path);
    ASSERT_LT(named, left);
    ASSERT_LT(left, std::ssize(seen));
    EXPECT_EQ(std::count(seen.begin() + named, seen.begin() + left, "sync_directory /.trash/" + directory), 1);
}

TEST_F(Trash, what_left_a_directory_whose_sync_failed_is_synced_by_the_next_try) {
    const std::string directory = artifact_.path.substr(0, artifact_.path.rfind('/'));
    const auto is_synced_again = [&](const std::string& place, const std::function<Task<Result<void>>()>& step) {
        const std::string of = root_ + "/" + place;
        int times = 0;
        disk_.trouble = [&](const std::string& operation, const std::string& path) {
            // The last one of each step.
            const bool is_empty = !exists(artifact_.path) && std::filesystem::is_empty(of);
            const bool fails = operation == "sync_directory" && path == of && is_empty && times++ == 0;
            return fails ? std::string("Input/output error") : std::string();
        };
        EXPECT_FALSE(wait(step()));
        EXPECT_TRUE(wait(step()));
        disk_.trouble = nullptr;
        return times >= 2;
    };
    EXPECT_TRUE(is_synced_again(directory, [&] { return store_->to_trash(artifact_); }));
    EXPECT_TRUE(is_synced_again(".trash/" + directory, [&] { return store_->remove_trashed(artifact_); }));
    std::filesystem::remove(root_ + "/.trash/" + directory);
    EXPECT_TRUE(wait(store_->remove_trashed(artifact_))) << "somebody tidied up";
}

TEST_F(Trash, a_disk_that_is_not_mounted_is_no_empty_store) {
    std::filesystem::rename(root_, root_ + ".elsewhere");
    std::filesystem::create_directory(root_);
    for (const Result<void>& result : {wait(store_->to_trash(artifact_)), wait(store_->from_trash(artifact_)),
                                       wait(store_->remove_trashed(artifact_))}) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, FailureKind::local);
        EXPECT_THAT(result.error().what, HasSubstr("mounted"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(root_));
    std::filesystem::remove_all(root_ + ".elsewhere");
}

TEST_F(Trash, a_file_that_somebody_took_away_is_told) {
    std::filesystem::remove(root_ + "/" + artifact_.path);
    const auto moved = wait(store_->to_trash(artifact_));
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().kind, FailureKind::corrupt);
}

TEST_F(Trash, a_file_without_its_manifest_stays_for_it_could_not_be_taken_back) {
    std::filesystem::remove(root_ + "/" + artifact_.path + ".manifest.json");
    const auto moved = wait(store_->to_trash(artifact_));
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().kind, FailureKind::corrupt);
    EXPECT_TRUE(exists(artifact_.path));
}

TEST_F(Trash, a_path_that_leads_out_of_the_store_is_refused) {
    artifact_.path = "../" + artifact_.path;
    EXPECT_FALSE(wait(store_->to_trash(artifact_)));
    EXPECT_FALSE(wait(store_->from_trash(artifact_)));
    EXPECT_FALSE(wait(store_->remove_trashed(artifact_)));
}

}  // namespace
}  // namespace garner
