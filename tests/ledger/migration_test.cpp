// From schema 1, which Tulip's garner wrote, to the newest: nothing that was remembered is lost, and the old file stays
// beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/schema.hpp"
#include "ledger/support.hpp"

namespace garner {
namespace {

constexpr const char* rows_of_schema_1 = R"sql(
INSERT INTO runs (id, job, source, target_id, target_name, scheduled_at, trigger, state, reason, attempts, remote_job,
                  start_sent, queued_at, started_at, ready_at, ended_at, leftover)
    VALUES ('run-a', 'machines', 'press-shop', 'm1', 'Machine m1', 1000, 'schedule', 'succeeded', '', 1, 'remote-1', 0, 1000,
            1000, 61000, 62000, ''),
           ('run-b', 'machines', 'press-shop', 'm1', 'Machine m1', 2000, 'schedule', 'exporting', '', 1, 'remote-2', 0, 2000,
            2000, NULL, NULL, '');
INSERT INTO artifacts (id, run, job, source, target_id, target_name, scheduled_at, store, path, size, sha256, media_type, probe,
                       verdict, reasons, held, stored_at, remote_job, manifest_sha256)
    VALUES ('art-a', 'run-a', 'machines', 'press-shop', 'm1', 'Machine m1', 1000, 'archive', 'press-shop/m1/a.csv', 10, 'aa',
            'text/csv', 'csv', 'verified', '', 0, 62000, 'remote-1', 'bb');
INSERT INTO targets VALUES ('press-shop', 'm1', 'Machine m1', 500, 900);
INSERT INTO leftovers VALUES ('left-1', 'run-0', 'machines', 'press-shop', 'm1', 'Machine m1', 'remote-0', 700, 'deadline', NULL);
INSERT INTO login_rejections VALUES ('press-shop', 'print-1', 800, 'user is locked');
INSERT INTO cursors VALUES ('machines', 'hourly', 2000);
)sql";

std::string dump_of_schema(const Database& database) {
    std::string text;
    auto statement = database.prepare("SELECT name || ':' || coalesce(sql, '') FROM sqlite_schema ORDER BY name");
    while (statement->step().value()) text += statement->text(0) + "\n";
    return text;
}

TEST(LedgerMigration, a_ledger_of_schema_1_keeps_everything_and_its_copy_stays) {
    const Directory directory;
    const std::string path = directory.ledger();
    {
        const auto old = open_connection(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).value();
        ASSERT_TRUE(old.execute("PRAGMA application_id = " + std::to_string(ledger_application_id)));
        ASSERT_TRUE(old.execute(migrations()[0]));
        ASSERT_TRUE(old.execute("PRAGMA user_version = 1"));
        ASSERT_TRUE(old.execute(rows_of_schema_1));
    }
    const auto reading = Database::open_for_reading(path);
    ASSERT_FALSE(reading) << "only the daemon migrates";
    EXPECT_THAT(reading.error().what, testing::HasSubstr("start garnerd once"));

    const auto opened = Database::open_for_writing(path);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ(opened->number("PRAGMA user_version").value(), schema_version());
    EXPECT_EQ(opened->value("PRAGMA integrity_check").value(), "ok");
    const LedgerReader reader(*opened);
    EXPECT_EQ(reader.runs({}).value().size(), 2U);
    EXPECT_EQ(reader.unfinished_runs().value().at(0).remote_job, "remote-2");
    const auto artifacts = reader.artifacts({}).value();
    ASSERT_EQ(artifacts.size(), 1U);
    EXPECT_EQ(artifacts[0].window, std::nullopt);
    EXPECT_TRUE(reader.covered_windows("machines", "press-shop", "m1", 3).value().empty());
    const auto leftovers = reader.leftovers("press-shop").value();
    ASSERT_EQ(leftovers.size(), 1U);
    EXPECT_EQ(leftovers[0].remote_job, "remote-0");
    EXPECT_EQ(leftovers[0].fate, LeftoverFate::adopt) << "the next run goes on with it, as before";
    EXPECT_EQ(leftovers[0].tries, 0U);
    EXPECT_EQ(leftovers[0].window, std::nullopt);
    const auto targets = reader.targets("press-shop").value();
    ASSERT_EQ(targets.size(), 1U);
    EXPECT_EQ(targets[0].traits, TargetTraits{});
    const auto rejections = reader.login_rejections().value();
    ASSERT_EQ(rejections.size(), 1U);
    EXPECT_EQ(rejections[0].account, "");
    EXPECT_EQ(rejections[0].fingerprint, "print-1");
    EXPECT_EQ(rejections[0].why, "user is locked");
    EXPECT_EQ(reader.cursors().value().at("machines").fingerprint, "hourly");
    EXPECT_EQ(reader.installation().value().has_value(), false);
    EXPECT_EQ(reader.usual_duration("machines", "m1").value(), Duration(60'000));

    const auto copy =
        open_connection(path + ".before-" + std::to_string(schema_version()), SQLITE_OPEN_READONLY).value();
    EXPECT_EQ(copy.number("PRAGMA user_version").value(), 1);
    EXPECT_EQ(copy.number("SELECT count(*) FROM runs").value(), 2);
    EXPECT_EQ(copy.number("SELECT count(*) FROM leftovers").value(), 1);
}

TEST(LedgerMigration, a_ledger_that_was_migrated_has_the_schema_of_a_new_one) {
    const Directory old_place;
    const Directory new_place;
    {
        const auto old = open_connection(old_place.ledger(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).value();
        ASSERT_TRUE(old.execute("PRAGMA application_id = " + std::to_string(ledger_application_id)));
        ASSERT_TRUE(old.execute(migrations()[0]));
        ASSERT_TRUE(old.execute("PRAGMA user_version = 1"));
    }
    const auto migrated = Database::open_for_writing(old_place.ledger()).value();
    const auto fresh = Database::open_for_writing(new_place.ledger()).value();
    EXPECT_EQ(dump_of_schema(migrated), dump_of_schema(fresh));
    EXPECT_THAT(new_place.names(), testing::Not(testing::Contains("ledger.db.before-2"))) << "nothing to copy";
}

}  // namespace
}  // namespace garner
