// Opening: one daemon at a time, no newer schema, nothing damaged, and readers who leave no trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "ledger/schema.hpp"
#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void overwrite(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

TEST(LedgerOpening, a_new_ledger_is_its_owners_alone_and_appears_whole) {
    const Directory directory;
    const mode_t before = ::umask(0);
    auto database = Database::open_for_writing(directory.ledger());
    ::umask(before);
    ASSERT_TRUE(database) << database.error().what;
    EXPECT_EQ(database->value("PRAGMA journal_mode").value(), "wal");
    EXPECT_EQ(database->number("PRAGMA synchronous").value(), 2);
    EXPECT_EQ(database->number("PRAGMA foreign_keys").value(), 1);
    for (const std::string& name : directory.names()) {
        struct stat about {};
        ASSERT_EQ(::stat((directory.path() + "/" + name).c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777U, 0600U) << name;
    }
    EXPECT_THAT(directory.names(), testing::Not(testing::Contains("ledger.db.new")));
}

TEST(LedgerOpening, a_second_daemon_is_told_which_process_holds_the_directory) {
    const Directory directory;
    EXPECT_EQ(StateLock::holder(directory.path()), std::nullopt);
    {
        const auto first = StateLock::take(directory.path());
        ASSERT_TRUE(first);
        const auto second = StateLock::take(directory.path());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, FailureKind::local);
        EXPECT_THAT(second.error().what,
                    HasSubstr("process " + std::to_string(::getpid()) + ": stop that garnerd first"));
        EXPECT_EQ(StateLock::holder(directory.path()), "process " + std::to_string(::getpid()));
    }
    EXPECT_TRUE(StateLock::take(directory.path()));
}

TEST(LedgerOpening, a_lock_that_a_killed_daemon_left_does_not_count) {
    const Directory directory;
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = StateLock::take(directory.path());
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(content(directory.path() + "/lock"), std::to_string(child) + "\n");
    EXPECT_EQ(StateLock::holder(directory.path()), std::nullopt);
    EXPECT_TRUE(StateLock::take(directory.path()));
}

TEST(LedgerOpening, a_newer_schema_is_refused_with_the_way_back) {
    const Directory directory;
    {
        const auto database = Database::open_for_writing(directory.ledger()).value();
        ASSERT_TRUE(database.execute("PRAGMA user_version = 99"));
    }
    for (const auto& opened :
         {Database::open_for_writing(directory.ledger()), Database::open_for_reading(directory.ledger())}) {
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().kind, FailureKind::rejected);
        EXPECT_THAT(opened.error().what, HasSubstr("has schema 99, this garner knows schemas up to"));
        EXPECT_THAT(opened.error().what, HasSubstr("Install that version again"));
    }
}

TEST(LedgerOpening, what_is_not_a_sound_ledger_is_refused_and_left_as_it_is) {
    const Directory directory;
    const std::string path = directory.ledger();
    { ASSERT_TRUE(Database::open_for_writing(path)); }
    const std::string good = content(path);
    std::string foreign = good;
    foreign[68] = 0;
    std::string torn = good;
    for (std::size_t i = 4096; i < 3 * 4096; ++i) torn[i] = static_cast<char>(0xEE);
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "is empty"},
        {"SQLite format 3", "is damaged: it is shorter"},
        {std::string(8192, 'x'), "is damaged or is another kind of file"},
        {foreign, "is an SQLite file of another program"},
        {good.substr(0, good.size() / 2), "ledger"},
        {torn, "is damaged"},
    };
    for (const auto& [bytes, words] : cases) {
        overwrite(path, bytes);
        const auto opened = Database::open_for_writing(path);
        ASSERT_FALSE(opened) << words;
        EXPECT_EQ(opened.error().kind, FailureKind::local);
        EXPECT_THAT(opened.error().what, HasSubstr(words));
        EXPECT_THAT(opened.error().what, HasSubstr("Restore it from a backup, or move it away"));
        EXPECT_EQ(content(path), bytes) << words;
    }
    overwrite(path, good);
    EXPECT_TRUE(Database::open_for_writing(path));
}

TEST(LedgerOpening, a_missing_ledger_with_its_wal_left_is_not_replaced_by_an_empty_one) {
    const Directory directory;
    overwrite(directory.ledger() + "-wal", "changes");
    const auto opened = Database::open_for_writing(directory.ledger());
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().what, HasSubstr("is missing, but its newest changes are still in"));
    EXPECT_THAT(directory.names(), ElementsAre("ledger.db-wal"));
}

TEST(LedgerOpening, a_migration_copies_the_ledger_first_and_is_all_or_nothing) {
    const Directory directory;
    const std::string path = directory.ledger();
    auto database = Database::open_for_writing(path).value();
    ASSERT_TRUE(database.execute("INSERT INTO heartbeat VALUES (1, 42)"));
    const auto known = schema_version();
    std::vector<const char*> steps(migrations().begin(), migrations().end());
    steps.push_back("CREATE TABLE more (x INTEGER) STRICT");
    steps.push_back("CREATE TABLE runs (x INTEGER)");
    const auto failed = migrate(database, path, steps);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().what, HasSubstr("bring the ledger to schema " + std::to_string(known + 2)));
    EXPECT_EQ(database.number("PRAGMA user_version").value(), known + 1);
    steps.back() = "CREATE TABLE still_more (x INTEGER) STRICT";
    ASSERT_TRUE(migrate(database, path, steps));
    EXPECT_EQ(database.number("PRAGMA user_version").value(), known + 2);
    EXPECT_EQ(database.number("SELECT at FROM heartbeat").value(), 42);

    const std::string before = path + ".before-" + std::to_string(known + 2);
    const auto copy = open_connection(before, SQLITE_OPEN_READONLY).value();
    EXPECT_EQ(copy.number("PRAGMA user_version").value(), known + 1);
    EXPECT_EQ(copy.number("PRAGMA application_id").value(), ledger_application_id);
    EXPECT_EQ(copy.number("SELECT at FROM heartbeat").value(), 42);
    struct stat about {};
    ASSERT_EQ(::stat(before.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(LedgerTest, a_reader_beside_the_daemon_sees_each_commit) {
    const auto lock = StateLock::take(directory_.path());
    ASSERT_TRUE(lock);
    auto other = Database::open_for_reading(directory_.ledger());
    ASSERT_TRUE(other) << other.error().what;
    const LedgerReader outside(*other);
    EXPECT_TRUE(outside.runs({}).value().empty());
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    EXPECT_EQ(outside.runs({}).value().size(), 1U);
    EXPECT_FALSE(other->execute("DELETE FROM runs")) << "a reader cannot write";
}

TEST_F(LedgerTest, a_reader_while_the_daemon_is_down_reads_all_and_leaves_no_files) {
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    stop();
    const auto before = directory_.names();
    EXPECT_THAT(before, ElementsAre("ledger.db"));
    ::chmod(directory_.path().c_str(), 0500);
    {
        const auto database = Database::open_for_reading(directory_.ledger());
        ASSERT_TRUE(database) << database.error().what;
        EXPECT_EQ(LedgerReader(*database).runs({}).value().size(), 1U);
        EXPECT_EQ(directory_.names(), before);
    }
    ::chmod(directory_.path().c_str(), 0700);
    EXPECT_EQ(directory_.names(), before);
}

TEST(LedgerOpening, a_reader_where_there_is_no_ledger_makes_none) {
    const Directory directory;
    const auto opened = Database::open_for_reading(directory.ledger());
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().what, HasSubstr("garnerd makes it when it starts for the first time"));
    EXPECT_TRUE(directory.names().empty());
}

}  // namespace
}  // namespace garner
