// Which list of targets is in force, what vanished by it, and what stands refused: over restarts and from old schemas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "ledger/alarms.hpp"
#include "ledger/inventory.hpp"
#include "ledger/schema.hpp"
#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Target press{"1", "Press"};
const Target saw{"2", "Saw"};
const Target mill{"3", "Mill"};

class TargetLists : public LedgerTest {
protected:
    void seen(const std::vector<Target>& targets, int minute) {
        ASSERT_TRUE(wait(ledger_->targets_seen("shop", targets, at(minute), "print")));
    }
    void refuse(const std::vector<Target>& targets, int since, int minute) {
        RefusedList refused{at(since), "it has too few", targets};
        ASSERT_TRUE(wait(ledger_->list_refused("shop", refused, at(minute), "print-2")));
    }
    std::vector<Target> in_force() { return wait(ledger_->targets("shop")).value(); }
    KnownTarget known(const std::string& id) {
        for (const KnownTarget& one : reader().known_targets("shop").value())
            if (one.target.id == id) return one;
        ADD_FAILURE() << "nothing is known of " << id;
        return {};
    }
};

TEST_F(TargetLists, a_target_that_vanishes_stays_known_and_one_that_is_renamed_is_the_same) {
    seen({press, saw}, 0);
    seen({{"1", "Big press"}}, 1);
    EXPECT_THAT(in_force(), ElementsAre(Target{"1", "Big press"}));
    EXPECT_EQ(known("2").vanished_at, at(1));
    EXPECT_EQ(known("2").last_seen, at(0));
    EXPECT_EQ(known("1").first_seen, at(0));
    EXPECT_EQ(known("1").last_seen, at(1));
    EXPECT_THAT(wait(ledger_->targets("elsewhere")).value(), IsEmpty());
}

TEST_F(TargetLists, a_target_that_comes_back_is_the_one_that_went) {
    seen({press, saw}, 0);
    seen({press}, 1);
    seen({press}, 2);
    EXPECT_EQ(known("2").vanished_at, at(1)) << "when it went, not when it was last missed";
    seen({press, saw}, 3);
    EXPECT_EQ(known("2").vanished_at, std::nullopt);
    EXPECT_EQ(known("2").first_seen, at(0));
}

TEST_F(TargetLists, what_stands_refused_changes_nothing_until_it_is_confirmed_over_a_restart_too) {
    seen({press, saw, mill}, 0);
    refuse({mill}, 5, 5);
    refuse({saw}, 5, 6);
    stop();
    start();
    EXPECT_EQ(in_force().size(), 3U);
    const auto record = wait(ledger_->target_list("shop")).value().value();
    EXPECT_EQ(record.accepted_at, at(0));
    EXPECT_EQ(record.asked_at, at(6));
    EXPECT_EQ(record.fingerprint, "print-2");
    ASSERT_TRUE(record.refused);
    EXPECT_EQ(record.refused->since, at(5));
    EXPECT_EQ(record.refused->why, "it has too few");
    EXPECT_THAT(record.refused->targets, ElementsAre(saw)) << "the newest of them";

    EXPECT_THAT(wait(ledger_->list_confirmed("shop", at(9))).value(), ElementsAre(saw));
    EXPECT_THAT(in_force(), ElementsAre(saw));
    EXPECT_EQ(known("1").vanished_at, at(9));
    EXPECT_FALSE(wait(ledger_->target_list("shop")).value()->refused);
    const auto again = wait(ledger_->list_confirmed("shop", at(10)));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, FailureKind::rejected);
}

TEST_F(TargetLists, a_list_that_is_believed_ends_what_stands_refused) {
    seen({press, saw, mill}, 0);
    refuse({}, 5, 5);
    EXPECT_TRUE(reader().totals().value().lists.at("shop").stands_refused) << "an empty one too";
    seen({press, saw}, 6);
    EXPECT_FALSE(wait(ledger_->target_list("shop")).value()->refused);
    const auto lists = reader().totals().value().lists.at("shop");
    EXPECT_FALSE(lists.stands_refused);
    EXPECT_EQ(lists.listed, 2U);
    EXPECT_EQ(lists.vanished, 1U);
    EXPECT_EQ(lists.accepted_at, at(6));
}

TEST_F(TargetLists, the_inventory_says_who_takes_what_and_what_a_refused_list_would_change) {
    Settings settings;
    settings.sources["shop"].name = "shop";
    JobSettings& job = settings.jobs["nightly"];
    job.name = "nightly";
    job.source = "shop";
    job.targets.include = {"*"};
    job.targets.exclude = {"Saw"};
    const Target lathe{"4", "Lathe"};
    seen({press, saw, lathe}, 0);
    seen({press, saw, mill}, 10);
    refuse({mill, {"9", "Stranger"}}, 20, 20);
    std::vector<std::string> lines;
    for (const InventoryEntry& entry : read_inventory(reader(), settings, "", at(60)).value())
        lines.push_back(boost::json::serialize(inventory_json(entry)));
    const std::string first = format_rfc3339(at(0));
    const std::string second = format_rfc3339(at(10));
    const auto line = [](const std::string& id, const std::string& name, const std::string& state,
                         const std::string& from, const std::string& to, const std::string& jobs,
                         const std::string& change) {
        const auto quoted = [](const std::string& text) { return text.empty() ? "null" : "\"" + text + "\""; };
        return "{\"source\":\"shop\",\"target\":\"" + id + "\",\"target_name\":\"" + name + "\",\"state\":\"" + state +
               "\",\"first_seen\":" + quoted(from) + ",\"last_seen\":" + quoted(to) + ",\"jobs\":[" + jobs +
               "],\"if_accepted\":" + quoted(change) + "}";
    };
    EXPECT_THAT(lines, ElementsAre(line("4", "Lathe", "vanished", first, first, "", ""),
                                   line("3", "Mill", "new", second, second, "\"nightly\"", "stays"),
                                   line("1", "Press", "listed", first, second, "\"nightly\"", "vanishes"),
                                   line("2", "Saw", "listed", first, second, "", "vanishes"),
                                   line("9", "Stranger", "refused", "", "", "", "appears")));
    EXPECT_THAT(read_inventory(reader(), settings, "elsewhere", at(60)).value(), IsEmpty());
    EXPECT_EQ(read_inventory(reader(), settings, "shop", at(10 + 24 * 60)).value().at(1).presence, Presence::listed)
        << "new for a day";
    const auto alarms = read_alarms(reader(), settings).value();
    ASSERT_EQ(alarms.lists.size(), 1U);
    EXPECT_EQ(alarms.lists[0].known, 3U);
    EXPECT_FALSE(alarms.clock);
}

TEST_F(TargetLists, the_clocks_record_only_goes_ahead_and_a_suspicion_is_durable) {
    EXPECT_EQ(wait(ledger_->clock()).value().newest, WallTime());
    ASSERT_TRUE(wait(ledger_->heartbeat(at(10))));
    ASSERT_TRUE(wait(ledger_->heartbeat(at(5))));
    EXPECT_EQ(wait(ledger_->clock()).value().newest, at(10));
    ClockMemory memory;
    memory.newest = at(10);
    memory.standing = ClockSuspicion{at(6), ClockWitness::vendors, "it is odd"};
    ASSERT_TRUE(wait(ledger_->clock_judged(memory)));
    stop();
    start();
    const auto known = wait(ledger_->clock()).value();
    ASSERT_TRUE(known.standing);
    EXPECT_EQ(known.standing->since, at(6));
    EXPECT_EQ(known.standing->witness, ClockWitness::vendors);
    EXPECT_EQ(known.standing->reason, "it is odd");
    ASSERT_TRUE(wait(ledger_->clock_judged(ClockMemory{at(7), std::nullopt})));
    EXPECT_FALSE(wait(ledger_->clock()).value().standing);
    EXPECT_EQ(wait(ledger_->clock()).value().newest, at(7)) << "a record that was disproved";
}

TEST(TargetListsMigration, of_a_ledger_of_schema_2_the_newest_list_is_in_force_and_the_clock_has_a_record) {
    const Directory directory;
    {
        const auto old = open_connection(directory.ledger(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).value();
        ASSERT_TRUE(old.execute("PRAGMA application_id = " + std::to_string(ledger_application_id)));
        ASSERT_TRUE(old.execute(migrations()[0]));
        ASSERT_TRUE(old.execute(migrations()[1]));
        ASSERT_TRUE(old.execute("PRAGMA user_version = 2"));
        ASSERT_TRUE(old.execute(
            "INSERT INTO targets (source, id, name, first_seen, last_seen) VALUES ('shop', '1', 'Press', 100, 900), "
            "('shop', '2', 'Saw', 100, 500), ('hall', '3', 'Mill', 100, 200);"
            "INSERT INTO heartbeat VALUES (1, 1000)"));
    }
    const auto database = Database::open_for_writing(directory.ledger()).value();
    const LedgerReader reader(database);
    EXPECT_THAT(reader.targets("shop").value(), ElementsAre(press));
    EXPECT_THAT(reader.targets("hall").value(), ElementsAre(mill));
    EXPECT_EQ(reader.known_targets("shop").value().at(1).vanished_at, from_unix_ms(500));
    EXPECT_EQ(reader.target_list("shop").value()->accepted_at, from_unix_ms(900));
    EXPECT_EQ(reader.clock().value().newest, from_unix_ms(1000));
}

}  // namespace
}  // namespace garner
