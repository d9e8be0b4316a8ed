// Stories of what becomes of artifacts after they were stored.
#include <gmock/gmock.h>

#include "core/text.hpp"
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

    world.disk().rot(file_of(world, good));  // the bit is back where it was
    world.live(hours(13), End::stop);
    EXPECT_EQ(ledger(world).artifact(good.id).value()->verdict, Verdict::suspect);
    EXPECT_EQ(told(world, "event=artifact_damaged"), 1U);
    EXPECT_NE(ledger(world).store_proofs().value().at("archive").last_success, std::nullopt) << "all others are whole";
    EXPECT_EQ(ledger(world).damaged_artifacts().value().at("archive"), 1U);
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
