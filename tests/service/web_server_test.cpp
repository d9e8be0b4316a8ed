// The web server against clients on real sockets: polite ones, slow ones, broken ones, many at once.
#include "service/web_server.hpp"

#include <crypt.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <string>

#include "service/loop_fixture.hpp"

namespace garner {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

class TestPages : public WebPages {
public:
    Task<WebReply> answer(WebRequest request) override {
        WebReply reply;
        if (request.path == "/metrics") {
            reply.body = "garner_up 1\n";
        } else if (request.path == "/big") {
            reply.body.assign(32 * 1024 * 1024, 'x');
        } else {
            reply.status = 404;
            reply.body = "no\n";
        }
        co_return reply;
    }
    bool called_back(const std::string& run, const std::string& proof) override {
        calls.push_back(run + " " + proof);
        return proof == "right";
    }
    std::vector<std::string> calls;
};

class web_server : public testing::Test {
protected:
    ~web_server() override {
        if (server_) loop_.finish(stop());
        loop_.on_loop([this] { server_.reset(); });
    }

    void start(WebLimits limits = {}, std::map<std::string, std::string> users = {}) {
        WebSettings settings;
        settings.listen = {"127.0.0.1:0"};
        settings.basic_auth_users = std::move(users);
        const auto listening = loop_.on_loop([&] {
            server_ = std::make_unique<WebServer>(loop_.context.get_executor(), loop_.clock, loop_.random, loop_.worker,
                                                  pages_, limits);
            return server_->listen(settings);
        });
        ASSERT_TRUE(listening) << listening.error().what;
        address_ = listening->front();
        port_ = static_cast<std::uint16_t>(std::stoi(address_.substr(address_.rfind(':') + 1)));
    }

    Task<> stop() { co_await server_->stop(); }

    tcp::socket connect() {
        tcp::socket socket(client_);
        socket.connect({asio::ip::make_address("127.0.0.1"), port_});
        return socket;
    }

    // Sends and reads until the server closes.
    std::string exchange(const std::string& request) {
        tcp::socket socket = connect();
        return exchange(socket, request);
    }

    static std::string exchange(tcp::socket& socket, const std::string& request) {
        error_code error;
        asio::write(socket, asio::buffer(request), error);
        std::string reply;
        asio::read(socket, asio::dynamic_buffer(reply), error);
        return reply;
    }

    static std::string closing_get(const std::string& path, const std::string& headers = "") {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n";
    }

    Loop loop_;
    TestPages pages_;
    std::unique_ptr<WebServer> server_;
    asio::io_context client_;
    std::string address_;
    std::uint16_t port_ = 0;
};

TEST_F(web_server, hears_a_vendor_call_without_a_password_whatever_its_body) {
    start({}, {{"admin", "$2b$04$abcdefghijklmnopqrstuuJJTcmc7kjzXoMkIVlGmvIQfIOOb1XBe"}});
    const auto post = [](const std::string& path, const std::string& headers, const std::string& body) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
    };
    EXPECT_TRUE(exchange(post("/callback/run1/right", "Content-Length: 12\r\n", "{\"done\":true}"))
                    .starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(exchange(post("/callback/run1/right", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"))
                    .starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(exchange(post("/callback/run1/wrong", "Content-Length: 0\r\n", "")).starts_with("HTTP/1.1 404 "));
    EXPECT_EQ(pages_.calls, (std::vector<std::string>{"run1 right", "run1 right", "run1 wrong"}));
    EXPECT_TRUE(exchange(closing_get("/callback/run1/right")).starts_with("HTTP/1.1 401 ")) << "only POST is a call";
    EXPECT_TRUE(exchange(post("/metrics", "Content-Length: 3\r\n", "abc")).starts_with("HTTP/1.1 413 "));
    EXPECT_EQ(pages_.calls.size(), 3U);
}

TEST_F(web_server, answers_a_scrape_with_security_headers) {
    start();
    const std::string reply = exchange(closing_get("/metrics"));
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\ngarner_up 1\n")) << reply;
    for (const char* header : {"X-Content-Type-Options: nosniff", "Content-Security-Policy: default-src 'none'",
                               "Cache-Control: no-store", "Referrer-Policy: no-referrer"})
        EXPECT_NE(reply.find(header), std::string::npos) << header;
}

TEST_F(web_server, a_head_request_gets_the_length_and_no_body) {
    start();
    const std::string reply = exchange("HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_NE(reply.find("Content-Length: 12\r\n"), std::string::npos) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
}

TEST_F(web_server, other_methods_and_bodies_are_refused) {
    start();
    EXPECT_TRUE(exchange("DELETE /metrics HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 405 "));
    EXPECT_TRUE(
        exchange("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc").starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(exchange("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
    EXPECT_TRUE(exchange(closing_get("/nowhere")).starts_with("HTTP/1.1 404 "));
}

TEST_F(web_server, a_header_beyond_the_limit_is_refused) {
    start();
    const std::string reply = exchange(closing_get("/metrics", "X: " + std::string(9000, 'a') + "\r\n"));
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 431 ")) << reply.substr(0, 100);
}

TEST_F(web_server, a_kept_connection_serves_pipelined_requests_in_order) {
    start();
    const std::string two = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" + closing_get("/nowhere");
    const std::string reply = exchange(two);
    const auto first = reply.find("garner_up 1\n");
    ASSERT_NE(first, std::string::npos);
    EXPECT_NE(reply.find("HTTP/1.1 404 ", first), std::string::npos);
}

TEST_F(web_server, stalled_clients_do_not_keep_a_scrape_waiting) {
    start();
    std::list<tcp::socket> stalled;
    for (int i = 0; i < 300; ++i) {
        stalled.push_back(connect());
        error_code error;
        asio::write(stalled.back(), asio::buffer(std::string("GET /metrics HTTP/1.1\r\nHo")), error);
    }
    EXPECT_TRUE(exchange(closing_get("/metrics")).starts_with("HTTP/1.1 200 "));
}

TEST_F(web_server, a_client_that_does_not_finish_its_header_is_closed_at_the_deadline) {
    WebLimits limits;
    limits.request_deadline = Duration(100);
    start(limits);
    tcp::socket socket = connect();
    EXPECT_EQ(exchange(socket, "GET / HT"), "");
}

TEST_F(web_server, a_client_that_does_not_read_its_reply_is_closed_at_the_deadline) {
    WebLimits limits;
    limits.request_deadline = Duration(200);
    start(limits);
    tcp::socket slow = connect();
    error_code error;
    asio::write(slow, asio::buffer(closing_get("/big")), error);
    // While it does not read, others are served; and the server's end comes although it never does.
    EXPECT_TRUE(exchange(closing_get("/metrics")).starts_with("HTTP/1.1 200 "));
}

TEST_F(web_server, a_user_gets_in_with_the_right_password_only) {
    const std::string salt = crypt_gensalt("$2b$", 4, nullptr, 0);
    crypt_data data{};
    const std::string hash = crypt_r("secret", salt.c_str(), &data);
    start({}, {{"admin", hash}});
    const std::string no_one = exchange(closing_get("/metrics"));
    EXPECT_TRUE(no_one.starts_with("HTTP/1.1 401 ")) << no_one;
    EXPECT_NE(no_one.find("WWW-Authenticate: Basic"), std::string::npos);
    // admin:secret, admin:wrong, nobody:secret
    const std::string right = "Authorization: Basic YWRtaW46c2VjcmV0\r\n";
    EXPECT_TRUE(exchange(closing_get("/metrics", right)).starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(exchange(closing_get("/metrics", right)).starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(
        exchange(closing_get("/metrics", "Authorization: Basic YWRtaW46d3Jvbmc=\r\n")).starts_with("HTTP/1.1 401 "));
    EXPECT_TRUE(exchange(closing_get("/metrics", "Authorization: Basic bm9ib2R5OnNlY3JldA==\r\n"))
                    .starts_with("HTTP/1.1 401 "));
    EXPECT_TRUE(exchange(closing_get("/metrics", "Authorization: Basic ====\r\n")).starts_with("HTTP/1.1 401 "));
}

TEST_F(web_server, speaks_tls_and_nothing_else_when_it_has_a_certificate) {
    if (std::system("command -v openssl >/dev/null 2>&1") != 0) GTEST_SKIP() << "openssl is not installed";
    const std::string base = testing::TempDir() + "garner-web-" + std::to_string(getpid());
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -keyout " +
        base + ".key -out " + base + ".pem 2>/dev/null";
    ASSERT_EQ(std::system(make.c_str()), 0);
    start();
    WebSettings settings;
    settings.tls_cert_file = base + ".pem";
    settings.tls_key_file = base + ".key";
    const auto configured = loop_.on_loop([&] { return server_->configure(settings); });
    ASSERT_TRUE(configured) << configured.error().what;
    EXPECT_EQ(exchange(closing_get("/metrics")), "");

    asio::ssl::context trust(asio::ssl::context::tls_client);
    trust.load_verify_file(settings.tls_cert_file);
    trust.set_verify_mode(asio::ssl::verify_peer);
    asio::ssl::stream<tcp::socket> stream(connect(), trust);
    stream.handshake(asio::ssl::stream_base::client);
    asio::write(stream, asio::buffer(closing_get("/metrics")));
    std::string reply;
    error_code error;
    asio::read(stream, asio::dynamic_buffer(reply), error);
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 ")) << reply;

    settings.tls_key_file = base + ".pem";  // no key in it
    EXPECT_FALSE(loop_.on_loop([&] { return server_->configure(settings); }));
    std::remove((base + ".pem").c_str());
    std::remove((base + ".key").c_str());
}

TEST_F(web_server, an_address_that_is_taken_is_named) {
    start();
    WebSettings settings;
    settings.listen = {address_};
    const std::string trouble = loop_.on_loop([&] {
        WebServer second(loop_.context.get_executor(), loop_.clock, loop_.random, loop_.worker, pages_);
        const auto listening = second.listen(settings);
        return listening ? std::string() : listening.error().what;
    });
    EXPECT_NE(trouble.find(address_), std::string::npos) << trouble;
}

TEST_F(web_server, a_certificate_that_cannot_be_read_is_named) {
    start();
    WebSettings settings;
    settings.tls_cert_file = "/nonexistent/cert.pem";
    settings.tls_key_file = "/nonexistent/key.pem";
    const auto configured = loop_.on_loop([&] { return server_->configure(settings); });
    ASSERT_FALSE(configured);
    EXPECT_NE(configured.error().what.find("/nonexistent/cert.pem"), std::string::npos);
    EXPECT_TRUE(exchange(closing_get("/metrics")).starts_with("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace garner
