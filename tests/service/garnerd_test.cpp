// garnerd as a process: what it tells systemd, how it ends, and what it ends with.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace garner {
namespace {

namespace fs = std::filesystem;

const std::string program = GARNER_BUILD_DIR "/daemon/garnerd";
constexpr int patience_ms = 20'000;

class garnerd : public testing::Test {
protected:
    void SetUp() override {
        if (!fs::exists(program)) GTEST_SKIP() << program << " is not built";
        std::string pattern = (fs::temp_directory_path() / "garner-daemon-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        config_ = (directory_ / "garner.yaml").string();
        write_config("");
        notify_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = (directory_ / "notify").string();
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        ASSERT_EQ(bind(notify_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    }

    void TearDown() override {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        if (notify_ >= 0) close(notify_);
        if (!directory_.empty()) fs::remove_all(directory_);
    }

    void write_config(const std::string& more) {
        std::ofstream(config_) << "version: 1\nglobal: {state_directory: " << (directory_ / "state").string()
                               << "}\nweb: {listen: [\"127.0.0.1:0\"]}\n"
                               << more;
    }

    void start(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), program);
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        std::string socket_variable = "NOTIFY_SOCKET=" + (directory_ / "notify").string();
        std::vector<char*> environment{socket_variable.data(), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        const std::string log = (directory_ / "log").string();
        posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        ASSERT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environment.data()), 0);
        posix_spawn_file_actions_destroy(&actions);
    }

    int exit_code() {
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    int run(std::vector<std::string> arguments) {
        start(std::move(arguments));
        return exit_code();
    }

    // The next message to systemd that holds `word`; empty when none comes.
    std::string told(const std::string& word) {
        while (true) {
            pollfd waiting{notify_, POLLIN, 0};
            if (poll(&waiting, 1, patience_ms) != 1) return "";
            char buffer[4096];
            const ssize_t n = recv(notify_, buffer, sizeof(buffer), 0);
            if (n < 0) return "";
            const std::string message(buffer, static_cast<std::size_t>(n));
            if (message.find(word) != std::string::npos) return message;
        }
    }

    std::string log() const {
        std::ifstream file(directory_ / "log");
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    fs::path directory_;
    std::string config_;
    int notify_ = -1;
    pid_t pid_ = 0;
};

TEST_F(garnerd, wrong_words_end_with_64_and_a_wrong_configuration_with_78) {
    EXPECT_EQ(run({"--confg.file", config_}), 64);
    EXPECT_EQ(run({"--config.file"}), 64);
    EXPECT_EQ(run({"--config.file", "/nonexistent/garner.yaml"}), 78);
    write_config("jobz: {}\nsources: {a: {type: nonsense}}\n");
    EXPECT_EQ(run({"--config.file", config_}), 78);
    EXPECT_NE(log().find("garner.yaml:4:1: jobz: unknown key"), std::string::npos) << log();
    EXPECT_EQ(run({"--version"}), 0);
    EXPECT_EQ(run({"--help"}), 0);
}

TEST_F(garnerd, without_jobs_it_starts_says_so_and_ends_with_0) {
    start({"--config.file", config_});
    EXPECT_NE(told("READY=1"), "") << log();
    EXPECT_NE(log().find("event=listening address=127.0.0.1:"), std::string::npos) << log();
    kill(pid_, SIGTERM);
    EXPECT_NE(told("STOPPING=1"), "");
    EXPECT_EQ(exit_code(), 0);
    EXPECT_NE(log().find("event=stopped"), std::string::npos) << log();
    EXPECT_FALSE(fs::exists(directory_ / "state" / "control.sock"));
    EXPECT_EQ(fs::status(directory_ / "state").permissions() & fs::perms::all, fs::perms(0750));
}

TEST_F(garnerd, a_second_one_says_which_process_is_in_the_way) {
    start({"--config.file", config_});
    ASSERT_NE(told("READY=1"), "") << log();
    const pid_t first = pid_;
    EXPECT_EQ(run({"--config.file", config_}), 1);
    EXPECT_NE(log().find("in use by process " + std::to_string(first)), std::string::npos) << log();
    pid_ = first;
    kill(pid_, SIGINT);
    EXPECT_EQ(exit_code(), 0);
}

TEST_F(garnerd, a_reload_is_told_to_systemd_and_a_broken_file_changes_nothing) {
    start({"--config.file", config_});
    ASSERT_NE(told("READY=1"), "") << log();
    kill(pid_, SIGHUP);
    EXPECT_NE(told("RELOADING=1").find("MONOTONIC_USEC="), std::string::npos);
    EXPECT_NE(told("READY=1"), "");
    write_config("jobz: {}\n");
    kill(pid_, SIGHUP);
    ASSERT_NE(told("RELOADING=1"), "");
    ASSERT_NE(told("READY=1"), "");
    kill(pid_, SIGTERM);
    EXPECT_EQ(exit_code(), 0);
    EXPECT_NE(log().find("event=config_reloaded"), std::string::npos) << log();
    EXPECT_NE(log().find("event=config_reload_failed"), std::string::npos) << log();
}

TEST_F(garnerd, a_newer_ledger_is_left_alone) {
    start({"--config.file", config_});
    ASSERT_NE(told("READY=1"), "") << log();
    kill(pid_, SIGTERM);
    ASSERT_EQ(exit_code(), 0);
    // user_version, at byte 60 of an SQLite file.
    {
        std::fstream ledger(directory_ / "state" / "ledger.db", std::ios::in | std::ios::out | std::ios::binary);
        ledger.seekp(60);
        ledger.write("\x00\x00\x7f\x00", 4);
    }
    EXPECT_EQ(run({"--config.file", config_}), 1);
    EXPECT_NE(log().find("event=start_failed"), std::string::npos) << log();
}

}  // namespace
}  // namespace garner
