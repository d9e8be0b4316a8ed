// Stories of what becomes of artifacts after they were stored.
#include <gmock/gmock.h>

#include "core/text.hpp"
#include "engine/engine.hpp"
#include "sim/stories.hpp"

namespace garner::sim {
namespace {

using testing::HasSubstr;

// Archived each hour, read back each quarter of a day.
World& read_back(World& world, Duration outdated_after) {
    VerifySettings verify;
    verify.schedule = Schedule({*CronExpression::parse("0 */6 * * *", "stores/archive/0")});
    verify.outdated_after = outdated_after;
    world.settings().stores.at("archive").verify = verify;
    return world;
}

WorldOptions hourly() {
    WorldOptions options;
    options.schedule = "30 * * * *";
    return options;
}

std::size_t told(const World& world, const std::string& words) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = world.told().find(words, at)) != std::string::npos; at += words.size()) ++count;
    return count;
}

LedgerReader ledger(const World& world) { return LedgerReader(world.ledger()); }
ArtifactRecord oldest(const World& world) { return ledger(world).artifacts({}).value().back(); }
std::string file_of(const World& world, const ArtifactRecord& artifact) {
    return world.store_path() + "/" + artifact.path;
}

TEST(ProofStory, BitRotIsFoundByTheScheduleToldOnceAndNeverCountsAsGoodAgain) {
    World world(hourly());
    read_back(world, Duration(0));
    world.live(hours(4), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const ArtifactRecord good = oldest(world);
    EXPECT_EQ(good.verdict, Verdict::verified);
    world.rot(good);
    world.live(hours(7), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const ArtifactRecord bad = ledger(world).artifact(good.id).value().value();
    EXPECT_EQ(bad.verdict, Verdict::suspect);
    ASSERT_EQ(bad.reasons.size(), 1U);
    EXPECT_THAT(bad.reasons[0], HasSubstr("damaged after it was stored"));
    EXPECT_EQ(ledger(world).timeline(good.run).value().back().event, "damaged");
    EXPECT_EQ(ledger(world).damaged_artifacts().value().at("archive"), 1U);
    EXPECT_EQ(ledger(world).totals().value().artifacts.at({good.job, Verdict::suspect}), 1U);
    EXPECT_EQ(ledger(world).store_proofs().value().at("archive").last_success, std::nullopt);
    EXPECT_EQ(told(world, "event=artifact_damaged"), 1U);

    std::string refused;
    world.at(hours(7) + minutes(1), [&](Engine& engine) -> Task<> {
        const auto accepted = co_await engine.accept(good.id, "uid 0", "let it be good");
        refused = accepted ? "accepted" : accepted.error().what;
    });
    world.live(hours(7) + minutes(2), End::stop);
    EXPECT_THAT(refused, HasSubstr("is not what was stored: restore its file from a copy first"));

    world.disk().rot(file_of(world, good));  // the bit is back where it was
    world.live(hours(13), End::stop);
    EXPECT_EQ(ledger(world).artifact(good.id).value()->verdict, Verdict::suspect) << "until somebody says so";
    EXPECT_EQ(told(world, "event=artifact_damaged"), 1U);
    EXPECT_NE(ledger(world).store_proofs().value().at("archive").last_success, std::nullopt) << "all others are whole";
    EXPECT_EQ(ledger(world).damaged_artifacts().value().at("archive"), 1U);
    world.at(hours(13) + minutes(1), [&](Engine& engine) -> Task<> {
        const auto accepted = co_await engine.accept(good.id, "uid 0", "the file is back from the tape");
        EXPECT_TRUE(accepted) << accepted.error().what;
    });
    world.live(hours(13) + minutes(2), End::stop);
    EXPECT_EQ(ledger(world).artifact(good.id).value()->verdict, Verdict::verified);
    EXPECT_TRUE(ledger(world).damaged_artifacts().value().empty()) << "and the alarm is over";
}

TEST(ProofStory, AMissingFileIsDamageOnlyWhileOthersAreThere) {
    World world(hourly());
    read_back(world, Duration(0));
    world.live(hours(4), End::stop);
    const ArtifactRecord lost = oldest(world);
    world.disk().lose(file_of(world, lost));
    world.live(hours(7), End::stop);
    EXPECT_EQ(ledger(world).artifact(lost.id).value()->verdict, Verdict::suspect);
    EXPECT_EQ(ledger(world).damaged_artifacts().value().at("archive"), 1U);
    for (const ArtifactRecord& artifact : ledger(world).artifacts({}).value())
        world.disk().lose(file_of(world, artifact));
    for (const auto& [name, job] : world.settings().jobs) world.settings().jobs.at(name).paused = true;
    world.live(hours(13), End::stop);
    EXPECT_EQ(ledger(world).damaged_artifacts().value().at("archive"), 1U)
        << "that looks as a disk that is not mounted";
    EXPECT_THAT(world.told(), HasSubstr("is the disk mounted?"));
}

TEST(ProofStory, ADiskThatIsAwayForAMomentOfAReadingDamagesNothing) {
    World world(hourly());
    read_back(world, Duration(0));
    world.settings().stores.at("archive").verify->bandwidth = 500;  // a minute or so for each artifact
    world.happens(hours(6) + minutes(1), [&world] { world.disk().unmount(world.store_path()); });
    world.happens(hours(6) + minutes(1) + Duration(15), [&world] { world.disk().mount_again(); });
    world.live(hours(8), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(told(world, "event=store_read"), 1U);
    EXPECT_TRUE(ledger(world).damaged_artifacts().value().empty()) << world.told();
    EXPECT_LE(ledger(world).store_proofs().value().at("archive").unread, 1U)
        << "only what was just being read: what was missing is looked for again";
    world.live(hours(14), End::stop);
    EXPECT_NE(ledger(world).store_proofs().value().at("archive").last_success, std::nullopt);
}

TEST(ProofStory, OfADiskThatIsAwayNothingIsConcludedAndNothingMoves) {
    WorldOptions options = hourly();
    options.retention.keep_last = 3;
    options.retention.min_good = 1;
    options.retention.grace = hours(1);
    options.machines = 1;
    World world(options);
    read_back(world, Duration(0));
    world.live(hours(5) + minutes(40), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    const auto before = ledger(world).artifacts({}).value();
    ASSERT_EQ(before.size(), 3U);
    world.disk().unmount(world.store_path());
    for (const int until : {8, 10, 13}) world.live(hours(until) + minutes(until), End::crash);
    EXPECT_TRUE(ledger(world).damaged_artifacts().value().empty());
    EXPECT_THAT(world.disk().files(), testing::IsEmpty()) << "no other archive begins in its place";
    EXPECT_THAT(world.told(), HasSubstr("is the store's disk mounted?"));
    ArtifactFilter ever;
    ever.where = Whereabouts::anywhere;
    for (const ArtifactRecord& artifact : ledger(world).artifacts(ever).value())
        EXPECT_NE(artifact.place, ArtifactPlace::removing) << "it cannot be removed now, so it can still be restored";
    world.disk().mount_again();
    world.live(hours(20), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_EQ(ledger(world).artifacts({}).value().size(), 3U);
    EXPECT_TRUE(ledger(world).damaged_artifacts().value().empty());
}

TEST(ProofStory, AClockThatIsNotTrustedProvesNothing) {
    World world(hourly());
    read_back(world, Duration(0));
    world.live(hours(13), End::stop);
    EXPECT_EQ(told(world, "event=store_read"), 2U);
    world.clock().step_wall(-hours(8));
    world.live(hours(20), End::stop);
    EXPECT_EQ(told(world, "event=clock_suspect"), 1U);
    EXPECT_EQ(told(world, "event=store_read"), 2U) << "it is six o'clock again, and perhaps it is not";
    world.live(hours(27), End::stop);
    EXPECT_EQ(told(world, "event=store_read"), 3U);
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(ProofStory, WhatALifeDidNotWriteBesideAnArtifactTheNextOneDoes) {
    World world(hourly());
    world.live(hours(4), End::stop);
    const ArtifactRecord held = oldest(world);
    world.at(hours(4) + minutes(1), [&](Engine& engine) -> Task<> {
        const auto done = co_await engine.hold(held.id, true, "uid 0", "audit");
        EXPECT_TRUE(done) << done.error().what;
    });
    world.live(hours(4) + minutes(2), End::stop);
    const std::string marks = file_of(world, held) + ".marks.json";
    ASSERT_NE(world.disk().file(marks), nullptr);
    world.disk().lose(marks);
    world.live(hours(4) + minutes(5), End::stop);
    ASSERT_NE(world.disk().file(marks), nullptr);
    EXPECT_THAT(*world.disk().file(marks), HasSubstr("\"held\":true"));
    EXPECT_EQ(world.broken_invariant(), "");
}

TEST(ProofStory, AReadingThatACrashCutsOffGoesOnWhereItWas) {
    World world(hourly());
    read_back(world, Duration(0));
    world.settings().stores.at("archive").verify->bandwidth = 1'000;  // an artifact takes half a minute or so
    world.live(hours(6) + minutes(1), End::crash);
    const auto before =
        ledger(world).unproven_artifacts("archive", from_unix_ms(1'900'000'000'000), std::nullopt, 1000).value();
    ASSERT_FALSE(before.empty());
    for (int life = 2; life < 12; ++life) world.live(hours(6) + minutes(life), End::crash);
    EXPECT_EQ(ledger(world).artifact(before.front().artifact.id).value()->verdict, Verdict::verified);
    world.live(hours(7), End::stop);
    EXPECT_EQ(world.broken_invariant(), "");
    EXPECT_NE(ledger(world).store_proofs().value().at("archive").last_success, std::nullopt);
    EXPECT_EQ(told(world, "event=store_read"), 1U) << "ten crashes made one reading of it";
    EXPECT_EQ(told(world, "event=artifact_damaged"), 0U);
}

TEST(ProofStory, WhatIsYoungIsNotReadAgain) {
    World world(hourly());
    read_back(world, hours(24 * 30));
    world.live(hours(13), End::stop);
    EXPECT_EQ(told(world, "event=store_read"), 2U);
    EXPECT_EQ(told(world, "whole=0"), 2U);
    EXPECT_EQ(world.broken_invariant(), "");
}

}  // namespace
}  // namespace garner::sim
