// A ledger in a directory of its own, and a loop to wait on.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "platform/real/real_worker.hpp"

namespace garner {

inline WallTime at(int minute) { return from_unix_ms(1'772'000'000'000 + minute * 60'000LL); }

inline RunRecord make_run(const std::string& id, const std::string& target = "m1", int minute = 0) {
    RunRecord run;
    run.id = id;
    run.job = "machines";
    run.source = "press-shop";
    run.target = Target{target, "Machine " + target};
    run.scheduled_at = at(minute);
    return run;
}

inline Dispatch make_dispatch(std::vector<RunRecord> runs, int minute = 0) {
    Dispatch due;
    due.job = "machines";
    due.dispatched_until = at(minute);
    due.now = at(minute);
    due.runs = std::move(runs);
    due.schedule_fingerprint = "hourly";
    return due;
}

inline ArtifactRecord make_artifact(const RunRecord& run, const std::string& id, std::uint64_t size = 1000) {
    ArtifactRecord a;
    a.id = id;
    a.run = run.id;
    a.job = run.job;
    a.source = run.source;
    a.target = run.target;
    a.scheduled_at = run.scheduled_at;
    a.store = "archive";
    a.path = run.source + "/" + run.target.id + "/" + id + ".csv";
    a.size = size;
    a.sha256 = std::string(64, 'a');
    a.media_type = "text/csv";
    a.probe = "csv: 9 columns, 1203 rows";
    a.stored_at = run.scheduled_at;
    a.remote_job = "remote-" + run.id;
    a.manifest_sha256 = "manifest of " + id;
    return a;
}

class Directory {
public:
    Directory() {
        std::string name = testing::TempDir() + "garner-ledger-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    const std::string& path() const { return path_; }
    std::string ledger() const { return path_ + "/ledger.db"; }
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) names.push_back(entry.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }

private:
    std::string path_;
};

class LedgerTest : public testing::Test {
protected:
    LedgerTest() { start(); }

    void start() {
        database_.emplace(Database::open_for_writing(directory_.ledger()).value());
        worker_ = std::make_unique<RealWorker>(loop_.get_executor());
        ledger_ = std::make_unique<Ledger>(*database_, *worker_, loop_.get_executor());
    }
    void stop() {
        ledger_.reset();
        worker_.reset();
        database_.reset();
    }

    template <class T>
    T wait(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(loop_, std::move(task), [&](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        });
        loop_.restart();  // whoever ran it before may have left it without work
        loop_.run();
        loop_.restart();
        return std::move(*result);
    }

    Result<void> dispatch(std::vector<RunRecord> runs, int minute = 0) {
        auto began = wait(ledger_->dispatch(make_dispatch(std::move(runs), minute)));
        if (!began) return began.error();
        began_ = std::move(*began);
        return {};
    }
    /// The runs that the last dispatch() began.
    const std::set<std::string>& began() const { return began_; }
    RunRecord run(const std::string& id) { return wait(ledger_->run(id)).value().value(); }
    LedgerReader reader() const { return LedgerReader(*database_); }

    Directory directory_;
    boost::asio::io_context loop_;
    std::optional<Database> database_;
    std::unique_ptr<RealWorker> worker_;
    std::unique_ptr<Ledger> ledger_;
    std::set<std::string> began_;
};

}  // namespace garner
