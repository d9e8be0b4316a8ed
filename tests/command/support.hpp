// A directory with a configuration, a store and a ledger, where no daemon runs: what `garner` is called on.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command/command_line.hpp"
#include "command/run_task.hpp"
#include "ledger/ledger.hpp"
#include "platform/real/real_worker.hpp"
#include "platform/sha256.hpp"

namespace garner {

namespace fs = std::filesystem;
namespace json = boost::json;

inline WallTime instant(std::string_view text) { return parse_rfc3339(text).value(); }

inline RunRecord make_run(const std::string& id, const std::string& job, const std::string& source,
                          const Target& target, WallTime due) {
    RunRecord run;
    run.id = id;
    run.job = job;
    run.source = source;
    run.target = target;
    run.scheduled_at = due;
    return run;
}

inline Dispatch make_dispatch(const RunRecord& run) {
    Dispatch due;
    due.job = run.job;
    due.dispatched_until = run.scheduled_at;
    due.now = run.scheduled_at;
    due.runs = {run};
    due.schedule_fingerprint = "x";
    return due;
}

inline ArtifactRecord make_artifact(const RunRecord& run, const std::string& id, const std::string& bytes) {
    ArtifactRecord artifact;
    artifact.id = id;
    artifact.run = run.id;
    artifact.job = run.job;
    artifact.source = run.source;
    artifact.target = run.target;
    artifact.window = run.window;
    artifact.scheduled_at = run.scheduled_at;
    artifact.store = "archive";
    artifact.path = run.source + "/" + id + ".csv";
    artifact.size = bytes.size();
    artifact.sha256 = Sha256::of(bytes);
    artifact.media_type = "text/csv";
    artifact.stored_at = run.scheduled_at + Duration(60'000);
    return artifact;
}

inline LeftoverRecord make_leftover(const RunRecord& run, const std::string& remote_job, WallTime since) {
    LeftoverRecord left;
    left.id = "left-1";
    left.run = run.id;
    left.job = run.job;
    left.source = run.source;
    left.target = run.target;
    left.window = run.window;
    left.remote_job = remote_job;
    left.since = since;
    return left;
}

class CommandTest : public testing::Test {
protected:
    /// `now`: when commands are called.
    explicit CommandTest(WallTime now) : now_(now) {
        std::string pattern = (fs::temp_directory_path() / "garner-command-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
        fs::create_directories(directory_ / "state");
        config_ = (directory_ / "garner.yaml").string();
    }
    ~CommandTest() override { fs::remove_all(directory_); }

    fs::path archive() const { return directory_ / "archive"; }
    fs::path ledger() const { return directory_ / "state" / "ledger.db"; }

    /// Sources, jobs and what else there is, from line 3 on, beside the store `archive`; `globals` as ", key: value".
    void configure(const std::string& text, const std::string& globals = {}) const {
        write(config_, "version: 1\nglobal: {state_directory: " + (directory_ / "state").string() + globals + "}\n" +
                           text + "stores:\n  archive: {type: local, path: " + archive().string() + "}\n");
    }
    /// The job `nightly` of the source `press-shop`, whose secret cannot be read.
    void configure_nightly(const std::string& machine, const std::string& job_keys = {}, const std::string& more = {},
                           const std::string& globals = {}) const {
        configure(
            "sources:\n"
            "  press-shop:\n"
            "    type: tulip\n"
            "    url: https://acme.example\n"
            "    basic_auth: {username: apikey.2_x, password: {file: /nonexistent/secret}}\n" +
                more +
                "jobs:\n"
                "  nightly: {source: press-shop, machines: [\"" +
                machine + "\"], schedule: \"15 2 * * *\", stores: [archive]" + job_keys + "}\n",
            globals);
    }

    /// The ledger is open for writing while `act` runs.
    void in_ledger(const std::function<void(Ledger&)>& act) {
        asio::io_context& loop = loop_.emplace();
        auto database = Database::open_for_writing(ledger().string());
        ASSERT_TRUE(database) << database.error().what;
        RealWorker worker(loop.get_executor());
        Ledger ledger(*database, worker, loop.get_executor());
        act(ledger);
    }
    /// Only within in_ledger().
    template <class T>
    T wait(Task<T> task) {
        return run_task(*loop_, std::move(task));
    }
    void listed(const std::string& source, const std::vector<Target>& targets, std::optional<WallTime> at = {}) {
        const WallTime when = at.value_or(now_);
        in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.targets_seen(source, targets, when))); });
    }
    void dispatched(const RunRecord& run) {
        in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.dispatch(make_dispatch(run)))); });
    }
    /// The run succeeded, and this is what it brought.
    void archived(const RunRecord& run, const ArtifactRecord& artifact) {
        RunUpdate update;
        update.state = RunState::succeeded;
        update.started_at = run.scheduled_at;
        update.ended_at = artifact.stored_at;
        dispatched(run);
        in_ledger([&](Ledger& ledger) { ASSERT_TRUE(wait(ledger.artifact_stored(artifact, update))); });
    }

    /// The exit code; what was said is in out_ and err_.
    int call(std::vector<std::string> arguments, std::optional<WallTime> at = {}) {
        out_.str("");
        err_.str("");
        Invocation invocation{out_, err_, at.value_or(now_)};
        arguments.insert(arguments.begin(), {"--config.file", config_});
        return static_cast<int>(run_command_line(invocation, std::move(arguments)));
    }
    json::value answer() const { return json::parse(out_.str()); }

    static void write(const fs::path& file, const std::string& text) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    static std::string read(const fs::path& file) {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    inline static const std::string content = "time,value\n2026-11-01T00:00:00Z,1\n";  ///< of an artifact

    const WallTime now_;
    fs::path directory_;
    std::string config_;
    std::ostringstream out_;
    std::ostringstream err_;

private:
    std::optional<asio::io_context> loop_;  ///< outlives the ledger that works on it
};

}  // namespace garner
