// Small exchanges over plain connections: what is sent, kept, repeated, and how a broken answer is told.
#include "platform/http_world.hpp"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <thread>

namespace garner::testing_http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct HttpExchange : HttpWorld {};

TEST_F(HttpExchange, a_reply_comes_whole_with_its_headers_in_lower_case) {
    ScriptedServer server(always(reply(200, "hello", {"X-Thing: One", "X-Thing: Two"})));
    const auto got = get(client(plain(server)), server.url("/a?b=c"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->head.status, 200);
    EXPECT_EQ(got->body, "hello");
    EXPECT_EQ(got->head.header("x-thing"), "One");
    EXPECT_EQ(got->head.content_length, 5U);
    EXPECT_EQ(observer.statuses, std::vector<int>{200});
    const std::string request = server.requests().at(0);
    EXPECT_EQ(first_line(request), "GET /a?b=c HTTP/1.1");
    EXPECT_EQ(header_of(request, "host"), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(header_of(request, "accept-encoding"), "identity");
    EXPECT_THAT(header_of(request, "user-agent"), StartsWith("garner/"));
}

TEST_F(HttpExchange, an_error_status_is_a_reply_like_any_other) {
    ScriptedServer server(always(reply(503, "later", {"Retry-After: 7"})));
    const auto got = get(client(plain(server)), server.url("/"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->head.status, 503);
    EXPECT_EQ(got->head.header("retry-after"), "7");
    EXPECT_EQ(got->body, "later");
}

TEST_F(HttpExchange, a_body_is_sent_with_its_length_and_the_credential) {
    ScriptedServer server(always(reply(201, "")));
    HttpRequest request("POST", server.url("/things"));
    request.authorization = Secret("Basic abc");
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = "{\"a\":1}";
    const auto got = exchange(client(plain(server)), request);
    ASSERT_TRUE(got) << told(got);
    const std::string seen = server.requests().at(0);
    EXPECT_THAT(seen, testing::EndsWith("\r\n\r\n{\"a\":1}"));
    EXPECT_EQ(header_of(seen, "authorization"), "Basic abc");
    EXPECT_EQ(header_of(seen, "content-type"), "application/json");
    EXPECT_EQ(header_of(seen, "content-length"), "7");
}

TEST_F(HttpExchange, requests_one_after_another_share_one_connection_also_between_clients) {
    ScriptedServer server(always(reply(200, "x")));
    HttpClient& one = client(plain(server));
    HttpClient& two = client(plain(server));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(get(one, server.url("/")));
    ASSERT_TRUE(get(two, server.url("/")));
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(server.requests().size(), 4U);
}

TEST_F(HttpExchange, a_connection_that_said_close_is_not_used_again) {
    ScriptedServer server(always(reply(200, "x", {"Connection: close"})));
    HttpClient& http = client(plain(server));
    ASSERT_TRUE(get(http, server.url("/")));
    ASSERT_TRUE(get(http, server.url("/")));
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpExchange, bytes_behind_a_reply_are_never_the_next_reply) {
    ScriptedServer server([](Peer& peer) {
        if (peer.read_request().empty()) return;
        peer.send(reply(200, "mine") + reply(200, "forged"));
        peer.wait_for_end();
    });
    HttpClient& http = client(plain(server));
    for (int i = 0; i < 2; ++i) {
        const auto got = get(http, server.url("/"));
        ASSERT_TRUE(got) << told(got);
        EXPECT_EQ(got->body, "mine");
    }
    EXPECT_EQ(server.connections(), 2);
}

// The server takes the second request on the kept connection and then closes without a word: as when it closed just
// before.
ScriptedServer::Script closes_on_second() {
    return [](Peer& peer) {
        if (peer.read_request().empty()) return;
        peer.send(reply(200, "first"));
        if (peer.read_request().empty()) return;
        if (peer.number() == 0) return peer.cut();
        peer.send(reply(200, "again"));
    };
}

TEST_F(HttpExchange, a_get_to_a_kept_connection_that_closes_is_repeated_once_on_a_new_one) {
    ScriptedServer server(closes_on_second());
    HttpClient& http = client(plain(server));
    ASSERT_TRUE(get(http, server.url("/1")));
    const auto got = get(http, server.url("/2"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(server.requests().size(), 3U);
    EXPECT_EQ(observer.statuses, (std::vector<int>{200, 200}));
}

TEST_F(HttpExchange, a_post_to_a_kept_connection_that_closes_is_uncertain_and_never_repeated) {
    ScriptedServer server(closes_on_second());
    HttpClient& http = client(plain(server));
    ASSERT_TRUE(get(http, server.url("/1")));
    HttpRequest post("POST", server.url("/start?token=canary"));
    const auto got = exchange(http, post);
    EXPECT_THAT(told(got), AllOf(StartsWith("uncertain: POST http://127.0.0.1:"), HasSubstr("before an answer came"),
                                 Not(HasSubstr("canary"))));
    EXPECT_EQ(server.requests().size(), 2U);
    EXPECT_EQ(observer.statuses, (std::vector<int>{200, 0}));
}

TEST_F(HttpExchange, a_get_on_a_new_connection_that_closes_is_not_repeated) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.cut();
    });
    EXPECT_THAT(told(get(client(plain(server)), server.url("/"))), StartsWith("uncertain: "));
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpExchange, a_kept_connection_that_the_server_has_closed_is_seen_before_a_post_goes_out) {
    std::promise<void> closed;
    ScriptedServer server([&closed](Peer& peer) {
        if (peer.read_request().empty()) return;
        peer.send(reply(200, "x"));
        if (peer.number() > 0) return peer.wait_for_end();
        peer.end();
        closed.set_value();
    });
    HttpClient& http = client(plain(server));
    ASSERT_TRUE(get(http, server.url("/")));
    closed.get_future().wait();
    const auto got = exchange(http, HttpRequest("POST", server.url("/")));
    EXPECT_TRUE(got) << told(got);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpExchange, a_reset_after_the_request_is_uncertain) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.reset();
    });
    EXPECT_THAT(told(exchange(client(plain(server)), HttpRequest("POST", server.url("/")))),
                AllOf(StartsWith("uncertain: "), HasSubstr("reset")));
}

TEST_F(HttpExchange, a_refused_connection_is_transient_since_nothing_left) {
    HttpSettings settings;
    {
        ScriptedServer server(always(""));
        settings = plain(server);
    }
    const auto got = exchange(client(settings), HttpRequest("POST", settings.base_url));
    EXPECT_THAT(told(got), AllOf(StartsWith("transient: POST "), HasSubstr("connect to 127.0.0.1"),
                                 HasSubstr("Connection refused")));
    EXPECT_EQ(observer.statuses, std::vector<int>{0});
}

TEST_F(HttpExchange, an_unknown_name_is_transient_and_names_the_host) {
    options.look_up = [](const std::string&) -> Result<Addresses> {
        return Failure(FailureKind::transient, "Name or service not known");
    };
    HttpSettings settings;
    settings.base_url = "https://vendor.example";
    EXPECT_EQ(told(get(client(settings), "https://vendor.example/x")),
              "transient: GET https://vendor.example/x: resolve vendor.example: Name or service not known");
}

TEST_F(HttpExchange, interim_replies_are_passed_over) {
    ScriptedServer server(
        always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + reply(200, "final")));
    const auto got = get(client(plain(server)), server.url("/"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->body, "final");
    EXPECT_FALSE(got->head.header("link"));
}

TEST_F(HttpExchange, a_chunked_reply_is_put_together_however_it_is_cut) {
    const std::string text =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nTrailer: "
        "t\r\n\r\n";
    ScriptedServer server([&text](Peer& peer) {
        while (!peer.read_request().empty())
            for (const char c : text) peer.send(std::string_view(&c, 1));
    });
    HttpClient& http = client(plain(server));
    for (int i = 0; i < 2; ++i) {
        const auto got = get(http, server.url("/"));
        ASSERT_TRUE(got) << told(got);
        EXPECT_EQ(got->body, "hello world");
        EXPECT_FALSE(got->head.content_length);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpExchange, replies_without_a_body_end_at_once) {
    ScriptedServer server(answering([](const std::string& request) -> std::string {
        if (request.starts_with("GET /204")) return "HTTP/1.1 204 No Content\r\n\r\n";
        if (request.starts_with("HEAD")) return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        return "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n";
    }));
    HttpClient& http = client(plain(server));
    const auto no_content = get(http, server.url("/204"));
    ASSERT_TRUE(no_content) << told(no_content);
    const auto head = exchange(http, HttpRequest("HEAD", server.url("/")));
    ASSERT_TRUE(head) << told(head);
    EXPECT_EQ(head->head.content_length, 1000U);
    const auto unchanged = get(http, server.url("/304"));
    ASSERT_TRUE(unchanged) << told(unchanged);
    EXPECT_EQ(unchanged->head.status, 304);
    EXPECT_EQ(server.connections(), 1);
}

struct BadReply {
    const char* name;
    std::string bytes;
    const char* told;
};

TEST_F(HttpExchange, what_is_not_http_or_not_what_it_says_is_corrupt) {
    const std::vector<BadReply> table{
        {"garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "corrupt: "},
        {"length and coding",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
         "corrupt: "},
        {"coding and length",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
         "corrupt: "},
        {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "corrupt: "},
        {"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "corrupt: "},
        {"signed length", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "corrupt: "},
        {"length 2^64", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n", "corrupt: "},
        {"another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc", "corrupt: "},
        {"two codings", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
         "corrupt: "},
        {"bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n", "corrupt: "},
        {"huge chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n",
         "corrupt: "},
        {"chunk without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
         "corrupt: "},
        {"a chunk's endless head", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(80'000, 'x'),
         "corrupt: "},
        {"upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "corrupt: "},
        {"large head", "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", "corrupt: "},
        {"many headers",
         [] {
             std::string text = "HTTP/1.1 200 OK\r\n";
             for (int i = 0; i < 10'000; ++i) text += "X: y\r\n";
             return text + "X: " + std::string(20'000, 'z') + "\r\n\r\n";
         }(),
         "corrupt: "},
        {"endless interim replies",
         [] {
             std::string text;
             for (int i = 0; i < 100; ++i) text += "HTTP/1.1 102 Processing\r\n\r\n";
             return text;
         }(),
         "corrupt: "},
        {"no length over plain http", "HTTP/1.1 200 OK\r\n\r\nabc", "corrupt: "},
        {"packed", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "corrupt: "},
        {"cut in the head", "HTTP/1.1 200 OK\r\nConte", "uncertain: "},
        {"cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "uncertain: "},
        {"cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "uncertain: "},
        {"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "uncertain: "},
    };
    for (const BadReply& bad : table) {
        SCOPED_TRACE(bad.name);
        ScriptedServer server([&bad](Peer& peer) {
            peer.read_request();
            peer.send(bad.bytes);
        });
        HttpClient& http = client(plain(server));
        EXPECT_THAT(told(get(http, server.url("/"))), StartsWith(bad.told));
        get(http, server.url("/"));
        EXPECT_EQ(server.connections(), 2) << "the connection is not used again";
    }
}

TEST_F(HttpExchange, a_cut_body_says_how_far_it_came) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    });
    EXPECT_THAT(told(get(client(plain(server)), server.url("/"))),
                HasSubstr("the connection closed after 3 of 10 bytes"));
}

TEST_F(HttpExchange, headers_of_60_KiB_are_still_fine) {
    ScriptedServer server(always(reply(200, "x", {"X: " + std::string(60'000, 'y')})));
    EXPECT_TRUE(get(client(plain(server)), server.url("/")));
}

TEST_F(HttpExchange, a_reply_larger_than_asked_for_is_corrupt_announced_or_not) {
    const std::string large(5000, 'x');
    ScriptedServer announced(always(reply(200, large)));
    ScriptedServer chunked(
        always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + large + "\r\n0\r\n\r\n"));
    for (const ScriptedServer* server : {&announced, &chunked}) {
        HttpRequest request("GET", server->url("/"));
        request.reply_bytes_max = 4999;
        EXPECT_THAT(told(exchange(client(plain(*server)), request)),
                    AllOf(StartsWith("corrupt: "), HasSubstr("larger than 4.9 KiB")));
        request.reply_bytes_max = 5000;
        EXPECT_TRUE(exchange(client(plain(*server)), request));
    }
}

TEST_F(HttpExchange, an_announced_length_alone_takes_no_memory) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n");
    });
    EXPECT_THAT(told(get(client(plain(server)), server.url("/"))), HasSubstr("after 0 of 8000000 bytes"));
}

TEST_F(HttpExchange, a_server_that_answers_byte_by_byte_is_given_up_after_the_timeout_as_a_whole) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nX: ");
        // The client's patience must not begin anew with every byte: it ends the connection, not this loop.
        while (peer.send("x")) std::this_thread::yield();
    });
    HttpSettings settings = plain(server);
    settings.timeout = Duration(60);
    options.head_bytes_max = 1U << 30;
    EXPECT_THAT(told(get(client(settings), server.url("/"))),
                AllOf(StartsWith("uncertain: "), HasSubstr("no answer within 60ms")));
}

TEST_F(HttpExchange, a_server_that_never_answers_is_given_up_after_the_timeout) {
    ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
    HttpSettings settings = plain(server);
    settings.timeout = Duration(40);
    EXPECT_THAT(told(exchange(client(settings), HttpRequest("POST", server.url("/")))),
                AllOf(StartsWith("uncertain: "), HasSubstr("no answer within 40ms")));
}

TEST_F(HttpExchange, a_reply_that_never_ends_is_given_up_after_the_timeout) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        peer.wait_for_end();
    });
    HttpSettings settings = plain(server);
    settings.timeout = Duration(250);
    EXPECT_THAT(told(get(client(settings), server.url("/"))),
                AllOf(StartsWith("uncertain: "), HasSubstr("no whole answer within 250ms (3 of 10 bytes)")));
}

TEST_F(HttpExchange, idle_connections_are_closed_after_a_while) {
    options.keep_alive = Duration(30);
    ScriptedServer server(always(reply(200, "x")));
    HttpClient& http = client(plain(server));
    ASSERT_TRUE(get(http, server.url("/")));
    io.restart();
    io.run();  // returns when nothing is left to wait for
    ASSERT_TRUE(get(http, server.url("/")));
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpExchange, the_error_page_that_a_proxy_has_packed_keeps_its_status) {
    ScriptedServer server(always(reply(503, "\x1f\x8b", {"Content-Encoding: gzip", "Retry-After: 9"})));
    const auto got = get(client(plain(server)), server.url("/"));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->head.status, 503);
    EXPECT_EQ(got->body, "");
}

TEST_F(HttpExchange, http_is_refused_unless_the_source_allows_it) {
    ScriptedServer server(always(reply(200, "x")));
    HttpSettings settings = plain(server);
    settings.allow_http = false;
    EXPECT_THAT(told(get(client(settings), server.url("/"))),
                AllOf(StartsWith("rejected: "), HasSubstr("set allow_http: true")));
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpExchange, a_header_that_would_break_the_message_is_refused_and_a_secret_is_not_told) {
    ScriptedServer server(always(reply(200, "x")));
    HttpRequest request("GET", server.url("/"));
    request.authorization = Secret("Basic canary\nX-Evil: 1");
    EXPECT_THAT(told(exchange(client(plain(server)), request)),
                AllOf(StartsWith("rejected: "), Not(HasSubstr("canary"))));
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpExchange, all_addresses_of_a_host_are_tried) {
    options.look_up = [](const std::string&) -> Result<Addresses> {
        return Addresses{asio::ip::make_address("127.9.9.9"), asio::ip::make_address("127.0.0.1")};
    };
    ScriptedServer server(always(reply(200, "x", {"Connection: close"})));
    HttpSettings settings = plain(server);
    settings.base_url = server.url("/", "vendor.example");
    const auto got = get(client(settings), server.url("/", "vendor.example"));
    ASSERT_TRUE(got) << told(got);
}

TEST_F(HttpExchange, no_more_descriptors_is_local) {
    ScriptedServer server(always(reply(200, "x")));
    HttpClient& http = client(plain(server));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit low = before;
    low.rlim_cur = 200;
    ::setrlimit(RLIMIT_NOFILE, &low);
    std::vector<int> taken;
    for (int copy = ::dup(0); copy >= 0; copy = ::dup(0)) taken.push_back(copy);
    const auto got = exchange(http, HttpRequest("POST", server.url("/")));
    for (const int copy : taken) ::close(copy);
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_THAT(told(got), AllOf(StartsWith("local: "), HasSubstr("Too many open files")));
    EXPECT_TRUE(get(http, server.url("/")));
}

// An address that takes connections' first packet and never answers: a listener whose queue is full.
TEST_F(HttpExchange, an_address_that_does_not_answer_is_given_up_for_the_next_one) {
    const int full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ScriptedServer server(always(reply(200, "x")));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0x7f090909);
    address.sin_port = htons(static_cast<std::uint16_t>(server.port()));
    ASSERT_EQ(::bind(full, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(full, 0), 0);
    std::vector<int> fillers;
    for (int i = 0; i < 3; ++i) {
        fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        ::connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    options.connect_address = Duration(50);
    options.look_up = [](const std::string&) -> Result<Addresses> {
        return Addresses{asio::ip::make_address("127.9.9.9"), asio::ip::make_address("127.0.0.1")};
    };
    HttpSettings settings = plain(server);
    settings.base_url = server.url("/", "vendor.example");
    const auto got = get(client(settings), server.url("/", "vendor.example"));
    EXPECT_TRUE(got) << told(got);
    for (const int filler : fillers) ::close(filler);
    ::close(full);
}

}  // namespace
}  // namespace garner::testing_http
