// Group commit and durability: each verb has its own fate, and a verb that returned survives everything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/detached.hpp>
#include <fstream>

#include "ledger/support.hpp"

namespace garner {
namespace {

using testing::HasSubstr;

// A worker whose jobs run when the test says so: as in the simulated world.
class SteppedWorker final : public Worker {
public:
    void submit(std::function<void()> work, std::function<void()> done) override {
        jobs.push_back({std::move(work), std::move(done)});
    }
    void step() {
        auto job = std::move(jobs.front());
        jobs.erase(jobs.begin());
        job.first();
        job.second();
    }
    std::vector<std::pair<std::function<void()>, std::function<void()>>> jobs;
};

template <class T>
Task<> note(Task<Result<T>> verb, std::vector<std::string>& fates) {
    const Result<T> fate = co_await std::move(verb);
    fates.push_back(fate ? "done" : fate.error().what);
}

TEST_F(LedgerTest, verbs_that_wait_share_one_commit_and_each_has_its_own_fate) {
    ASSERT_TRUE(dispatch({make_run("run-a"), make_run("run-b", "m2")}));
    SteppedWorker worker;
    Ledger ledger(*database_, worker, loop_.get_executor());
    std::vector<std::string> fates;
    RunUpdate update;
    update.state = RunState::starting;
    asio::co_spawn(loop_, note(ledger.heartbeat(at(1)), fates), asio::detached);
    loop_.poll();
    for (const char* id : {"run-a", "nobody", "run-b"})
        asio::co_spawn(loop_, note(ledger.update_run(id, update), fates), asio::detached);
    loop_.poll();
    ASSERT_EQ(worker.jobs.size(), 1U) << "the second group waits for the first";
    worker.step();
    loop_.restart();
    loop_.poll();
    EXPECT_EQ(fates.size(), 1U);
    ASSERT_EQ(worker.jobs.size(), 1U);
    worker.step();
    loop_.restart();
    loop_.poll();
    EXPECT_THAT(fates, testing::ElementsAre("done", "done", "ledger: there is no run nobody", "done"));
    EXPECT_TRUE(worker.jobs.empty());
    EXPECT_EQ(run("run-a").state, RunState::starting);
    EXPECT_EQ(run("run-b").state, RunState::starting);
}

TEST_F(LedgerTest, a_verb_that_fails_half_way_leaves_nothing) {
    const RunRecord one = make_run("run-a");
    ASSERT_TRUE(dispatch({one}));
    ArtifactRecord artifact = make_artifact(one, "art-a");
    artifact.run = "nobody";
    EXPECT_FALSE(wait(ledger_->artifact_stored(artifact, RunUpdate())));
    EXPECT_FALSE(reader().artifact("art-a").value());
}

TEST_F(LedgerTest, a_question_sees_what_returned_before_it) {
    const auto story = [](Ledger& ledger, bool& seen) -> Task<> {
        const Dispatch due = make_dispatch({make_run("run-a")});
        auto writing = ledger.dispatch(due);
        const auto written = co_await std::move(writing);
        EXPECT_TRUE(written);
        auto asking = ledger.run("run-a");
        const auto found = co_await std::move(asking);
        seen = found.value().has_value();
    };
    bool seen = false;
    asio::co_spawn(loop_, story(*ledger_, seen), asio::detached);
    loop_.run();
    EXPECT_TRUE(seen);
}

TEST_F(LedgerTest, a_ledger_may_end_while_verbs_wait) {
    SteppedWorker worker;
    std::vector<std::string> fates;
    {
        Ledger ledger(*database_, worker, loop_.get_executor());
        for (int i = 0; i < 3; ++i) {
            asio::co_spawn(loop_, note(ledger.heartbeat(at(i)), fates), asio::detached);
            loop_.poll();
        }
    }
    while (!worker.jobs.empty()) worker.step();
    loop_.restart();
    loop_.run();
    EXPECT_TRUE(fates.empty());
}

TEST_F(LedgerTest, ten_thousand_verbs_take_few_commits) {
    ASSERT_TRUE(dispatch({make_run("run-a")}));
    std::vector<std::string> fates;
    RunUpdate update;
    update.timeline = {{at(1), "event", "detail"}};
    for (int i = 0; i < 10'000; ++i)
        asio::co_spawn(loop_, note(ledger_->update_run("run-a", update), fates), asio::detached);
    loop_.run();
    EXPECT_EQ(fates, std::vector<std::string>(10'000, "done"));
    EXPECT_EQ(reader().timeline("run-a").value().size(), 10'001U);
}

TEST(LedgerDurability, a_verb_that_returned_survives_kill_9) {
    const Directory directory;
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        boost::asio::io_context loop;
        auto database = Database::open_for_writing(directory.ledger()).value();
        RealWorker worker(loop.get_executor());
        Ledger ledger(database, worker, loop.get_executor());
        const auto life = [](Ledger& book, int say) -> Task<> {
            for (int i = 0;; ++i) {
                const Dispatch due = make_dispatch({make_run("run-" + std::to_string(i), "m1", i)}, i);
                auto writing = book.dispatch(due);
                const auto written = co_await std::move(writing);
                if (!written || ::write(say, &i, sizeof i) != sizeof i) ::_exit(1);
            }
        };
        asio::co_spawn(loop, life(ledger, pipe_ends[1]), asio::detached);
        loop.run();
        ::_exit(0);
    }
    ::close(pipe_ends[1]);
    int last = -1;
    while (last < 20) ASSERT_EQ(::read(pipe_ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last)) continue;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));

    auto read_only = Database::open_for_reading(directory.ledger());
    ASSERT_TRUE(read_only) << read_only.error().what;
    EXPECT_GE(LedgerReader(*read_only).runs({}).value().size(), static_cast<std::size_t>(last) + 1)
        << "a reader sees the WAL, too";
    auto database = Database::open_for_writing(directory.ledger()).value();
    const LedgerReader reader(database);
    for (int i = 0; i <= last; ++i) EXPECT_TRUE(reader.run("run-" + std::to_string(i)).value()) << i;
}

TEST(LedgerDurability, a_full_disk_fails_all_verbs_of_a_commit_and_none_is_half_there) {
    const Directory directory;
    const std::string small = directory.path() + "/small";
    std::filesystem::create_directory(small);
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "may not mount";
    {
        boost::asio::io_context loop;
        auto database = Database::open_for_writing(small + "/ledger.db").value();
        RealWorker worker(loop.get_executor());
        Ledger ledger(database, worker, loop.get_executor());
        std::vector<std::string> fates;
        asio::co_spawn(loop, note(ledger.dispatch(make_dispatch({make_run("run-a")})), fates), asio::detached);
        loop.run();
        EXPECT_EQ(fates.back(), "done");
        std::ofstream filler(small + "/filler");
        for (int i = 0; i < 2048 && filler.flush(); ++i) filler << std::string(1024, 'x');
        filler.close();
        RunUpdate update;
        update.state = RunState::starting;
        update.timeline.assign(2000, TimelineEntry{at(1), "event", std::string(500, 'y')});
        loop.restart();
        fates.clear();
        for (int i = 0; i < 3; ++i)
            asio::co_spawn(loop, note(ledger.update_run("run-a", update), fates), asio::detached);
        loop.run();
        ASSERT_EQ(fates.size(), 3U);
        for (const std::string& fate : fates) EXPECT_THAT(fate, HasSubstr("full"));
        EXPECT_EQ(LedgerReader(database).run("run-a").value()->state, RunState::queued);
        std::filesystem::remove(small + "/filler");
        update.timeline.clear();
        loop.restart();
        asio::co_spawn(loop, note(ledger.update_run("run-a", update), fates), asio::detached);
        loop.run();
        EXPECT_EQ(fates.back(), "done") << "once there is room the ledger works again";
    }
    ::umount2(small.c_str(), MNT_DETACH);
}

TEST(LedgerInMemory, two_connections_share_a_simulated_ledger) {
    const std::string uri = "file:/shared-by-two?vfs=memdb";
    auto writer = Database::open_for_writing(uri).value();
    boost::asio::io_context loop;
    SteppedWorker worker;
    Ledger ledger(writer, worker, loop.get_executor());
    std::vector<std::string> fates;
    asio::co_spawn(loop, note(ledger.dispatch(make_dispatch({make_run("run-a")})), fates), asio::detached);
    loop.poll();
    worker.step();
    loop.restart();
    loop.poll();
    EXPECT_EQ(fates, std::vector<std::string>{"done"});
    auto second = Database::open_for_reading(uri);
    ASSERT_TRUE(second) << second.error().what;
    EXPECT_TRUE(LedgerReader(*second).run("run-a").value());
    auto third = Database::open_for_writing(uri);
    ASSERT_TRUE(third) << third.error().what;
    EXPECT_TRUE(LedgerReader(*third).run("run-a").value());
}

}  // namespace
}  // namespace garner
