// Publishing: whole or not at all, whatever fails in between, and again until it is whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(StoreTest, an_artifact_lies_where_a_person_finds_it_with_its_manifest_beside_it) {
    const Manifest manifest = publish("01aaaaaaaaaa0001", csv());
    const std::string path = "press-shop/Press_7--m1/2026/20261103T021500Z_01aaaaaaaaaa0001.csv";
    EXPECT_EQ(manifest.artifact.path, path);
    EXPECT_THAT(files(), ElementsAre(path, path + ".manifest.json"));
    EXPECT_EQ(content(path), csv());
    EXPECT_EQ(manifest.artifact.sha256, Sha256::of(csv()));
    EXPECT_EQ(content(path + ".manifest.json"), to_json(manifest));
    EXPECT_TRUE(wait(store_->verify(manifest.artifact)));
    EXPECT_TRUE(wait(store_->staged_names()).value().empty());
    const auto found = wait(store_->find_published(path)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->artifact.sha256, manifest.artifact.sha256);
    EXPECT_EQ(found->artifact.manifest_sha256, Sha256::of(to_json(manifest)));

    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
        struct stat about {};
        ASSERT_EQ(::lstat(entry.path().c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777U, entry.is_directory() ? 0700U : 0600U) << entry.path();
    }
}

TEST_F(StoreTest, a_name_from_a_vendor_stays_inside_the_store) {
    for (const char* name : {"../../etc/passwd", "/etc/passwd", "..", ".", "", "a\nb", "-rf", "\xFF\xFE"}) {
        ArtifactRecord artifact = make_artifact();
        artifact.target = Target{name, name};
        artifact.source = name;
        const std::string path = store_->path_for(artifact, "csv");
        EXPECT_EQ(std::count(path.begin(), path.end(), '/'), 3) << path;
        EXPECT_EQ(("/" + path).find("/."), std::string::npos) << path;
    }
    for (const char* path : {"../outside.csv", "/etc/passwd", "a//b", "a/./b", "a/..", ""}) {
        ArtifactRecord artifact = make_artifact();
        artifact.path = path;
        EXPECT_THAT(wait(store_->verify(artifact)).error().what, HasSubstr("is no path inside a store")) << path;
        EXPECT_FALSE(wait(store_->find_published(path)));
        EXPECT_FALSE(wait(store_->withdraw(artifact, "x.part")));
    }
    EXPECT_FALSE(wait(store_->discard_staged("../keep")));
    EXPECT_FALSE(wait(store_->discard_staged("..")));
}

TEST_F(StoreTest, publishing_that_is_cut_off_anywhere_ends_whole_when_it_is_repeated) {
    int steps = 0;
    for (bool whole = false; !whole; ++steps) {
        ASSERT_LT(steps, 100);
        const std::string run = "01aaaaaaaaaa" + std::to_string(1000 + steps);
        const auto staged = stage(run, csv(10));
        const Manifest manifest = make_manifest(*staged, make_artifact(run));
        int passed = 0;
        disk_.trouble = [&](const std::string&, const std::string&) {
            return passed++ < steps ? "" : "Input/output error";
        };
        const auto first = wait(store_->publish(*staged, manifest));
        whole = first.has_value();
        if (!whole) {
            EXPECT_THAT(first.error().what, HasSubstr("Input/output error"));
        }
        disk_.trouble = nullptr;
        const auto again = wait(store_->publish(*staged, manifest));
        ASSERT_TRUE(again) << "after " << steps << " steps: " << again.error().what;
        EXPECT_EQ(*again, Sha256::of(to_json(manifest)));
        EXPECT_TRUE(wait(store_->verify(manifest.artifact)));
        EXPECT_TRUE(wait(store_->find_published(manifest.artifact.path)).value());
        EXPECT_TRUE(wait(store_->staged_names()).value().empty()) << "after " << steps << " steps";
    }
    EXPECT_GT(steps, 10);
}

TEST_F(StoreTest, publishing_that_a_crash_cut_off_is_taken_up_by_the_next_life) {
    int steps = 0;
    for (bool whole = false; !whole; ++steps) {
        ASSERT_LT(steps, 100);
        const std::string run = "01aaaaaaaaaa" + std::to_string(1000 + steps);
        auto staged = stage(run, csv(10));
        Manifest manifest = make_manifest(*staged, make_artifact(run));
        DownloadProgress progress;
        progress.staged = staged->name();
        progress.offset = staged->size();
        int passed = 0;
        disk_.trouble = [&](const std::string&, const std::string&) { return passed++ < steps ? "" : "killed"; };
        whole = wait(store_->publish(*staged, manifest)).has_value();
        staged.reset();
        disk_.trouble = nullptr;

        if (!wait(store_->find_published(manifest.artifact.path)).value()) {
            ASSERT_TRUE(wait(store_->withdraw(manifest.artifact, progress.staged)));
            auto reopened = wait(store_->reopen(progress, *probe_));
            ASSERT_TRUE(reopened) << "after " << steps << " steps: " << reopened.error().what;
            EXPECT_EQ(wait((*reopened)->finish()).value(), manifest.artifact.sha256);
            EXPECT_EQ(probe_->finish().summary, "csv: 2 columns, 10 rows");
            manifest.artifact.id = "01bbbbbbbbbb0000";
            ASSERT_TRUE(wait(store_->publish(**reopened, manifest)));
        }
        EXPECT_TRUE(wait(store_->verify(manifest.artifact)));
        EXPECT_TRUE(wait(store_->find_published(manifest.artifact.path)).value());
    }
}

TEST_F(StoreTest, a_publication_is_withdrawn_wholly_however_far_it_came) {
    int steps = 0;
    for (bool whole = false; !whole; ++steps) {
        ASSERT_LT(steps, 100);
        const std::string run = "01aaaaaaaaaa" + std::to_string(1000 + steps);
        const auto staged = stage(run, csv(10));
        const Manifest manifest = make_manifest(*staged, make_artifact(run));
        int passed = 0;
        disk_.trouble = [&](const std::string&, const std::string&) { return passed++ < steps ? "" : "killed"; };
        whole = wait(store_->publish(*staged, manifest)).has_value();
        disk_.trouble = nullptr;
        ASSERT_TRUE(wait(store_->withdraw(manifest.artifact, staged->name())));
        EXPECT_FALSE(wait(store_->find_published(manifest.artifact.path)).value());
        EXPECT_TRUE(wait(store_->discard_staged(staged->name())));
        EXPECT_THAT(files(), testing::Not(testing::Contains(manifest.artifact.path))) << "after " << steps << " steps";
        ASSERT_TRUE(wait(store_->withdraw(manifest.artifact, staged->name()))) << "it may be repeated";
    }
}

TEST_F(StoreTest, marks_are_written_wholly_or_not_at_all_wherever_it_is_cut_off) {
    int steps = 0;
    for (bool whole = false; !whole; ++steps) {
        ASSERT_LT(steps, 100);
        const std::string run = "01aaaaaaaaaa" + std::to_string(1000 + steps);
        const auto staged = stage(run, csv(0));
        const Manifest manifest = make_manifest(*staged, make_artifact(run));
        const std::string published = wait(store_->publish(*staged, manifest)).value();
        ArtifactRecord artifact = manifest.artifact;
        artifact.acceptance = Acceptance{*parse_rfc3339("2026-11-04T08:00:00Z"), "uid 0", "the line stood still"};
        int passed = 0;
        disk_.trouble = [&](const std::string&, const std::string&) { return passed++ < steps ? "" : "killed"; };
        whole = wait(store_->write_marks(artifact)).has_value();
        disk_.trouble = nullptr;
        const std::string marks = artifact.path + std::string(marks_suffix);
        EXPECT_TRUE(!exists(marks) || content(marks) == marks_json(artifact)) << "after " << steps << " steps";

        artifact.held = true;
        ASSERT_TRUE(wait(store_->write_marks(artifact))) << "other ones may follow";
        EXPECT_EQ(content(marks), marks_json(artifact));
        EXPECT_EQ(wait(store_->find_published(artifact.path)).value()->artifact.manifest_sha256, published)
            << "the next manifest names this one's hash";
        EXPECT_THAT(files(), testing::Not(testing::Contains(HasSubstr(".staging/" + run)))) << "nothing is left";
        artifact.held = false;
        artifact.acceptance.reset();
        ASSERT_TRUE(wait(store_->write_marks(artifact)));
        EXPECT_FALSE(exists(marks)) << "nobody says anything any more";
    }
    EXPECT_GT(steps, 3);
}

TEST_F(StoreTest, marks_need_their_artifact_beside_them) {
    ArtifactRecord artifact = publish("01aaaaaaaaaa0001", csv(0)).artifact;
    artifact.held = true;
    artifact.place = ArtifactPlace::trashing;
    EXPECT_EQ(wait(store_->write_marks(artifact)).error().kind, FailureKind::rejected) << "it is on its way";
    artifact.place = ArtifactPlace::trash;
    EXPECT_EQ(wait(store_->write_marks(artifact)).error().kind, FailureKind::corrupt) << "it is not there";
    artifact.place = ArtifactPlace::store;
    artifact.path = "../outside.csv";
    EXPECT_FALSE(wait(store_->write_marks(artifact)));
    EXPECT_EQ(files().size(), 2U);
}

TEST_F(StoreTest, what_another_run_published_is_not_withdrawn) {
    const Manifest manifest = publish("01aaaaaaaaaa0001", csv());
    ArtifactRecord other = manifest.artifact;
    other.run = "01bbbbbbbbbb0001";
    const auto withdrawn = wait(store_->withdraw(other, "x.part"));
    EXPECT_EQ(withdrawn.error().kind, FailureKind::rejected);
    EXPECT_THAT(withdrawn.error().what, HasSubstr("run 01aaaaaaaaaa0001 put it there"));
    other.path = "press-shop/nothing.csv";
    EXPECT_TRUE(wait(store_->withdraw(other, "x.part")));
    EXPECT_EQ(files().size(), 2U);
    EXPECT_TRUE(wait(store_->verify(manifest.artifact)));
}

TEST_F(StoreTest, what_is_there_already_is_neither_replaced_nor_removed) {
    const Manifest first = publish("01aaaaaaaaaa0001", csv(3));
    const auto staged = stage("01aaaaaaaaaa0001", csv(4));
    const Manifest second = make_manifest(*staged, make_artifact());
    ASSERT_EQ(second.artifact.path, first.artifact.path);
    const auto refused = wait(store_->publish(*staged, second));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, FailureKind::local);
    EXPECT_THAT(refused.error().what, HasSubstr("is there already and holds something else"));
    EXPECT_EQ(content(first.artifact.path), csv(3));
    EXPECT_THAT(wait(store_->staged_names()).value(), ElementsAre("01aaaaaaaaaa0001.part"));

    Manifest other_words = first;
    other_words.garner_version = "9.9.9";
    const auto same_bytes = stage("01aaaaaaaaaa0001", csv(3));
    ASSERT_TRUE(wait(same_bytes->finish()));
    EXPECT_FALSE(wait(store_->publish(*same_bytes, other_words))) << "a manifest is not rewritten";
    EXPECT_EQ(content(first.artifact.path + ".manifest.json"), to_json(first));
}

TEST_F(StoreTest, a_failing_disk_publishes_nothing_and_keeps_what_is_older) {
    const Manifest older = publish("01aaaaaaaaaa0001", csv());
    const auto before = files();
    const std::vector<std::pair<std::string, std::string>> troubles{{"append", "No space left on device"},
                                                                    {"sync", "Input/output error"},
                                                                    {"rename", "Read-only file system"},
                                                                    {"sync_directory", "Input/output error"}};
    for (const auto& [operation, words] : troubles) {
        const std::string run = "01aaaaaaaaaa0002";
        auto staged = wait(store_->stage(run, *probe_)).value();
        int passed = 0;
        disk_.trouble = [&](const std::string& now, const std::string&) {
            return now == operation && passed++ > 0 ? words : "";
        };
        std::optional<Failure> failure;
        for (int i = 0; i < 3 && !failure; ++i) {
            if (auto filled = fill(*staged, std::string(600'000, 'x')); !filled) failure = filled.error();
            if (auto durable = wait(staged->checkpoint()); !durable && !failure) failure = durable.error();
        }
        if (!failure) {
            const Manifest manifest = make_manifest(*staged, make_artifact(run));
            for (int i = 0; i < 2 && !failure; ++i)
                if (auto published = wait(store_->publish(*staged, manifest)); !published) failure = published.error();
        }
        disk_.trouble = nullptr;
        ASSERT_TRUE(failure) << operation;
        EXPECT_EQ(failure->kind, FailureKind::local);
        EXPECT_THAT(failure->what, HasSubstr(words));
        EXPECT_TRUE(wait(store_->verify(older.artifact)));
        staged.reset();
        ArtifactRecord unlisted = make_artifact(run);
        unlisted.path = store_->path_for(unlisted, "csv");
        EXPECT_TRUE(wait(store_->withdraw(unlisted, run + ".part")));
        for (const std::string& name : wait(store_->staged_names()).value())
            EXPECT_TRUE(wait(store_->discard_staged(name)));
        EXPECT_EQ(files(), before) << operation;
    }
}

}  // namespace
}  // namespace garner
