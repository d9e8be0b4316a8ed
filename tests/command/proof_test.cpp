// `garner rebuild` and `garner verify --chain` over a store whose manifests are chained as the daemon chains them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "command/support.hpp"
#include "core/ids.hpp"
#include "ledger/state_lock.hpp"
#include "platform/sha256.hpp"
#include "store/artifact_store.hpp"
#include "store/publish.hpp"

namespace garner {
namespace {

using testing::HasSubstr;
using testing::Not;

const WallTime first_night = instant("2026-10-02T02:15:00Z");
const WallTime now = first_night + Duration(2 * 86'400'000LL) + Duration(3'600'000);

class Proof : public CommandTest {
protected:
    Proof() : CommandTest(now) {
        fs::create_directories(archive() / ".staging");
        fs::create_directories(archive() / ".trash");
        configure_nightly("*");
    }

    static fs::path manifest_of(const fs::path& file) { return file.string() + std::string(manifest_suffix); }

    // An artifact of that night as the daemon leaves it in the store; where its file is.
    fs::path add(const std::string& target, int night, Verdict verdict = Verdict::verified) {
        const WallTime due = first_night + Duration(night * 86'400'000LL);
        const std::string id = make_id(due, ++chance_);
        const RunRecord run =
            make_run(make_id(due, ++chance_), "nightly", "press-shop", {target, "Press " + target}, due);
        Manifest manifest;
        ArtifactRecord& a = manifest.artifact;
        a = make_artifact(run, id, content);
        a.path = "press-shop/Press_" + target + "--" + target + "/2026/" + format_basic(due) + "_" + run.id + ".csv";
        a.probe = "csv: 2 columns, 1 row";
        a.verdict = verdict;
        if (verdict == Verdict::suspect) a.reasons = {"no rows"};
        a.remote_job = "remote-" + run.id;
        manifest.source_type = "tulip";
        manifest.started_at = due;
        if (const auto before = last_.find(target); before != last_.end())
            manifest.previous_manifest_sha256 = before->second;
        manifest.garner_version = "0.1.0";
        const fs::path file = archive() / a.path;
        write(file, content);
        const std::string text = to_json(manifest);
        write(manifest_of(file), text);
        last_[target] = Sha256::of(text);
        return file;
    }

    std::string artifacts() {
        EXPECT_EQ(call({"artifacts", "--json"}), 0) << err_.str();
        return out_.str();
    }
    std::string said() const { return out_.str() + err_.str(); }

    static void edit(const fs::path& file, const std::string& from, const std::string& to) {
        std::string text = read(file);
        const auto place = text.find(from);
        ASSERT_NE(place, std::string::npos);
        text.replace(place, from.size(), to);
        write(file, text);
    }

    std::map<std::string, std::string> last_;  // manifest's hash, by target
    std::uint64_t chance_ = 0;
};

TEST_F(Proof, a_deleted_ledger_comes_back_the_same_from_the_manifests_alone) {
    for (int night = 0; night < 3; ++night)
        for (const std::string target : {"M7", "M8"})
            add(target, night, night == 1 ? Verdict::suspect : Verdict::verified);
    ASSERT_EQ(call({"rebuild"}), 0) << said();
    EXPECT_THAT(out_.str(), HasSubstr("6 artifacts from their manifests"));
    const std::string before = artifacts();
    EXPECT_EQ(json::parse(before).as_array().size(), 6U);
    EXPECT_EQ(call({"status"}), 0) << said() << "the newest night succeeded, so nothing is overdue";
    fs::remove(ledger());
    ASSERT_EQ(call({"rebuild", "--json"}), 0) << said();
    EXPECT_TRUE(answer().at("kept").is_null());
    EXPECT_EQ(artifacts(), before);
    EXPECT_EQ(call({"verify", "--all", "--chain"}), 0) << said();
}

TEST_F(Proof, ten_thousand_artifacts_come_back_the_same) {
    for (int target = 0; target < 10; ++target)
        for (int night = 0; night < 1000; ++night) add("T" + std::to_string(target), night - 998);
    ASSERT_EQ(call({"rebuild"}), 0) << err_.str();
    const std::string before = artifacts();
    fs::remove(ledger());
    ASSERT_EQ(call({"rebuild", "--json"}), 0) << err_.str();
    EXPECT_EQ(answer().at("artifacts"), 10'000);
    EXPECT_TRUE(artifacts() == before);
    EXPECT_EQ(call({"verify", "--chain"}), 0) << err_.str();
    EXPECT_EQ(out_.str(), "10000 manifests in 10 chains, 0 not as they should be\n");
}

TEST_F(Proof, what_is_damaged_is_reported_with_its_place_and_the_rest_is_taken) {
    add("M7", 0);
    const fs::path cut = add("M7", 1);
    fs::resize_file(manifest_of(cut), 100);
    add("M7", 2);
    const fs::path short_file = add("M8", 0);
    fs::resize_file(short_file, 5);
    const fs::path lost = add("M9", 0);
    fs::remove(lost);
    const fs::path copied = add("M10", 0);
    fs::copy_file(manifest_of(copied), archive() / "press-shop" / ("copy.csv" + std::string(manifest_suffix)));
    std::ofstream(archive() / "press-shop" / "stray.csv") << "of nobody";
    std::ofstream(archive() / ".staging" / "x.part") << "not looked at";
    EXPECT_EQ(call({"rebuild", "--json"}), 1) << "bad news, and not fatal";
    const json::value told = answer();
    EXPECT_EQ(told.at("artifacts"), 4);
    EXPECT_EQ(told.at("manifests_gone"), 1);
    std::map<std::string, std::string> troubles;
    for (const json::value& one : told.at("troubles").as_array())
        troubles[one.at("path").as_string().c_str()] = one.at("reason").as_string().c_str();
    const auto trouble = [&](const fs::path& file) { return troubles[fs::relative(file, archive()).string()]; };
    EXPECT_EQ(troubles.size(), 5U) << out_.str();
    EXPECT_THAT(trouble(manifest_of(cut)), HasSubstr("not a manifest of garner"));
    EXPECT_THAT(trouble(short_file), HasSubstr("has 5 bytes"));
    EXPECT_THAT(trouble(lost), HasSubstr("is missing"));
    EXPECT_THAT(trouble(archive() / "press-shop" / ("copy.csv" + std::string(manifest_suffix))),
                HasSubstr("moved or copied"));
    EXPECT_THAT(trouble(archive() / "press-shop" / "stray.csv"), HasSubstr("has no manifest"));
    EXPECT_EQ(call({"artifacts", "--json", "--target", "M8"}), 0);
    EXPECT_EQ(answer().at(0).at("verdict"), "suspect") << "another size is never good";
}

TEST_F(Proof, what_lies_in_the_trash_is_in_it_again_and_what_a_crash_left_half_way_goes_back) {
    const fs::path trashed = add("M7", 0);
    const fs::path half_way = add("M7", 1);
    add("M7", 2);
    const fs::path trash = archive() / ".trash";
    const auto in_trash = [&](const fs::path& file) { return trash / fs::relative(file, archive()); };
    fs::create_directories(in_trash(trashed).parent_path());
    fs::rename(trashed, in_trash(trashed));
    fs::rename(manifest_of(trashed), in_trash(manifest_of(trashed)));
    fs::rename(manifest_of(half_way), in_trash(manifest_of(half_way)));  // the manifest goes first
    std::ofstream(trash / "press-shop" / "stray.csv") << "of nobody";
    EXPECT_EQ(call({"rebuild", "--json"}), 1) << said();
    const json::value told = answer();
    EXPECT_EQ(told.at("artifacts"), 3);
    EXPECT_EQ(told.at("manifests_gone"), 0) << "each is named by the next, wherever it lies";
    ASSERT_EQ(told.at("troubles").as_array().size(), 1U) << out_.str();
    EXPECT_EQ(told.at("troubles").at(0).at("path"), ".trash/press-shop/stray.csv");

    EXPECT_EQ(call({"artifacts", "--trash", "--json"}), 0);
    const json::value listed = answer();
    std::map<std::string, json::value> places;
    for (const json::value& one : listed.as_array())
        places[fs::path(one.at("path").as_string().c_str()).filename()] = one;
    const json::value& there = places[trashed.filename()];
    EXPECT_EQ(there.at("place"), "trash");
    EXPECT_EQ(there.at("trash_until").as_string(), format_rfc3339(now + Duration(7 * 86'400'000LL)));
    EXPECT_EQ(places[half_way.filename()].at("place"), "restoring") << "garnerd finishes it when it starts";
    EXPECT_EQ(json::parse(artifacts()).as_array().size(), 1U);
    EXPECT_EQ(call({"verify", "--chain"}), 0) << said();
}

TEST_F(Proof, what_a_person_held_or_accepted_stays_so_and_the_store_alone_cannot_say_so) {
    add("M7", 0);
    const fs::path accepted = add("M7", 1, Verdict::suspect);
    const fs::path suspect = add("M7", 2, Verdict::suspect);
    const auto accept = [](const fs::path& file) {
        ArtifactRecord artifact = parse_manifest(read(manifest_of(file))).value().artifact;
        artifact.held = true;
        artifact.acceptance = Acceptance{now, "uid 0", "looked at"};
        write(file.string() + std::string(marks_suffix), marks_json(artifact));
    };
    accept(accepted);
    ASSERT_EQ(call({"rebuild"}), 0) << said();
    const json::value listed = json::parse(artifacts());
    EXPECT_EQ(listed.at(1).at("verdict"), "verified");
    EXPECT_EQ(listed.at(1).at("accepted").at("by"), "uid 0");
    EXPECT_EQ(listed.at(1).at("held"), true) << "with no old ledger";
    EXPECT_EQ(call({"artifacts"}), 0);
    EXPECT_THAT(out_.str(), HasSubstr("verified  held, accepted  archive"));
    EXPECT_EQ(call({"runs", "--json"}), 0);
    EXPECT_EQ(answer().at(1).at("state"), "suspect") << "as which it ended";
    EXPECT_EQ(call({"verify", "--chain"}), 0) << said();
    accept(suspect);
    EXPECT_EQ(call({"verify", "--chain"}), 1);
    EXPECT_THAT(out_.str(), HasSubstr("say it was accepted, of which the ledger knows nothing"));
}

TEST_F(Proof, a_rebuild_beside_a_daemon_without_a_store_or_without_a_manifest_changes_nothing) {
    add("M7", 0);
    {
        const auto daemon = StateLock::take((directory_ / "state").string());
        ASSERT_TRUE(daemon);
        EXPECT_EQ(call({"rebuild"}), 1);
        EXPECT_THAT(err_.str(), HasSubstr("stop that garnerd first"));
    }
    fs::rename(archive(), directory_ / "away");
    EXPECT_EQ(call({"rebuild"}), 1);
    EXPECT_THAT(err_.str(), HasSubstr("is its disk mounted?"));
    fs::create_directories(archive());
    EXPECT_EQ(call({"rebuild"}), 1);
    EXPECT_THAT(err_.str(), HasSubstr("is the store's disk mounted?")) << "an empty mount point is no empty store";
    fs::create_directories(archive() / ".staging");
    fs::create_directories(archive() / ".trash");
    EXPECT_EQ(call({"rebuild"}), 1);
    EXPECT_THAT(err_.str(), HasSubstr("no manifest was found in any store"));
    EXPECT_FALSE(fs::exists(ledger()));
}

TEST_F(Proof, the_chain_finds_manifests_that_were_edited_removed_exchanged_or_slipped_in) {
    const fs::path one = add("M7", 0);
    const fs::path two = add("M7", 1);
    const fs::path three = add("M7", 2);
    ASSERT_EQ(call({"rebuild"}), 0) << said();
    EXPECT_EQ(call({"verify", "--chain"}), 0) << said();
    EXPECT_EQ(out_.str(), "3 manifests in 1 chain, 0 not as they should be\n");

    const fs::path saved = directory_ / "saved";
    fs::copy(archive(), saved, fs::copy_options::recursive);
    const auto restore = [&] {
        fs::remove_all(archive());
        fs::copy(saved, archive(), fs::copy_options::recursive);
    };
    edit(manifest_of(two), "\"verified\"", "\"suspect\"");
    EXPECT_EQ(call({"verify", "--chain"}), 1);
    EXPECT_THAT(out_.str(), HasSubstr(two.filename().string() + " has a manifest that was edited"));
    EXPECT_THAT(out_.str(), HasSubstr("1 not as they should be")) << "and the next one is not blamed for it";

    restore();
    fs::remove(manifest_of(two));
    EXPECT_EQ(call({"verify", "--chain", "--json"}), 1);
    EXPECT_THAT(out_.str(), HasSubstr("has no manifest"));
    EXPECT_THAT(out_.str(), HasSubstr(two.filename().string()));

    restore();
    fs::remove(manifest_of(two));
    fs::remove(two);
    EXPECT_EQ(call({"verify", "--chain"}), 1);
    EXPECT_THAT(out_.str(), HasSubstr(two.filename().string() + " has no manifest any more"));

    restore();
    fs::rename(manifest_of(one), directory_ / "x");
    fs::rename(manifest_of(three), manifest_of(one));
    fs::rename(directory_ / "x", manifest_of(three));
    EXPECT_EQ(call({"verify", "--chain"}), 1);
    EXPECT_THAT(out_.str(), HasSubstr(one.filename().string() + std::string(manifest_suffix) + " is the manifest of"));

    restore();
    add("M7", 3);
    EXPECT_EQ(call({"verify", "--chain"}), 1);
    EXPECT_THAT(out_.str(), HasSubstr("that the ledger does not know"));
}

TEST_F(Proof, after_a_rebuild_the_chain_alone_tells_what_was_edited_or_removed_since) {
    add("M7", 0);
    const fs::path two = add("M7", 1);
    const fs::path three = add("M7", 2);
    add("M7", 3);
    fs::remove(two);
    fs::remove(manifest_of(two));
    ASSERT_EQ(call({"rebuild"}), 0) << said();
    EXPECT_THAT(out_.str(), HasSubstr("1 manifests that later ones name are not there"));
    EXPECT_EQ(call({"verify", "--chain"}), 0) << said() << "the gap was told, and is known from then on";
    edit(manifest_of(three), "\"verified\"", "\"suspect\"");
    fs::remove(ledger());
    ASSERT_EQ(call({"rebuild", "--json"}), 0) << said();
    EXPECT_EQ(answer().at("manifests_gone"), 2) << "nobody but the next manifest knows that it was edited";
}

TEST_F(Proof, verify_takes_a_sample_of_all) {
    for (int night = 0; night < 20; ++night) add("M7", night - 18);
    ASSERT_EQ(call({"rebuild"}), 0) << said();
    EXPECT_EQ(call({"verify", "--sample", "10%"}), 0) << said();
    EXPECT_THAT(out_.str(), HasSubstr("2 read back, 0 bad"));
    EXPECT_EQ(call({"verify", "--sample", "0.1%", "--json"}), 0) << said();
    EXPECT_EQ(answer().as_array().size(), 1U) << "never none";
    EXPECT_EQ(answer().at(0).at("probe"), "csv: 2 columns, 1 row, from 2026-11-01T00:00:00Z to 2026-11-01T00:00:00Z");
    for (const std::string wrong : {"10", "0%", "101%", "ten%", "-5%", "5%%", "nan%"}) {
        EXPECT_EQ(call({"verify", "--sample=" + wrong}), 2) << wrong;
        EXPECT_THAT(err_.str(), HasSubstr("write a share of all artifacts")) << wrong;
    }
    EXPECT_EQ(call({"verify", "--sample", "10%", "--all"}), 2);
    EXPECT_EQ(call({"verify"}), 2);
}

}  // namespace
}  // namespace garner
