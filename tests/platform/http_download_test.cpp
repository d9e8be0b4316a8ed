// Downloads: bytes straight into the sink, however they are framed, and how a cut or stalled body is told.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

#include "platform/http_world.hpp"

namespace garner::testing_http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct HttpDownload : HttpWorld {};

std::string bytes_of(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (char& c : bytes) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24);
    }
    return bytes;
}

TEST_F(HttpDownload, megabytes_of_known_length_go_into_the_sink_over_plain_and_tls) {
    const std::string body = bytes_of(5'000'003);
    ScriptedServer open(always(reply(200, body)));
    ScriptedServer closed(always(reply(200, body)), good_tls());
    for (ScriptedServer* server : {&open, &closed}) {
        HttpClient& http = client(server == &open ? plain(*server) : secure(*server));
        for (int i = 0; i < 2; ++i) {
            MemorySink sink(100'000);
            const auto got = download(http, server->url("/file"), sink);
            ASSERT_TRUE(got) << told(got);
            EXPECT_TRUE(sink.text() == body);
            ASSERT_EQ(sink.begun.size(), 1U);
            EXPECT_EQ(sink.begun[0].content_length, body.size());
            EXPECT_EQ(got->body, "");
        }
        EXPECT_EQ(server->connections(), 1);
    }
    EXPECT_EQ(observer.bytes, 4 * body.size());
    EXPECT_EQ(observer.statuses, (std::vector<int>{200, 200, 200, 200}));
}

TEST_F(HttpDownload, a_chunked_body_goes_into_the_sink) {
    const std::string body = bytes_of(1'000'000);
    std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::size_t size = 1;
    for (std::size_t at = 0; at < body.size(); at += size) {
        size = size * 3 % 70'001 + 1;
        const std::string chunk = body.substr(at, size);
        char hex[20];
        std::snprintf(hex, sizeof hex, "%zx\r\n", chunk.size());
        text += hex + chunk + "\r\n";
    }
    ScriptedServer server(always(text + "0\r\n\r\n"), good_tls());
    HttpClient& http = client(secure(server));
    for (int i = 0; i < 2; ++i) {
        MemorySink sink(7'777);
        const auto got = download(http, server.url("/"), sink);
        ASSERT_TRUE(got) << told(got);
        EXPECT_TRUE(sink.text() == body);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpDownload, an_empty_body_begins_the_sink_and_ends) {
    ScriptedServer server(always(reply(200, "")));
    MemorySink sink;
    ASSERT_TRUE(download(client(plain(server)), server.url("/"), sink));
    EXPECT_EQ(sink.begun.size(), 1U);
    EXPECT_EQ(sink.used, 0U);
}

TEST_F(HttpDownload, a_206_goes_to_the_sink_and_the_range_to_the_server) {
    ScriptedServer server(always(reply(206, "rest", {"Content-Range: bytes 6-9/10"})));
    HttpRequest request("GET", server.url("/"));
    request.headers.emplace_back("Range", "bytes=6-");
    MemorySink sink;
    const auto got = run(io, client(plain(server)).download(request, sink));
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(sink.text(), "rest");
    EXPECT_EQ(sink.begun.at(0).header("content-range"), "bytes 6-9/10");
    EXPECT_EQ(header_of(server.requests().at(0), "range"), "bytes=6-");
}

TEST_F(HttpDownload, any_other_status_is_a_reply_and_the_sink_is_left_alone) {
    ScriptedServer server(always(reply(403, "Request has expired")));
    MemorySink sink;
    const auto got = download(client(plain(server)), server.url("/"), sink);
    ASSERT_TRUE(got) << told(got);
    EXPECT_EQ(got->head.status, 403);
    EXPECT_EQ(got->body, "Request has expired");
    EXPECT_TRUE(sink.begun.empty());
}

TEST_F(HttpDownload, a_cut_body_is_transient_and_the_sink_holds_what_came) {
    const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(600, 'x');
    ScriptedServer open([&](Peer& peer) {
        peer.read_request();
        peer.send(half);
    });
    ScriptedServer closed(
        [&](Peer& peer) {
            peer.read_request();
            peer.send(half);
            peer.cut();
        },
        good_tls());
    for (ScriptedServer* server : {&open, &closed}) {
        MemorySink sink;
        const auto got = download(client(server == &open ? plain(*server) : secure(*server)), server->url("/"), sink);
        EXPECT_THAT(told(got),
                    AllOf(StartsWith("transient: "), HasSubstr("the connection closed after 600 of 1000 bytes")));
        EXPECT_EQ(sink.text(), std::string(600, 'x'));
    }
}

TEST_F(HttpDownload, a_chunked_body_without_its_last_chunk_is_cut) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    });
    MemorySink sink;
    EXPECT_THAT(told(download(client(plain(server)), server.url("/"), sink)),
                AllOf(StartsWith("transient: "), HasSubstr("before the last chunk")));
    EXPECT_EQ(sink.text(), "abc");
}

TEST_F(HttpDownload, a_body_without_a_length_is_whole_only_with_close_notify) {
    for (const bool properly : {true, false}) {
        ScriptedServer server(
            [properly](Peer& peer) {
                peer.read_request();
                peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
                properly ? peer.end() : peer.cut();
            },
            good_tls());
        MemorySink sink;
        const auto got = download(client(secure(server)), server.url("/"), sink);
        EXPECT_EQ(sink.text(), "all of it");
        EXPECT_THAT(told(got), StartsWith(properly ? "success" : "transient: "));
    }
    ScriptedServer open(always("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it"));
    MemorySink sink;
    EXPECT_THAT(told(download(client(plain(open)), open.url("/"), sink)), StartsWith("corrupt: "));
}

TEST_F(HttpDownload, a_body_that_stalls_is_given_up_after_the_idle_time_and_not_after_the_timeout) {
    options.idle = Duration(60);
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        peer.wait_for_end();
    });
    MemorySink sink;
    EXPECT_THAT(told(download(client(plain(server)), server.url("/"), sink)),
                AllOf(StartsWith("transient: "), HasSubstr("nothing came for 60ms after 3 of 10 bytes")));
}

// The server sends its next byte only when it has seen time pass, so the body never stalls and never gets anywhere.
TEST_F(HttpDownload, a_body_that_trickles_is_given_up_by_the_rate_rule) {
    options.idle = Duration(5'000);
    options.rate_window = Duration(50);
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
        auto next = std::chrono::steady_clock::now();
        while (peer.send("x")) {
            next += std::chrono::milliseconds(5);
            while (std::chrono::steady_clock::now() < next) std::this_thread::yield();
        }
    });
    MemorySink sink;
    EXPECT_THAT(told(download(client(plain(server)), server.url("/"), sink)),
                AllOf(StartsWith("transient: "), HasSubstr("bytes came within 50ms")));
}

TEST_F(HttpDownload, a_download_may_take_longer_than_the_timeout_as_long_as_it_moves) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
        auto next = std::chrono::steady_clock::now();
        for (int i = 0; i < 20; ++i) {
            peer.send("x");
            next += std::chrono::milliseconds(20);
            while (std::chrono::steady_clock::now() < next) std::this_thread::yield();
        }
    });
    HttpSettings settings = plain(server);
    settings.timeout = Duration(300);
    MemorySink sink;
    const auto got = download(client(settings), server.url("/"), sink);
    EXPECT_TRUE(got) << told(got);
}

TEST_F(HttpDownload, a_head_that_does_not_come_is_given_up_after_the_timeout) {
    ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
    HttpSettings settings = plain(server);
    settings.timeout = Duration(40);
    MemorySink sink;
    EXPECT_THAT(told(download(client(settings), server.url("/"), sink)), StartsWith("uncertain: "));
}

TEST_F(HttpDownload, a_packed_body_is_refused_before_the_sink_hears_of_it) {
    ScriptedServer server(always(reply(200, "abc", {"Content-Encoding: gzip"})));
    MemorySink sink;
    EXPECT_THAT(told(download(client(plain(server)), server.url("/"), sink)),
                AllOf(StartsWith("corrupt: "), HasSubstr("Content-Encoding (gzip)")));
    EXPECT_TRUE(sink.begun.empty());
}

TEST_F(HttpDownload, what_the_sink_refuses_is_the_downloads_failure) {
    ScriptedServer server(always(reply(200, std::string(2'000'000, 'x'))));
    HttpClient& http = client(plain(server));
    MemorySink unwilling;
    unwilling.refuse_to_begin = true;
    EXPECT_THAT(told(download(http, server.url("/"), unwilling)),
                AllOf(StartsWith("corrupt: "), HasSubstr("the sink does not want this")));
    MemorySink full;
    full.full_at = 1'000'000;
    EXPECT_THAT(told(download(http, server.url("/"), full)),
                AllOf(StartsWith("local: "), HasSubstr("the sink is full")));
    MemorySink fine;
    EXPECT_TRUE(download(http, server.url("/"), fine)) << "the broken-off connections are not used again";
    EXPECT_EQ(fine.used, 2'000'000U);
}

// For measuring by hand: --gtest_also_run_disabled_tests --gtest_filter='*by_hand*', in a release build.
TEST_F(HttpDownload, DISABLED_a_gibibyte_by_hand) {
    struct Counter : ByteSink {
        Task<Result<void>> begin(const HttpHead&) override { co_return Result<void>(); }
        std::span<std::byte> buffer() override { return std::as_writable_bytes(std::span(bytes)); }
        Task<Result<void>> filled(std::size_t n) override {
            total += n;
            ++calls;
            co_return Result<void>();
        }
        std::vector<char> bytes = std::vector<char>(256 * 1024);
        std::uint64_t total = 0;
        std::uint64_t calls = 0;
    };
    constexpr std::uint64_t size = 1ULL << 30;
    const ScriptedServer::Script script = [](Peer& peer) {
        const std::string piece = bytes_of(1 << 20);
        while (!peer.read_request().empty()) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
            for (std::uint64_t sent = 0; sent < size; sent += piece.size()) peer.send(piece);
        }
    };
    ScriptedServer open(script);
    ScriptedServer closed(script, good_tls());
    for (ScriptedServer* server : {&open, &closed}) {
        HttpClient& http = client(server == &open ? plain(*server) : secure(*server));
        Counter sink;
        timespec cpu_begun{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_begun);
        const auto begun = std::chrono::steady_clock::now();
        const auto got = download(http, server->url("/"), sink);
        ASSERT_TRUE(got) << told(got);
        timespec cpu_ended{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_ended);
        const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        const double cpu = static_cast<double>(cpu_ended.tv_sec - cpu_begun.tv_sec) +
                           static_cast<double>(cpu_ended.tv_nsec - cpu_begun.tv_nsec) / 1e9;
        std::printf("%s: %.0f MB/s, %.0f MB per CPU second of the client, %.0f KiB per call of the sink\n",
                    server == &open ? "plain" : "TLS", 1073.741824 / wall, 1073.741824 / cpu,
                    static_cast<double>(sink.total / sink.calls) / 1024);
    }
}

}  // namespace
}  // namespace garner::testing_http
