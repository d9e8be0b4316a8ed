// The control socket: who may open it, what it understands, and what a broken client cannot do.
#include "service/control_server.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "service/loop_fixture.hpp"

namespace garner {
namespace {

using asio::local::stream_protocol;
using boost::system::error_code;

class EchoHandler : public ControlHandler {
public:
    Task<Result<void>> handle(ControlRequest request, ControlReplies& replies) override {
        uid = request.uid;
        boost::json::object line;
        line["job"] = request.job;
        co_await replies.send(std::move(line));
        if (request.command == "fail") co_return Failure(FailureKind::rejected, "there is no such job");
        co_return Result<void>();
    }
    std::uint32_t uid = 0;
};

class control_server : public testing::Test {
protected:
    control_server()
        : directory_(std::filesystem::temp_directory_path() / ("garner-control-" + std::to_string(getpid()))) {
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directory(directory_);
        path_ = (directory_ / "control.sock").string();
    }
    ~control_server() override {
        if (server_) loop_.finish(stop());
        loop_.on_loop([this] { server_.reset(); });
        std::filesystem::remove_all(directory_);
    }

    Result<void> start() {
        return loop_.on_loop([this] {
            server_ = std::make_unique<ControlServer>(loop_.context.get_executor(), loop_.clock, handler_);
            return server_->listen(path_);
        });
    }

    Task<> stop() { co_await server_->stop(); }

    std::string ask(const std::string& line) {
        stream_protocol::socket socket(client_);
        socket.connect(stream_protocol::endpoint(path_));
        error_code error;
        asio::write(socket, asio::buffer(line), error);
        std::string replies;
        asio::read(socket, asio::dynamic_buffer(replies), error);
        return replies;
    }

    Loop loop_;
    EchoHandler handler_;
    std::filesystem::path directory_;
    std::string path_;
    std::unique_ptr<ControlServer> server_;
    asio::io_context client_;
};

TEST_F(control_server, a_command_gets_its_lines_and_a_last_one) {
    ASSERT_TRUE(start());
    EXPECT_EQ(ask("{\"command\":\"run\",\"job\":\"nightly\"}\n"),
              "{\"job\":\"nightly\"}\n{\"done\":true,\"ok\":true,\"error\":null}\n");
    EXPECT_EQ(handler_.uid, getuid());
}

TEST_F(control_server, a_failure_is_the_last_line) {
    ASSERT_TRUE(start());
    EXPECT_NE(ask("{\"command\":\"fail\",\"job\":\"x\"}\n")
                  .find("{\"done\":true,\"ok\":false,\"error\":\"there is no such job\"}"),
              std::string::npos);
}

TEST_F(control_server, what_is_not_a_request_is_refused) {
    ASSERT_TRUE(start());
    for (const std::string line : {"hello\n", "[]\n", "{\"command\":5}\n", "{}\n",
                                   "{\"command\":\"run\",\"wait\":\"yes\"}\n", "[[[[[[[[[[[[]]]]]]]]]]]]\n"})
        EXPECT_NE(ask(line).find("\"ok\":false"), std::string::npos) << line;
}

TEST_F(control_server, a_span_is_two_instants) {
    const auto whole = parse_control_request(
        R"({"command":"close_span","from":"2026-11-01T00:00:00Z","until":"2026-11-02T00:00:00Z"})");
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->from, parse_rfc3339("2026-11-01T00:00:00Z"));
    EXPECT_EQ(whole->until, parse_rfc3339("2026-11-02T00:00:00Z"));
    for (const std::string line : {R"({"command":"close_span","from":5})", R"({"command":"close_span","from":"soon"})",
                                   R"({"command":"close_span","until":"2026"})"})
        EXPECT_FALSE(parse_control_request(line)) << line;
}

TEST_F(control_server, a_line_without_an_end_is_not_read_for_ever) {
    ASSERT_TRUE(start());
    EXPECT_EQ(ask(std::string(200'000, 'x')), "");
}

TEST_F(control_server, the_socket_is_for_user_and_group) {
    ASSERT_TRUE(start());
    struct stat info {};
    ASSERT_EQ(stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0660U);
}

TEST_F(control_server, a_socket_that_nobody_serves_is_replaced) {
    { stream_protocol::acceptor dead(client_, stream_protocol::endpoint(path_)); }
    ASSERT_TRUE(std::filesystem::exists(path_));
    EXPECT_TRUE(start());
    EXPECT_NE(ask("{\"command\":\"run\"}\n").find("\"ok\":true"), std::string::npos);
}

TEST_F(control_server, a_socket_that_somebody_serves_is_left_alone) {
    stream_protocol::acceptor other(client_, stream_protocol::endpoint(path_));
    const auto started = start();
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().what.find("another garnerd"), std::string::npos);
}

TEST_F(control_server, a_file_in_its_place_is_left_alone) {
    std::ofstream(path_) << "mine";
    ASSERT_FALSE(start());
    EXPECT_EQ(std::filesystem::file_size(path_), 4U);
}

TEST_F(control_server, a_path_too_long_for_a_socket_is_named) {
    path_ = (directory_ / std::string(120, 'a')).string();
    const auto started = start();
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().what.find("global.control_socket"), std::string::npos);
}

}  // namespace
}  // namespace garner
